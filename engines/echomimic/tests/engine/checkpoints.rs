//! Weights that are not the networks': cut, with other keys, with other shapes, with code.

use std::fs;
use std::path::Path;

use engine_api::{Engine, Readiness};
use engine_echomimic::EchoMimic;
use engine_echomimic::variant::Variant;
use engine_golden_torch::damage::{self, replaced};
use engine_golden_torch::stage::setup;
use serde_json::json;

use crate::stage::weights;

/// What is told of a folder after something was done to one of its files.
fn told(file: &str, change: impl FnOnce(Vec<u8>) -> Vec<u8>) -> String {
    damage::told::<EchoMimic>(weights(Variant::Acc).path(), json!({}), file, change)
}

#[test]
fn a_file_that_is_cut_is_refused() {
    for file in [
        "denoising_unet_acc.pth",
        "reference_unet.pth",
        "sd-vae-ft-mse/diffusion_pytorch_model.safetensors",
        "mtcnn/onet.pt",
    ] {
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
    for file in ["face_locator.pth", "audio_processor/whisper_tiny.pt", "mtcnn/pnet.pt", "sd-vae-ft-mse/config.json"] {
        let words = told(file, |_| b"<!DOCTYPE html><title>404</title>".to_vec());
        assert!(words.contains(file), "{words}");
    }
}

#[test]
fn keys_that_differ_are_told_from_both_sides() {
    let words = told("reference_unet.pth", |bytes| replaced(bytes, "conv_in.weight", "conv_in.height"));
    assert!(words.contains("1 missing: conv_in.weight [32, 4, 3, 3]"), "{words}");
    assert!(words.contains("1 not of this network: conv_in.height"), "{words}");
}

#[test]
fn shapes_that_differ_are_told() {
    let words = told("sd-image-variations-diffusers/unet/config.json", |bytes| {
        replaced(bytes, "[32,64,96,96]", "[32,96,96,96]")
    });
    assert!(words.contains("of another shape"), "{words}");
}

#[test]
fn a_file_with_code_is_refused() {
    let words = told("face_locator.pth", |bytes| {
        replaced(bytes, "torch._utils\n_rebuild_tensor_v2", "posix.system\n_rebuild_tensor_v2")
    });
    assert!(words.contains("which is not permitted"), "{words}");
}

#[test]
fn readiness_tells_what_is_missing() {
    let folder = weights(Variant::Acc);
    let check = |weights: &Path| EchoMimic::check(&setup(weights, json!({})));
    assert_eq!(check(folder.path()), Readiness::READY);
    fs::remove_file(folder.path().join("mtcnn/rnet.pt")).expect("it is there");
    let Readiness::MissingWeights { files, remedy } = check(folder.path()) else { panic!("it is missing") };
    assert_eq!(files, ["mtcnn/rnet.pt"]);
    assert!(remedy.contains("models pull echomimic"), "{remedy}");
    let Readiness::Failed { reason, .. } = EchoMimic::check(&setup(folder.path(), json!({"sped": 1}))) else {
        panic!("an option is wrong")
    };
    assert!(reason.contains("sped"), "{reason}");
}
