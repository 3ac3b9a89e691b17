//! Ditto's files when they are missing, damaged or the wrong ones: which error is told, and when.

use std::fs;
use std::path::Path;

use serde_json::json;

use super::{Stage, assert_failed, rewrite};

const CONFIG: &str = "ditto_cfg/v0.4_hubert_cfg_trt.pkl";
const DECODER: &str = "ditto_onnx/decoder.onnx";

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
fn files_that_cannot_be_the_networks_are_told_before_any_job() {
    let whole = |weights: &Path| fs::read(weights.join(DECODER)).unwrap();
    let cut = |weights: &Path| whole(weights)[..whole(weights).len() / 2].to_vec();
    let pointer = |_: &Path| b"version https://git-lfs.github.com/spec/v1\noid sha256:0\nsize 221509337\n".to_vec();
    let page = |_: &Path| b"<!DOCTYPE html><html>404</html>".to_vec();
    let other = |weights: &Path| fs::read(weights.join("ditto_onnx/landmark106.onnx")).unwrap();
    for (made, words) in [
        (&cut as &dyn Fn(&Path) -> Vec<u8>, "is cut off: it has "),
        (&pointer, "is a pointer of Git LFS and not the file itself, which has 221509337 bytes"),
        (&page, "is an HTML page"),
        (&|_: &Path| vec![], "is empty"),
        (&other, "is another network: there is no input \"feature\" among [\"data\"]"),
    ] {
        let spoil = |weights: &Path| fs::write(weights.join(DECODER), made(weights)).unwrap();
        let Some(stage) = Stage::with("", spoil) else { return };
        let readiness = stage.readiness();
        assert_eq!(readiness["state"], "failed", "{readiness}");
        assert!(readiness["reason"].as_str().unwrap().starts_with(&format!("{DECODER} {words}")), "{readiness}");
        let remedy = readiness["remedy"].as_str().unwrap();
        assert!(remedy.starts_with("`rm '") && remedy.contains("' && avatar-gateway models pull ditto`"), "{remedy}");
        let job = json!({"engine": "ditto", "photo_id": stage.photo, "audio_id": stage.audio});
        assert_eq!(stage.gateway.post("/v1/jobs", &job).expect(503)["code"], "engine.not_ready");
    }
}

#[test]
fn a_network_that_only_the_runtime_finds_wrong_fails_the_job_by_name() {
    // An operator that nobody knows, in a graph that is whole.
    let garble = |weights: &Path| {
        let mut bytes = fs::read(weights.join(DECODER)).unwrap();
        let at = bytes.windows(6).position(|found| found == b"\x22\x04Conv").expect("it convolves");
        bytes[at + 2..at + 6].copy_from_slice(b"Xonv");
        fs::write(weights.join(DECODER), bytes).unwrap();
    };
    let Some(stage) = Stage::with("", garble) else { return };
    assert_eq!(stage.readiness()["state"], "ready");
    assert_failed(&stage.run(json!({"steps": 2})), "engine.weights", &["decoder.onnx"]);
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
    for (bytes, words, remedy) in [
        (&b"no pickle"[..], "is text and begins with \"no pickle\"", "models pull ditto"),
        (global, "os.system", "models verify ditto"),
        (&b"\x80\x04"[..], CONFIG, "models verify ditto"),
    ] {
        let Some(stage) = Stage::with("", |weights| fs::write(weights.join(CONFIG), bytes).unwrap()) else { return };
        let readiness = stage.readiness();
        assert_eq!(readiness["state"], "failed", "{readiness}");
        assert!(readiness["reason"].as_str().unwrap().contains(words), "{readiness}");
        assert!(readiness["remedy"].as_str().unwrap().contains(remedy), "{readiness}");
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
