//! Why an upload is not taken.

use std::io;

use avatar_media::faces::Face;

use crate::blobs::error::BlobError;
use crate::domain::code::Code;
use crate::domain::fault::Fault;
use crate::domain::upload::verdict::Verdict;
use crate::store::error::StoreError;

/// Why an upload is not taken.
#[derive(Debug)]
pub enum UploadError {
    /// It cannot be used; the client can do something about it.
    Fault {
        /// Stable code.
        code: Code,
        /// What is wrong.
        message: String,
        /// What to do about it.
        remedy: &'static str,
    },
    /// It is a picture, but not one that can be animated.
    Photo(Box<Findings>),
    /// The gateway could not do its part.
    Io(io::Error),
    /// The files cannot be kept, or one is gone.
    Blob(BlobError),
    /// The store could not do its part.
    Store(StoreError),
}

/// What was found in a photo, and what is thought of it.
#[derive(Debug)]
pub struct Findings {
    /// What speaks against it.
    pub code: Code,
    /// Width and height of the picture in pixels.
    pub size: (u32, u32),
    /// Every face, best first.
    pub faces: Vec<Face>,
    /// Why it is refused.
    pub verdict: Verdict,
}

impl Findings {
    /// The verdict as a fault of the field that the photo came in.
    pub fn fault(&self, field: &str) -> Fault {
        Fault::new(field, self.code, &self.verdict.message, &self.verdict.remedy)
    }
}

impl From<io::Error> for UploadError {
    fn from(error: io::Error) -> Self {
        Self::Io(error)
    }
}

impl From<BlobError> for UploadError {
    fn from(error: BlobError) -> Self {
        Self::Blob(error)
    }
}

impl From<StoreError> for UploadError {
    fn from(error: StoreError) -> Self {
        Self::Store(error)
    }
}
