//! What is told of a sound: its length, rate, channels and codec.

use serde::{Deserialize, Serialize};

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
