//! Speech that cannot be used.

use avatar_media::sound::SoundError;
use avatar_media::speech::SPEECH_RATE;
use engine_api::EngineError;

/// Why speech cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum SpeechError {
    /// It does not even last as long as a frame.
    #[error(
        "the speech lasts {} s, which is not one frame: send at least {} s of speech",
        thousandths(*samples), thousandths(*least)
    )]
    TooShort {
        /// Its samples at 16 kHz.
        samples: u64,
        /// Those of the shortest speech that can be used.
        least: u64,
    },
    /// It is no file of canonical speech.
    #[error(transparent)]
    Unreadable(#[from] SoundError),
}

/// Seconds of so many samples, in whole thousandths.
fn thousandths(samples: u64) -> f64 {
    (samples * 1000 / u64::from(SPEECH_RATE)) as f64 / 1000.0
}

impl From<SpeechError> for EngineError {
    fn from(error: SpeechError) -> Self {
        Self::input(error)
    }
}
