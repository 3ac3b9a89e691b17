//! Speech as the face follows it: heard once through for its levels, then again, a little ahead of the pictures.

mod ear;
mod face;
mod survey;

use std::path::Path;

use avatar_media::speech::{SPEECH_RATE, SpeechReader};
use engine_api::EngineError;

use crate::curve::mix;
use crate::pose::MouthPose;
use ear::{Ear, STEP, STEP_SECONDS, Step};
use face::Face;
use survey::Survey;

/// Speech that is followed from its beginning to its end, in memory that does not grow with its length.
pub(crate) struct Speech {
    steps: Steps,
    face: Face,
    /// What the face does after the last two steps.
    last: [Expression; 2],
    heard: u64,
}

/// What speech makes a face do at one moment.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub(crate) struct Expression {
    pub mouth: MouthPose,
    /// How lively the voice has just been, 0 to 1.
    pub lively: f32,
    /// How much the voice has just stressed what it says, 0 to 1.
    pub accent: f32,
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
        let mut survey = Survey::default();
        let mut heard = 0;
        while let Some(step) = steps.next()? {
            survey.add(&step);
            heard += STEP as u64;
            if heard.is_multiple_of(30 * u64::from(SPEECH_RATE)) {
                progress(heard / u64::from(SPEECH_RATE), total)?;
            }
        }
        Ok(Self { steps: Steps::open(path)?, face: Face::new(survey.voice()), last: Default::default(), heard: 0 })
    }

    /// Samples in the file, at [`SPEECH_RATE`].
    pub(crate) fn samples(&self) -> u64 {
        self.steps.reader.samples_total()
    }

    /// What the face does at `time` in seconds. Times must not decrease.
    pub(crate) fn at(&mut self, time: f64) -> Result<Expression, EngineError> {
        let place = (time + LEAD) / f64::from(STEP_SECONDS);
        while (self.heard as f64) < place + 1.0 {
            let step = self.steps.next()?.unwrap_or(Step::SILENCE);
            self.last = [self.last[1], self.face.follow(&step)];
            self.heard += 1;
        }
        let share = (place - (self.heard as f64 - 2.0)).clamp(0.0, 1.0) as f32;
        let [a, b] = &self.last;
        Ok(Expression {
            mouth: MouthPose {
                open: mix(a.mouth.open, b.mouth.open, share),
                spread: mix(a.mouth.spread, b.mouth.spread, share),
            },
            lively: mix(a.lively, b.lively, share),
            accent: mix(a.accent, b.accent, share),
        })
    }
}

/// A file, step by step.
struct Steps {
    reader: SpeechReader,
    ear: Ear,
}

impl Steps {
    fn open(path: &Path) -> Result<Self, EngineError> {
        Ok(Self { reader: SpeechReader::open(path).map_err(unreadable)?, ear: Ear::default() })
    }

    fn next(&mut self) -> Result<Option<Step>, EngineError> {
        let mut samples = [0.0; STEP];
        let read = self.reader.read(&mut samples).map_err(unreadable)?;
        Ok((read > 0).then(|| self.ear.hear(&samples)))
    }
}

fn unreadable(error: impl std::fmt::Display) -> EngineError {
    EngineError::input(format!(
        "the speech cannot be read: {error}; send it again, as WAV, MP3 or another common format"
    ))
}
