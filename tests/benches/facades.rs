//! Benchmark of the facades: how fast they accept jobs and answer about them on one core, beside the routes of the API.
//!
//! Run by `cargo xtask bench facades`. Every figure depends on the machine; compare those of one run. Beside answers stands
//! how many of those of a bare server they are.

use std::fs;
use std::time::Duration;

use avatar_tests::{Part, Site, Yardstick, eventually, on_one_core, portrait, rate, speech};
use serde_json::{Value, json};

const CLIENTS: usize = 4;
const SUBMISSIONS: usize = 10;

const CONFIG: &str = "
[log]
filter = \"warn\"
[facades]
dice-talk.engine = \"testcard\"
ditto.engine = \"testcard\"
echomimic.engine = \"testcard\"
duix.engine = \"testcard\"
";

fn main() {
    let site = Site::new(&["testcard"], CONFIG);
    let yardstick = Yardstick::new();
    let gateway = on_one_core(|| site.start());
    eventually("the gateway is ready", Duration::from_secs(10), || {
        (gateway.get("/readyz").status == 200).then_some(())
    });
    let folder = site.scratch();
    let read = |path| fs::read(path).expect("it was just written");
    let (photo_file, audio_file) = (portrait(&folder), speech(&folder, 5.0));
    let (photo, audio) = (gateway.uploaded("photos", &photo_file), gateway.uploaded("audio", &audio_file));
    let (picture, sound) = (read(photo_file), read(audio_file));

    // The first job keeps the engine busy for ever, so that what is measured is the gateway alone.
    let job = gateway.submit_testcard(&audio, json!({"fault": "hang"}));
    for (what, path) in [
        ("poll /v1/jobs/{id}", format!("/v1/jobs/{job}")),
        ("poll DICE-Talk", format!("/api/v1/synthesis/{job}/status")),
        ("poll Ditto", format!("/api/avatar/job/{job}/status")),
        ("poll EchoMimic", format!("/task/{job}")),
        ("poll Duix", format!("/api/query_task?task_code={job}")),
    ] {
        yardstick.answers(what, gateway.address(), &path);
    }

    let by_id = json!({"engine": "testcard", "photo_id": photo, "audio_id": audio});
    rate("submit to /v1/jobs by id", CLIENTS, SUBMISSIONS, || drop(gateway.submit(&by_id)));
    let audio_path = format!("./outputs/audio/{audio}.wav");
    let generation = json!({"photo_id": photo, "audio_path": audio_path});
    rate("submit to Ditto, by id", CLIENTS, SUBMISSIONS, || {
        gateway.post("/api/avatar/generate", &generation).expect(200);
    });
    let files = |photo, audio| [Part::file(photo, "a.png", picture.clone()), Part::file(audio, "b.wav", sound.clone())];
    let form = [&files("photo", "audio")[..], &[Part::text("engine", "testcard")]].concat();
    rate("submit files to /v1/jobs", CLIENTS, SUBMISSIONS, || drop(gateway.post_form("/v1/jobs", &form).expect(202)));
    let form = [&files("image", "audio")[..], &[Part::text("emotion", "happy")]].concat();
    rate("submit files to DICE-Talk", CLIENTS, SUBMISSIONS, || {
        let _: Value = gateway.post_form("/api/v1/synthesis/start", &form).expect(200);
    });
    let form = files("reference_image", "audio_file");
    rate("submit files to EchoMimic", CLIENTS, SUBMISSIONS, || {
        let _: Value = gateway.post_form("/generate_video", &form).expect(200);
    });
}
