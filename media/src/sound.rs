//! What a sound is, for the gateway's children and the engine host: its facts, and why a file is not one.

use std::io;
use std::path::Path;

use serde::{Deserialize, Serialize};

use file::SoundFile;

pub(crate) mod convert;
pub(crate) mod file;

/// A sound as it was sent.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct SoundFacts {
    /// Length, counted from the decoded samples.
    pub seconds: f64,
    /// Samples per second and channel.
    pub sample_rate: u32,
    /// Channels.
    pub channels: u16,
    /// FFmpeg's name of the codec: `pcm_s16le`, `mp3`, `aac`, `opus` …
    pub codec: String,
    /// The file format: `wav`, `mp3`, `ogg`, `mp4` …
    pub container: String,
}

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
    /// The file could not be read, or the result not written.
    #[error("the sound could not be read or written: {0}")]
    Io(#[from] io::Error),
}

impl SoundError {
    /// The stable code of this kind of error, for clients to match.
    pub fn code(&self) -> &'static str {
        match self {
            Self::Empty => "audio.empty",
            Self::Undecodable { .. } => "audio.undecodable",
            Self::NoSound { .. } => "audio.no_sound",
            Self::TooLong { .. } => "audio.too_long",
            Self::Io(_) => "audio.io",
        }
    }
}

/// Decodes a file's sound from start to end and tells what it is. Memory does not grow with its length.
pub fn probe(path: &Path) -> Result<SoundFacts, SoundError> {
    let mut sound = SoundFile::open(path)?;
    while sound.next_frame()?.is_some() {}
    Ok(sound.facts())
}
