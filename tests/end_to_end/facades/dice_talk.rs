//! Clients of the DICE-Talk service.

use std::fs;

use avatar_tests::programs::{curl, script};
use avatar_tests::{Part, speech};
use serde_json::{Value, json};

use super::{Scene, name, pictures, text};
use crate::MOMENT;

#[test]
fn a_the_python_client_gets_its_video() {
    let scene = Scene::new("puppet");
    let out = scene.site.scratch().join("result.mp4");
    for door in scene.doors("dice-talk") {
        let arguments = [door.url(), name(&scene.portrait), name(&scene.speech), name(&out), "0.05"];
        let Some(ran) = script("dice_talk.py", &arguments) else { return };
        assert!(ran.success().ends_with("status COMPLETED\n"), "{}", ran.said);
        assert_eq!(pictures(&out), 25);
        fs::remove_file(&out).unwrap();
    }
}

#[test]
fn b_curl_gets_its_video() {
    let scene = Scene::new("puppet");
    let out = scene.site.scratch().join("result.mp4");
    let (image, audio) = (format!("image=@{}", name(&scene.portrait)), format!("audio=@{}", name(&scene.speech)));
    for (door, scales) in scene.doors("dice-talk").into_iter().zip([&["ref_scale=3.0", "emo_scale=6.0"][..], &[]]) {
        let url = |path: &str| format!("{}{path}", door.url());
        let Some(health) = curl(&[&url("/api/health")]) else { return };
        let health: Value = serde_json::from_str(health.success()).unwrap();
        assert_eq!((&health["status"], &health["version"]), (&json!("healthy"), &json!("1.0.0")));

        let start = url("/api/v1/synthesis/start");
        let mut request = vec!["-X", "POST", &start, "-F", &image, "-F", &audio, "-F", "emotion=happy"];
        scales.iter().for_each(|scale| request.extend(["-F", scale]));
        let started: Value = serde_json::from_str(curl(&request).unwrap().success()).unwrap();
        let task = text(&started["task_id"]);
        let expected = json!({"task_id": task, "status": "PENDING", "message": "Task created successfully", "original_task_id": null});
        assert_eq!(started, expected);

        let path = format!("/api/v1/synthesis/{task}");
        scene.ended("dice-talk", task);
        let status = curl(&[&url(&format!("{path}/status"))]).unwrap();
        let status: Value = serde_json::from_str(status.success()).unwrap();
        assert_eq!((&status["status"], &status["progress"]), (&json!("COMPLETED"), &json!(1.0)), "{status}");
        curl(&["-o", name(&out), &url(&format!("{path}/download"))]).unwrap().success();
        assert_eq!(pictures(&out), 25);
    }
}

#[test]
fn b_curl_asks_before_it_sends_much() {
    let scene = Scene::new("testcard");
    let long = speech(&scene.site.scratch(), 40.0);
    assert!(fs::metadata(&long).unwrap().len() > 1 << 20, "above this curl waits to be told to go on");
    let url = format!("{}/api/v1/synthesis/start", scene.gateway.facade("dice-talk").url());
    let (image, audio) = (format!("image=@{}", name(&scene.portrait)), format!("audio=@{}", name(&long)));
    let request = ["-v", &url, "-F", &image, "-F", &audio, "-F", "emotion=sad", "-F", "duration=1"];
    let Some(ran) = curl(&request) else { return };
    let started: Value = serde_json::from_str(ran.success()).unwrap();
    assert!(ran.complained.contains("Expect: 100-continue"), "{}", ran.complained);
    let job = scene.gateway.finished(text(&started["task_id"]), MOMENT);
    assert_eq!((&job["state"], &job["video"]["frames"]), (&json!("succeeded"), &json!(25)), "{job}");
}

