//! Retention: old jobs and uploads, and those beyond the limit, go with their files; held ones stay.

use std::fs::{self, File};
use std::time::{Duration, SystemTime};

use avatar_tests::{Site, eventually, portrait, speech};
use serde_json::json;

use crate::MOMENT;

#[test]
fn what_is_old_goes_and_what_is_held_stays() {
    let site = Site::new(&["testcard"], "");
    let gateway = site.start();
    let audio = |_| gateway.uploaded("audio", &speech(&site.scratch(), 1.0));
    let (held_audio, old_audio) = (audio(0), audio(1));
    let (held, old) = (gateway.submit_testcard(&held_audio, json!({})), gateway.submit_testcard(&old_audio, json!({})));
    for id in [&held, &old] {
        gateway.finished(id, MOMENT);
    }
    gateway.request("PUT", &format!("/v1/jobs/{held}/hold"), &[]).expect(200);
    let photo = gateway.uploaded("photos", &portrait(&site.scratch()));
    let orphan = site.data().join("photos/01890a5d-ac96-774b-bcce-b302099a8057.png");
    fs::write(&orphan, "nobody's").unwrap();
    let long_ago = SystemTime::now() - Duration::from_secs(7200);
    File::options().write(true).open(&orphan).unwrap().set_modified(long_ago).unwrap();
    gateway.stop();

    // A millionth of a day is less than a tenth of a second.
    site.add_config("[retention]\njobs_days = 0.000001\nuploads_days = 0.000001\nsweep_seconds = 0.2\n");
    let gateway = site.start();
    let is_gone = |path: String| (gateway.get(&path).status == 404).then_some(());
    eventually("the old job goes", MOMENT, || is_gone(format!("/v1/jobs/{old}")));
    eventually("its speech goes", MOMENT, || is_gone(format!("/v1/audio/{old_audio}")));
    eventually("the photo goes", MOMENT, || is_gone(format!("/v1/photos/{photo}")));
    eventually("the file without a row goes", MOMENT, || (!orphan.exists()).then_some(()));
    assert_eq!(gateway.get(&format!("/v1/jobs/{held}/video")).status, 200, "what is held stays");
    assert_eq!(gateway.get(&format!("/v1/audio/{held_audio}")).status, 200);
    assert_eq!(site.files().len(), 4, "video, thumbnail and two files of speech: {:?}", site.files());
}

#[test]
fn what_is_too_much_goes_oldest_first() {
    // A job of this kind takes some 50 KB, its speech twice 60.
    let site = Site::new(&["testcard"], "[retention]\nmax_gb = 0.0003\nsweep_seconds = 0.2\n");
    let gateway = site.start();
    let audio = gateway.uploaded("audio", &speech(&site.scratch(), 1.0));
    let ids: Vec<String> = (0..12)
        .map(|_| {
            let id = gateway.submit_testcard(&audio, json!({"width": 640, "height": 480}));
            eventually("it ends, and may be gone already", MOMENT, || {
                let answer = gateway.get(&format!("/v1/jobs/{id}"));
                (answer.status == 404 || answer.json()["state"] == "succeeded").then_some(id.clone())
            })
        })
        .collect();
    let taken = || -> u64 {
        site.files().iter().map(|file| fs::metadata(site.data().join(file)).map_or(0, |file| file.len())).sum()
    };
    eventually("there is no more than may be", MOMENT, || {
        (taken() <= (0.0003 * (1u64 << 30) as f64) as u64).then_some(())
    });
    assert_eq!(gateway.get(&format!("/v1/jobs/{}", ids[0])).status, 404, "the first one went");
    assert_eq!(gateway.get(&format!("/v1/jobs/{}", ids[11])).status, 200, "the last one stays");
}
