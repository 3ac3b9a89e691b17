//! Videos as engine hosts write them: H.264 and AAC in MP4, and verified before anybody sees them.

use std::fmt;
use std::io;

use serde::{Deserialize, Serialize};

use crate::native::OpenError;
use crate::sound::SoundError;

pub use clip::{ClipError, ClipFacts, probe};
pub use encoder::missing_encoders;
pub use hold::hold;
pub use join::join;
pub use pick::{Picked, Sampling, pick};
pub use remux::remux;
pub use steady::{SteadyError, is_steady, steady};
pub use still::still;
pub use verify::{SoundTrack, VideoFacts, verify};
pub use writer::VideoWriter;

mod clip;
mod colour;
mod encoder;
mod hold;
mod join;
mod pick;
mod remux;
mod rgb;
mod soundtrack;
mod steady;
mod still;
mod verify;
mod writer;

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

    fn check(&self) -> Result<(), VideoError> {
        for (side, pixels) in [("width", self.width), ("height", self.height)] {
            if !(16..=8192).contains(&pixels) || pixels % 2 != 0 {
                let reason = format!("its {side} must be an even number from 16 to 8192, and is {pixels}");
                return Err(VideoError::InvalidSpec { reason });
            }
        }
        let FrameRate { num, den } = self.rate;
        let possible = num > 0 && den > 0 && num <= i32::MAX as u32 && den <= i32::MAX as u32;
        if !possible || !(1.0..=120.0).contains(&self.rate.as_f64()) {
            let reason = format!("its rate must be 1 to 120 frames per second, and is {num}/{den}");
            return Err(VideoError::InvalidSpec { reason });
        }
        Ok(())
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
    /// How long the encoder worked, beside the rendering.
    pub encode_seconds: f64,
    /// How long the final check took.
    pub verify_seconds: f64,
}

/// Why a video was not written, or does not pass its check.
#[derive(Debug, thiserror::Error)]
pub enum VideoError {
    /// A size or rate that cannot be written.
    #[error("this video cannot be written: {reason}")]
    InvalidSpec {
        /// Which number, what it is and what it may be.
        reason: String,
    },
    /// A frame of the wrong size; it was not written, and the next may be.
    #[error("a frame has {given} bytes where {expected} are needed (RGB24)")]
    FrameSize {
        /// Width times height times three.
        expected: usize,
        /// What came.
        given: usize,
    },
    /// The encoder failed.
    #[error("the video encoder failed: {reason}")]
    Encoder {
        /// In FFmpeg's words.
        reason: String,
    },
    /// The file system failed; a full disk has [`io::ErrorKind::StorageFull`].
    #[error("the video could not be read or written: {0}")]
    Io(#[from] io::Error),
    /// The given sound cannot be used.
    #[error(transparent)]
    Sound(#[from] SoundError),
    /// The file was written, or delivered, and does not decode to what it should be.
    #[error("the video is not whole: {reason}")]
    Verify {
        /// What is wrong with it.
        reason: String,
    },
    /// Videos that do not go together.
    #[error("the videos cannot be joined: {reason}")]
    Join {
        /// Which one it is, and in what it differs.
        reason: String,
    },
    /// The video would have no picture at all.
    #[error("no frames were written")]
    NoFrames,
}

impl From<OpenError> for VideoError {
    fn from(error: OpenError) -> Self {
        match error {
            OpenError::Io(error) => Self::Io(error),
            OpenError::Unknown(reason) => Self::Verify { reason },
        }
    }
}

impl VideoError {
    /// FFmpeg's error, told apart from the file system's.
    fn encoder(error: ffmpeg_next::Error) -> Self {
        match crate::native::system_error(error) {
            Some(error) => Self::Io(error),
            None => Self::Encoder { reason: error.to_string() },
        }
    }
}

#[cfg(test)]
mod tests;
