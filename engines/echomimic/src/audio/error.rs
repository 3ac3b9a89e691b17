//! Speech that cannot be used.

use avatar_media::sound::SoundError;
use engine_api::EngineError;

use crate::audio::frames::MIN_SAMPLES;

/// Why speech cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum SpeechError {
    /// It does not even give one row of features.
    #[error(
        "the speech is too short: it has {samples} samples at 16 kHz, and {MIN_SAMPLES} (0.02 s) are the least; send longer \
         speech"
    )]
    TooShort {
        /// Its samples at 16 kHz.
        samples: usize,
    },
    /// It is no file of canonical speech.
    #[error(transparent)]
    Unreadable(#[from] SoundError),
}

impl From<SpeechError> for EngineError {
    fn from(error: SpeechError) -> Self {
        Self::input(error)
    }
}
