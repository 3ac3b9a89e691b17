//! What engines share that hear speech with Whisper (Radford et al. 2022, arXiv 2212.04356): its log-mel spectrogram and its
//! encoder.

mod config;
mod encoder;
mod keys;
pub mod mel;

pub use config::Config;
pub use encoder::{Encoder, LastState};
pub use keys::encoder_key;
