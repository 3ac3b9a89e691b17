//! Jobs that are refused, with what would help.

use std::fs;

use engine_api::ErrorKind;
use engine_dice_talk::DiceTalk;
use engine_golden_torch::stage::load;
use image::{Rgb, RgbImage};
use serde_json::json;

use crate::portrait::portrait;
use crate::stage::{WEIGHTS, small, stage, trusting, with};

#[test]
fn speech_that_is_too_short_is_refused() {
    let error = stage().refused(0.04, small(json!({})));
    assert_eq!(error.kind, ErrorKind::Input);
    assert!(error.message.contains("0.08"), "{error}");
}

#[test]
fn portraits_that_cannot_be_shown_are_refused() {
    let mut stage = stage();
    stage.show(&portrait(&[]));
    let error = stage.refused(0.1, small(json!({})));
    assert!(error.kind == ErrorKind::Input && error.message.contains("no face was found"), "{error}");
    stage.show(&RgbImage::from_pixel(20, 200, Rgb([255, 0, 0])));
    let error = stage.refused(0.1, small(json!({})));
    assert!(error.kind == ErrorKind::Input && error.message.contains("20x200 pixels; cut it"), "{error}");
    stage.show(&RgbImage::from_pixel(100, 700, Rgb([255, 0, 0])));
    let error = stage.refused(0.1, small(json!({"min_resolution": 1024})));
    assert!(error.kind == ErrorKind::Input && error.message.contains("set min_resolution to 585"), "{error}");
}

#[test]
fn an_emotion_whose_file_is_none_is_refused() {
    let emotions = tempfile::tempdir().unwrap();
    let mut stage = with(WEIGHTS.hold(), json!({"emotions": emotions.path()}));
    let path = emotions.path().join("happy.npy");
    let mut refused = || {
        let error = stage.refused(0.1, small(json!({"emotion": "happy"})));
        assert!(error.message.contains("happy.npy"), "{error}");
        error
    };
    refused();
    // 255 numbers instead of 256, in numpy's plain form.
    let head = "{'descr': '<f4', 'fortran_order': False, 'shape': (255,), }";
    let mut bytes = b"\x93NUMPY\x01\x00\x76\x00".to_vec();
    bytes.extend(format!("{head:117}\n").bytes());
    bytes.resize(bytes.len() + 255 * 4, 0);
    fs::write(&path, bytes).unwrap();
    let error = refused();
    assert!(error.message.contains("255") && error.message.contains("256"), "{error}");
    fs::write(&path, "<!DOCTYPE html>").unwrap();
    refused();
    fs::copy(WEIGHTS.hold().path().join("emo/sad.npy"), &path).unwrap();
    assert!(stage.frames(0.1, small(json!({"emotion": "happy"}))).len() == 3);
}

#[test]
fn a_job_that_does_not_fit_is_refused_with_what_would() {
    let mut stage = with(WEIGHTS.hold(), json!({"memory_gb": 0.9}));
    let error = stage.refused(0.5, small(json!({"min_resolution": 2048})));
    assert_eq!(error.kind, ErrorKind::Input);
    assert!(error.message.contains("it would fit with"), "{error}");
    let error = load::<DiceTalk>(WEIGHTS.hold().path(), trusting(json!({"memory_gb": 0.01}))).err().unwrap();
    assert_eq!(error.kind, ErrorKind::OutOfMemory);
    assert!(error.message.starts_with("the networks need "), "{error}");
}
