//! Cancellation of queued, running and ended jobs, and what becomes of the engine.

use avatar_tests::{Gateway, Site, eventually, speech};
use serde_json::{Value, json};

use crate::MOMENT;

#[test]
fn a_rendering_job_is_canceled_and_its_engine_stays_warm() {
    // Longer than the job: an engine that did not stop by itself would finish it.
    let (site, gateway, audio) = start("[scheduler]\ncancel_grace_seconds = 600");
    let id = gateway.submit_testcard(&audio, json!({"fault": "slow", "frame_ms": 100}));
    gateway.rendering(&id, MOMENT);
    let hosts = site.hosts();
    canceled(&gateway, &id);
    assert_eq!(site.hosts(), hosts, "the engine stopped by itself, so its process can be used again");

    let job = gateway.finished(&gateway.submit_testcard(&audio, json!({})), MOMENT);
    assert_eq!(job["state"], "succeeded", "{job}");
    assert_eq!(site.hosts(), hosts);
}

#[test]
fn an_engine_that_does_not_listen_is_killed() {
    let (site, gateway, audio) = start("[scheduler]\ncancel_grace_seconds = 0.2");
    let id = gateway.submit_testcard(&audio, json!({"fault": "hang", "at_frame": 0}));
    gateway.rendering(&id, MOMENT);
    let hosts = site.hosts();
    canceled(&gateway, &id);
    let gone = || site.hosts().iter().all(|host| !hosts.contains(host)).then_some(());
    eventually("the engine's process is gone", MOMENT, gone);

    let job = gateway.finished(&gateway.submit_testcard(&audio, json!({})), MOMENT);
    assert_eq!(job["state"], "succeeded", "{job}");
}

#[test]
fn a_queued_job_is_canceled_at_once_and_the_running_one_goes_on() {
    let (site, gateway, audio) = start("");
    let first = gateway.submit_testcard(&audio, json!({"fault": "hold"}));
    let second = gateway.submit_testcard(&audio, json!({}));
    let third = gateway.submit_testcard(&audio, json!({}));
    gateway.rendering(&first, MOMENT);
    assert_eq!(gateway.job(&second)["state"], "queued", "one instance renders one job");
    assert_eq!(gateway.job(&third)["queue_position"], 1);

    let answer = gateway.post(&format!("/v1/jobs/{second}/cancel"), &json!({})).expect(202);
    assert_eq!(answer["state"], "canceled", "{answer}");
    assert_eq!(gateway.job(&third)["queue_position"], 0);
    site.release();
    assert_eq!(gateway.finished(&first, MOMENT)["state"], "succeeded");
    assert_eq!(gateway.finished(&third, MOMENT)["state"], "succeeded");
    let job = gateway.job(&second);
    assert_eq!((&job["state"], &job["attempt"]), (&json!("canceled"), &json!(0)), "{job}");
}

#[test]
fn a_job_that_has_ended_stays_as_it_is() {
    let (_site, gateway, audio) = start("");
    let id = gateway.submit_testcard(&audio, json!({}));
    gateway.finished(&id, MOMENT);
    let before = gateway.job(&id);
    let answer = gateway.post(&format!("/v1/jobs/{id}/cancel"), &json!({}));
    assert!(answer.status < 500);
    assert_eq!(gateway.job(&id), before);
    assert_eq!(gateway.get(&format!("/v1/jobs/{id}/video")).status, 200);
}

fn start(config: &str) -> (Site, Gateway, String) {
    let site = Site::holding(config);
    let gateway = site.start();
    let audio = gateway.uploaded("audio", &speech(&site.scratch(), 1.0));
    (site, gateway, audio)
}

/// Cancels a running job and waits for its end.
fn canceled(gateway: &Gateway, id: &str) {
    gateway.post(&format!("/v1/jobs/{id}/cancel"), &json!({})).expect(202);
    let job = gateway.finished(id, MOMENT);
    assert_eq!(
        (&job["state"], &job["video"], &job["error"]),
        (&json!("canceled"), &Value::Null, &Value::Null),
        "{job}"
    );
    let video = gateway.get(&format!("/v1/jobs/{id}/video")).expect(409);
    assert_eq!(video["code"], "job.canceled");
}
