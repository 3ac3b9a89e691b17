//! What the tests share: sounds made when they run, the `ffmpeg` program, and the kind of an error.

use std::f32::consts::TAU;
use std::fmt::Debug;
use std::path::{Path, PathBuf};
use std::process::Command;

use hound::{SampleFormat, WavSpec, WavWriter};

/// Hertz of every tone.
pub(crate) const PITCH: f32 = 440.0;
/// Its peak.
pub(crate) const LEVEL: f32 = 0.5;

/// A 16-bit tone, the same in all channels.
pub(crate) fn tone(path: &Path, rate: u32, channels: u16, seconds: f64) {
    let spec = WavSpec { channels, sample_rate: rate, bits_per_sample: 16, sample_format: SampleFormat::Int };
    let mut wav = WavWriter::create(path, spec).unwrap();
    for sample in sine(rate, seconds) {
        for _ in 0..channels {
            wav.write_sample((sample * 32767.0) as i16).unwrap();
        }
    }
    wav.finalize().unwrap();
}

/// A 32-bit float tone, one channel.
pub(crate) fn float_tone(path: &Path, rate: u32, seconds: f64) {
    let spec = WavSpec { channels: 1, sample_rate: rate, bits_per_sample: 32, sample_format: SampleFormat::Float };
    let mut wav = WavWriter::create(path, spec).unwrap();
    for sample in sine(rate, seconds) {
        wav.write_sample(sample).unwrap();
    }
    wav.finalize().unwrap();
}

/// A tone in whatever format the name asks for (`tone.mp3`, `tone.ogg`, `tone.m4a` …).
pub(crate) fn encoded_tone(folder: &Path, name: &str, seconds: f64) -> PathBuf {
    let (source, path) = (folder.join("source.wav"), folder.join(name));
    tone(&source, 44_100, 2, seconds);
    ffmpeg(&["-i", source.to_str().unwrap(), path.to_str().unwrap()]);
    path
}

/// Runs the `ffmpeg` program, which the project's setup installs.
pub(crate) fn ffmpeg(arguments: &[&str]) {
    let ran = Command::new("ffmpeg").args(["-v", "error", "-y"]).args(arguments).output().unwrap();
    assert!(ran.status.success(), "ffmpeg {arguments:?}: {}", String::from_utf8_lossy(&ran.stderr));
}

/// The kind of an error: the name of its variant.
pub(crate) fn kind(error: &impl Debug) -> String {
    let shown = format!("{error:?}");
    shown.split([' ', '(']).next().unwrap().to_owned()
}

fn sine(rate: u32, seconds: f64) -> impl Iterator<Item = f32> {
    let samples = (seconds * f64::from(rate)).round() as u32;
    (0..samples).map(move |n| LEVEL * (n as f32 * PITCH * TAU / rate as f32).sin())
}
