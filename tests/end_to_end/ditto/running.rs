//! Running Ditto jobs: cancellation at every stage, and memory use with long speech.

use avatar_tests::memory_peak;
use serde_json::json;

use super::{LONG, Stage, filtered, hold_still};

/// How much more memory the long speech may take, in MiB: what queues hold that the short one did not fill, and a quarter
/// of its pictures.
const TOLERANCE: u64 = 80;

#[test]
fn a_running_job_is_canceled_and_its_engine_stays_warm() {
    // A grace that even a busy machine needs a part of only; an engine that does not stop within it is killed.
    let options = "[scheduler]\nheartbeat_milliseconds = 50\ncancel_grace_seconds = 60";
    let Some(mut stage) = Stage::with(options, hold_still) else { return };
    stage.video(&stage.run(json!({"steps": 2})));
    let hosts = stage.site.hosts();
    stage.speak(60.0);
    let clip = filtered(&stage.site, "clip.mp4", "scale=320:280", &["-r", "25", "-t", "20", "-pix_fmt", "yuv420p"]);
    let clip = stage.gateway.uploaded("source-videos", &clip);
    for (source, params, when) in [
        ("photo_id", json!({"steps": 2}), "render"),
        ("photo_id", json!({"steps": 1000}), "predict the motion"),
        ("photo_id", json!({"steps": 50, "online_mode": true}), "render"),
        ("video_id", json!({"steps": 2}), "register the video"),
    ] {
        let id = if source == "photo_id" { &stage.photo } else { &clip };
        let job = json!({"engine": "ditto", source: id, "audio_id": stage.audio, "params": params});
        let id = stage.gateway.submit(&job);
        stage.gateway.wait_for(&id, when, LONG, |job| job["progress"]["stage"] == when);
        stage.gateway.post(&format!("/v1/jobs/{id}/cancel"), &json!({})).expect(202);
        let job = stage.gateway.finished(&id, LONG);
        assert_eq!(job["state"], "canceled", "{job}");
        assert_eq!(stage.site.hosts(), hosts, "{when}: the engine stopped by itself");
    }
    stage.speak(1.0);
    assert_eq!(stage.video(&stage.run(json!({"steps": 2}))).frames, 25);
    assert_eq!(stage.site.hosts(), hosts);
    assert!(stage.site.no_work_left());
}

#[test]
fn a_long_speech_takes_no_more_memory_than_a_short_one() {
    let Some(mut stage) = Stage::new("") else { return };
    let mut peak = |seconds: f64| {
        stage.speak(seconds);
        let job = stage.run(json!({"steps": 1}));
        assert_eq!(stage.video(&job).frames as f64, seconds * 25.0);
        let hosts = stage.site.hosts();
        assert_eq!(hosts.len(), 1, "the engine is still warm");
        memory_peak(hosts[0])
    };
    let first = peak(4.0);
    let second = peak(20.0);
    assert!(second <= first + TOLERANCE, "{first} MiB, then {second} MiB");
}
