//! What a sound is, for the gateway's children and the engine host: its facts, and why a file is not one.

use std::path::Path;

use file::SoundFile;

pub use error::SoundError;
pub use facts::SoundFacts;

pub(crate) mod convert;
mod error;
mod facts;
pub(crate) mod file;

/// Decodes a file's sound from start to end and tells what it is. Memory does not grow with its length.
pub fn probe(path: &Path) -> Result<SoundFacts, SoundError> {
    let mut sound = SoundFile::open(path)?;
    while sound.next_frame()?.is_some() {}
    Ok(sound.facts())
}
