//! The sound of a file as one voice: at the rate of speech, in one channel and without offset, pulled block by block.

use std::path::Path;

use super::downmix::Downmix;
use super::limits::{SPEECH_RATE, SpeechLimits};
use super::loudness::Meter;
use super::offset::OffsetFilter;
use crate::sound::convert::ConvertedSound;
use crate::sound::file::SoundFile;
use crate::sound::{Missing, SoundError, SoundFacts};

/// A WAV file's sizes are 32-bit numbers: more than this does not fit one (18 hours).
const WAV_SECONDS: f64 = (u32::MAX / (4 * SPEECH_RATE) - 1) as f64;

/// Samples in all channels that each second of the longest speech may have: stereo at 192 kHz, or eight channels at 48.
/// Shorter sounds may have more of them, as long as they are no more work.
const DENSEST: f64 = 400_000.0;

/// So many samples are few: two minutes, 8 MiB.
const FEW: usize = 2 << 20;

/// A sound on its way to canonical speech.
pub(super) struct Voice {
    sound: ConvertedSound,
    limit_seconds: f64,
    limit_samples: u64,
    offsets: [OffsetFilter; 2],
    /// Of two channels.
    downmix: Option<Downmix>,
    channels: [Vec<f32>; 2],
    block: Vec<f32>,
    ended: bool,
}

/// What was found when a sound was heard to its end.
pub(super) struct Measured {
    pub(super) facts: SoundFacts,
    pub(super) missing: Missing,
    /// What the samples are divided by, so that they lie within full scale.
    pub(super) level: f32,
    /// Share of the samples at full scale or beyond.
    pub(super) cut: f64,
    /// Loudness within full scale, in LUFS.
    pub(super) loudness: Option<f64>,
    /// All samples, where they are few: then nothing need be decoded once more.
    pub(super) kept: Option<Vec<f32>>,
}

impl Voice {
    /// Opens a file whose samples are divided by `level`.
    pub(super) fn open(input: &Path, limits: &SpeechLimits, level: f32) -> Result<Self, SoundError> {
        let file = SoundFile::open(input)?;
        let limit_seconds = limits.max_seconds.min(WAV_SECONDS);
        let limit_samples = (limit_seconds * DENSEST) as u64;
        if file.declared() > limit_samples {
            return Err(SoundError::TooDense { limit_samples });
        }
        let channels = file.facts().channels;
        // Of more than two channels, what stands in the middle is in both halves, at -3 dB each.
        let weight = if channels > 2 { 0.5f32.sqrt() } else { 0.5 };
        Ok(Self {
            sound: ConvertedSound::new(file, SPEECH_RATE, channels.clamp(1, 2)).divided_by(level),
            limit_seconds,
            limit_samples,
            offsets: Default::default(),
            downmix: (channels > 1).then(|| Downmix::new(weight)),
            channels: Default::default(),
            block: Vec::new(),
            ended: false,
        })
    }

    /// The next samples; none at the end.
    pub(super) fn next_block(&mut self) -> Result<Option<&[f32]>, SoundError> {
        self.block.clear();
        while self.block.is_empty() && !self.ended {
            if self.sound.next_block()? {
                self.hear();
                self.check()?;
            } else {
                self.ended = true;
                if let Some(downmix) = &mut self.downmix {
                    downmix.finish(&mut self.block);
                }
            }
        }
        Ok(Some(&*self.block).filter(|block| !block.is_empty()))
    }

    /// Makes the sound's present block one of the voice.
    fn hear(&mut self) {
        let [left, right] = &mut self.channels;
        let mut filtered = |index: usize, to: &mut Vec<f32>| {
            to.clear();
            to.extend_from_slice(self.sound.channel(index));
            self.offsets[index].filter(to, SPEECH_RATE);
        };
        match &mut self.downmix {
            None => filtered(0, &mut self.block),
            Some(downmix) => {
                filtered(0, left);
                filtered(1, right);
                downmix.mix(left, right, &mut self.block);
            }
        }
    }

    fn check(&mut self) -> Result<(), SoundError> {
        let Self { limit_seconds, limit_samples, .. } = *self;
        if self.sound.file().seconds() > limit_seconds {
            return Err(SoundError::TooLong { limit_seconds });
        }
        if self.sound.file().decoded() > limit_samples {
            return Err(SoundError::TooDense { limit_samples });
        }
        Ok(())
    }
}

/// Hears a file to its end; once more where its samples lie so far beyond full scale that they must be divided.
pub(super) fn measure(input: &Path, limits: &SpeechLimits) -> Result<Measured, SoundError> {
    let first = heard(input, limits, 1.0)?;
    if first.level <= 1.0 {
        return Ok(first);
    }
    let Measured { loudness, kept, .. } = heard(input, limits, first.level)?;
    Ok(Measured { loudness, kept, ..first })
}

fn heard(input: &Path, limits: &SpeechLimits, level: f32) -> Result<Measured, SoundError> {
    let mut voice = Voice::open(input, limits, level)?;
    let (mut meter, mut kept) = (Meter::new(), Some(Vec::new()));
    while let Some(block) = voice.next_block()? {
        meter.add(block);
        kept = kept.filter(|kept| kept.len() + block.len() <= FEW);
        kept.iter_mut().for_each(|kept| kept.extend_from_slice(block));
    }
    let (facts, missing) = (voice.sound.file().facts(), voice.sound.file().missing());
    let scale = voice.sound.full_scale();
    Ok(Measured { facts, missing, level: scale.level(), cut: scale.cut(), loudness: meter.loudness(), kept })
}
