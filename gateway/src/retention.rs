//! What is old, or too much, is removed by itself: rows first, then files. Held jobs and their uploads stay.

use std::io;
use std::sync::Arc;
use std::time::{Duration, SystemTime};

use jiff::{SignedDuration, Timestamp};

use crate::app::App;
use crate::blobs::folder::Owner;
use crate::config::Retention;
use crate::domain::id::JobId;
use crate::domain::upload::UploadId;
use crate::store::error::StoreResult;
use crate::store::uploads::Deletion;

/// How many rows are removed before the next ones are looked for.
const BATCH: u32 = 100;
/// A file without a row may be on its way to get one. After so long it is not.
const ORPHANED: Duration = Duration::from_secs(3600);

/// What a sweep has removed.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Swept {
    /// Jobs with what they made.
    pub jobs: u32,
    /// Uploads.
    pub uploads: u32,
    /// Files that belonged to nobody.
    pub orphans: u32,
}

/// Sweeps until the app stops.
pub async fn run(app: Arc<App>) {
    loop {
        match sweep(&app).await {
            Ok(swept) if swept == Swept::default() => {}
            Ok(Swept { jobs, uploads, orphans }) => tracing::info!(jobs, uploads, orphans, "removed what is old"),
            Err(error) => tracing::error!(%error, "what is old cannot be removed"),
        }
        tokio::select! {
            () = tokio::time::sleep(app.config().retention.sweep) => {}
            () = app.stop.cancelled() => return,
        }
    }
}

/// One round.
///
/// # Errors
/// The store or the disk fails. What was removed until then stays removed.
pub async fn sweep(app: &Arc<App>) -> io::Result<Swept> {
    let (now, retention) = (app.clock.now(), app.config().retention.clone());
    let mut swept = Swept::default();
    remove_kept(app, now, &mut swept).await?;
    let Retention { jobs, uploads, bytes, .. } = retention;
    if !jobs.is_zero() {
        while remove_jobs(app, ago(now, jobs), BATCH, &mut swept).await?.is_some() {}
    }
    if !uploads.is_zero() {
        while remove_uploads(app, ago(now, uploads), BATCH, &mut swept).await?.is_some() {}
    }
    if bytes > 0 {
        let mut taken = taken(app).await?;
        while taken > bytes
            && let Some(freed) = remove_jobs(app, now, 1, &mut swept).await?
        {
            taken = taken.saturating_sub(freed);
        }
        while taken > bytes
            && let Some(freed) = remove_uploads(app, now, 1, &mut swept).await?
        {
            taken = taken.saturating_sub(freed);
        }
    }
    swept.orphans = remove_orphans(app).await?;
    Ok(swept)
}

/// Removes the jobs that were to be kept only for a while, with the uploads that nothing else needs now.
async fn remove_kept(app: &App, now: Timestamp, swept: &mut Swept) -> io::Result<()> {
    loop {
        let due = app.jobs.kept_enough(now, BATCH).await.map_err(io::Error::other)?;
        if due.is_empty() {
            return Ok(());
        }
        for id in due {
            let Some(job) = app.jobs.remove_ended(id).await.map_err(io::Error::other)? else { continue };
            app.blobs.remove_results(&job)?;
            swept.jobs += 1;
            for upload in job.inputs.uploads() {
                remove_upload(app, upload, swept).await?;
            }
        }
    }
}

/// Removes jobs that ended before this moment; returns how many bytes that freed, `None` if there were no such jobs.
async fn remove_jobs(app: &App, before: Timestamp, limit: u32, swept: &mut Swept) -> io::Result<Option<u64>> {
    let mut freed = None;
    for id in app.jobs.ended_before(before, limit).await.map_err(io::Error::other)? {
        if let Some(job) = app.jobs.remove_ended(id).await.map_err(io::Error::other)? {
            *freed.get_or_insert(0) += app.blobs.remove_results(&job)?;
            swept.jobs += 1;
        }
    }
    Ok(freed)
}

/// Removes uploads from before this moment that nothing needs, and returns the same.
async fn remove_uploads(app: &App, before: Timestamp, limit: u32, swept: &mut Swept) -> io::Result<Option<u64>> {
    let mut freed = None;
    for id in app.uploads.unneeded_before(before, limit).await.map_err(io::Error::other)? {
        if let Some(bytes) = remove_upload(app, id, swept).await? {
            *freed.get_or_insert(0) += bytes;
        }
    }
    Ok(freed)
}

/// Removes an upload unless something needs it; returns how many bytes that freed.
async fn remove_upload(app: &App, id: UploadId, swept: &mut Swept) -> io::Result<Option<u64>> {
    if app.uploads.delete_upload(id).await.map_err(io::Error::other)? != Deletion::Deleted {
        return Ok(None);
    }
    swept.uploads += 1;
    app.blobs.remove_upload(id).map(Some)
}

/// Removes the files that a crash between row and file has left.
async fn remove_orphans(app: &Arc<App>) -> io::Result<u32> {
    let blobs = app.blobs.clone();
    let old = move || blobs.older_than(SystemTime::now() - ORPHANED);
    let mut removed = 0;
    for (file, owner) in tokio::task::spawn_blocking(old).await.map_err(io::Error::other)?? {
        let is_known = match owner {
            Owner::Upload(id) => has_upload(app, id).await,
            Owner::Job(id, attempt) => has_attempt(app, id, attempt).await,
        };
        if !is_known.map_err(io::Error::other)? {
            tokio::fs::remove_file(&file).await?;
            tracing::warn!(file = %file.display(), "removed a file that belongs to nobody");
            removed += 1;
        }
    }
    Ok(removed)
}

async fn has_upload(app: &App, id: UploadId) -> StoreResult<bool> {
    Ok(match id {
        UploadId::Photo(id) => app.uploads.photo(id).await?.is_some(),
        UploadId::Audio(id) => app.uploads.audio(id).await?.is_some(),
        UploadId::Video(id) => app.uploads.video(id).await?.is_some(),
    })
}

/// Whether a job is there that this attempt works at or has made the video of.
async fn has_attempt(app: &App, id: JobId, attempt: u32) -> StoreResult<bool> {
    let job = app.jobs.job(id).await?;
    Ok(job.is_some_and(|job| match &job.artifact {
        Some(artifact) => artifact.attempt == attempt,
        None => !job.state.is_final() && job.attempt == attempt,
    }))
}

async fn taken(app: &Arc<App>) -> io::Result<u64> {
    let blobs = app.blobs.clone();
    tokio::task::spawn_blocking(move || blobs.bytes()).await.map_err(io::Error::other)?
}

fn ago(now: Timestamp, age: Duration) -> Timestamp {
    let age = SignedDuration::try_from(age).unwrap_or(SignedDuration::MAX);
    now.checked_sub(age).unwrap_or(Timestamp::MIN)
}
