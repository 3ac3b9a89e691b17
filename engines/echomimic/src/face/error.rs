//! Why a portrait cannot be used.

use avatar_media::portrait::PortraitError;
use engine_api::{EngineError, ErrorKind};
use engine_torch::TorchError;

use super::mtcnn::pyramid::LEAST_SIDE;

/// Why a portrait cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum FaceError {
    /// Its file cannot be read, or is no picture.
    #[error(transparent)]
    Unreadable(#[from] PortraitError),
    /// It has too few pixels for a search.
    #[error(
        "the portrait measures {width}x{height} pixels, and no face can be found in one with a side of fewer than \
         {LEAST_SIDE}; send a larger one"
    )]
    TooSmall {
        /// Columns.
        width: usize,
        /// Rows.
        height: usize,
    },
    /// No face is found in it.
    #[error(
        "no face was found in the portrait; send one that shows a face from the front, well lit and large, or set \
         no_face to whole_picture for one that is nothing but a face, such as a drawing"
    )]
    NoFace,
    /// What is left of the face's box in the picture is no square to cut out.
    #[error("the face lies outside the portrait; send one that shows it whole")]
    Outside,
    /// The detector could not be run.
    #[error(transparent)]
    Torch(#[from] TorchError),
}

impl From<FaceError> for EngineError {
    fn from(error: FaceError) -> Self {
        match error {
            FaceError::Torch(error) => error.into(),
            other => Self::new(ErrorKind::Input, other),
        }
    }
}
