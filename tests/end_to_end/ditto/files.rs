//! Ditto's files when they are missing, damaged or the wrong ones: which error is told, and when.

use std::fs;
use std::path::Path;

use serde_json::json;

use super::{Stage, assert_failed, rewrite};

const CONFIG: &str = "ditto_cfg/v0.4_hubert_cfg_trt.pkl";

#[test]
fn missing_networks_are_listed_with_what_fetches_them() {
    let lose = |weights: &Path| {
        for network in ["hubert", "landmark106"] {
            fs::remove_file(weights.join(format!("ditto_onnx/{network}.onnx"))).unwrap();
        }
    };
    let Some(stage) = Stage::with("", lose) else { return };
    let readiness = stage.readiness();
    assert_eq!(readiness["state"], "missing_weights", "{readiness}");
    assert_eq!(readiness["files"], json!(["ditto_onnx/hubert.onnx", "ditto_onnx/landmark106.onnx"]));
    assert!(readiness["remedy"].as_str().unwrap().contains("avatar-gateway models pull ditto"), "{readiness}");
    let job = json!({"engine": "ditto", "photo_id": stage.photo, "audio_id": stage.audio});
    let refused = stage.gateway.post("/v1/jobs", &job).expect(503);
    assert_eq!(refused["code"], "engine.not_ready", "{refused}");
    assert!(refused.to_string().contains("avatar-gateway models pull ditto"), "{refused}");
}

#[test]
fn another_network_is_refused_with_all_that_differs() {
    let mistake = |weights: &Path| {
        let network = |name: &str| weights.join(format!("ditto_onnx/{name}.onnx"));
        fs::copy(network("landmark106"), network("landmark203")).unwrap();
    };
    let Some(stage) = Stage::with("", mistake) else { return };
    assert_eq!(stage.readiness()["state"], "ready", "networks are read once they are needed");
    let job = stage.run(json!({"steps": 2}));
    assert_failed(
        &job,
        "engine.weights",
        &[
            "landmark203.onnx is not the expected network",
            "there is no input \"input\" among [\"data\"]",
            "output \"landmarks\" is Float32 [-1, 212], expected Float32 with 406 values",
        ],
    );
}

#[test]
fn a_damaged_network_is_named() {
    let cut = |weights: &Path| {
        let path = weights.join("ditto_onnx/decoder.onnx");
        let whole = fs::read(&path).unwrap();
        fs::write(&path, &whole[..whole.len() / 2]).unwrap();
    };
    let garble = |weights: &Path| fs::write(weights.join("ditto_onnx/decoder.onnx"), "<html>404</html>").unwrap();
    let empty = |weights: &Path| fs::write(weights.join("ditto_onnx/decoder.onnx"), "").unwrap();
    for damage in [&cut as &dyn Fn(&Path), &garble, &empty] {
        let Some(stage) = Stage::with("", damage) else { return };
        assert_failed(&stage.run(json!({"steps": 2})), "engine.weights", &["decoder.onnx"]);
    }
}

#[test]
fn a_network_that_gives_no_numbers_fails_the_job() {
    // What the stand-in for the motion network adds at its end.
    let spoil = |weights: &Path| rewrite(weights, "lmdm_v0.4_hubert", "k38", |_| f32::NAN);
    let Some(stage) = Stage::with("", spoil) else { return };
    for online in [false, true] {
        let job = stage.run(json!({"online_mode": online, "steps": 3}));
        assert_failed(&job, "engine.input", &["the motion is not finite", "`steps`"]);
    }
    assert!(stage.site.no_work_left());
}

#[test]
fn a_configuration_that_is_none_is_refused_before_any_job() {
    let global = b"\x80\x02cos\nsystem\n\x8c\x02ls\x85R.";
    for (bytes, words) in [(&b"no pickle"[..], CONFIG), (global, "os.system"), (&b"\x80\x04"[..], CONFIG)] {
        let Some(stage) = Stage::with("", |weights| fs::write(weights.join(CONFIG), bytes).unwrap()) else { return };
        let readiness = stage.readiness();
        assert_eq!(readiness["state"], "failed", "{readiness}");
        assert!(readiness["reason"].as_str().unwrap().contains(words), "{readiness}");
        assert!(readiness["remedy"].as_str().unwrap().contains("models verify ditto"), "{readiness}");
    }
}

#[test]
fn without_a_runtime_it_is_told_what_to_do() {
    let Some(stage) = Stage::new("onnxruntime = \"/nowhere/libonnxruntime.so\"") else { return };
    let readiness = stage.readiness();
    assert_eq!(readiness["state"], "failed", "{readiness}");
    assert!(readiness["reason"].as_str().unwrap().contains("/nowhere/libonnxruntime.so"), "{readiness}");
    assert!(readiness["remedy"].as_str().unwrap().contains("onnxruntime in [engines.ditto]"), "{readiness}");
}
