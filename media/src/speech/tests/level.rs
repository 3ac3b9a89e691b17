//! Speech at every level, in every arrangement of channels, becomes speech of one level.

use std::f32::consts::TAU;

use hound::{WavSpec, WavWriter};

use super::{Desk, rms};
use crate::fixtures::ffmpeg;
use crate::speech::{CANONICAL, SPEECH_RATE, Speech};

const SECONDS: usize = 3;

/// A voice with pauses: half a second of a buzz, half of nothing.
fn voice(n: usize, rate: u32) -> f32 {
    let time = n as f32 / rate as f32;
    let said = if time.fract() < 0.5 { (time * TAU).sin().abs() } else { 0.0 };
    said * (1..9).map(|harmonic| (time * 130.0 * harmonic as f32 * TAU).sin() / harmonic as f32).sum::<f32>() * 0.3
}

/// Writes float samples, of which `sample` gives those of all channels at a time.
fn write<const N: usize>(desk: &Desk, rate: u32, sample: impl Fn(usize) -> [f32; N]) {
    let spec = WavSpec { channels: N as u16, sample_rate: rate, ..CANONICAL };
    let mut wav = WavWriter::create(desk.at("in.wav"), spec).unwrap();
    for n in 0..SECONDS * rate as usize {
        sample(n).into_iter().for_each(|sample| wav.write_sample(sample).unwrap());
    }
    wav.finalize().unwrap();
}

/// What engines get, measured by the program that measures it for broadcasters.
fn heard(desk: &Desk) -> (Speech, Vec<f32>, f64) {
    let speech = desk.canonical(&desk.at("in.wav")).unwrap();
    let samples = desk.samples();
    assert!(samples.iter().all(|sample| sample.abs() <= 1.0));
    assert_eq!(samples.len(), SECONDS * SPEECH_RATE as usize);
    let mut meter = ebur128::EbuR128::new(1, SPEECH_RATE, ebur128::Mode::I).unwrap();
    meter.add_frames_f32(&samples).unwrap();
    let loudness = meter.loudness_global().unwrap();
    (speech, samples, loudness)
}

/// As loud as speech is to be, and silent where it is.
#[track_caller]
fn assert_speech(what: &str, desk: &Desk) -> Speech {
    let (speech, samples, loudness) = heard(desk);
    assert!((loudness + 23.0).abs() < 0.5, "{what}: {loudness} LUFS, {speech:?}");
    let second = SPEECH_RATE as usize;
    let (said, paused) = (rms(&samples[second..second * 3 / 2]), rms(&samples[second * 8 / 5..second * 19 / 10]));
    assert!(said > 0.05 && paused < 0.002, "{what}: {said} {paused}");
    let mean = samples[second..].iter().sum::<f32>() / (2 * second) as f32;
    assert!(mean.abs() < 0.002, "{what}: {mean}");
    speech
}

#[test]
fn loud_and_quiet_speech_is_brought_to_one_loudness() {
    let desk = Desk::new();
    for (factor, rate) in [(1.0, 16_000), (0.1, 48_000), (30_000.0, 44_100), (1e20, 16_000), (3.0, 22_050)] {
        write(&desk, rate, |n| [voice(n, rate) * factor]);
        let speech = assert_speech(&format!("{factor} times"), &desk);
        assert_eq!(speech.level > 1.0, factor > 1.0, "{speech:?}");
    }
}

#[test]
fn what_may_be_noise_is_not_made_louder() {
    let desk = Desk::new();
    let noise = |n: usize| (n as u32).wrapping_mul(2_654_435_761).wrapping_add(n as u32 >> 3) as i32 as f32 / 2e9;
    for level in [0.001, 0.00001, 0.0] {
        write(&desk, 16_000, |n| [noise(n) * level]);
        let (speech, samples, _) = heard(&desk);
        assert_eq!(speech.gain_db, 0.0, "{speech:?}");
        assert!(rms(&samples) <= level, "{level}: {}", rms(&samples));
    }
    // A click does not make it speech.
    write(&desk, 16_000, |n| [if n == 20_000 { 0.9 } else { noise(n) * 0.0001 }]);
    assert!(heard(&desk).0.gain_db <= 24.0);
    write(&desk, 16_000, |n| [voice(n, 16_000) * 0.03 + noise(n) * 0.001]);
    let (speech, ..) = heard(&desk);
    assert!((10.0..=24.0).contains(&speech.gain_db), "{speech:?}");
}

#[test]
fn samples_that_are_no_numbers_or_outrageous_harm_no_others() {
    let desk = Desk::new();
    let odd = [f32::NAN, f32::INFINITY, f32::MAX, -1e30, f32::NEG_INFINITY];
    write(&desk, 16_000, |n| [if n % 9000 == 8500 { odd[n / 9000] } else { voice(n, 16_000) }]);
    let (speech, samples, loudness) = heard(&desk);
    assert!((loudness + 23.0).abs() < 1.5 && speech.level == 1.0, "{loudness} {speech:?}");
    assert!(rms(&samples[16_000..24_000]) > 0.05);
}

#[test]
fn an_offset_is_taken_away() {
    let desk = Desk::new();
    for (left, right) in [(0.4, 0.4), (0.3, -0.3), (-0.5, 0.0)] {
        write(&desk, 16_000, |n| [voice(n, 16_000) * 0.5 + left, voice(n, 16_000) * 0.5 + right]);
        assert_speech(&format!("{left} and {right}"), &desk);
    }
}

#[test]
fn channels_that_cancel_out_are_heard() {
    let desk = Desk::new();
    for share in [-1.0, -0.7, -1.3, 0.0, 1.0] {
        write(&desk, 48_000, |n| [voice(n, 48_000), voice(n, 48_000) * share]);
        assert_speech(&format!("{share}"), &desk);
    }
}

#[test]
fn of_many_channels_the_middle_keeps_its_level() {
    let desk = Desk::new();
    // Left, right, middle, low, and two behind.
    write(&desk, 48_000, |n| [0.0, 0.0, voice(n, 48_000), 0.0, 0.0, 0.0]);
    let surround = desk.canonical(&desk.at("in.wav")).unwrap();
    write(&desk, 48_000, |n| [voice(n, 48_000)]);
    let one = desk.canonical(&desk.at("in.wav")).unwrap();
    assert!((surround.loudness.unwrap() - one.loudness.unwrap()).abs() < 0.2, "{surround:?} {one:?}");
    write(&desk, 48_000, |n| [voice(n, 48_000); 6]);
    assert_speech("all at once", &desk);
}

#[test]
fn joined_files_of_one_and_two_channels_are_equally_loud() {
    let desk = Desk::new();
    let made = |name: &str, filter: &str| {
        let sine = "sine=frequency=300:sample_rate=16000:duration=2";
        ffmpeg(&["-f", "lavfi", "-i", sine, "-af", filter, desk.at(name).to_str().unwrap()]);
        std::fs::read(desk.at(name)).unwrap()
    };
    let (one, two) = (made("one.wav", "anull"), made("two.wav", "pan=stereo|c0=c0|c1=c0"));
    for joined in [[&one[..], &two].concat(), [&two[..], &one].concat()] {
        std::fs::write(desk.at("in.wav"), joined).unwrap();
        desk.canonical(&desk.at("in.wav")).unwrap();
        let samples = desk.samples();
        let (first, second) = (rms(&samples[8_000..24_000]), rms(&samples[40_000..56_000]));
        assert!((first / second - 1.0).abs() < 0.02, "{first} {second}");
    }
}
