//! Speech as the networks hear it.

mod error;
pub mod frames;

pub use error::SpeechError;
