//! Which leases attempts of this process hold.

use std::collections::HashSet;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use crate::domain::id::JobId;

/// The jobs that attempts of this process are at. Nobody else may have them, because the data folder is this gateway's
/// alone: no sweep takes one of them back, however long the machine slept or the database was away.
///
/// With a second gateway, a lease that has run out is anybody's, and there is nothing in this one's place.
#[derive(Debug, Clone, Default)]
pub struct HeldLeases(Arc<Mutex<HashSet<JobId>>>);

/// An attempt at a job; the lease is held until it is dropped.
#[derive(Debug)]
pub struct Held {
    all: HeldLeases,
    job: JobId,
}

impl HeldLeases {
    /// Notes that an attempt at the job has begun.
    pub fn hold(&self, job: JobId) -> Held {
        self.locked().insert(job);
        Held { all: self.clone(), job }
    }

    /// The jobs as they are now.
    pub fn jobs(&self) -> Vec<JobId> {
        self.locked().iter().copied().collect()
    }

    fn locked(&self) -> MutexGuard<'_, HashSet<JobId>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Drop for Held {
    fn drop(&mut self) {
        self.all.locked().remove(&self.job);
    }
}
