//! What can be wrong with a detector.

use std::io;
use std::path::PathBuf;

use engine_api::{EngineError, ErrorKind};
use engine_torch::TorchError;

use super::output::NUMBERS;

/// Why a detector's file is not loaded.
#[derive(Debug, thiserror::Error)]
pub enum LoadError {
    /// It cannot be read.
    #[error("{}: it cannot be read: {reason}", .path.display())]
    Unreadable {
        /// The file.
        path: PathBuf,
        /// What the system says.
        reason: io::Error,
    },
    /// It is not the one that is trusted.
    #[error(
        "{}: this file is a program that would be run, and is run only where its SHA-256 is configured. Its SHA-256 is \
         {found}, and {}. Fetch the file anew; or, if you know that this one comes from a source that you trust, set \
         detector_sha256 = \"{found}\" in [engines.dice-talk]",
        .path.display(),
        .trusted.as_ref().map_or_else(|| "none is configured".to_owned(), |hash| format!("{hash} is configured"))
    )]
    Untrusted {
        /// The file.
        path: PathBuf,
        /// Its SHA-256.
        found: String,
        /// The SHA-256 that is configured.
        trusted: Option<String>,
    },
    /// libtorch cannot load it.
    #[error("{}: it is no TorchScript archive that libtorch reads: {reason}", .path.display())]
    NotTorchScript {
        /// The file.
        path: PathBuf,
        /// What libtorch says.
        reason: TorchError,
    },
    /// It is another network.
    #[error("{}: it is no detector of faces: {reason}", .path.display())]
    NoDetector {
        /// The file.
        path: PathBuf,
        /// What it gives instead of faces.
        reason: RunError,
    },
}

impl From<LoadError> for EngineError {
    fn from(error: LoadError) -> Self {
        Self::new(ErrorKind::Weights, error)
    }
}

/// Why the detector cannot say anything of a picture.
#[derive(Debug, PartialEq, thiserror::Error)]
pub enum RunError {
    /// libtorch could not run it.
    #[error("{0}")]
    Failed(#[from] TorchError),
    /// What it gives is no tensor of numbers.
    #[error("it gives no tensor of 32-bit numbers")]
    NoTensor,
    /// What it gives has another shape.
    #[error("it gives a tensor of shape {0:?}, which should be [1, any, {NUMBERS}]")]
    Shape(Vec<i64>),
    /// Among its numbers are some that are none.
    #[error("it gives numbers that are not finite")]
    NotFinite,
}
