//! Engine processes: how many there are, that later jobs reuse them, that idle ones are stopped, and what becomes of jobs
//! whose process is killed or stopped while it starts, renders or idles.

use std::fs;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::thread;
use std::time::Duration;

use avatar_tests::{Gateway, Site, eventually, speech};
use serde_json::{Value, json};

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

/// Little patience and short waits.
const IMPATIENT: &str = "
    [scheduler]
    heartbeat_milliseconds = 50
    backoff_seconds = 0.1
    [engines.testcard]
    start_seconds = 1
    stall_seconds = 2
    attempts = 10
    idle_stop_seconds = 0.001
";

#[test]
fn hosts_that_are_killed_while_they_start_fail_no_job() {
    while_hosts_start(Site::kill_hosts);
}

#[test]
fn hosts_that_are_stopped_while_they_start_fail_no_job() {
    while_hosts_start(Site::stop_hosts);
}

/// Runs jobs each of which needs a new process, and treats each process badly the moment it appears, until some have been.
fn while_hosts_start(treat: fn(&Site) -> Vec<u32>) {
    let site = Site::new(&["testcard"], IMPATIENT);
    let gateway = site.start();
    let audio = gateway.uploaded("audio", &speech(&site.scratch(), 1.0));
    let (treated, done) = (AtomicUsize::new(0), AtomicBool::new(false));
    let jobs: Vec<Value> = thread::scope(|scope| {
        scope.spawn(|| {
            while !done.load(Ordering::Relaxed) && treated.load(Ordering::Relaxed) < 6 {
                treated.fetch_add(treat(&site).len(), Ordering::Relaxed);
                thread::sleep(Duration::from_millis(5));
            }
        });
        let ids: Vec<String> = (0..5).map(|_| gateway.submit_testcard(&audio, json!({}))).collect();
        let jobs = ids.iter().map(|id| gateway.finished(id, MOMENT)).collect();
        done.store(true, Ordering::Relaxed);
        jobs
    });
    assert!(treated.into_inner() >= 6, "enough processes were met while they started");
    assert!(jobs.iter().any(|job| job["attempt"] != 1), "{jobs:?}");
    for job in &jobs {
        assert_eq!(job["state"], "succeeded", "{job}");
        for attempt in job["attempts"].as_array().unwrap() {
            let code = attempt["error"]["code"].as_str();
            assert!([None, Some("engine.died"), Some("engine.stalled")].contains(&code), "{job}");
        }
    }
}

#[test]
fn a_stopped_host_is_noticed_before_a_job_gets_it() {
    let site = Site::new(&["testcard"], "[engines.testcard]\nstart_seconds = 1\nstall_seconds = 600");
    let gateway = site.start();
    let audio = gateway.uploaded("audio", &speech(&site.scratch(), 1.0));
    let run = || gateway.finished(&gateway.submit_testcard(&audio, json!({})), MOMENT);
    assert_eq!(run()["state"], "succeeded");
    let stopped = site.stop_hosts();
    let job = run();
    assert_eq!((&job["state"], &job["attempt"]), (&json!("succeeded"), &json!(1)), "{job}");
    assert!(stopped.len() == 1 && !site.hosts().contains(&stopped[0]), "the stopped one is gone");
}

#[test]
fn a_host_that_is_stopped_while_it_renders_ends_with_its_job_and_with_the_gateway() {
    let site = Site::new(&["testcard"], "[scheduler]\ndrain_seconds = 1\n[engines.testcard]\nstall_seconds = 600");
    let gateway = site.start();
    let audio = gateway.uploaded("audio", &speech(&site.scratch(), 1.0));
    let stopped_job = || {
        let id = gateway.submit_testcard(&audio, json!({"fault": "slow", "frame_ms": 1000}));
        gateway.rendering(&id, MOMENT);
        (id, site.stop_hosts())
    };
    let (id, _) = stopped_job();
    gateway.post(&format!("/v1/jobs/{id}/cancel"), &json!({})).expect(202);
    assert_eq!(gateway.finished(&id, MOMENT)["state"], "canceled");
    let (_, hosts) = stopped_job();
    assert_eq!(hosts.len(), 1);
    assert!(gateway.stop().success());
    assert_eq!(site.hosts(), [0_u32; 0]);
}

#[test]
fn whatever_an_engine_prints_its_job_succeeds_and_later_lines_are_logged() {
    let site = Site::new(&["testcard"], "");
    let gateway = site.start();
    let audio = gateway.uploaded("audio", &speech(&site.scratch(), 1.0));
    let job = gateway.finished(&gateway.submit_testcard(&audio, json!({"fault": "babble", "at_frame": 0})), MOMENT);
    assert_eq!(job["state"], "succeeded", "{job}");
    let cut = |gateway: &Gateway| gateway.log().matches("cut: the line is longer than 8192 bytes").count();
    eventually("every line is logged, on both streams", MOMENT, || (cut(&gateway) == 2 * 25).then_some(()));
}
