//! Speech as the frames of a video hear it.

pub mod encoder;
mod error;
pub mod frames;
mod heard;
pub mod length;

pub use error::SpeechError;
pub use heard::HeardSpeech;
