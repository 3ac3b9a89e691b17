//! Speech that cannot be used.

use avatar_media::sound::SoundError;
use engine_api::EngineError;

/// Why speech cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum SpeechError {
    /// It does not even give one row of features.
    #[error(
        "the speech is too short: it has {samples} samples at 16 kHz, and {least} are the least; send longer speech"
    )]
    TooShort {
        /// Its samples at 16 kHz.
        samples: usize,
        /// Those of the shortest speech that can be used.
        least: usize,
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
