//! A gateway that is killed or stopped during a job: no half-written file is seen, and the next one finishes the job.

use std::fs;

use std::thread;
use std::time::Duration;

use avatar_tests::{Gateway, Site, eventually, speech};
use serde_json::json;

use crate::MOMENT;

#[test]
fn a_job_survives_the_death_of_its_gateway() {
    let (site, gateway, id) = rendering();
    gateway.kill();
    eventually("the engine dies with the gateway", MOMENT, || site.hosts().is_empty().then_some(()));
    assert_eq!(unfinished(&site), [""; 0], "nothing half-written lies where clients are served from");
    runs_again(&site, &id);
}

#[test]
fn a_gateway_that_is_asked_to_stop_gives_its_job_back() {
    let (site, gateway, id) = rendering();
    gateway.terminate(); // twice, as an impatient operator would
    let status = gateway.stop();
    assert!(status.success(), "{status}");
    assert_eq!(site.hosts(), [0_u32; 0]);
    assert_eq!(unfinished(&site), [""; 0]);
    assert!(site.no_work_left(), "{:?}", site.files());
    runs_again(&site, &id);
}

#[test]
fn a_gateway_that_stood_still_goes_on_with_its_job() {
    let site = Site::new(&["testcard"], "[scheduler]\nlease_seconds = 0.5\nheartbeat_milliseconds = 50");
    let gateway = site.start();
    let audio = gateway.uploaded("audio", &speech(&site.scratch(), 1.0));
    let id = gateway.submit_testcard(&audio, json!({"fault": "slow", "frame_ms": 200}));
    gateway.rendering(&id, MOMENT);
    for _ in 0..3 {
        gateway.stand_still();
        thread::sleep(Duration::from_secs(1)); // twice its lease
        gateway.go_on();
        thread::sleep(Duration::from_millis(200));
    }
    let job = gateway.finished(&id, MOMENT);
    assert_eq!((&job["state"], &job["attempt"]), (&json!("succeeded"), &json!(1)), "{job}");
}

#[test]
fn what_was_there_is_there_after_a_restart() {
    let site = Site::new(&["testcard"], "");
    let gateway = site.start();
    let audio = gateway.uploaded("audio", &speech(&site.scratch(), 1.0));
    let id = gateway.submit_testcard(&audio, json!({}));
    let job = gateway.finished(&id, MOMENT);
    let video = gateway.get(&format!("/v1/jobs/{id}/video")).body;
    assert!(gateway.stop().success());

    let gateway = site.start();
    assert_eq!(gateway.job(&id), job);
    assert_eq!(gateway.get(&format!("/v1/jobs/{id}/video")).body, video);
    let again = gateway.submit_testcard(&audio, json!({}));
    assert_eq!(gateway.finished(&again, MOMENT)["state"], "succeeded", "uploads can still be used");
}

#[test]
fn a_stopped_gateway_leaves_a_database_of_one_file() {
    let (site, gateway, id) = rendering();
    gateway.terminate(); // twice: no job is waited for
    assert!(gateway.stop().success());
    is_one_file(&site, "after a second signal");

    // Alone, as somebody would copy it.
    let copy = Site::new(&["testcard"], "");
    fs::create_dir_all(copy.data()).unwrap();
    fs::copy(site.data().join("gateway.db"), copy.data().join("gateway.db")).unwrap();
    assert_eq!(copy.start().job(&id)["attempt"], 1);

    let refused = site.command(&["serve", "--config", "config.toml", "--listen", "0.0.0.0:0"]);
    assert!(!refused.status.success(), "it is open to everybody");
    is_one_file(&site, "after a start that failed");
}

fn is_one_file(site: &Site, when: &str) {
    let names = fs::read_dir(site.data()).unwrap().map(|entry| entry.unwrap().file_name().into_string().unwrap());
    let files: Vec<String> = names.filter(|name| name.starts_with("gateway.db")).collect();
    assert_eq!(files, ["gateway.db"], "{when}");
}

/// A job in the middle of its first attempt.
fn rendering() -> (Site, Gateway, String) {
    let site = Site::new(&["testcard"], "[scheduler]\ndrain_seconds = 0");
    let gateway = site.start();
    let audio = gateway.uploaded("audio", &speech(&site.scratch(), 1.0));
    let id = gateway.submit_testcard(&audio, json!({"fault": "slow", "frame_ms": 200}));
    gateway.wait_for(&id, "some frames are written", MOMENT, |job| job["progress"]["done"].as_u64() > Some(3));
    (site, gateway, id)
}

/// Files that only the work folders may hold.
fn unfinished(site: &Site) -> Vec<String> {
    let files = site.files().into_iter().map(|file| file.to_string_lossy().into_owned());
    files.filter(|file| !file.starts_with("work") && (file.ends_with(".part") || file.ends_with(".mp4"))).collect()
}

/// The next gateway takes the job up, finishes it, and cleans up after the one before.
fn runs_again(site: &Site, id: &str) {
    let gateway = site.start();
    let job = gateway.finished(id, MOMENT);
    assert_eq!((&job["state"], &job["attempt"]), (&json!("succeeded"), &json!(2)), "{job}");
    assert_eq!(job["video"]["frames"], 25, "the whole video, not the rest");
    assert_eq!(gateway.get(&format!("/v1/jobs/{id}/video")).body.len() as u64, job["video"]["bytes"]);
    eventually("the work folders are gone", MOMENT, || site.no_work_left().then_some(()));
    assert_eq!(site.hosts().len(), 1, "the dead gateway's engine has not come back");
}
