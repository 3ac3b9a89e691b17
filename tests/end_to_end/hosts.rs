//! Engine processes: how many there are, that later jobs reuse them, and that idle ones are stopped.

use std::fs;

use avatar_tests::{Site, eventually, speech};
use serde_json::json;

use crate::MOMENT;

#[test]
fn as_many_jobs_run_at_once_as_there_are_instances() {
    let site = Site::holding("[engines]\ninstances = 2");
    let gateway = site.start();
    let audio = gateway.uploaded("audio", &speech(&site.scratch(), 1.0));
    let jobs = [0; 3].map(|_| gateway.submit_testcard(&audio, json!({"fault": "hold"})));
    gateway.rendering(&jobs[0], MOMENT);
    gateway.rendering(&jobs[1], MOMENT);
    assert_eq!(gateway.job(&jobs[2])["state"], "queued");
    assert_eq!(site.hosts().len(), 2);
    for host in site.hosts() {
        let environment = fs::read(format!("/proc/{host}/environ")).expect("a host is a process of this user");
        let variables: Vec<&[u8]> = environment.split(|byte| *byte == 0).collect();
        assert!(variables.contains(&&b"OMP_WAIT_POLICY=passive"[..]), "its threads would spin beside the encoder");
    }
    site.release();
    for job in &jobs {
        assert_eq!(gateway.finished(job, MOMENT)["state"], "succeeded");
    }
    assert_eq!(site.hosts().len(), 2, "the third job ran in a process that was warm");
}

#[test]
fn an_idle_engine_is_stopped_and_started_again() {
    let site = Site::new(&["testcard"], "[engines.testcard]\nidle_stop_seconds = 0.2");
    let gateway = site.start();
    let audio = gateway.uploaded("audio", &speech(&site.scratch(), 1.0));
    for _ in 0..2 {
        let job = gateway.finished(&gateway.submit_testcard(&audio, json!({})), MOMENT);
        assert_eq!(job["state"], "succeeded", "{job}");
        let stopped = || site.hosts().is_empty().then_some(());
        eventually("the idle engine is stopped", MOMENT, stopped);
    }
}
