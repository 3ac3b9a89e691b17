//! Tests of what `corrected` puts right; everything else is held to reference numbers.

use super::*;
use crate::motion::BINS;
use crate::motion::noise::Seeded;
use crate::settings::Settings;

/// Keypoints of a second frame in which every part has moved, under this control.
fn driven(settings: &Settings, control: Control) -> Points {
    let motion = |shift: f32| Motion {
        scale: 1.0,
        pitch: std::array::from_fn(|bin| if bin == 32 { 9.0 + shift } else { 0.0 }),
        yaw: [0.0; BINS],
        roll: [0.0; BINS],
        t: [0.0; 3],
        exp: [shift; COORDINATES],
    };
    let source = SourceMotion { motion: motion(0.0), kp: std::array::from_fn(|i| (i as f32).sin()) };
    let mut chance = Seeded::new(0);
    let options = Options { flag_stitching: false, ..Options::of(settings, false) };
    let mut stitch = MotionStitch::new(options, &source, &mut chance);
    stitch.set_ctrl_info([(1, control)].into());
    stitch.frame(&source, &motion(0.0), None).unwrap();
    stitch.frame(&source, &motion(1.0), None).unwrap().1
}

#[test]
fn silence_stills_the_lips_alone() {
    let still = Control { vad_alpha: Some(0.0), delta_exp: None, ..Control::default() };
    // All keypoints follow the motion as long as the eyes and the lips do, so both are driven here.
    let settings = |corrected| Settings { corrected, drive_eye: Some(true), ..Settings::default() };
    let moving = driven(&settings(true), Control::default());
    let (as_reference, corrected) = (driven(&settings(false), still.clone()), driven(&settings(true), still));
    for point in 0..21 {
        let moved = |points: &Points| points[3 * point] != as_reference[3 * point];
        assert_eq!(moved(&corrected), EYES.contains(&point), "keypoint {point}");
        assert_eq!(moved(&moving), LIPS.contains(&point) || EYES.contains(&point), "keypoint {point}");
    }
}

#[test]
fn half_a_fade_is_half_the_turn() {
    let settings = |corrected| Settings {
        corrected,
        fade_type: Fade::Source,
        fade_out_keys: vec![Part::Pitch],
        ..Settings::default()
    };
    let control = |alpha, turn| Control { fade_alpha: alpha, delta_pitch: Some(turn), ..Control::default() };
    let ten = driven(&settings(true), control(None, 10.0));
    let off = |points: &Points| ten.iter().zip(points).map(|(a, b)| (a - b).abs()).fold(0.0, f32::max);
    assert!(off(&driven(&settings(true), control(Some(0.5), 20.0))) < 1e-5);
    // The reference mixes degrees with logits.
    assert!(off(&driven(&settings(false), control(Some(0.5), 20.0))) > 0.01);
}
