//! What a start takes back of the run before it.

use std::path::Path;
use std::time::Duration;

use jiff::Timestamp;

use crate::blobs::Blobs;
use crate::blobs::key::BlobKey;
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
    if let Some(UncleanEnd::Damaged(damage)) = &left {
        tracing::error!("{damage}; `avatar-gateway check` tells which files have lost their rows");
        match unclean_end::keep_copy(database, now) {
            Ok(copy) => tracing::error!("database and log are kept as they were in {}", copy.display()),
            Err(error) => tracing::error!(%error, "database and log cannot be kept as they were"),
        }
    }
    let store = SqliteStore::open(database).await?;
    if let Some(left) = left {
        if let UncleanEnd::Whole { changes } = left {
            tracing::info!(changes, "an earlier run has not closed the database; nothing in its log is damaged");
        }
        // The next look at the log, after another unclean end, finds nothing of this one.
        if let Err(error) = store.settle().await {
            tracing::error!(%error, "the database is not in order; stop the gateway and restore a backup");
        }
    }
    Ok(store)
}

/// Has nothing of an earlier run wait longer than it may, queues the jobs again that were running when an earlier run ended, and removes videos that none of them had come to
/// claim as its own.
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
) -> anyhow::Result<()> {
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
        tracing::warn!(jobs = swept.len(), "jobs of an earlier run are queued again");
    }
    Ok(())
}
