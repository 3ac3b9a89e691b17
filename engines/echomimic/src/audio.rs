//! Speech as the networks hear it.

mod encoder;
mod error;
pub mod frames;
mod heard;
mod samples;

pub use encoder::SpeechEncoder;
pub use error::SpeechError;
pub use heard::HeardSpeech;
pub use samples::read;
