//! Status requests to the facades are answered at once while a job renders.

use std::time::{Duration, Instant};

use super::{FACADES, Scene, status_path};
use crate::MOMENT;

const POLLS: usize = 200;
const LONGEST: Duration = Duration::from_millis(20);

#[test]
fn polls_are_answered_at_once_while_a_job_renders() {
    let mut scene = Scene::new("puppet");
    scene.speech = avatar_tests::speech(&scene.site.scratch(), 60.0);
    scene.hosted.put("/speech.wav", std::fs::read(&scene.speech).unwrap());
    for facade in FACADES {
        let id = scene.start(facade);
        scene.gateway.rendering(&id, MOMENT);
        let (api, path) = (scene.gateway.facade(facade), status_path(facade, &id));
        let mut times: Vec<Duration> = (0..POLLS)
            .map(|_| {
                let start = Instant::now();
                api.get(&path).expect(200);
                start.elapsed()
            })
            .collect();
        assert_eq!(scene.gateway.job(&id)["state"], "running", "it rendered all the while");
        scene.gateway.request("POST", &format!("/v1/jobs/{id}/cancel"), &[]).expect(202);
        scene.gateway.finished(&id, MOMENT);
        times.sort();
        let (median, late) = (times[POLLS / 2], times[POLLS * 99 / 100]);
        eprintln!("{facade}: polls take {median:?}, of a hundred the slowest {late:?}");
        assert!(median < LONGEST, "{facade}: {median:?}");
    }
}
