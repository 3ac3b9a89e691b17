//! What speech makes the face do: a file is measured once for its levels, then read again along with the frames; of speech that
//! is still spoken the levels are those of what was heard so far.

mod band_energy;
mod loudness;
mod mouth_pose;

use std::path::Path;

use avatar_media::speech::SpeechReader;
use engine_api::{EngineError, Host, SPEECH_RATE, listen};

use crate::curve::mix;
use crate::pose::{MouthPose, SpeechPose};
use band_energy::{BandEnergy, STEP, STEP_SECONDS, Step};
use loudness::Loudness;
use mouth_pose::MouthTracker;

/// Speech that is followed from its beginning to its end, in memory that does not grow with its length.
pub(crate) struct Speech {
    steps: Steps,
    /// The levels of speech that is still spoken.
    learnt: Option<Loudness>,
    tracker: MouthTracker,
    /// What the face does after the last two steps.
    last: [SpeechPose; 2],
    heard: u64,
}

/// How far the mouth is ahead of the sound, in seconds: lips take their place before a sound is heard. Measuring and
/// smoothing cost about 35 ms of it.
const LEAD: f64 = 0.085;

impl Speech {
    /// Listens to a file once, and tells its seconds as they are heard.
    pub(crate) fn read(path: &Path, host: &mut dyn Host) -> Result<Self, EngineError> {
        let mut steps = Steps::of_file(path)?;
        let total = steps.samples.unwrap_or(0) / u64::from(SPEECH_RATE);
        let mut loudness = Loudness::default();
        let mut heard = 0;
        while let Some(step) = steps.next(host)? {
            loudness.add(&step);
            heard += STEP as u64;
            if heard.is_multiple_of(30 * u64::from(SPEECH_RATE)) {
                host.progress("analyse speech", heard / u64::from(SPEECH_RATE), total);
                host.canceled()?;
            }
        }
        Ok(Self::new(Steps::of_file(path)?, None, MouthTracker::new(loudness.voice())))
    }

    /// Speech that is still spoken. At first the voice is taken for a usual one.
    pub(crate) fn hear() -> Self {
        let usual = Loudness::usual();
        let tracker = MouthTracker::new(usual.voice());
        let steps = Steps { source: Source::Stream { heard: 0 }, samples: None, bands: BandEnergy::default() };
        Self::new(steps, Some(usual), tracker)
    }

    fn new(steps: Steps, learnt: Option<Loudness>, tracker: MouthTracker) -> Self {
        Self { steps, learnt, tracker, last: Default::default(), heard: 0 }
    }

    /// Samples in all, at [`SPEECH_RATE`]. Of speech that is still spoken they are known as soon as a time at its end was asked
    /// for.
    pub(crate) fn samples(&self) -> Option<u64> {
        self.steps.samples
    }

