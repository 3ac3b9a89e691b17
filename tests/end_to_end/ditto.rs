//! The engine Ditto with stand-ins for its networks: photos and videos, at once and as a stream.

use std::fs;
use std::path::{Path, PathBuf};
use std::time::Duration;

use avatar_tests::{Gateway, Site, onnx_runtime, portrait, speech};
use serde_json::{Value, json};

/// Patience for a job.
const LONG: Duration = Duration::from_secs(120);

/// A gateway with Ditto, a portrait and speech of two seconds.
struct Stage {
    gateway: Gateway,
    photo: String,
    audio: String,
    site: Site,
}

impl Stage {
    /// None where there is no ONNX Runtime.
    fn new(options: &str) -> Option<Self> {
        let runtime = onnx_runtime()?;
        let site = Site::new(&["ditto"], "");
        let weights = weights(&site);
        site.add_config(&format!(
            "[engines.ditto]\nweights = {}\nonnxruntime = {}\ndevice = \"cpu\"\n{options}\n",
            json!(weights),
            json!(runtime),
        ));
        let gateway = site.start();
        let photo = gateway.uploaded("photos", &portrait(&site.scratch()));
        let audio = gateway.uploaded("audio", &speech(&site.scratch(), 2.0));
        Some(Self { gateway, photo, audio, site })
    }

    fn run(&self, params: Value) -> Value {
        let job = json!({"engine": "ditto", "photo_id": self.photo, "audio_id": self.audio, "params": params});
        self.gateway.finished(&self.gateway.submit(&job), LONG)
    }
}

/// The stand-ins of the engine's reference set, laid out as the published files are.
fn weights(site: &Site) -> PathBuf {
    let set = Path::new(env!("CARGO_MANIFEST_DIR")).join("../engines/ditto/tests/golden/set");
    let weights = site.scratch().join("weights");
    let (networks, configs) = (weights.join("ditto_onnx"), weights.join("ditto_cfg"));
    fs::create_dir_all(&networks).unwrap();
    fs::create_dir_all(&configs).unwrap();
    for network in fs::read_dir(set.join("models")).unwrap().flatten() {
        fs::copy(network.path(), networks.join(network.file_name())).unwrap();
    }
    fs::copy(set.join("cfg_offline.pkl"), configs.join("v0.4_hubert_cfg_trt.pkl")).unwrap();
    fs::copy(set.join("cfg_online.pkl"), configs.join("v0.4_hubert_cfg_trt_online.pkl")).unwrap();
    weights
}

#[test]
fn a_photo_speaks_offline_and_online() {
    let Some(stage) = Stage::new("") else { return };
    for online in [false, true] {
        let job = stage.run(json!({"online_mode": online, "steps": 4}));
        assert_eq!(job["state"], "succeeded", "{job}\n{}", stage.gateway.log());
    }
    assert!(stage.site.no_work_left());
}
