//! What comes of jobs.

use std::time::Instant;

use engine_api::testing::RecordingHost;
use engine_api::{Computation, Emotion, EngineError, FrameRate, Phase, VideoFormat};
use engine_golden_torch::memory::peak;
use engine_golden_torch::stage::CanceledDuring;
use image::{Rgb, RgbImage};
use serde_json::{Value, json};

use crate::portrait::{SIDE, portrait};
use crate::stage::{small, stage};

fn format(width: u32, height: u32, rate: FrameRate, frames: u64) -> Option<VideoFormat> {
    Some(VideoFormat { width, height, rate, frames: Some(frames) })
}

#[test]
fn a_job_becomes_the_frames_of_its_speech() {
    let mut host = RecordingHost::new();
    stage().render(0.5, small(json!({"steps": 2})), &mut host).expect("the job is rendered");
    host.finish().expect("as many frames as were announced");
    assert_eq!(host.format, format(64, 64, FrameRate::new(25, 1), 13));
    assert!(host.frames.windows(2).any(|pair| pair[0] != pair[1]), "nothing moves");
    assert_eq!((host.phases.as_slice(), host.warned().len()), (&[Phase::Rendering][..], 0));
    assert_eq!(host.computations, [Computation::new("cpu", &["libtorch"], "fp32")]);
    let stages = host.stages();
    // 31 frames are made in 2 windows, each in 2 steps by 3 branches, and 13 pictures are shown.
    let calls = stages.iter().filter(|told| told.0 == "denoise").map(|told| told.1).max();
    assert!(calls.is_some_and(|calls| stages.contains(&("denoise", calls, calls + 13))), "{stages:?}");
    for told in [("find the face", 0, 0), ("hear the speech", 1, 1), ("look at the portrait", 0, 0)] {
        assert!(stages.contains(&told), "{told:?} is not in {stages:?}");
    }
}

#[test]
fn every_emotion_gives_another_video() {
    let mut stage = stage();
    let videos = Emotion::ALL.map(|emotion| stage.frames(0.1, small(json!({"emotion": emotion.name()}))));
    for (place, video) in videos.iter().enumerate() {
        assert!(!videos[..place].contains(video), "{:?} looks as another one", Emotion::ALL[place]);
    }
    assert!(stage.frames(0.1, small(json!({}))) == videos[0], "the default is not neutral");
}

#[test]
fn a_seed_chooses_the_video() {
    let mut stage = stage();
    let mut video = |given: Value| stage.frames(0.1, small(given));
    let first = video(json!({"seed": 1}));
    assert!(first == video(json!({"seed": 1})), "the same seed gives another video");
    assert!(first != video(json!({"seed": 2})), "another seed gives the same video");
    let unset = video(json!({}));
    assert!(unset == video(json!({"seed": 72_589})), "the default is another seed");
    assert!(unset != video(json!({"seed": 0})), "0 is no seed of its own");
}

#[test]
fn guidance_and_steps_reach_the_video() {
    let mut stage = stage();
    let mut video = |given: Value| stage.frames(0.1, small(given));
    let plain = video(json!({}));
    for given in [json!({"ref_scale": 1.0}), json!({"emo_scale": 0.0}), json!({"steps": 2}), json!({"crop": true})] {
        assert!(plain != video(given.clone()), "{given} changes nothing");
    }
}

#[test]
fn videos_have_the_sizes_that_are_asked_for() {
    let mut stage = stage();
    let mut sized = |given: Value| {
        let mut host = RecordingHost::new();
        stage.render(0.1, small(given), &mut host).expect("the job is rendered");
        host.finish().expect("frames of the size that was announced");
        let format = host.format.expect("a format");
        [format.width, format.height]
    };
    assert_eq!(sized(json!({"min_resolution": 128})), [128, 128]);
    assert_eq!(sized(json!({"min_resolution": 200})), [192, 192]);
    assert_eq!(sized(json!({"keep_resolution": true})), [SIDE, SIDE]);
    let [width, height] = sized(json!({"keep_resolution": true, "crop": true}));
    assert!(width == height && width < SIDE && width % 2 == 0, "{width} by {height}");
    let [wider, _] = sized(json!({"keep_resolution": true, "crop": true, "expand_ratio": 0.1}));
    assert!(wider < width, "expand_ratio changes nothing");
}

