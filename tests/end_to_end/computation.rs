//! What an engine says of the machinery that computes a job is on the job, however much it says.

use avatar_tests::{Site, portrait, speech};
use serde_json::{Value, json};

use crate::MOMENT;

#[test]
fn of_what_a_plugin_says_its_job_bears_the_last_word_in_bounds_and_without_paths() {
    let site = Site::new(&["testcard"], "");
    site.add_odd_plugin("plugin_good");
    let gateway = site.start();
    let photo = gateway.uploaded("photos", &portrait(&site.scratch()));
    let audio = gateway.uploaded("audio", &speech(&site.scratch(), 1.0));
    let computed_on = |said: Value| {
        let params = json!({"frames": 25, "computations": said});
        let id = gateway.submit(&json!({"engine": "good", "photo_id": photo, "audio_id": audio, "params": params}));
        let job = gateway.finished(&id, MOMENT);
        assert_eq!(job["state"], "succeeded", "{job}");
        job["computation"].clone()
    };
    assert_eq!(computed_on(json!([])), Value::Null);
    let (cpu, gpu) = (
        json!({"device": "cpu", "providers": ["CPU"], "precision": "fp32"}),
        json!({"device": "cuda:0", "providers": ["TensorRT", "CUDA"], "precision": "mixed"}),
    );
    assert_eq!(computed_on(json!([cpu, gpu])), gpu);
    let wild = json!({
        "device": "cuda:0\n\u{1b}[31m",
        "providers": vec![site.engines().join("libprovider.so"); 100],
        "precision": "16".repeat(10_000),
    });
    let told = computed_on(json!([wild]));
    assert_eq!((&told["device"], &told["precision"]), (&json!("cuda:0\u{fffd}\u{fffd}[31m"), &json!("16".repeat(32))));
    assert_eq!(told["providers"].as_array().map(Vec::len), Some(8));
    assert!(!told.to_string().contains(&site.engines().display().to_string()), "no path of the server is told: {told}");
}
