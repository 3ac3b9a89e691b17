//! Benchmark of the API: how fast a gateway starts, accepts jobs and answers about them, and its memory at rest.
//!
//! Run by `cargo xtask bench api`. Every figure depends on the machine; compare figures of one run.

use std::fs;
use std::time::{Duration, Instant};

use avatar_tests::{Gateway, Part, Site, eventually, memory_now, portrait, rate, row, speech};
use serde_json::{Value, json};

fn main() {
    let site = Site::new(&["testcard", "puppet"], "[log]\nfilter = \"warn\"\n");
    let start = median(5, || {
        let start = Instant::now();
        let gateway = site.start();
        eventually("the gateway is ready", Duration::from_secs(10), || {
            (gateway.get("/readyz").status == 200).then_some(())
        });
        start.elapsed()
    });
    row("start to ready", &format!("{} ms", start.as_millis()));

    let gateway = site.start();
    eventually("the gateway is ready", Duration::from_secs(10), || {
        (gateway.get("/readyz").status == 200).then_some(())
    });
    row("resident memory at rest", &format!("{} MiB", memory_now(gateway.pid())));

    let folder = site.scratch();
    let (photo_file, audio_file) = (portrait(&folder), speech(&folder, 5.0));
    let photo = gateway.upload("photos", &photo_file).expect(201)["id"].clone();
    let audio = gateway.upload("audio", &audio_file).expect(201)["id"].clone();

    // The first job keeps the engine busy for ever, so that what is measured is the gateway alone.
    let params = json!({"fault": "hang"});
    let job = json!({"engine": "testcard", "photo_id": photo, "audio_id": audio, "params": params});
    let id = submit(&gateway, &job);
    rate("submissions by id", 200, &gateway, |gateway| {
        submit(gateway, &job);
    });
    let address = format!("/v1/jobs/{}", id.as_str().expect("an id is a text"));
    rate("status polls", 2000, &gateway, |gateway| assert_eq!(gateway.get(&address).status, 200));
    rate("GET /livez", 2000, &gateway, |gateway| assert_eq!(gateway.get("/livez").status, 200));
    let form = [
        Part::text("engine", "testcard"),
        Part::file("photo", "portrait.png", fs::read(&photo_file).expect("it was just written")),
        Part::file("audio", "speech.wav", fs::read(&audio_file).expect("it was just written")),
    ];
    rate("submissions with photo and 5 s of speech", 10, &gateway, |gateway| {
        gateway.post_form("/v1/jobs", &form).expect(202);
    });
    row("resident memory afterwards", &format!("{} MiB", memory_now(gateway.pid())));
}

fn submit(gateway: &Gateway, job: &Value) -> Value {
    gateway.post("/v1/jobs", job).expect(202)["id"].clone()
}

fn median(times: usize, measure: impl Fn() -> Duration) -> Duration {
    let mut measured: Vec<_> = (0..times).map(|_| measure()).collect();
    measured.sort();
    measured[times / 2]
}
