//! Weights that are not the networks': cut, with other keys, with other shapes, with code.

use std::fs;
use std::path::Path;

use engine_api::{Engine, ErrorKind, Readiness};
use engine_dice_talk::DiceTalk;
use engine_dice_talk::weights::Files;
use engine_golden::checkpoint::weight::Bits;
use engine_golden::checkpoint::{safetensors_file, torch};
use engine_golden_torch::damage::{self, replaced};
use engine_golden_torch::stage::{load, setup};
use serde_json::json;

use crate::layout::Layout;
use crate::stage::{WEIGHTS, trusting, weights};

const VAE: &str = "stable-video-diffusion-img2vid-xt/vae/diffusion_pytorch_model.fp16.safetensors";

/// What is told of a folder after something was done to one of its files.
fn told(file: &str, change: impl FnOnce(Vec<u8>) -> Vec<u8>) -> String {
    damage::told::<DiceTalk>(weights().path(), trusting(json!({})), file, change)
}

#[test]
fn a_file_that_is_cut_is_refused() {
    for file in ["DICE-Talk/unet.pth", "RIFE/flownet.pkl", "whisper-tiny/model.safetensors", VAE] {
        for words in [
            told(file, |bytes| bytes[..bytes.len() - 1000].to_vec()),
            told(file, |bytes| bytes[..100].to_vec()),
            told(file, |_| Vec::new()),
        ] {
            assert!(words.contains(file), "{words}");
        }
    }
}

#[test]
fn a_page_in_the_place_of_a_file_is_refused() {
    for file in ["DICE-Talk/emo_model.pth", "RIFE/flownet.pkl", VAE, "whisper-tiny/config.json", "yoloface_v5m.pt"] {
        let words = told(file, |_| b"<!DOCTYPE html><title>404</title>".to_vec());
        assert!(words.contains(file), "{words}");
    }
}

#[test]
fn keys_that_differ_are_told_from_both_sides() {
    let words = told("DICE-Talk/pose_guider.pth", |bytes| replaced(bytes, "conv_in.weight", "conv_in.height"));
    assert!(words.contains("1 missing: conv_in.weight [16, 3, 3, 3]"), "{words}");
    assert!(words.contains("1 not of this network: conv_in.height"), "{words}");
    let words = told("DICE-Talk/unet.pth", |bytes| {
        replaced(bytes, "mid_block.resnets.0.time_mixer.mix_factor", "mid_block.resnets.0.time_mixer.mix_vector")
    });
    assert!(words.contains("1 missing: mid_block.resnets.0.time_mixer.mix_factor [1]"), "{words}");
}

#[test]
fn shapes_that_differ_are_told() {
    let words = told("stable-video-diffusion-img2vid-xt/unet/config.json", |bytes| {
        replaced(bytes, "[32,64,64,64]", "[32,64,96,64]")
    });
    assert!(words.contains("of another shape: "), "{words}");
    let words = told("stable-video-diffusion-img2vid-xt/image_encoder/config.json", |bytes| {
        replaced(bytes, "\"intermediate_size\":64", "\"intermediate_size\":96")
    });
    assert!(words.contains("of another shape: "), "{words}");
}

#[test]
fn a_file_with_code_is_refused() {
    for file in ["DICE-Talk/audio_linear.pth", "RIFE/flownet.pkl"] {
        let words =
            told(file, |bytes| replaced(bytes, "torch._utils\n_rebuild_tensor_v2", "posix.system\n_rebuild_tensor_v2"));
        assert!(words.contains("which is not permitted"), "{words}");
    }
}

#[test]
fn a_detector_is_run_only_where_its_hash_is_configured() {
    let weights = WEIGHTS.hold();
    let refused = |options| load::<DiceTalk>(weights.path(), options).err().expect("the detector is not trusted");
    for options in [json!({}), trusting(json!({"detector_sha256": "0".repeat(64)}))] {
        let error = refused(options);
        assert_eq!(error.kind, ErrorKind::Weights, "{error}");
        assert!(error.message.contains("yoloface_v5m.pt: this file is a program"), "{error}");
        let trusted = trusting(json!({}));
        assert!(error.message.contains(trusted["detector_sha256"].as_str().unwrap()), "{error}");
    }
}

#[test]
fn what_a_shortened_file_lacks_is_taken_from_the_network_that_it_was_trained_from() {
    let folder = weights();
    let key = "mid_block.resnets.0.time_mixer.mix_factor";
    let layout = Layout::new(true);
    let of_unet = |wanted: &dyn Fn(&str) -> bool| {
        let tensors = layout.made("unet", "").into_iter();
        tensors.filter(|tensor| wanted(&tensor.key)).collect::<Vec<_>>()
    };
    let files = Files { folder: folder.path() };
    let shortened = of_unet(&|other| other != key);
    torch::write(&files.unet(), &shortened, Bits::Single, &torch::Wrapping::Plain).unwrap();
    let load = || load::<DiceTalk>(folder.path(), trusting(json!({}))).map(drop);
    let error = load().expect_err("a tensor is missing");
    assert!(error.message.contains(&format!("1 missing: {key} [1]")), "{error}");
    let base = folder.path().join("stable-video-diffusion-img2vid-xt/unet/diffusion_pytorch_model.fp16.safetensors");
    safetensors_file::write(&base, &of_unet(&|other| other == key), Bits::Half).unwrap();
    assert_eq!(load(), Ok(()));
}

#[test]
fn readiness_tells_what_is_missing() {
    let folder = weights();
    let check = |weights: &Path| DiceTalk::check(&setup(weights, trusting(json!({}))));
    assert_eq!(check(folder.path()), Readiness::READY);
    let Readiness::Failed { reason, remedy } = DiceTalk::check(&setup(folder.path(), json!({}))) else {
        panic!("the detector is not trusted")
    };
    assert!(reason.contains("yoloface_v5m.pt") && remedy.contains("detector_sha256"), "{reason}; {remedy}");
    fs::remove_file(folder.path().join("emo/fear.npy")).expect("it is there");
    let Readiness::MissingWeights { files, remedy } = check(folder.path()) else { panic!("it is missing") };
    assert_eq!(files, ["emo/fear.npy"]);
    assert!(remedy.contains("models pull dice-talk"), "{remedy}");
    let Readiness::Failed { reason, .. } = DiceTalk::check(&setup(folder.path(), json!({"sped": 1}))) else {
        panic!("an option is wrong")
    };
    assert!(reason.contains("sped"), "{reason}");
}
