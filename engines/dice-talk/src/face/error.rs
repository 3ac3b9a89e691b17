//! Why a portrait cannot be used.

use avatar_media::portrait::PortraitError;
use engine_api::{EngineError, ErrorKind};

use super::detector::error::RunError;
use super::geometry::{LONGEST_SIDE, LONGEST_TO_SEARCH};

/// Why a portrait cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum FaceError {
    /// Its file cannot be read, or is no picture.
    #[error(transparent)]
    Unreadable(#[from] PortraitError),
    /// It is many times as long as it is wide, or the other way round.
    #[error(
        "the portrait measures {width}x{height} pixels; cut it until the longer side is at most {LONGEST_TO_SEARCH} times \
         the shorter one"
    )]
    TooNarrow {
        /// Columns.
        width: usize,
        /// Rows.
        height: usize,
    },
    /// It would be worked on in a huge size.
    #[error(
        "a portrait of this shape would be worked on at {width}x{height} pixels, and a side can have {LONGEST_SIDE} at most; set \
         min_resolution to {min_resolution} or less, set crop to true, which takes a square, or cut the portrait"
    )]
    TooLong {
        /// Columns.
        width: usize,
        /// Rows.
        height: usize,
        /// The largest one that would do.
        min_resolution: usize,
    },
    /// No face is found in it.
    #[error("no face was found in the portrait; send one that shows a face from the front, well lit and large")]
    NoFace,
    /// No face is found in the square that was cut out of it.
    #[error(
        "no face was found in the square that crop cuts out of the portrait, though one was in the whole of it; set \
         expand_ratio to more, set crop to false, or send a portrait that shows the face larger"
    )]
    NoFaceInCrop,
    /// Nothing of the face's box lies in the picture.
    #[error("the face lies outside the portrait; send one that shows it whole")]
    Outside,
    /// The detector could not be run.
    #[error("the detector of faces failed: {0}")]
    Detector(#[from] RunError),
}

impl From<FaceError> for EngineError {
    fn from(error: FaceError) -> Self {
        match error {
            FaceError::Detector(RunError::Failed(error)) => error.into(),
            FaceError::Detector(_) => Self::new(ErrorKind::Weights, error),
            other => Self::new(ErrorKind::Input, other),
        }
    }
}
