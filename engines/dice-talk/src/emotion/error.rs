//! Files that hold no emotion.

use std::path::PathBuf;

use engine_api::{EngineError, ErrorKind};

/// A file that is no emotion's.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error(
    "{} is no emotion: {reason}. Expected are {} finite numbers: as .npy, a dictionary with the array \"mu\", as they are \
     published, or the array alone, of shape [1, {}] or [{}]; or as .safetensors, one F32 tensor of either shape, or one \
     that is called \"mu\"",
    file.display(), expected, expected, expected
)]
pub struct PriorError {
    /// The file.
    pub file: PathBuf,
    /// What is wrong with it.
    pub reason: String,
    /// How many numbers an emotion has.
    pub expected: usize,
}

impl From<PriorError> for EngineError {
    fn from(error: PriorError) -> Self {
        Self::new(ErrorKind::Weights, error)
    }
}
