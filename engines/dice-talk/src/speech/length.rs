//! How long a video becomes, and how much of what Whisper gives is its speech.
//!
//! The reference counts speech in units of 40 ms. Whisper gives two rows of states for each, and a frame shows two of them.

use crate::speech::error::SpeechError;

/// Samples at 16 kHz of a unit.
const UNIT_SAMPLES: u64 = 640;
/// Rows of states for a unit.
const UNIT_ROWS: u64 = 2;
/// Units of a frame: there are 12.5 frames in a second.
const FRAME_UNITS: u64 = 2;

/// The shortest speech that can be used, in samples at 16 kHz: that of one frame.
pub const MIN_SAMPLES: u64 = UNIT_SAMPLES * FRAME_UNITS;

/// Whole units in so many samples at 16 kHz.
#[must_use]
pub fn units(samples: u64) -> u64 {
    samples / UNIT_SAMPLES
}

/// Rows of states that belong to so many units.
#[must_use]
pub fn rows(units: u64) -> u64 {
    units * UNIT_ROWS
}

/// Frames of the video for so many units.
#[must_use]
pub fn frames(units: u64) -> u64 {
    units / FRAME_UNITS
}

/// Frames of the video for so many samples at 16 kHz, at least one.
///
/// # Errors
/// There are fewer than [`MIN_SAMPLES`].
pub fn spoken(samples: u64) -> Result<u64, SpeechError> {
    match frames(units(samples)) {
        0 => Err(SpeechError::TooShort { samples, least: MIN_SAMPLES }),
        frames => Ok(frames),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn speech_below_the_length_of_a_frame_is_refused() {
        let error = spoken(MIN_SAMPLES - 1).unwrap_err().to_string();
        assert_eq!(error, "the speech lasts 0.079 s, which is not one frame: send at least 0.08 s of speech");
        assert!(spoken(0).is_err());
        assert_eq!(spoken(MIN_SAMPLES).ok(), Some(1));
        assert_eq!(spoken(600 * 16_000).ok(), Some(7500), "ten minutes are not cut");
    }
}
