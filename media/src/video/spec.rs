//! The shape of a video (size, exact frame rate), and what is told of one that was written.

use std::fmt;

use ffmpeg_next::Rational;
use serde::{Deserialize, Serialize};

use super::error::VideoError;

/// Pictures per second, exact: 30000/1001 stays what it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct FrameRate {
    /// Pictures …
    pub num: u32,
    /// … in so many seconds.
    pub den: u32,
}

impl FrameRate {
    /// The rate `num / den` in lowest terms.
    pub const fn new(num: u32, den: u32) -> Self {
        let (mut divisor, mut rest) = (num, den);
        while rest != 0 {
            (divisor, rest) = (rest, divisor % rest);
        }
        if divisor == 0 {
            return Self { num, den };
        }
        Self { num: num / divisor, den: den / divisor }
    }

    /// FFmpeg's rate, with 0 for what is below it.
    pub(super) fn of(rate: Rational) -> Self {
        Self::new(rate.numerator().max(0) as u32, rate.denominator().max(0) as u32)
    }

    /// Whether there is a rate at all: files may leave it out.
    pub(super) fn is_known(self) -> bool {
        self.num > 0 && self.den > 0
    }

    /// Pictures per second.
    pub fn as_f64(self) -> f64 {
        f64::from(self.num) / f64::from(self.den)
    }

    /// How long `frames` pictures last.
    pub fn seconds(self, frames: u64) -> f64 {
        frames as f64 * f64::from(self.den) / f64::from(self.num)
    }
}

impl fmt::Display for FrameRate {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.den {
            1 => write!(f, "{}", self.num),
            den => write!(f, "{}/{den}", self.num),
        }
    }
}

/// The shape of a video to be written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct VideoSpec {
    /// Pixels across: even, 16 to 8192.
    pub width: u32,
    /// Pixels down: even, 16 to 8192.
    pub height: u32,
    /// 1 to 120 pictures per second.
    pub rate: FrameRate,
}

impl VideoSpec {
    /// Bytes of one RGB24 frame.
    pub fn frame_bytes(&self) -> usize {
        self.width as usize * self.height as usize * 3
    }

    /// Whether a video of this shape can be written.
    pub(super) fn check(&self) -> Result<(), VideoError> {
        for (side, pixels) in [("width", self.width), ("height", self.height)] {
            if !(16..=8192).contains(&pixels) || pixels % 2 != 0 {
                let reason = format!("its {side} must be an even number from 16 to 8192, and is {pixels}");
                return Err(VideoError::InvalidSpec { reason });
            }
        }
        if !Self::takes(self.rate) {
            let FrameRate { num, den } = self.rate;
            let reason = format!("its rate must be 1 to 120 frames per second, and is {num}/{den}");
            return Err(VideoError::InvalidSpec { reason });
        }
        Ok(())
    }

    /// Whether a video of this rate can be written.
    pub(super) fn takes(rate: FrameRate) -> bool {
        let FrameRate { num, den } = rate;
        let is_possible = rate.is_known() && num <= i32::MAX as u32 && den <= i32::MAX as u32;
        is_possible && (1.0..=120.0).contains(&rate.as_f64())
    }
}

/// What was written.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct VideoSummary {
    /// Pictures.
    pub frames: u64,
    /// Length of the picture track.
    pub seconds: f64,
    /// Pixels across.
    pub width: u32,
    /// Pixels down.
    pub height: u32,
    /// Size of the file.
    pub bytes: u64,
    /// How much of the given sound lies past the end of the picture and was left out; 0 if it was used whole.
    pub sound_cut_seconds: f64,
    /// How much of a video that somebody else has made lies past the end of the speech and was left out; 0 if all of it was
    /// used.
    pub pictures_cut_seconds: f64,
    /// What a video that somebody else has made was, such as `vp9`, if it could not be copied and was encoded anew.
    pub encoded_anew: Option<String>,
    /// How long the encoder worked, beside the rendering.
    pub encode_seconds: f64,
    /// How long the final check took.
    pub verify_seconds: f64,
}