#[test]
fn speech_of_any_length_is_rendered_with_and_without_pictures_between() {
    let mut stage = stage();
    for (seconds, given, rate, frames) in [
        (0.08, json!({}), FrameRate::new(25, 1), 2),
        (0.1, json!({"interpolate": false}), FrameRate::new(25, 2), 2),
        (0.16, json!({"interpolate": false}), FrameRate::new(25, 2), 2),
        (0.16, json!({}), FrameRate::new(25, 1), 4),
        (2.2, json!({}), FrameRate::new(25, 1), 55),
        (0.5, json!({"duration": 0.2}), FrameRate::new(25, 1), 5),
    ] {
        let mut host = RecordingHost::new();
        stage.render(seconds, small(given.clone()), &mut host).expect("the job is rendered");
        host.finish().expect("as many frames as were announced");
        assert_eq!(host.format, format(64, 64, rate, frames), "{seconds} s with {given}");
    }
}

#[test]
fn what_a_client_may_not_expect_is_told() {
    let mut stage = stage();
    let mut warned = |given: Value| {
        let mut host = RecordingHost::new();
        stage.render(0.2, small(given), &mut host).expect("the job is rendered");
        host.warnings.iter().map(|warning| format!("{}: {}", warning.code, warning.message)).collect::<Vec<_>>()
    };
    assert_eq!(warned(json!({"duration": 0.2})), [""; 0]);
    assert_eq!(warned(json!({"duration": 0.1})).len(), 1);
    stage.show(&portrait(&[[3, 3], [9, 9]]));
    let mut host = RecordingHost::new();
    stage.render(0.1, small(json!({"crop": true})), &mut host).expect("the job is rendered");
    assert_eq!(host.warned(), ["several_faces"]);
    assert!(host.warnings[0].message.contains("2 faces"), "{:?}", host.warnings);
}

#[test]
fn portraits_of_any_size_are_shown() {
    let mut stage = stage();
    for (width, height) in [(20, 20), (33, 117), (1023, 401)] {
        stage.show(&RgbImage::from_pixel(width, height, Rgb([255, 90, 0])));
        assert_eq!(stage.frames(0.1, small(json!({}))).len(), 3, "{width}x{height}");
    }
}

#[test]
#[ignore = "takes minutes; run it with --ignored --nocapture"]
fn large_videos_are_rendered() {
    let mut stage = stage();
    for side in [256, 512] {
        let began = Instant::now();
        let frames = stage.frames(0.08, small(json!({"min_resolution": side})));
        assert_eq!(frames[0].len(), side * side * 3);
        eprintln!("{side} by {side} pixels: {:.1?}", began.elapsed());
    }
}

#[test]
#[ignore = "takes minutes; run it with --ignored --nocapture"]
fn ten_minutes_of_speech_are_rendered() {
    let mut stage = stage();
    let mut host = RecordingHost::new();
    let (began, before) = (Instant::now(), peak());
    stage.render(600.0, small(json!({})), &mut host).expect("the job is rendered");
    host.finish().expect("as many frames as were announced");
    assert_eq!(host.count, 15_000);
    let frames = host.frames.iter().map(Vec::len).sum::<usize>() as u64;
    let taken = (peak() - before).saturating_sub(frames);
    eprintln!("{:.1?}, with {} MB beside the networks and the frames", began.elapsed(), taken / 1_000_000);
}

#[test]
fn a_canceled_job_ends_before_its_frames() {
    let mut stage = stage();
    let mut host = RecordingHost::new().canceled_after(0);
    assert_eq!(stage.render(0.2, small(json!({})), &mut host), Err(EngineError::canceled()));
    let mut host = CanceledDuring::new("denoise");
    assert_eq!(stage.render(0.2, small(json!({"steps": 3})), &mut host), Err(EngineError::canceled()));
    assert_eq!(host.done, 1, "it went on");
    let mut host = RecordingHost::new().canceled_after(2);
    assert_eq!(stage.render(0.2, small(json!({})), &mut host), Err(EngineError::canceled()));
    assert_eq!(host.count, 2);
}
