//! The errors of videos: why a source cannot be read, and why a result cannot be written or does not pass its check.

use std::io;

use crate::ffmpeg::{self, OpenError};
use crate::sound::SoundError;

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
    Concat {
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

impl From<SourceVideoError> for VideoError {
    fn from(error: SourceVideoError) -> Self {
        match error {
            SourceVideoError::Io(error) => Self::Io(error),
            SourceVideoError::Undecodable { reason } | SourceVideoError::NoPicture { reason } => {
                Self::Verify { reason }
            }
            other => Self::Verify { reason: other.to_string() },
        }
    }
}

impl VideoError {
    /// FFmpeg's error, told apart from the file system's.
    pub(super) fn encoder(error: ffmpeg_next::Error) -> Self {
        match ffmpeg::system_error(error) {
            Some(error) => Self::Io(error),
            None => Self::Encoder { reason: error.to_string() },
        }
    }

    /// FFmpeg's error while a finished file is decoded: the file is not what it should be.
    pub(super) fn decoder(error: ffmpeg_next::Error) -> Self {
        match ffmpeg::system_error(error) {
            Some(error) => Self::Io(error),
            None => Self::broken(error.to_string()),
        }
    }

    /// A file that does not pass its check, for this reason.
    pub(super) fn broken(reason: impl Into<String>) -> Self {
        Self::Verify { reason: reason.into() }
    }
}

/// Why a file is not taken as a source video. Each message is meant for the person who sent the file.
#[derive(Debug, thiserror::Error)]
pub enum SourceVideoError {
    /// No bytes at all.
    #[error("the video is empty (0 bytes)")]
    Empty,
    /// Nothing that can be decoded.
    #[error("the video cannot be decoded: {reason}")]
    Undecodable {
        /// What is wrong with it.
        reason: String,
    },
    /// A file that is understood, and holds no moving picture.
    #[error("there is no moving picture in the file: {reason}")]
    NoPicture {
        /// What the file holds instead.
        reason: String,
    },
    /// Longer than the limit.
    #[error("the video is longer than the {limit_seconds} seconds that are accepted")]
    TooLong {
        /// The limit that was passed.
        limit_seconds: f64,
    },
    /// Larger pictures than the limit; none of them was decoded that the file told beforehand.
    #[error("the video measures {width}x{height} pixels; {limit_pixels} in all are accepted")]
    TooManyPixels {
        /// Pixels across.
        width: u32,
        /// Pixels down.
        height: u32,
        /// The limit that was passed.
        limit_pixels: u64,
    },
    /// More pictures per second than the limit.
    #[error("the video has more than the {limit_fps} pictures per second that are accepted")]
    TooFast {
        /// The limit that was passed.
        limit_fps: f64,
    },
    /// The file could not be read.
    #[error("the video could not be read: {0}")]
    Io(#[from] io::Error),
}

impl From<OpenError> for SourceVideoError {
    fn from(error: OpenError) -> Self {
        match error {
            OpenError::Io(error) => Self::Io(error),
            OpenError::Unknown(reason) => Self::Undecodable { reason },
        }
    }
}

impl SourceVideoError {
    /// A video of which nothing can be shown.
    pub(super) fn no_picture_decodes() -> Self {
        Self::Undecodable { reason: "none of its pictures decodes".to_owned() }
    }

    /// FFmpeg's error while a source is decoded, told apart from the file system's.
    pub(super) fn decoder(error: ffmpeg_next::Error) -> Self {
        match ffmpeg::system_error(error) {
            Some(error) => Self::Io(error),
            None => Self::Undecodable { reason: error.to_string() },
        }
    }
}
