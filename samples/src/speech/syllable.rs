//! A syllable and its times, and how times become samples.

use crate::speech::phones::{Onset, Vowel};

/// Samples per second of everything this module makes.
pub const SAMPLE_RATE: u32 = 16_000;

/// One consonant and one vowel.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Syllable {
    /// Where the consonant starts.
    pub start: f64,
    /// Where the vowel starts.
    pub vowel_start: f64,
    /// Where the vowel ends.
    pub end: f64,
    /// The consonant.
    pub onset: Onset,
    /// The vowel.
    pub vowel: Vowel,
}

pub(super) fn seconds_to_samples(seconds: f64) -> usize {
    (seconds * f64::from(SAMPLE_RATE)).round() as usize
}