#[test]
fn c_the_services_check_passes_twice() {
    let scene = Scene::new("puppet");
    let folder = scene.site.scratch();
    let [own, main] = scene.doors("dice-talk");
    for (door, mode) in [(own, ""), (own, ""), (main, ""), (own, "health"), (own, "duration")] {
        let arguments = [door.url(), name(&scene.portrait), name(&scene.speech), name(&folder), mode];
        let Some(ran) = script("dice_talk_check.py", &arguments) else { return };
        assert!(ran.success().ends_with("all passed\n"), "{mode}: {}", ran.said);
        assert!(mode == "health" || ran.said.contains("COMPLETED 100.00% Synthesis completed successfully"));
    }
}

#[test]
fn parameters_become_the_engines() {
    let scene = Scene::new("testcard");
    let puppet = Scene::new("puppet");
    let form = |more: &[(&'static str, &str)]| -> Vec<Part<'_>> {
        let files = [
            Part::file("image", "me.png", fs::read(&scene.portrait).unwrap()),
            Part::file("audio", "speech.wav", fs::read(&scene.speech).unwrap()),
        ];
        files.into_iter().chain(more.iter().map(|(name, value)| Part::text(name, value))).collect()
    };
    let start = |scene: &Scene, more: &[(&'static str, &str)]| {
        let answer = scene.gateway.facade("dice-talk").post_form("/api/v1/synthesis/start", &form(more));
        scene.gateway.job(text(&answer.expect(200)["task_id"]))
    };
    let job =
        start(&scene, &[("emotion", "happy"), ("fps", "30"), ("seed", "7"), ("crop", "False"), ("ref_scale", "")]);
    assert_eq!((&job["params"]["fps"], &job["params"]["width"]), (&json!(30), &json!(320)), "{job}");
    let warnings = job["warnings"].to_string();
    for dropped in ["`emotion`", "`seed`", "`crop`"] {
        assert!(warnings.contains(dropped), "{warnings}");
    }
    assert!(!warnings.contains("fps") && !warnings.contains("ref_scale"), "{warnings}");

    let job = start(&puppet, &[("emotion", "surprised"), ("seed", "7"), ("min_resolution", "256")]);
    assert_eq!((&job["params"]["emotion"], &job["params"]["seed"]), (&json!("surprised"), &json!(7)), "{job}");
    assert_eq!(job["params"]["max_size"], 256, "{job}");
    let job = start(&puppet, &[("emotion", "happy"), ("seed", "0"), ("fps", "8")]);
    assert_eq!((&job["params"]["seed"], &job["params"]["fps"]), (&json!(0), &json!(10)), "{job}");
    assert!(job["warnings"].to_string().contains("it became 10"), "{job}");
}

#[test]
fn numbers_out_of_range_are_refused_in_its_words() {
    let scene = Scene::new("testcard");
    let files = || {
        [
            Part::file("image", "me.png", fs::read(&scene.portrait).unwrap()),
            Part::file("audio", "speech.wav", fs::read(&scene.speech).unwrap()),
            Part::text("emotion", "happy"),
        ]
    };
    for (field, value, words) in [
        ("ref_scale", "10.5", "ref_scale must be between 0.0 and 10.0"),
        ("emo_scale", "nan", "emo_scale must be between 0.0 and 10.0"),
        ("inference_steps", "7", "inference_steps must be between 8 and 50"),
        ("duration", "301", "duration must be between 0.1 and 300.0 seconds"),
        ("fps", "61", "fps must be between 8 and 60"),
        ("seed", "-1", "seed must be between 0 and 2147483647"),
        ("dynamic_scale", "4", "dynamic_scale must be between 0.1 and 3.0"),
        ("min_resolution", "100", "min_resolution must be between 128 and 2048"),
        ("expand_ratio", "0", "expand_ratio must be between 0.1 and 2.0"),
    ] {
        let form = files().into_iter().chain([Part::text(field, value)]).collect::<Vec<_>>();
        for door in scene.doors("dice-talk") {
            let answer = door.post_form("/api/v1/synthesis/start", &form);
            assert_eq!(answer.expect(400), json!({"error": words, "detail": null}), "{field}");
        }
    }
}
