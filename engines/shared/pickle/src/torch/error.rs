//! Why a file of `torch.save` is refused.

use std::io;
use std::path::PathBuf;

use crate::error::UnpickleError;

/// Which file is refused, and why.
#[derive(Debug, thiserror::Error)]
#[error("{}: {fault}", file.display())]
pub struct TorchError {
    /// The file.
    pub file: PathBuf,
    /// What is wrong with it.
    pub fault: TorchFault,
}

/// What is wrong with a file of `torch.save`.
#[derive(Debug, thiserror::Error)]
pub enum TorchFault {
    /// It cannot be read.
    #[error("it cannot be read: {0}")]
    Io(#[from] io::Error),
    /// It is no such file, or one of a form that is not read.
    #[error("it is no file of torch.save that is read here: {0}")]
    Format(&'static str),
    /// What describes its tensors is refused.
    #[error(transparent)]
    Pickle(#[from] UnpickleError),
    /// The numbers of a storage are not there.
    #[error("storage {key:?}: {reason}")]
    Storage {
        /// The storage's key in the file.
        key: String,
        /// What is wrong.
        reason: String,
    },
    /// A tensor is not there, or is not what its storage can hold.
    #[error("tensor {name:?}: {reason}")]
    Tensor {
        /// The tensor's name.
        name: String,
        /// What is wrong.
        reason: String,
    },
}
