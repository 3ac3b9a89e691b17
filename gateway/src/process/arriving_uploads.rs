//! Uploads that came with a request whose job is not written yet: nothing needs them in the eyes of the store, and they must
//! stay all the same.

use std::collections::HashSet;
use std::sync::{Arc, Mutex, PoisonError};

use crate::domain::upload::UploadId;

/// The uploads whose jobs are about to be written. Clones share them.
///
/// A second gateway would write uploads and jobs in one transaction of the database.
#[derive(Debug, Clone, Default)]
pub struct ArrivingUploads(Arc<Mutex<HashSet<UploadId>>>);

impl ArrivingUploads {
    /// Says, before its row is written, that an upload has a job coming. It has until what is returned is dropped.
    pub fn announce(&self, id: UploadId) -> ArrivingUpload {
        self.with(|ids| ids.insert(id));
        ArrivingUpload { id, all: self.clone() }
    }

    /// Whether an upload whose row has been seen has a job coming. If not, the store knows of every job that needs it.
    pub fn has(&self, id: UploadId) -> bool {
        self.with(|ids| ids.contains(&id))
    }

    fn with<T>(&self, work: impl FnOnce(&mut HashSet<UploadId>) -> T) -> T {
        work(&mut self.0.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

/// An upload whose job is about to be written.
#[derive(Debug)]
pub struct ArrivingUpload {
    id: UploadId,
    all: ArrivingUploads,
}

impl ArrivingUpload {
    /// Its name.
    pub fn id(&self) -> UploadId {
        self.id
    }
}

impl Drop for ArrivingUpload {
    fn drop(&mut self) {
        self.all.with(|ids| ids.remove(&self.id));
    }
}
