//! What of a sound could not be had.

use serde::{Deserialize, Serialize};

/// What is missing of a sound that was decoded to its end; nothing by default.
#[derive(Debug, Clone, Copy, Default, PartialEq, Serialize, Deserialize)]
pub struct Missing {
    /// Its length in seconds by what the file says of itself, where less was decoded.
    pub promised_seconds: Option<f64>,
    /// Whether it is Ogg without the page that ends it: how much there was, nobody knows.
    pub is_endless: bool,
    /// Packets and frames that could not be decoded.
    pub damaged: u64,
    /// Bytes behind the end of the sound, or of further files, that were not read.
    pub unread_bytes: u64,
}
