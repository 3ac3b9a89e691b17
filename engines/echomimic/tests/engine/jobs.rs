//! Jobs: what comes of them, and what is refused.

use std::sync::Arc;

use engine_api::testing::RecordingHost;
use engine_api::{Computation, EngineError, ErrorKind, FrameRate, Phase, VideoFormat};
use engine_echomimic::EchoMimic;
use engine_echomimic::variant::Variant;
use engine_golden_torch::stage::{CanceledDuring, load};
use image::RgbImage;
use serde_json::{Value, json};

use crate::stage::{WEIGHTS, stage, weights, with};

/// The smallest job, and what is different in it.
fn small(given: Value) -> Value {
    let mut params = json!({"width": 64, "height": 64, "steps": 1});
    params.as_object_mut().expect("a table").extend(given.as_object().expect("a table").clone());
    params
}

#[test]
fn a_job_becomes_the_frames_of_its_speech() {
    let mut stage = stage();
    let mut host = RecordingHost::new();
    let params = small(json!({"width": 72, "fps": 10, "steps": 2, "context_frames": 4, "context_overlap": 1}));
    stage.render(0.5, params, &mut host).expect("the job is rendered");
    host.finish().expect("as many frames as were announced");
    let format = VideoFormat { width: 72, height: 64, rate: FrameRate::new(10, 1), frames: Some(5) };
    assert_eq!(host.format, Some(format));
    assert!(host.frames.windows(2).any(|pair| pair[0] != pair[1]), "nothing moves");
    let stages = host.stages();
    assert_eq!(host.phases, [Phase::Rendering]);
    assert_eq!(host.computations, [Computation::new("cpu", &["libtorch"], "fp32")]);
    // 7 frames are made in 3 windows, twice, and 5 are shown.
    for told in [("find the face", 0, 0), ("hear the speech", 1, 1), ("denoise", 1, 11), ("denoise", 6, 11)] {
        assert!(stages.contains(&told), "{told:?} is not in {stages:?}");
    }
}

#[test]
fn what_a_client_may_not_expect_is_told() {
    let mut stage = stage();
    let mut warned = |seconds: f64, given: Value| {
        let mut host = RecordingHost::new();
        stage.render(seconds, small(given), &mut host).expect("the job is rendered");
        host.warned().into_iter().map(str::to_owned).collect::<Vec<_>>()
    };
    // The made-up detector finds more than one in everybody.
    assert_eq!(warned(0.2, json!({"length": 4})), ["several_faces", "length"]);
    assert_eq!(warned(0.2, json!({"length": 5})), ["several_faces"]);
    stage.show(&RgbImage::new(64, 64));
    let mut host = RecordingHost::new();
    stage.render(0.05, small(json!({"no_face": "whole_picture"})), &mut host).expect("the job is rendered");
    assert_eq!(host.warned(), ["no_face"]);
}

#[test]
fn a_seed_chooses_the_video() {
    let mut stage = stage();
    let mut video = |seed: i64| stage.frames(0.1, small(json!({"seed": seed})));
    let first = video(1);
    assert!(first == video(1), "the same seed gives another video");
    assert!(first != video(2), "another seed gives the same video");
    assert!(video(-1) != video(-1), "any seed is always the same");
}

#[test]
fn lengths_rates_and_windows_of_every_size_are_rendered() {
    let mut stage = stage();
    for (seconds, given, frames) in [
        (0.05, json!({}), 2),
        (0.02, json!({"fps": 1}), 1),
        (0.2, json!({"fps": 60}), 12),
        (0.2, json!({"length": 3}), 3),
        (0.2, json!({"length": 1000}), 5),
        (0.2, json!({"length": 1}), 1),
        (0.2, json!({"exact_length": false}), 7),
        (0.2, json!({"context_frames": 1, "context_overlap": 0}), 5),
        (0.2, json!({"context_frames": 2, "context_overlap": 1}), 5),
        (0.7, json!({"fps": 60, "context_frames": 32, "context_overlap": 31}), 42),
        (0.1, json!({"cfg": 2.5, "context_frames": 2, "context_overlap": 0}), 3),
        (0.1, json!({"width": 136, "height": 168, "steps": 2}), 3),
    ] {
        assert_eq!(stage.frames(seconds, small(given.clone())).len(), frames, "{seconds} s with {given}");
    }
}

#[test]
fn what_cannot_be_rendered_is_refused_with_the_reason() {
    let mut stage = stage();
    for (seconds, given, words) in [
        (0.01, json!({}), "the speech is too short"),
        (0.2, json!({"context_frames": 4, "context_overlap": 4}), "context_overlap must be"),
    ] {
        let error = stage.refused(seconds, small(given));
        assert_eq!(error.kind, ErrorKind::Input);
        assert!(error.message.contains(words), "{error}");
    }
    stage.show(&RgbImage::new(19, 64));
    let error = stage.refused(0.2, small(json!({})));
    assert!(error.message.contains("19x64 pixels"), "{error}");
}

#[test]
fn portraits_of_any_size_are_shown() {
    let mut stage = stage();
    for (width, height) in [(20, 20), (33, 517), (1023, 21)] {
        stage.show(&RgbImage::from_fn(width, height, |x, y| image::Rgb([x as u8, y as u8, (x * y) as u8])));
        let frames = stage.frames(0.05, small(json!({"no_face": "whole_picture"})));
        assert_eq!(frames.len(), 2, "{width}x{height}");
    }
}

#[test]
fn a_job_that_does_not_fit_is_refused_with_what_would() {
    let weights = WEIGHTS.hold();
    let engine = load(weights.path(), json!({"memory_gb": 0.9})).expect("the small networks fit");
    let mut stage = with(engine, weights);
    let error = stage.refused(0.5, json!({"width": 2048, "height": 2048}));
    assert_eq!(error.kind, ErrorKind::Input);
    assert!(error.message.contains("it would fit with"), "{error}");
    let error =
        load::<EchoMimic>(WEIGHTS.hold().path(), json!({"memory_gb": 0.01})).err().expect("the networks do not fit");
    assert_eq!(error.kind, ErrorKind::OutOfMemory);
    assert!(error.message.starts_with("the networks need "), "{error}");
}

#[test]
fn a_canceled_job_ends_before_its_frames() {
    let mut stage = stage();
    let mut host = RecordingHost::new().canceled_after(0);
    assert_eq!(stage.render(0.2, small(json!({})), &mut host), Err(EngineError::canceled()));
    let mut host = CanceledDuring::new("denoise");
    let params = small(json!({"steps": 3}));
    assert_eq!(stage.render(0.2, params, &mut host), Err(EngineError::canceled()));
    assert_eq!(host.done, 1, "it went on");
    let mut host = RecordingHost::new().canceled_after(2);
    assert_eq!(stage.render(0.2, small(json!({})), &mut host), Err(EngineError::canceled()));
    assert_eq!(host.count, 2);
}

#[test]
fn the_other_variant_has_files_and_defaults_of_its_own() {
    let weights = Arc::new(weights(Variant::Plain));
    let error = load::<EchoMimic>(weights.path(), json!({})).err().expect("the accelerated files are missing");
    assert!(error.message.contains("motion_module_acc.pth"), "{error}");
    let engine = load(weights.path(), json!({"variant": "plain"})).expect("the engine loads");
    let mut host = RecordingHost::new();
    with(engine, weights).render(0.05, json!({"width": 64, "height": 64}), &mut host).expect("the job is rendered");
    assert!(host.stages().contains(&("denoise", 30, 32)), "{:?}", host.stages());
}
