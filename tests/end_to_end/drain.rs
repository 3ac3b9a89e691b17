//! Graceful shutdown: running jobs may end within `drain_seconds`, and no others begin.

use avatar_tests::{Gateway, Site, eventually, speech};
use serde_json::{Value, json};

use crate::MOMENT;

#[test]
fn a_running_job_may_end_before_the_gateway_does() {
    let (site, gateway, audio) = start(600.0);
    let running = rendering(&gateway, &audio, json!({"fault": "hold"}));
    let queued = gateway.submit_testcard(&audio, json!({}));
    gateway.terminate();
    let unready = || Some(gateway.get("/readyz")).filter(|answer| answer.status == 503);
    assert_eq!(eventually("it is not ready", MOMENT, unready).json()["code"], "gateway.stopping");
    assert_eq!(gateway.job(&running)["state"], "running", "clients are answered meanwhile");
    let late = gateway.submit_testcard(&audio, json!({}));
    site.release();
    assert!(gateway.stop_without_signal(MOMENT).success());
    assert!(log(&site).contains("every running job has ended"), "{}", log(&site));

    let gateway = site.start();
    let job = gateway.job(&running);
    assert_eq!((&job["state"], &job["attempt"]), (&json!("succeeded"), &json!(1)), "{job}");
    for id in [queued, late] {
        let job = gateway.finished(&id, MOMENT);
        assert_eq!((&job["state"], &job["attempt"]), (&json!("succeeded"), &json!(1)), "{job}");
    }
}

#[test]
fn a_job_that_takes_too_long_is_given_back_and_runs_at_the_next_start() {
    let (site, gateway, audio) = start(0.5);
    let id = rendering(&gateway, &audio, json!({"fault": "hold"}));
    gateway.terminate();
    assert!(gateway.stop_without_signal(MOMENT).success());
    assert!(log(&site).contains("have not ended in time"), "{}", log(&site));
    site.release();
    let job = site.start().finished(&id, MOMENT);
    assert_eq!((&job["state"], &job["attempt"]), (&json!("succeeded"), &json!(2)), "{job}");
}

#[test]
fn a_second_signal_ends_the_wait() {
    let (site, gateway, audio) = start(600.0);
    let id = rendering(&gateway, &audio, json!({"fault": "hang", "at_frame": 2}));
    gateway.terminate();
    eventually("the first is heeded", MOMENT, || gateway.log().contains("may end first").then_some(()));
    assert!(gateway.stop().success());
    assert!(site.hosts().is_empty() && site.no_work_left());
    let gateway = site.start();
    let job = gateway.wait_for(&id, "it runs again", MOMENT, |job| job["attempt"] == 2);
    assert_eq!(job["state"], "running", "{job}");
}

fn start(drain: f64) -> (Site, Gateway, String) {
    let config = format!("[scheduler]\nheartbeat_milliseconds = 50\ndrain_seconds = {drain:?}");
    let site = Site::holding(&config);
    let gateway = site.start();
    let audio = gateway.uploaded("audio", &speech(&site.scratch(), 1.0));
    (site, gateway, audio)
}

fn rendering(gateway: &Gateway, audio: &str, params: Value) -> String {
    let id = gateway.submit_testcard(audio, params);
    gateway.rendering(&id, MOMENT);
    id
}

fn log(site: &Site) -> String {
    std::fs::read_to_string(site.log()).unwrap()
}
