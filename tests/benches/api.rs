//! Benchmark of the API: how fast a gateway on one core starts, accepts jobs and answers about them, and its memory at rest.
//!
//! Run by `cargo xtask bench api`. Every figure depends on the machine; compare those of one run. Beside answers stands how
//! many of those of a bare server they are.

use std::fs;
use std::path::Path;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::{Duration, Instant};

use avatar_samples::portrait::{self, PortraitSpec};
use avatar_tests::{Gateway, Part, Site, Yardstick, eventually, memory_now, on_one_core, rate, row, speech};
use serde_json::{Value, json};

/// As many clients as keep one core busy while each waits for the disk.
const CLIENTS: usize = 4;

fn main() {
    let site = Site::new(&["testcard", "puppet"], "[log]\nfilter = \"warn\"\n");
    let start = median(5, || {
        let start = Instant::now();
        let _gateway = ready(&site);
        start.elapsed()
    });
    row("start to ready", &format!("{} ms", start.as_millis()));

    let yardstick = Yardstick::new();
    let gateway = ready(&site);
    row("resident memory at rest", &format!("{} MiB", memory_now(gateway.pid())));

    let folder = site.scratch();
    let (photo_file, audio_file) = (folder.join("portrait.jpg"), speech(&folder, 5.0));
    // As a phone's browser sends it.
    let portrait = portrait::render(&PortraitSpec { size: (1500, 2000), ..PortraitSpec::default() });
    portrait.save(&photo_file).expect("the folder can be written to");
    let photo = gateway.upload("photos", &photo_file).expect(201)["id"].clone();
    let audio = gateway.upload("audio", &audio_file).expect(201)["id"].clone();

    // The first job keeps the engine busy for ever, so that what is measured is the gateway alone.
    let params = json!({"fault": "hang"});
    let job = json!({"engine": "testcard", "photo_id": photo, "audio_id": audio, "params": params});
    let running = submit(&gateway, &job);
    let queued = submit(&gateway, &job);
    yardstick.answers("GET /livez", gateway.address(), "/livez");
    yardstick.answers("polls of a running job", gateway.address(), &address(&running));
    yardstick.answers("polls of a queued job", gateway.address(), &address(&queued));
    rate("submissions by id", CLIENTS, 200, || drop(submit(&gateway, &job)));
    yardstick.answers("polls with those queued", gateway.address(), &address(&queued));

    let (photo, audio) = (read(&photo_file), read(&audio_file));
    let serial = AtomicU32::new(0);
    rate("submissions with new photo and 5 s of speech", CLIENTS, 10, || {
        let serial = serial.fetch_add(1, Ordering::Relaxed);
        send(&gateway, &distinct(&photo, serial), &distinct(&audio, serial));
    });
    rate("submissions with known photo and speech", CLIENTS, 50, || send(&gateway, &photo, &audio));
    row("resident memory afterwards", &format!("{} MiB", memory_now(gateway.pid())));
}

/// A gateway that takes jobs, on one core.
fn ready(site: &Site) -> Gateway {
    let gateway = on_one_core(|| site.start());
    eventually("the gateway is ready", Duration::from_secs(10), || {
        (gateway.get("/readyz").status == 200).then_some(())
    });
    gateway
}

fn address(job: &Value) -> String {
    format!("/v1/jobs/{}", job.as_str().expect("an id is a text"))
}

fn submit(gateway: &Gateway, job: &Value) -> Value {
    gateway.post("/v1/jobs", job).expect(202)["id"].clone()
}

fn send(gateway: &Gateway, photo: &[u8], audio: &[u8]) {
    let form = [
        Part::text("engine", "testcard"),
        Part::file("photo", "portrait.jpg", photo),
        Part::file("audio", "speech.wav", audio),
    ];
    gateway.post_form("/v1/jobs", &form).expect(202);
}

fn read(file: &Path) -> Vec<u8> {
    fs::read(file).expect("it was just written")
}

/// The same picture or sound in a file that was not sent before: what follows the end of either is not read.
fn distinct(file: &[u8], serial: u32) -> Vec<u8> {
    [file, &serial.to_be_bytes()].concat()
}

fn median(times: usize, measure: impl Fn() -> Duration) -> Duration {
    let mut measured: Vec<_> = (0..times).map(|_| measure()).collect();
    measured.sort();
    measured[times / 2]
}
