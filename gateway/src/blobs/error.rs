//! How keeping or reading a file fails.

use std::io;

use crate::blobs::key::BlobKey;
use crate::domain::shortage::Shortage;

/// A failure of the blobs. The message holds the cause, for logs and not for clients.
#[derive(Debug, thiserror::Error)]
pub enum BlobError {
    /// Nothing is kept under the key.
    #[error("there is no file {0}")]
    NotFound(BlobKey),
    /// There is no space for more.
    #[error("{0}")]
    NoSpace(#[source] io::Error),
    /// The place where files are kept does not do its part.
    #[error("{0}")]
    Other(#[source] io::Error),
}

impl BlobError {
    /// What the machine lacks, where that is what went wrong.
    pub fn shortage(&self) -> Option<Shortage> {
        match self {
            Self::NotFound(_) => None,
            Self::NoSpace(_) => Some(Shortage::Storage),
            Self::Other(error) => Shortage::of_io(error),
        }
    }
}

impl From<io::Error> for BlobError {
    fn from(error: io::Error) -> Self {
        match Shortage::of_io(&error) {
            Some(Shortage::Storage) => Self::NoSpace(error),
            _ => Self::Other(error),
        }
    }
}

/// What blobs return.
pub type BlobResult<T> = Result<T, BlobError>;
