//! Canonical speech, the one form of sound that engines see: WAV, 16 kHz, mono, 32-bit float.
//!
//! [`canonical_speech`] and [`packed::pack`] make it in a child of the gateway, [`SpeechReader`] reads it in engines.

pub use limits::{SPEECH_RATE, SpeechLimits};

pub mod packed;

mod downmix;
mod limits;
mod loudness;
mod offset;
mod voice;

use std::fs::File;
use std::io::{self, BufReader, BufWriter, Read};
use std::path::Path;

use hound::{SampleFormat, WavReader, WavSpec, WavWriter};
use serde::{Deserialize, Serialize};

use crate::partial_file::PartialFile;
use crate::sound::{Missing, SoundError, SoundFacts};
use voice::{Measured, Voice};

const CANONICAL: WavSpec =
    WavSpec { channels: 1, sample_rate: SPEECH_RATE, bits_per_sample: 32, sample_format: SampleFormat::Float };

/// What [`canonical_speech`] made.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Speech {
    /// The sound as it was sent.
    pub facts: SoundFacts,
    /// Length of the canonical file in seconds.
    pub seconds: f64,
    /// Its samples.
    pub samples: u64,
    /// How loud the sound is, in LUFS, once it lies within full scale; none where it is silent.
    pub loudness: Option<f64>,
    /// What it was made louder by for engines, in dB; negative where it was loud.
    pub gain_db: f64,
    /// How far beyond full scale the sound was, and what it was divided by for that; 1 where it lay within.
    pub level: f32,
    /// Share of the samples at full scale or beyond, where a recording that was too loud is cut flat.
    pub cut: f64,
    /// What of the sound could not be had.
    pub missing: Missing,
}

/// Turns whatever sound FFmpeg decodes (or the sound of a video) into canonical speech.
///
/// One channel, in which channels that cancel each other out are not lost; no offset; within full scale; and as loud as
/// broadcasters have it (EBU R128), but for what is so quiet that it may be noise.
///
/// The work is streamed: the file is decoded once to be measured and, if it is long, once more to be written, and memory
/// does not grow with the length. Damaged packets are skipped. The file appears at
/// `output` only once it is whole; after an error nothing is left behind.
pub fn canonical_speech(input: &Path, output: &Path, limits: &SpeechLimits) -> Result<Speech, SoundError> {
    let (part, file) = PartialFile::create(output)?;
    let mut writer = WavWriter::new(BufWriter::new(file), CANONICAL).map_err(wav_error)?;
    let measured = voice::measure(input, limits)?;
    let speech = convert(input, limits, measured, |sample| writer.write_sample(sample).map_err(wav_error))?;
    writer.finalize().map_err(wav_error)?;
    part.publish()?;
    Ok(speech)
}

/// Gives each sample of canonical speech to `put`.
fn convert(
    input: &Path,
    limits: &SpeechLimits,
    measured: Measured,
    mut put: impl FnMut(f32) -> Result<(), SoundError>,
) -> Result<Speech, SoundError> {
    let Measured { facts, missing, level, cut, loudness, kept } = measured;
    let gain_db = loudness::gain(loudness);
    let factor = 10f64.powf(gain_db / 20.0) as f32;
    let mut samples = 0;
    let mut put_block = |block: &[f32]| {
        samples += block.len() as u64;
        // Peaks that are far above the rest are cut; what is cut is too short to be heard.
        block.iter().try_for_each(|sample| put((sample * factor).clamp(-1.0, 1.0)))
    };
    if let Some(all) = kept {
        put_block(&all)?;
    } else {
        let mut voice = Voice::open(input, limits, level)?;
        while let Some(block) = voice.next_block()? {
            put_block(block)?;
        }
    }
    let seconds = samples as f64 / f64::from(SPEECH_RATE);
    Ok(Speech { facts, seconds, samples, loudness, gain_db, level, cut, missing })
}

/// Reads canonical speech in blocks.
pub struct SpeechReader {
    /// Where the samples not read yet begin.
    data: BufReader<File>,
    total: u64,
    left: u64,
    block: Vec<u8>,
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
        let total = u64::from(wav.duration());
        // Read here from now on: the library reads, and checks, sample by sample.
        Ok(Self { data: wav.into_inner(), total, left: total, block: Vec::new() })
    }

    /// Samples in the whole file.
    pub fn samples_total(&self) -> u64 {
        self.total
    }

    /// Fills `out` from where the last call ended. Returns how many samples it wrote: fewer only at the end, 0 after it.
    pub fn read(&mut self, out: &mut [f32]) -> Result<usize, SoundError> {
        let count = self.left.min(out.len() as u64) as usize;
        self.block.resize(4 * count, 0);
        self.data.read_exact(&mut self.block).map_err(|error| wav_error(error.into()))?;
        for (sample, bytes) in out.iter_mut().zip(self.block.as_chunks().0) {
            *sample = f32::from_le_bytes(*bytes);
        }
        self.left -= count as u64;
        Ok(count)
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
