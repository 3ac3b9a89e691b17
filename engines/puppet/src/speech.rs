//! What speech makes the face do: the file is measured once for its levels, then read again along with the frames.

mod band_energy;
mod loudness;
mod mouth_pose;

use std::path::Path;

use avatar_media::speech::{SPEECH_RATE, SpeechReader};
use engine_api::EngineError;

use crate::curve::mix;
use crate::pose::{MouthPose, SpeechPose};
use band_energy::{BandEnergy, STEP, STEP_SECONDS, Step};
use loudness::Loudness;
use mouth_pose::MouthTracker;

/// Speech that is followed from its beginning to its end, in memory that does not grow with its length.
pub(crate) struct Speech {
    steps: Steps,
    tracker: MouthTracker,
    /// What the face does after the last two steps.
    last: [SpeechPose; 2],
    heard: u64,
}

/// How far the mouth is ahead of the sound, in seconds: lips take their place before a sound is heard. Measuring and
/// smoothing cost about 35 ms of it.
const LEAD: f64 = 0.085;

impl Speech {
    /// Listens to the whole file once. `progress` is told the seconds heard and the seconds in all.
    pub(crate) fn open(
        path: &Path,
        mut progress: impl FnMut(u64, u64) -> Result<(), EngineError>,
    ) -> Result<Self, EngineError> {
        let mut steps = Steps::open(path)?;
        let total = steps.reader.samples_total() / u64::from(SPEECH_RATE);
        let mut loudness = Loudness::default();
        let mut heard = 0;
        while let Some(step) = steps.next()? {
            loudness.add(&step);
            heard += STEP as u64;
            if heard.is_multiple_of(30 * u64::from(SPEECH_RATE)) {
                progress(heard / u64::from(SPEECH_RATE), total)?;
            }
        }
        Ok(Self {
            steps: Steps::open(path)?,
            tracker: MouthTracker::new(loudness.voice()),
            last: Default::default(),
            heard: 0,
        })
    }

    /// Samples in the file, at [`SPEECH_RATE`].
    pub(crate) fn samples(&self) -> u64 {
        self.steps.reader.samples_total()
    }

    /// What the face does at `time` in seconds. Times must not decrease.
    pub(crate) fn at(&mut self, time: f64) -> Result<SpeechPose, EngineError> {
        let place = (time + LEAD) / f64::from(STEP_SECONDS);
        while (self.heard as f64) < place + 1.0 {
            let step = self.steps.next()?.unwrap_or(Step::SILENCE);
            self.last = [self.last[1], self.tracker.follow(&step)];
            self.heard += 1;
        }
        let share = (place - (self.heard as f64 - 2.0)).clamp(0.0, 1.0) as f32;
        let [a, b] = &self.last;
        Ok(SpeechPose {
            mouth: MouthPose {
                open: mix(a.mouth.open, b.mouth.open, share),
                spread: mix(a.mouth.spread, b.mouth.spread, share),
                ..MouthPose::default()
            },
            lively: mix(a.lively, b.lively, share),
            accent: mix(a.accent, b.accent, share),
        })
    }
}

/// A file, step by step.
struct Steps {
    reader: SpeechReader,
    bands: BandEnergy,
}

impl Steps {
    fn open(path: &Path) -> Result<Self, EngineError> {
        Ok(Self { reader: SpeechReader::open(path).map_err(unreadable)?, bands: BandEnergy::default() })
    }

    fn next(&mut self) -> Result<Option<Step>, EngineError> {
        let mut samples = [0.0; STEP];
        let read = self.reader.read(&mut samples).map_err(unreadable)?;
        Ok((read > 0).then(|| self.bands.measure(&samples)))
    }
}

fn unreadable(error: impl std::fmt::Display) -> EngineError {
    EngineError::input(format!(
        "the speech cannot be read: {error}; send it again, as WAV, MP3 or another common format"
    ))
}

#[cfg(test)]
mod tests {
    use avatar_samples::speech::{BabbleSpec, Onset, Vowel, babble, write_canonical};

    use super::*;

    /// What the mouth does, every hundredth of a second, while babble is said.
    struct Seen {
        speech: Vec<MouthPose>,
        babble: avatar_samples::speech::Babble,
    }

    impl Seen {
        fn new(seed: u64) -> Self {
            let folder = tempfile::tempdir().unwrap();
            let path = folder.path().join("speech.wav");
            let babble = babble(&BabbleSpec { seconds: 30.0, seed });
            write_canonical(&path, &babble.samples).unwrap();
            let mut speech = Speech::open(&path, |_, _| Ok(())).unwrap();
            let speech = (0..3000).map(|index| speech.at(index as f64 * 0.01).unwrap().mouth).collect();
            Self { speech, babble }
        }

        fn between(&self, from: f64, to: f64) -> &[MouthPose] {
            &self.speech[(from * 100.0) as usize..(to * 100.0) as usize]
        }

        /// The least opening around each of these onsets that follow a vowel.
        fn closures(&self, onset: Onset) -> Vec<f32> {
            let pairs = self.babble.syllables.windows(2);
            let inner =
                pairs.filter(|pair| pair[1].onset == onset && pair[0].end == pair[1].start).map(|pair| &pair[1]);
            let least = |poses: &[MouthPose]| poses.iter().map(|mouth| mouth.open).fold(1.0, f32::min);
            inner.map(|syllable| least(self.between(syllable.start - 0.04, syllable.vowel_start + 0.02))).collect()
        }

        /// The mouth in the middle of each of these vowels, averaged.
        fn vowel(&self, vowel: Vowel) -> MouthPose {
            let said = self.babble.syllables.iter().filter(|syllable| syllable.vowel == vowel);
            let poses: Vec<MouthPose> =
                said.flat_map(|syllable| self.between(syllable.vowel_start, syllable.end - 0.04).to_vec()).collect();
            let mean = |value: fn(&MouthPose) -> f32| poses.iter().map(value).sum::<f32>() / poses.len() as f32;
            MouthPose { open: mean(|mouth| mouth.open), spread: mean(|mouth| mouth.spread), rest: 0.0 }
        }
    }

    #[test]
    fn lips_meet_for_m_and_p() {
        let seen = [1, 2, 3].map(Seen::new);
        // After a quiet vowel, an "m" may be as loud as the vowel: no dip tells it.
        for (onset, least) in [(Onset::M, 0.75), (Onset::P, 0.95)] {
            let closures: Vec<f32> = seen.iter().flat_map(|seen| seen.closures(onset)).collect();
            let shut = closures.iter().filter(|&&open| open < 0.03).count() as f64;
            assert!(closures.len() > 20 && shut >= least * closures.len() as f64, "{onset:?}: {closures:.2?}");
        }
    }

    #[test]
    fn vowels_shape_the_lips() {
        for seed in [1, 2, 3] {
            let seen = Seen::new(seed);
            let [a, i, o, u] = [Vowel::A, Vowel::I, Vowel::O, Vowel::U].map(|vowel| seen.vowel(vowel));
            assert!(a.open > 0.25 && a.open > 1.5 * i.open && a.open > 1.5 * u.open, "seed {seed}: {a:?} {i:?} {u:?}");
            assert!(i.spread > u.spread + 0.3 && i.spread > o.spread + 0.3, "seed {seed}: {i:?} {o:?} {u:?}");
        }
    }
}
