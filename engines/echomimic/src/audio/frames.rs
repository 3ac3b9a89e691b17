//! How long a video becomes, and which rows of speech features each of its frames hears.
//!
//! Whisper gives 50 rows a second. What it hears ends two frames before the video does, because the reference (its
//! `feature2chunks`) stops one frame after the first that begins behind the last row.

use crate::audio::error::SpeechError;

/// Rows of features in a second of speech.
const ROWS_PER_SECOND: f64 = 50.0;
/// Samples at 16 kHz for each row.
const ROW_SAMPLES: usize = 320;

/// The shortest speech that can be used, in samples at 16 kHz: that of one row.
pub const MIN_SAMPLES: usize = ROW_SAMPLES;

/// Rows that a frame hears: the one of its own time, four before and five after.
pub const HEARD_ROWS: usize = 10;
const ROWS_BEFORE: i64 = 4;

/// Rows of features that so many samples at 16 kHz give.
///
/// # Errors
/// There are fewer than [`MIN_SAMPLES`].
pub fn rows(samples: usize) -> Result<usize, SpeechError> {
    if samples < MIN_SAMPLES {
        return Err(SpeechError::TooShort { samples, least: MIN_SAMPLES });
    }
    Ok(samples / ROW_SAMPLES)
}

/// Frames of the video for so many rows, at `fps` frames per second (from 1 on).
#[must_use]
pub fn frames(rows: usize, fps: u32) -> usize {
    let step = ROWS_PER_SECOND / f64::from(fps);
    let is_within = |frame: &usize| (*frame as f64 * step) as usize <= rows;
    (0..).take_while(is_within).count() + 1
}

/// The rows that a frame hears, of so many (from 1 on); where speech begins or ends, the first or last one stands for those
/// beyond.
#[must_use]
pub fn heard_rows(frame: usize, fps: u32, rows: usize) -> [i64; HEARD_ROWS] {
    // Multiplied first, unlike in `frames`: the two round differently, and the reference has both.
    let own = (frame as f64 * ROWS_PER_SECOND / f64::from(fps)) as i64;
    let last = rows as i64 - 1;
    std::array::from_fn(|place| (own - ROWS_BEFORE + place as i64).min(last).max(0))
}
