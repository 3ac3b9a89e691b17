//! Files by key, behind a trait: what clients have uploaded and what jobs have made. The folder is its first
//! implementation; the contract suite holds every implementation to the trait. Beside it, what one machine has on its
//! own disk: its data folder, and the files of work under way.

pub mod content;
#[cfg(test)]
pub(crate) mod contract;
pub mod data_folder;
pub mod empty_folder;
pub mod error;
pub mod folder;
pub mod kept_files;
pub mod key;
pub mod scratch;
pub mod space;

use std::ops::Deref;
use std::path::{Path, PathBuf};
use std::time::SystemTime;

use async_trait::async_trait;

use crate::blobs::content::Content;
use crate::blobs::error::BlobResult;
use crate::blobs::key::BlobKey;

/// Where files are kept.
#[async_trait]
pub trait Blobs: Send + Sync {
    /// Keeps a finished file of this machine under a key, in place of what was there; the file is taken from where it
    /// lies. Nobody ever reads a part of it under the key. When this returns, it survives a loss of power.
    ///
    /// # Errors
    /// `NoSpace`, or `Other`. Nothing new is under the key then, unless only its survival is uncertain.
    async fn put(&self, key: BlobKey, file: &Path) -> BlobResult<()>;

    /// Opens what is kept under a key.
    ///
    /// # Errors
    /// `NotFound`, or `Other`.
    async fn open(&self, key: BlobKey) -> BlobResult<Box<dyn Content>>;

    /// What is kept under a key as a file of this machine, for processes that read paths.
    ///
    /// # Errors
    /// `NotFound`, or `Other`.
    async fn stage(&self, key: BlobKey) -> BlobResult<Staged>;

    /// Removes what is kept under a key, if anything is; returns how many bytes that frees.
    ///
    /// # Errors
    /// `Other`.
    async fn delete(&self, key: BlobKey) -> BlobResult<u64>;

    /// Everything that is kept, in no order. Files that have no key's name are left out.
    ///
    /// # Errors
    /// `Other`.
    async fn list(&self) -> BlobResult<Vec<BlobEntry>>;

    /// Removes what is kept under these keys; returns how many bytes that frees.
    ///
    /// # Errors
    /// `Other`. What was removed until then stays removed.
    async fn delete_all(&self, keys: &[BlobKey]) -> BlobResult<u64> {
        let mut freed = 0;
        for key in keys {
            freed += self.delete(*key).await?;
        }
        Ok(freed)
    }
}

/// A kept file in a list.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct BlobEntry {
    /// What it is kept under.
    pub key: BlobKey,
    /// Its size in bytes.
    pub bytes: u64,
    /// When it was written.
    pub modified: SystemTime,
}

/// A file of this machine that may be read under its path for as long as this value is there and the key is not deleted.
#[derive(Debug)]
pub struct Staged(PathBuf);

impl Staged {
    /// A file that is read where it lies.
    pub fn in_place(path: PathBuf) -> Self {
        Self(path)
    }
}

impl Deref for Staged {
    type Target = Path;

    fn deref(&self) -> &Path {
        &self.0
    }
}
