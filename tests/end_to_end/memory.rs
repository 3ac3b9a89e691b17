//! Memory does not grow with the length of the speech: frames and sound stream through every process.

use std::process::Command;

use avatar_tests::{Gateway, Site, memory_peak, speech};
use serde_json::json;

use crate::MOMENT;

/// How much more memory ten minutes may take than one, in MiB.
const TOLERANCE: u64 = 8;

#[test]
fn ten_minutes_take_no_more_memory_than_one() {
    let site = Site::new(&["testcard"], "");
    let gateway = site.start();
    let (first_gateway, first_host) = peaks_after(&site, &gateway, 1);
    let (gateway_peak, host_peak) = peaks_after(&site, &gateway, 10);
    assert!(gateway_peak <= first_gateway + TOLERANCE, "gateway: {first_gateway} MiB, then {gateway_peak} MiB");
    assert!(host_peak <= first_host + TOLERANCE, "engine: {first_host} MiB, then {host_peak} MiB");
}

/// The memory peaks of the gateway and of its one engine process, in MiB, after a job of so many minutes.
fn peaks_after(site: &Site, gateway: &Gateway, minutes: u32) -> (u64, u64) {
    let (minute, long) = (speech(&site.scratch(), 60.0), site.scratch().join(format!("{minutes}.wav")));
    let repeated = Command::new("ffmpeg")
        .args(["-v", "error", "-stream_loop", &(minutes - 1).to_string(), "-i"])
        .args([&minute, &long])
        .status();
    assert!(repeated.expect("ffmpeg is installed").success());
    let audio = gateway.uploaded("audio", &long);
    let id = gateway.submit_testcard(&audio, json!({"width": 64, "height": 64, "fps": 2}));
    let job = gateway.finished(&id, MOMENT * 2);
    assert_eq!(job["state"], "succeeded", "{job}");
    assert_eq!(job["video"]["frames"], minutes * 120, "{job}");
    let hosts = site.hosts();
    assert_eq!(hosts.len(), 1, "the engine is still warm");
    (memory_peak(gateway.pid()), memory_peak(hosts[0]))
}
