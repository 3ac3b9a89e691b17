//! Ditto's set-up: without its configuration, without InsightFace, and with wrong options.

use std::fs;
use std::path::Path;

use serde_json::json;

use super::Stage;

#[test]
fn it_renders_without_a_configuration() {
    let Some(stage) = Stage::with("", |weights| fs::remove_dir_all(weights.join("ditto_cfg")).unwrap()) else { return };
    for params in [
        json!({"steps": 2}),
        json!({"online_mode": true}),
        json!({"emotion": "happy", "pitch": 5, "fade_in": 5, "fade_out": 5, "steps": 2}),
    ] {
        let job = stage.run(params);
        assert_eq!(stage.warned_video(&job).frames, 25);
        let warnings = job["warnings"].as_array().unwrap();
        assert!(warnings.len() == 1 && warnings[0].as_str().unwrap().starts_with("ditto.no_configuration: "), "{job}");
    }
}

#[test]
fn jobs_tell_what_computes_them() {
    let Some(stage) = Stage::new("") else { return };
    assert_eq!(stage.readiness()["note"], "computes with the processor");
    let job = stage.run(json!({"steps": 2}));
    assert_eq!(job["computation"], json!({"device": "cpu", "providers": ["CPU"], "precision": "fp32"}));
    assert_eq!(job["warnings"], json!([]));
}

#[test]
fn motion_can_be_made_for_the_face_in_the_source() {
    let Some(stage) = Stage::new("") else { return };
    let everything = json!({
        "ch_info": "none", "emotion": "neutral", "delta_eye_arr": "none", "v_min_max_for_clip": "none", "steps": 2,
    });
    assert_eq!(stage.video(&stage.run(json!({"ch_info": "none", "steps": 2}))).frames, 25);
    assert_eq!(stage.video(&stage.run(everything)).frames, 25);
}

#[test]
fn a_commercial_set_up_needs_no_file_of_insight_face() {
    let lose = |weights: &Path| {
        for network in ["insightface_det", "landmark106"] {
            fs::remove_file(weights.join(format!("ditto_onnx/{network}.onnx"))).unwrap();
        }
    };
    let Some(stage) = Stage::with("face_search = \"mediapipe\"", lose) else { return };
    assert_eq!(stage.readiness()["state"], "ready");
    let engine = stage.gateway.get("/v1/engines/ditto").expect(200);
    let listed: Vec<&str> = engine["weights"].as_array().unwrap().iter().filter_map(|it| it["file"].as_str()).collect();
    assert!(listed.contains(&"ditto_onnx/face_mesh.onnx"), "{listed:?}");
    assert!(!listed.iter().any(|file| file.contains("insightface") || file.contains("landmark106")), "{listed:?}");
    assert_eq!(stage.video(&stage.run(json!({"steps": 2}))).frames, 25);
}

#[test]
fn wrong_options_are_told_by_name() {
    for (option, words) in [
        ("face_serch = \"mediapipe\"", "face_serch"),
        ("face_search = \"dlib\"", "dlib"),
        ("clip_disk_gb = 0", "clip_disk_gb"),
        ("threads = -1", "-1"),
        ("config = \"another.pkl\"", "another.pkl"),
    ] {
        let Some(stage) = Stage::new(option) else { return };
        let readiness = stage.readiness();
        assert_eq!(readiness["state"], "failed", "{readiness}");
        assert!(readiness["reason"].as_str().unwrap().contains(words), "{readiness}");
        assert!(readiness["remedy"].as_str().unwrap().contains("[engines.ditto]"), "{readiness}");
    }
}
