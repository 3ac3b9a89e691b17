//! The gateway lacks something: no job pays for it, and everything goes on once it is there again.

use std::fs;
use std::time::Duration;

use avatar_tests::{Gateway, Site, SmallDisk, eventually, speech};
use rustix::process::{Pid, Resource, Rlimit, prlimit};
use serde_json::json;

use crate::MOMENT;

#[test]
fn a_full_disk_fails_no_job() {
    let site = Site::holding("[scheduler]\nheartbeat_milliseconds = 50\n");
    let Some(disk) = SmallDisk::at(&site, 32) else { return };
    let gateway = site.start();
    let audio = gateway.uploaded("audio", &speech(&site.scratch(), 1.0));
    let held = gateway.submit_testcard(&audio, json!({"fault": "hold"}));
    gateway.rendering(&held, MOMENT);
    let mut jobs: Vec<String> = (0..24).map(|_| gateway.submit_testcard(&audio, json!({}))).collect();
    jobs.push(held);
    disk.fill();
    site.release();
    let unready = eventually("the gateway says so", MOMENT, || {
        Some(gateway.get("/readyz")).filter(|answer| answer.status == 503)
    });
    assert_eq!(unready.json()["code"], "storage.full", "{}", unready.json());
    std::thread::sleep(Duration::from_secs(4)); // several looks
    for id in &jobs {
        let job = gateway.job(id);
        assert!(["queued", "running"].iter().any(|state| job["state"] == *state), "{job}");
        let told = job["warnings"].to_string().contains("queue.paused: ");
        assert!(told || job["state"] == "running", "{job}");
    }
    let metrics = String::from_utf8(gateway.get("/metrics").body).unwrap();
    assert!(metrics.contains("avatar_queue_paused{engine=\"testcard\",short=\"storage\"} 1"), "{metrics}");
    let lines = gateway.log().matches("no job is begun").count();
    assert!((1..=2).contains(&lines), "told once, and once more if a job met it first: {lines}");

    disk.clear();
    all_succeed(&gateway, &jobs);
    assert_eq!(gateway.get("/readyz").status, 200);
    assert!(site.no_work_left());
}

#[test]
fn a_gateway_without_handles_begins_no_job_and_loses_no_video() {
    let site = Site::holding("[scheduler]\nheartbeat_milliseconds = 50\n");
    let gateway = site.start();
    let audio = gateway.uploaded("audio", &speech(&site.scratch(), 1.0));
    let mut jobs = vec![gateway.submit_testcard(&audio, json!({"fault": "hold"}))];
    gateway.rendering(&jobs[0], MOMENT);
    jobs.extend((0..9).map(|_| gateway.submit_testcard(&audio, json!({}))));
    let usual = leave_no_handle(gateway.pid());
    site.release();
    eventually("the gateway says so", MOMENT, || {
        let answer = gateway.get("/readyz");
        (answer.status == 503).then(|| assert_eq!(answer.json()["code"], "gateway.overloaded"))
    });
    std::thread::sleep(Duration::from_secs(3));
    assert_eq!(gateway.job(&jobs[0])["state"], "running", "its video waits for a handle");
    let next = gateway.job(&jobs[1]);
    assert_eq!((&next["state"], &next["attempt"]), (&json!("queued"), &json!(0)), "{next}");
    assert!(next["warnings"][0].as_str().unwrap().starts_with("queue.paused: "), "{next}");

    limit_handles(gateway.pid(), usual);
    all_succeed(&gateway, &jobs);
    assert_eq!(gateway.job(&jobs[0])["attempt"], 1, "it was not rendered again");
    assert_eq!(gateway.get("/readyz").status, 200);
}

fn all_succeed(gateway: &Gateway, jobs: &[String]) {
    for id in jobs {
        let job = gateway.finished(id, MOMENT);
        assert_eq!(job["state"], "succeeded", "{job}");
        let attempts = job["attempts"].as_array().unwrap();
        assert!(attempts.iter().all(|attempt| attempt["outcome"] != "failed"), "{job}");
    }
}

/// Leaves a process no handle beside those that it has open; returns the limit from before.
fn leave_no_handle(process: u32) -> u64 {
    let files = fs::read_dir(format!("/proc/{process}/fd")).unwrap();
    let numbers: Vec<u64> = files.map(|file| file.unwrap().file_name().to_str().unwrap().parse().unwrap()).collect();
    let first_free = (0..).find(|number| !numbers.contains(number)).unwrap();
    limit_handles(process, first_free)
}

/// Changes how many handles a process may have; returns how many those were.
fn limit_handles(process: u32, handles: u64) -> u64 {
    let limits = fs::read_to_string(format!("/proc/{process}/limits")).unwrap();
    let line = limits.lines().find_map(|line| line.strip_prefix("Max open files")).unwrap();
    let maximum = line.split_whitespace().nth(1).unwrap().parse().ok();
    let limit = Rlimit { current: Some(handles), maximum };
    prlimit(Pid::from_raw(process.cast_signed()), Resource::Nofile, limit).unwrap().current.unwrap()
}
