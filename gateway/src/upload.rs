//! What a client uploads, once it has been checked: photos and speech as rows.

use avatar_media::faces::Face;
use avatar_media::picture::PictureFormat;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::intake::verdict::Verdict;
use crate::job::id::{AudioId, PhotoId};

/// A picture with a usable face. Its blob holds the upright RGB PNG that engines read: of several faces, the part with
/// the chosen one.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Photo {
    /// Its name everywhere.
    pub id: PhotoId,
    /// What it was sent as.
    pub format: PictureFormat,
    /// Width in pixels, upright.
    pub width: u32,
    /// Height in pixels, upright.
    pub height: u32,
    /// Size as sent, in bytes.
    pub bytes: u64,
    /// SHA-256 as sent, in lower-case hexadecimal.
    pub sha256: String,
    /// The faces found in it, best first.
    pub faces: Vec<Face>,
    /// What was thought of it.
    pub verdict: Verdict,
    /// When it was sent.
    pub created_at: Timestamp,
}

/// Speech. Its blobs hold the sound as sent, which goes into the result, and the canonical WAV that engines read.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Audio {
    /// Its name everywhere.
    pub id: AudioId,
    /// Length in seconds, counted by decoding.
    pub seconds: f64,
    /// Samples per second as sent.
    pub sample_rate: u32,
    /// Channels as sent.
    pub channels: u16,
    /// Codec as sent.
    pub codec: String,
    /// Container as sent.
    pub container: String,
    /// Size as sent, in bytes.
    pub bytes: u64,
    /// SHA-256 as sent, in lower-case hexadecimal.
    pub sha256: String,
    /// When it was sent.
    pub created_at: Timestamp,
}
