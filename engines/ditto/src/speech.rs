//! The speech of a job as the pipeline reads it: a file, or what is still being spoken.

use std::error::Error;
use std::path::Path;

use avatar_media::sound::SoundError;
use avatar_media::speech::SpeechReader;
use engine_api::{SPEECH_RATE, Speech};
use thiserror::Error;

use crate::audio::features::Samples;
use crate::audio::streamed::{Ear, streamed};

/// Speech of which a part is heard, perhaps all.
pub(crate) struct JobSpeech {
    pub(crate) samples: Box<dyn Samples + Send>,
    /// What hears it, where it is still spoken.
    pub(crate) ear: Option<Ear>,
}

/// Why there is no speech.
#[derive(Debug, Error)]
pub(crate) enum SpeechError {
    #[error("send speech with the job")]
    None,
    #[error(transparent)]
    File(#[from] SoundError),
}

impl JobSpeech {
    /// What a job says, for at most `seconds`.
    ///
    /// # Errors
    /// Where there is none, or its file cannot be read.
    pub(crate) fn of(speech: Option<&Speech>, seconds: Option<f64>) -> Result<Self, SpeechError> {
        let most = seconds.map_or(usize::MAX, |seconds| (seconds * f64::from(SPEECH_RATE)).round() as usize);
        match speech {
            Some(Speech::File(file)) => Ok(Self { samples: Box::new(FileSpeech::open(file, most)?), ear: None }),
            Some(Speech::Stream) => {
                let (ear, samples) = streamed(most);
                Ok(Self { samples: Box::new(samples), ear: Some(ear) })
            }
            None => Err(SpeechError::None),
        }
    }
}

/// A file, or the beginning of it.
struct FileSpeech {
    reader: SpeechReader,
    total: usize,
    left: usize,
}

impl FileSpeech {
    /// Opens canonical speech, of which `most` samples are heard.
    fn open(path: &Path, most: usize) -> Result<Self, SoundError> {
        let reader = SpeechReader::open(path)?;
        let total = usize::try_from(reader.samples_total()).unwrap_or(usize::MAX).min(most);
        Ok(Self { reader, total, left: total })
    }
}

impl Samples for FileSpeech {
    fn total(&self) -> Option<usize> {
        Some(self.total)
    }

    fn read(&mut self, out: &mut [f32]) -> Result<usize, Box<dyn Error + Send + Sync>> {
        let wanted = out.len().min(self.left);
        let read = self.reader.read(&mut out[..wanted])?;
        self.left -= read;
        Ok(read)
    }
}
