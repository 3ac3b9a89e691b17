//! Canonical speech, the one form of sound that engines see: WAV, 16 kHz, mono, 32-bit float.
//!
//! [`canonical_speech`] and [`packed::pack`] make it in a child of the gateway, [`SpeechReader`] reads it in engines.

pub mod packed;

use std::fs::File;
use std::io::{self, BufReader, BufWriter};
use std::path::Path;

use hound::{SampleFormat, WavReader, WavSpec, WavWriter};
use serde::{Deserialize, Serialize};

use crate::partial_file::PartialFile;
use crate::sound::convert::ConvertedSound;
use crate::sound::file::SoundFile;
use crate::sound::{Missing, SoundError, SoundFacts};

/// Samples per second of canonical speech.
pub const SPEECH_RATE: u32 = 16_000;

const CANONICAL: WavSpec =
    WavSpec { channels: 1, sample_rate: SPEECH_RATE, bits_per_sample: 32, sample_format: SampleFormat::Float };

/// A WAV file's sizes are 32-bit numbers: more than this does not fit one (18 hours).
const WAV_SECONDS: f64 = (u32::MAX / (4 * SPEECH_RATE) - 1) as f64;

/// From here on a sample counts as cut: conversion moves those that were exactly at full scale a little.
const FULL_SCALE: f32 = 0.99;

/// Samples in all channels that each second of the longest speech may have: stereo at 192 kHz, or eight channels at 48.
/// Shorter sounds may have more of them, as long as they are no more work.
const DENSEST: f64 = 400_000.0;

/// What speech may cost.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct SpeechLimits {
    /// Longest speech accepted, in seconds; never more than 18 hours.
    pub max_seconds: f64,
}

/// What [`canonical_speech`] made.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Speech {
    /// The sound as it was sent.
    pub facts: SoundFacts,
    /// Length of the canonical file in seconds.
    pub seconds: f64,
    /// Its samples.
    pub samples: u64,
    /// Greatest distance of a sample from zero; 1 is full scale.
    pub peak: f32,
    /// Root mean square of the samples; near 0 is silence.
    pub rms: f32,
    /// Samples at full scale, where a recording that was too loud is cut flat.
    pub clipped: u64,
    /// What of the sound could not be had.
    pub missing: Missing,
}

/// Turns whatever sound FFmpeg decodes (or the sound of a video) into canonical speech.
///
/// The work is streamed: memory does not grow with the length. Damaged packets are skipped. The file appears at
/// `output` only once it is whole; after an error nothing is left behind.
pub fn canonical_speech(input: &Path, output: &Path, limits: &SpeechLimits) -> Result<Speech, SoundError> {
    let sound = SoundFile::open(input)?;
    let (part, file) = PartialFile::create(output)?;
    let mut writer = WavWriter::new(BufWriter::new(file), CANONICAL).map_err(wav_error)?;
    let speech = convert(sound, limits, |sample| writer.write_sample(sample).map_err(wav_error))?;
    writer.finalize().map_err(wav_error)?;
    part.publish()?;
    Ok(speech)
}

/// Gives each sample of canonical speech to `put`.
fn convert(
    sound: SoundFile,
    limits: &SpeechLimits,
    mut put: impl FnMut(f32) -> Result<(), SoundError>,
) -> Result<Speech, SoundError> {
    let limit_seconds = limits.max_seconds.min(WAV_SECONDS);
    let limit_samples = (limit_seconds * DENSEST) as u64;
    let too_dense = Err(SoundError::TooDense { limit_samples });
    if sound.declared() > limit_samples {
        return too_dense;
    }
    let mut sound = ConvertedSound::new(sound, SPEECH_RATE, 1);
    let (mut samples, mut peak, mut energy, mut clipped) = (0u64, 0f32, 0f64, 0u64);
    while sound.next_block()? {
        for &sample in sound.channel(0) {
            put(sample)?;
            peak = peak.max(sample.abs());
            energy += f64::from(sample) * f64::from(sample);
            clipped += u64::from(sample.abs() >= FULL_SCALE);
            samples += 1;
        }
        if sound.file().seconds() > limit_seconds {
            return Err(SoundError::TooLong { limit_seconds });
        }
        if sound.file().decoded() > limit_samples {
            return too_dense;
        }
    }
    let (facts, missing) = (sound.file().facts(), sound.file().missing());
    let rms = (energy / samples.max(1) as f64).sqrt() as f32;
    Ok(Speech { facts, seconds: samples as f64 / f64::from(SPEECH_RATE), samples, peak, rms, clipped, missing })
}

/// Reads canonical speech in blocks.
pub struct SpeechReader {
    wav: WavReader<BufReader<File>>,
}

impl SpeechReader {
    /// Opens a canonical file; any other WAV is refused with what it is instead.
    pub fn open(path: &Path) -> Result<Self, SoundError> {
        let wav = WavReader::open(path).map_err(wav_error)?;
        let spec = wav.spec();
        if spec != CANONICAL {
            let (rate, channels, bits) = (spec.sample_rate, spec.channels, spec.bits_per_sample);
            let kind = match spec.sample_format {
                SampleFormat::Float => "float",
                SampleFormat::Int => "integer",
            };
            return Err(SoundError::Undecodable {
                reason: format!(
                    "canonical speech is 16000 Hz, 1 channel, 32-bit float; \
                     this is {rate} Hz, {channels} channel(s), {bits}-bit {kind}"
                ),
            });
        }
        Ok(Self { wav })
    }

    /// Samples in the whole file.
    pub fn samples_total(&self) -> u64 {
        u64::from(self.wav.duration())
    }

    /// Fills `out` from where the last call ended. Returns how many samples it wrote: fewer only at the end, 0 after it.
    pub fn read(&mut self, out: &mut [f32]) -> Result<usize, SoundError> {
        let mut filled = 0;
        for (slot, sample) in out.iter_mut().zip(self.wav.samples::<f32>()) {
            *slot = sample.map_err(wav_error)?;
            filled += 1;
        }
        Ok(filled)
    }
}

fn wav_error(error: hound::Error) -> SoundError {
    match error {
        hound::Error::IoError(error) if error.kind() != io::ErrorKind::UnexpectedEof => SoundError::Io(error),
        other => SoundError::Undecodable { reason: other.to_string() },
    }
}

#[cfg(test)]
mod tests;
