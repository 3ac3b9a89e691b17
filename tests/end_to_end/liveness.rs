//! The API answers at once while engines render, crash and hang.

use std::thread;
use std::time::{Duration, Instant};

use avatar_tests::{Site, speech};
use serde_json::json;

use crate::MOMENT;

/// How soon an answer must be there; one in twenty may be later, because the machine runs other tests as well.
const AT_ONCE: Duration = Duration::from_millis(50);

#[test]
fn livez_answers_at_once_while_engines_render_crash_and_hang() {
    let site = Site::new(&["testcard"], "[engines.testcard]\ninstances = 4\nstall_seconds = 2\nattempts = 3");
    let gateway = site.start();
    let audio = gateway.uploaded("audio", &speech(&site.scratch(), 4.0));
    let jobs = [
        json!({"width": 1280, "height": 720}),
        json!({"fault": "segfault"}),
        json!({"fault": "abort", "at_frame": 20}),
        json!({"fault": "hang"}),
    ]
    .map(|params| gateway.submit_testcard(&audio, params));

    let mut times = Vec::new();
    while jobs.iter().any(|id| gateway.job(id)["finished_at"].is_null()) {
        let start = Instant::now();
        assert_eq!(gateway.get("/livez").status, 200);
        times.push(start.elapsed());
        thread::sleep(Duration::from_millis(5));
    }
    assert_eq!(
        jobs.map(|id| gateway.finished(&id, MOMENT)["state"].clone()),
        ["succeeded", "failed", "failed", "failed"]
    );
    times.sort();
    let late = times.iter().filter(|time| **time > AT_ONCE).count();
    assert!(late * 20 <= times.len(), "{late} of {} answers took longer than {AT_ONCE:?}: {times:?}", times.len());
}