    /// What the face does at `time` in seconds. Times must not decrease. Waits until as much is spoken.
    pub(crate) fn at(&mut self, time: f64, host: &mut dyn Host) -> Result<SpeechPose, EngineError> {
        let place = (time + LEAD) / f64::from(STEP_SECONDS);
        while (self.heard as f64) < place + 1.0 {
            let step = self.steps.next(host)?;
            if let (Some(step), Some(learnt)) = (&step, &mut self.learnt) {
                learnt.add(step);
                self.tracker.hear(learnt.voice());
            }
            self.last = [self.last[1], self.tracker.follow(&step.unwrap_or(Step::SILENCE))];
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

/// Sound, step by step.
struct Steps {
    source: Source,
    /// Samples in all, where they are known.
    samples: Option<u64>,
    bands: BandEnergy,
}

enum Source {
    File(SpeechReader),
    Stream { heard: u64 },
}

impl Steps {
    fn of_file(path: &Path) -> Result<Self, EngineError> {
        let reader = SpeechReader::open(path).map_err(unreadable)?;
        let samples = Some(reader.samples_total());
        Ok(Self { source: Source::File(reader), samples, bands: BandEnergy::default() })
    }

    /// The next step, filled up with silence at the end; none after it.
    fn next(&mut self, host: &mut dyn Host) -> Result<Option<Step>, EngineError> {
        let mut samples = [0.0; STEP];
        let count = match &mut self.source {
            Source::File(reader) => reader.read(&mut samples).map_err(unreadable)?,
            Source::Stream { heard } if self.samples.is_none() => {
                let count = listen(host, &mut samples)?;
                *heard += count as u64;
                self.samples = (count < STEP).then_some(*heard);
                count
            }
            Source::Stream { .. } => 0,
        };
        Ok((count > 0).then(|| self.bands.measure(&samples)))
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
    use engine_api::Heard;
    use engine_api::testing::RecordingHost;

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
            let mut host = RecordingHost::new();
            let speech = Speech::read(&path, &mut host).unwrap();
            Self { speech: Self::followed(speech, &mut host), babble }
        }

        /// The same while it is spoken.
        fn spoken(seed: u64) -> Self {
            let babble = babble(&BabbleSpec { seconds: 30.0, seed });
            let mut said = babble.samples.iter();
            let mut host = RecordingHost::new().speaking(|samples, _| match said.next() {
                Some(sample) => {
                    samples[0] = *sample;
                    Heard::Samples(1)
                }
                None => Heard::End,
            });
            Self { speech: Self::followed(Speech::hear(), &mut host), babble: babble.clone() }
        }

        fn followed(mut speech: Speech, host: &mut dyn Host) -> Vec<MouthPose> {
            (0..3000).map(|index| speech.at(index as f64 * 0.01, host).unwrap().mouth).collect()
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
        let seen = [Seen::new(1), Seen::new(2), Seen::new(3), Seen::spoken(1), Seen::spoken(2), Seen::spoken(3)];
        // After a quiet vowel, an "m" may be as loud as the vowel: no dip tells it.
        for (onset, least) in [(Onset::M, 0.75), (Onset::P, 0.95)] {
            let closures: Vec<f32> = seen.iter().flat_map(|seen| seen.closures(onset)).collect();
            let shut = closures.iter().filter(|&&open| open < 0.03).count() as f64;
            assert!(closures.len() > 20 && shut >= least * closures.len() as f64, "{onset:?}: {closures:.2?}");
        }
    }

    #[test]
    fn speech_is_followed_alike_while_it_is_spoken() {
        for seed in [1, 2, 3] {
            let apart = |from: usize| {
                let (read, spoken) = (Seen::new(seed).speech, Seen::spoken(seed).speech);
                let pairs = read[from..].iter().zip(&spoken[from..]);
                pairs.map(|(read, spoken)| (read.open - spoken.open).abs()).sum::<f32>() / (read.len() - from) as f32
            };
            assert!(apart(0) < 0.05 && apart(1000) < 0.03, "seed {seed}: {} {}", apart(0), apart(1000));
        }
    }

    #[test]
    fn the_end_of_what_is_spoken_is_known_once_it_is_reached() {
        let mut said = 12_345;
        let mut host = RecordingHost::new().speaking(move |samples, _| {
            let count = said.min(samples.len());
            said -= count;
            if count == 0 { Heard::End } else { Heard::Samples(count) }
        });
        let mut speech = Speech::hear();
        speech.at(0.5, &mut host).unwrap();
        assert_eq!(speech.samples(), None);
        speech.at(0.75, &mut host).unwrap();
        assert_eq!(speech.samples(), Some(12_345));
    }

    #[test]
    fn vowels_shape_the_lips() {
        for (seed, seen) in
            [1, 2, 3].map(|seed| [(seed, Seen::new(seed)), (seed, Seen::spoken(seed))]).into_iter().flatten()
        {
            let [a, i, o, u] = [Vowel::A, Vowel::I, Vowel::O, Vowel::U].map(|vowel| seen.vowel(vowel));
            assert!(a.open > 0.25 && a.open > 1.5 * i.open && a.open > 1.5 * u.open, "seed {seed}: {a:?} {i:?} {u:?}");
            assert!(i.spread > u.spread + 0.3 && i.spread > o.spread + 0.3, "seed {seed}: {i:?} {o:?} {u:?}");
        }
    }
}
