//! Failures of engines: the job tells what happened, and the next job runs as usual.

use avatar_tests::{Gateway, Site, eventually, speech};
use serde_json::{Value, json};

use crate::MOMENT;

/// Short waits between attempts, so that tests need not wait.
const CONFIG: &str = "
    [scheduler]
    heartbeat_milliseconds = 50
    backoff_seconds = 0.2
    [engines.testcard]
";
/// Patience with an engine that hangs, in seconds: even a busy machine loads it and draws a frame in less.
const STALL: u64 = 4;

#[test]
fn an_engines_own_error_is_final() {
    fails("error", 1, "engine.internal", "asked to fail at frame 5");
}

#[test]
fn an_input_error_is_final() {
    fails("input", 1, "engine.input", "asked to fail at frame 5");
}

#[test]
fn a_device_error_is_tried_once_more() {
    fails("device", 2, "engine.device", "asked to fail at frame 5 (2 attempts failed)");
}

#[test]
fn a_lack_of_memory_is_tried_once_more() {
    fails("oom", 2, "engine.out_of_memory", "asked to fail at frame 5 (2 attempts failed)");
}

#[test]
fn a_failing_backend_is_tried_once_more() {
    fails("backend", 2, "engine.backend", "asked to fail at frame 5 (2 attempts failed)");
}

#[test]
fn a_panic_is_tried_once_more() {
    fails("panic", 2, "engine.panic", "the engine panicked: asked to panic at frame 5 (2 attempts failed)");
}

#[test]
fn an_abort_is_explained_by_its_signal() {
    fails("abort", 2, "engine.died", "SIGABRT");
}

#[test]
fn a_segmentation_fault_is_explained_by_its_signal() {
    fails("segfault", 2, "engine.died", "SIGSEGV");
}

#[test]
fn a_hanging_engine_is_killed_and_explained() {
    fails("hang", 2, "engine.stalled", "did not advance for 4 s in the stage \"render\" and was killed");
}

#[test]
fn a_video_cut_short_is_refused() {
    fails("short", 1, "engine.internal", "announced 25 frames and delivered 5");
}

#[test]
fn a_slow_engine_is_not_a_stuck_one() {
    let bench = Bench::new();
    // Five seconds in all, more than the patience with a standstill.
    let job = bench.run(json!({"fault": "slow", "frame_ms": 200}));
    assert_eq!((&job["state"], &job["attempt"]), (&json!("succeeded"), &json!(1)), "{job}");
}

#[test]
fn a_leak_ends_with_the_engines_process() {
    let bench = Bench::new();
    let job = bench.run(json!({"fault": "leak"}));
    assert_eq!(job["state"], "succeeded", "{job}");
    bench.gateway.stop();
    assert_eq!(bench.site.hosts(), [0_u32; 0]);
}

#[test]
fn a_fault_that_passes_is_mended_by_the_second_attempt() {
    for fault in ["segfault", "panic", "oom", "hang", "backend"] {
        let bench = Bench::new();
        let job = bench.run(json!({"fault": fault, "fault_times": 1}));
        assert_eq!((&job["state"], &job["attempt"]), (&json!("succeeded"), &json!(2)), "{fault}: {job}");
        assert_eq!(job["video"]["frames"], 25, "the whole video, not the rest");
    }
}

#[test]
fn an_engine_killed_from_outside_is_explained_and_tried_again() {
    let bench = Bench::new();
    let id = bench.gateway.submit_testcard(&bench.audio, json!({"fault": "hang"}));
    let mut killed = Vec::new();
    for attempt in 1..=2 {
        bench.gateway.wait_for(&id, "the attempt renders", MOMENT, |job| {
            job["attempt"] == attempt && job["progress"]["stage"] == "render"
        });
        killed.extend(bench.site.kill_hosts());
    }
    let job = bench.gateway.finished(&id, MOMENT);
    assert_eq!(killed.len(), 2, "one process an attempt");
    assert_eq!((&job["state"], &job["error"]["code"]), (&json!("failed"), &json!("engine.died")), "{job}");
    assert!(job["error"]["message"].as_str().unwrap().contains("memory ran out"), "{job}");
    bench.next_job_runs();
}

/// Runs a job with the fault until it fails as expected, and then one without.
fn fails(fault: &str, attempts: u64, code: &str, words: &str) {
    let bench = Bench::new();
    let job = bench.run(json!({"fault": fault}));
    assert_eq!((&job["state"], &job["attempt"]), (&json!("failed"), &json!(attempts)), "{job}");
    assert_eq!(job["error"]["code"], code, "{job}");
    let message = job["error"]["message"].as_str().unwrap();
    assert!(message.contains(words), "{message}");
    assert_eq!(job["video"], Value::Null);
    let id = job["id"].as_str().unwrap();
    let video = bench.gateway.get(&format!("/v1/jobs/{id}/video")).expect(409);
    assert_eq!(video["code"], "job.failed", "{video}");
    assert!(video["detail"].as_str().unwrap().contains(words), "{video}");
    bench.next_job_runs();
}

/// A gateway with the test card and a second of speech.
struct Bench {
    gateway: Gateway,
    site: Site,
    audio: String,
}

impl Bench {
    fn new() -> Self {
        let site = Site::new(&["testcard"], CONFIG);
        site.add_config(&format!("stall_seconds = {STALL}\nmemory_dir = {:?}", site.scratch()));
        let gateway = site.start();
        let audio = gateway.uploaded("audio", &speech(&site.scratch(), 1.0));
        Self { gateway, site, audio }
    }

    fn run(&self, params: Value) -> Value {
        let id = self.gateway.submit_testcard(&self.audio, params);
        self.gateway.finished(&id, MOMENT)
    }

    /// The fault before has left nothing behind: a job succeeds, in one process, and no folder of a dead attempt stays.
    fn next_job_runs(&self) {
        let job = self.run(json!({}));
        assert_eq!((&job["state"], &job["attempt"]), (&json!("succeeded"), &json!(1)), "{job}");
        let one_host = || (self.site.hosts().len() == 1).then_some(());
        eventually("only the engine that is warm is left", MOMENT, one_host);
        eventually("the work folders are gone", MOMENT, || self.site.no_work_left().then_some(()));
    }
}
