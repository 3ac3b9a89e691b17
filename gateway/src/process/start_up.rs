//! What a start takes back of the run before it.

use std::path::{Path, PathBuf};
use std::time::Duration;

use jiff::Timestamp;

use crate::backup::salvage::keep_strays;
use crate::blobs::Blobs;
use crate::blobs::key::BlobKey;
use crate::domain::id::JobId;
use crate::store::jobs::JobStore;
use crate::store::sqlite::SqliteStore;
use crate::store::sqlite::unclean_end::{self, UncleanEnd};

/// Opens the database, and says what the run before has left of it.
///
/// # Errors
/// It cannot be opened.
pub async fn open_store(database: &Path, now: Timestamp) -> anyhow::Result<SqliteStore> {
    // Before SQLite looks at it: that would take what is whole, and say nothing.
    let left = unclean_end::look(database).unwrap_or_else(|error| {
        tracing::warn!(%error, "what an earlier run has left in the database's log cannot be read");
        None
    });
    let copy = match &left {
        Some(UncleanEnd::Damaged(damage)) => {
            tracing::error!("{damage}");
            kept_copy(database, now)
        }
        _ => None,
    };
    let store = SqliteStore::open_as_it_is(database).await?;
    match left {
        Some(UncleanEnd::Whole { changes }) => {
            tracing::info!(changes, "an earlier run has not closed the database; nothing in its log is damaged");
        }
        Some(UncleanEnd::Damaged(_)) => {
            if let Err(error) = store.settle().await {
                tracing::error!(%error, "the database is not in order; stop the gateway and restore a backup");
            }
        }
        None => {}
    }
    if let (Some(copy), Some(data)) = (copy, database.parent()) {
        match keep_strays(data, &copy).await {
            Ok(files) => tracing::error!(files, "the files whose rows are lost are kept in {}", copy.display()),
            Err(error) => tracing::error!("the files whose rows are lost cannot be kept, and go in an hour: {error:#}"),
        }
    }
    Ok(store)
}

/// A copy of a damaged database, if it can be made.
fn kept_copy(database: &Path, now: Timestamp) -> Option<PathBuf> {
    match unclean_end::keep_copy(database, now) {
        Ok(copy) => {
            tracing::error!("database and log are kept as they were in {}", copy.display());
            Some(copy)
        }
        Err(error) => {
            tracing::error!(%error, "database and log cannot be kept as they were");
            None
        }
    }
}

/// Has nothing of an earlier run wait longer than it may, queues the jobs again that were running when it ended, and removes
/// videos that none of them had come to claim as its own. Returns all of them, some of which may have ended by this.
///
/// This is right because the data folder's lock makes sure that the earlier run is over. With a second gateway, a start
/// may not take back the leases of others: they run out by themselves.
///
/// # Errors
/// The store's, and the blobs'.
pub async fn take_back(
    store: &dyn JobStore,
    blobs: &dyn Blobs,
    backoff: Duration,
    now: Timestamp,
) -> anyhow::Result<Vec<JobId>> {
    store.bound_waits(backoff, now).await?;
    let swept = store.sweep_all(now).await?;
    for id in &swept {
        if let Some(job) = store.job(*id).await?
            && blobs.delete_all(&BlobKey::of_attempt(job.id, job.attempt)).await? > 0
        {
            tracing::info!(job.id = %job.id, "removed a video that was not yet the job's");
        }
    }
    if !swept.is_empty() {
        tracing::warn!(
            jobs = swept.len(),
            "jobs of an earlier run are queued again, unless that has been so too often"
        );
    }
    Ok(swept)
}
