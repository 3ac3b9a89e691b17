//! The rate of canonical speech, and what may become of it.

/// Samples per second of canonical speech.
pub const SPEECH_RATE: u32 = 16_000;

/// What speech may cost.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct SpeechLimits {
    /// Longest speech accepted, in seconds; never more than 18 hours.
    pub max_seconds: f64,
}
