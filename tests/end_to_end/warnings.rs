//! What an engine warns of is on its job at once, and once, however often it says so and in however many attempts.

use std::io::{BufRead, BufReader, Write};
use std::net::TcpStream;

use avatar_tests::{Site, speech};
use serde_json::{Value, json};

use crate::MOMENT;

#[test]
fn an_engines_warning_is_seen_while_the_job_runs_and_after_and_once() {
    let site = Site::holding("");
    let gateway = site.start();
    let audio = gateway.uploaded("audio", &speech(&site.scratch(), 1.0));
    let id = gateway.submit_testcard(&audio, json!({"fault": "hold", "warn_from": 2}));
    let warned = json!(["testcard.asked_to_warn: asked to warn at frame 2"]);

    let mut watcher = TcpStream::connect(gateway.address()).unwrap();
    watcher.set_read_timeout(Some(MOMENT)).unwrap();
    write!(watcher, "GET /v1/jobs/{id}/events HTTP/1.0\r\nhost: localhost\r\n\r\n").unwrap();
    let mut told = BufReader::new(watcher).lines().map_while(Result::ok).filter_map(|line| {
        let job: Value = serde_json::from_str(line.strip_prefix("data:")?).unwrap();
        assert!(job["warnings"] == warned || job["warnings"] == json!([]), "{job}");
        Some(job)
    });
    for attempt in 1..=2 {
        told.find(|job| job["attempt"] == attempt && job["warnings"] == warned).expect("watchers are told");
        let running = gateway.job(&id);
        assert_eq!((&running["state"], &running["warnings"]), (&json!("running"), &warned), "{running}");
        if attempt == 1 {
            site.kill_hosts();
        }
    }
    site.release();
    let last = told.last().expect("the job's end is told");
    assert_eq!((&last["state"], &last["attempt"], &last["warnings"]), (&json!("succeeded"), &json!(2), &warned));
    assert_eq!(gateway.finished(&id, MOMENT)["warnings"], warned);
}
