//! Speech-like sound (babble) from a small formant synthesiser, and where exactly its syllables and pauses are.

use std::ops::Range;
use std::path::Path;

use hound::{SampleFormat, WavSpec, WavWriter};

use crate::random::Random;
pub use phones::{Onset, Vowel};
use syllable::seconds_to_samples;
pub use syllable::{SAMPLE_RATE, Syllable};

mod phones;
mod syllable;
mod voice;

/// What to say. The same spec gives the same samples.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct BabbleSpec {
    /// Length of the recording, silences included; not negative.
    pub seconds: f64,
    /// Chooses the voice and what it says.
    pub seed: u64,
}

/// A recording and what is in it. Times are in seconds from its start.
#[derive(Clone, Debug, PartialEq)]
pub struct Babble {
    /// Mono, from -1 to 1, with a peak of 0.7 wherever anything is said.
    pub samples: Vec<f32>,
    /// Samples per second: [`SAMPLE_RATE`].
    pub sample_rate: u32,
    /// In order, without gaps inside a phrase.
    pub syllables: Vec<Syllable>,
    /// In order; all samples in them are exactly 0. Together with the syllables they fill the recording.
    pub pauses: Vec<Range<f64>>,
}

/// Silence before the first word and at least after the last one.
const MARGIN: f64 = 0.15;
/// The shortest thing worth saying.
const SHORTEST_PHRASE: f64 = 0.3;
const PEAK: f32 = 0.7;

impl Default for BabbleSpec {
    /// Four seconds of voice 0.
    fn default() -> Self {
        Self { seconds: 4.0, seed: 0 }
    }
}

impl Babble {
    /// The length of the recording.
    pub fn seconds(&self) -> f64 {
        self.samples.len() as f64 / f64::from(self.sample_rate)
    }
}

/// Says phrases of one to three seconds with pauses of about half a second between them, until the time is over.
///
/// A recording too short for a syllable between its margins is one single pause.
///
/// ```
/// use avatar_samples::speech::{BabbleSpec, babble};
///
/// let babble = babble(&BabbleSpec { seconds: 3.0, seed: 1 });
/// assert_eq!(babble.samples.len(), 48_000);
/// assert!(!babble.syllables.is_empty());
/// ```
pub fn babble(spec: &BabbleSpec) -> Babble {
    let length = seconds_to_samples(spec.seconds);
    let mut random = Random::new(spec.seed, "babble");
    let mut samples = vec![0.0; length];
    let mut syllables = Vec::new();
    let mut pauses = Vec::new();
    let speaker = voice::Speaker::new(&mut random);

    let mut said_until = 0.0;
    for phrase in phrases(spec.seconds, &mut random) {
        pauses.push(said_until..phrase.start);
        said_until = phrase.end;
        let words = words(&phrase, &mut random);
        let sound = speaker.say(&words, &mut random);
        let start = seconds_to_samples(phrase.start);
        for (place, sample) in samples[start..].iter_mut().zip(sound) {
            *place = sample;
        }
        syllables.extend(words);
    }
    pauses.push(said_until..spec.seconds);

    let loudest = samples.iter().fold(0.0_f32, |peak, sample| peak.max(sample.abs()));
    if loudest > 0.0 {
        samples.iter_mut().for_each(|sample| *sample *= PEAK / loudest);
    }
    Babble { samples, sample_rate: SAMPLE_RATE, syllables, pauses }
}

/// Writes mono sound as a WAV file of 16-bit samples; what lies beyond -1 and 1 is cut off.
///
/// # Errors
/// If the file cannot be written.
pub fn write_wav(path: &Path, samples: &[f32], rate: u32) -> Result<(), hound::Error> {
    let mut writer = WavWriter::create(
        path,
        WavSpec { channels: 1, sample_rate: rate, bits_per_sample: 16, sample_format: SampleFormat::Int },
    )?;
    for sample in samples {
        let full = f32::from(i16::MAX);
        writer.write_sample((sample.clamp(-1.0, 1.0) * full).round() as i16)?;
    }
    writer.finalize()
}

/// Writes the WAV file that engines read: mono, 32-bit float, at [`SAMPLE_RATE`].
///
/// # Errors
/// If the file cannot be written.
pub fn write_canonical(path: &Path, samples: &[f32]) -> Result<(), hound::Error> {
    let spec =
        WavSpec { channels: 1, sample_rate: SAMPLE_RATE, bits_per_sample: 32, sample_format: SampleFormat::Float };
    let mut writer = WavWriter::create(path, spec)?;
    samples.iter().try_for_each(|&sample| writer.write_sample(sample))?;
    writer.finalize()
}

/// Where something is said.
fn phrases(seconds: f64, random: &mut Random) -> Vec<Range<f64>> {
    let end = seconds - MARGIN;
    let mut phrases = Vec::new();
    let mut start = MARGIN;
    while end - start >= SHORTEST_PHRASE {
        let pause = on_grid(random.between(0.4, 0.65));
        let mut stop = start + on_grid(random.between(1.2, 2.6));
        if stop + pause + SHORTEST_PHRASE > end {
            stop = end;
        }
        phrases.push(start..stop);
        start = stop + pause;
    }
    phrases
}

/// Cuts a phrase into syllables of 0.12 to 0.35 seconds; the last is the longest, as at the end of a sentence.
fn words(phrase: &Range<f64>, random: &mut Random) -> Vec<Syllable> {
    let length = phrase.end - phrase.start;
    let count = (length / 0.2).round().max(1.0) as usize;
    let mut weights: Vec<f64> = (0..count).map(|_| f64::from(random.between(0.8, 1.2))).collect();
    weights[count - 1] *= 1.3;
    let whole: f64 = weights.iter().sum();
    let mut start = phrase.start;
    weights
        .iter()
        .map(|weight| {
            let onset = Onset::any(random);
            let end = start + weight / whole * length;
            let syllable = Syllable {
                start,
                vowel_start: start + onset.seconds().min(0.5 * (end - start)),
                end,
                onset,
                vowel: Vowel::any(random),
            };
            start = end;
            syllable
        })
        .collect()
}

/// The nearest whole hundredth: times that are easy to read, and whole samples.
fn on_grid(seconds: f32) -> f64 {
    (f64::from(seconds) * 100.0).round() / 100.0
}
