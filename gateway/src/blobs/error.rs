//! How keeping or reading a file fails.

use std::io;

use crate::blobs::key::BlobKey;

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

impl From<io::Error> for BlobError {
    fn from(error: io::Error) -> Self {
        match error.kind() {
            io::ErrorKind::StorageFull => Self::NoSpace(error),
            _ => Self::Other(error),
        }
    }
}

/// What blobs return.
pub type BlobResult<T> = Result<T, BlobError>;
