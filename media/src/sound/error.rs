//! Why a file is not taken as sound.

use std::io;

/// Why a file is not taken as sound. Each message is meant for the person who sent the file.
#[derive(Debug, thiserror::Error)]
pub enum SoundError {
    /// No bytes at all.
    #[error("the sound is empty (0 bytes)")]
    Empty,
    /// Nothing that can be decoded.
    #[error("the sound cannot be decoded: {reason}")]
    Undecodable {
        /// What is wrong with it.
        reason: String,
    },
    /// A file that is understood, and holds no sound.
    #[error("there is no sound in the file: {reason}")]
    NoSound {
        /// What the file holds instead.
        reason: String,
    },
    /// Longer than the limit; nothing past the limit was decoded.
    #[error("the sound is longer than the {limit_seconds} seconds that are accepted")]
    TooLong {
        /// The limit that was passed.
        limit_seconds: f64,
    },
    /// More samples than its length can need; nothing past the limit was decoded.
    #[error(
        "the sound has more than the {limit_samples} samples that are accepted, which count in all its channels: \
         as many channels and as high a rate are no use for speech of this length"
    )]
    TooDense {
        /// The limit that was passed.
        limit_samples: u64,
    },
    /// The file could not be read, or the result not written.
    #[error("the sound could not be read or written: {0}")]
    Io(#[from] io::Error),
}
