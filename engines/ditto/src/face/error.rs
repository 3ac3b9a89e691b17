//! Why a face is not found in a picture, or cannot be used.

use engine_onnx::OnnxError;
use thiserror::Error;

use super::crop::CropError;

/// Why a source is not registered.
#[derive(Debug, Error)]
pub enum RegisterError {
    /// A network could not be run.
    #[error(transparent)]
    Network(#[from] OnnxError),
    /// The first frame shows no face.
    #[error(
        "no face was found in the source: take a picture, or a clip whose first frame, shows one face from the front, \
         well lit and large enough"
    )]
    NoFace,
    /// The landmarks make no square in the picture.
    #[error(
        "the face in the source cannot be used ({0}): take one in which it is larger and seen whole, or leave \
         `crop_scale` and `crop_vy_ratio` as they are"
    )]
    Crop(#[from] CropError),
    /// A later frame of a clip shows no face where the frame before had one.
    #[error("the face was lost in frame {frame} of the source ({reason}): cut the clip before it")]
    Lost {
        /// The frame, counted from 0.
        frame: usize,
        /// What is wrong with its landmarks.
        reason: CropError,
    },
    /// A network gave too much or too little.
    #[error("the network {0} gave another number of values than expected")]
    Size(&'static str),
}
