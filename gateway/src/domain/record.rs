//! How a finished video was made: how long the steps took, and what it takes to make it again.

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

/// How long the steps of the successful attempt took, in seconds.
#[derive(Debug, Clone, Copy, Default, PartialEq, Serialize, Deserialize)]
pub struct Timings {
    /// From the submission, or the end of the attempt before, to the start.
    pub queued: f64,
    /// Starting and loading the engine; 0 if it was warm.
    pub load: f64,
    /// From the start of the rendering to the complete file, encoding beside it included.
    pub render: f64,
    /// What the encoder worked, beside the rendering.
    pub encode: f64,
    /// Decoding the finished video once to check it.
    pub verify: f64,
}

/// What it takes to make the same video again, beside the parameters.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct Record {
    /// Version of the gateway.
    pub gateway_version: String,
    /// Version of the engine.
    pub engine_version: String,
    /// The seed, if the engine takes one.
    pub seed: Option<Value>,
    /// Every parameter after defaults.
    pub params: Map<String, Value>,
    /// SHA-256 of the photo as sent.
    pub photo_sha256: Option<String>,
    /// SHA-256 of the speech as sent.
    pub audio_sha256: Option<String>,
    /// SHA-256 of the source video as sent.
    pub video_sha256: Option<String>,
    /// The engine's weights, as its description tells them.
    pub weights: Vec<WeightRecord>,
}

/// A file of weights.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct WeightRecord {
    /// Path in the engine's weights folder.
    pub file: String,
    /// SHA-256, where the engine knows it.
    pub sha256: Option<String>,
}
