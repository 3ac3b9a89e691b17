//! What a start takes back of the run before it.

use std::time::Duration;

use jiff::Timestamp;

use crate::blobs::Blobs;
use crate::blobs::key::BlobKey;
use crate::store::jobs::JobStore;

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
