//! What is old, or too much, is removed by itself: rows first, then files. Held jobs and their uploads stay.

use std::io;
use std::sync::Arc;
use std::time::{Duration, SystemTime};

use jiff::{SignedDuration, Timestamp};

use crate::app::App;
use crate::blobs::BlobEntry;
use crate::blobs::error::{BlobError, BlobResult};
use crate::blobs::key::BlobKey;
use crate::config::Retention;
use crate::domain::id::JobId;
use crate::domain::job::State;
use crate::domain::upload::UploadId;
use crate::metrics::Kept;
use crate::store::error::{StoreError, StoreResult};

/// How many rows are removed at once.
const BATCH: u32 = 500;
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
    /// Files of uploads and folders of attempts that nobody works on any more.
    pub unfinished: u32,
}

/// Why a sweep has ended early.
#[derive(Debug, thiserror::Error)]
pub enum SweepError {
    /// The store fails.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// The files cannot be listed or removed.
    #[error(transparent)]
    Blobs(#[from] BlobError),
}

/// Sweeps until the app stops. A sweep that is under way then is left where it is, as by a kill.
pub async fn run(app: Arc<App>) {
    let mut sweeper = Sweeper::new(Arc::clone(&app));
    let sweeping = async {
        loop {
            match sweeper.sweep().await {
                Ok(swept) if swept == Swept::default() => {}
                Ok(Swept { jobs, uploads, orphans, unfinished }) => {
                    tracing::info!(jobs, uploads, orphans, unfinished, "removed what is old");
                }
                Err(error) => tracing::error!(%error, "what is old cannot be removed"),
            }
            tokio::time::sleep(app.config().retention.sweep).await;
        }
    };
    tokio::select! {
        () = sweeping => {}
        () = app.stop.cancelled() => {}
    }
}

/// Removes what is old, round after round.
struct Sweeper {
    app: Arc<App>,
    /// The files that were last modified until then have rows, or are gone: each is looked at once.
    has_rows_until: Option<SystemTime>,
}

impl Sweeper {
    fn new(app: Arc<App>) -> Self {
        Self { app, has_rows_until: None }
    }

    /// One round.
    ///
    /// # Errors
    /// The store or the disk fails. What was removed until then stays removed.
    async fn sweep(&mut self) -> Result<Swept, SweepError> {
        let app = &self.app;
        let Retention { jobs, uploads, bytes, .. } = app.config().retention.clone();
        let mut swept = Swept::default();
        // Rows whose files could not be removed leave files that are old.
        let has_rows_until = self.has_rows_until.take();
        remove_kept(app, app.clock.now(), &mut swept).await?;
        let now = app.clock.undoubted();
        if !jobs.is_zero() {
            while remove_jobs(app, ago(now, jobs), BATCH, &mut swept).await?.is_some() {}
        }
        if !uploads.is_zero() {
            while remove_uploads(app, ago(now, uploads), BATCH, &mut swept).await?.is_some() {}
        }
        if bytes > 0 {
            // The oldest go, whatever their age: it is their number that is too much.
            let mut taken = taken(app).await?;
            while taken > bytes
                && let Some(freed) = remove_jobs(app, Timestamp::MAX, 1, &mut swept).await?
            {
                taken = taken.saturating_sub(freed);
            }
            while taken > bytes
                && let Some(freed) = remove_uploads(app, Timestamp::MAX, 1, &mut swept).await?
            {
                taken = taken.saturating_sub(freed);
            }
        }
        let young = SystemTime::from(now) - ORPHANED;
        let kept = app.blobs.list().await?;
        measure(app, &kept).await;
        swept.orphans = remove_orphans(app, kept, has_rows_until, young).await?;
        swept.unfinished = remove_unfinished(app).await?;
        self.has_rows_until = Some(young);
        Ok(swept)
    }
}

/// Removes the jobs that were to be kept only for a while, with the uploads that nothing else needs now.
async fn remove_kept(app: &App, now: Timestamp, swept: &mut Swept) -> Result<(), SweepError> {
    loop {
        let due = app.jobs.kept_enough(now, BATCH).await?;
        if due.is_empty() {
            return Ok(());
        }
        for job in app.jobs.remove_ended(&due).await? {
            app.blobs.delete_all(&BlobKey::of_job(&job)).await?;
            swept.jobs += 1;
            let uploads: Vec<UploadId> = job.inputs.uploads().collect();
            remove_unneeded(app, &uploads, swept).await?;
        }
    }
}

/// Removes jobs that ended before this moment; returns how many bytes that freed, `None` if there were no such jobs.
async fn remove_jobs(app: &App, before: Timestamp, limit: u32, swept: &mut Swept) -> Result<Option<u64>, SweepError> {
    let mut freed = None;
    let ended = app.jobs.ended_before(before, limit).await?;
    for job in app.jobs.remove_ended(&ended).await? {
        *freed.get_or_insert(0) += app.blobs.delete_all(&BlobKey::of_job(&job)).await?;
        swept.jobs += 1;
    }
    Ok(freed)
}

/// Removes uploads from before this moment that nothing needs, and returns the same.
async fn remove_uploads(
    app: &App,
    before: Timestamp,
    limit: u32,
    swept: &mut Swept,
) -> Result<Option<u64>, SweepError> {
    let unneeded = app.uploads.unneeded_before(before, limit).await?;
    remove_unneeded(app, &unneeded, swept).await
}

/// Removes those of the uploads that nothing needs; returns the same.
async fn remove_unneeded(app: &App, ids: &[UploadId], swept: &mut Swept) -> Result<Option<u64>, SweepError> {
    let ids: Vec<UploadId> = ids.iter().copied().filter(|id| !app.process.arriving_uploads.has(*id)).collect();
    let mut freed = None;
    for id in app.uploads.remove_unneeded(&ids).await? {
        *freed.get_or_insert(0) += app.blobs.delete_all(&BlobKey::of_upload(id)).await?;
        swept.uploads += 1;
    }
    Ok(freed)
}

/// Removes those of the files, last modified between these moments, that a crash between row and file has left.
async fn remove_orphans(
    app: &App,
    kept: Vec<BlobEntry>,
    after: Option<SystemTime>,
    before: SystemTime,
) -> Result<u32, SweepError> {
    // A clock that was set back makes nothing sure.
    let after = after.filter(|after| *after <= before);
    let is_due = |entry: &BlobEntry| entry.modified < before && after.is_none_or(|after| entry.modified >= after);
    let mut removed = 0;
    for BlobEntry { key, .. } in kept.into_iter().filter(is_due) {
        let is_known = match key {
            BlobKey::Photo(id) => app.uploads.photo(id).await?.is_some(),
            BlobKey::Speech(id) | BlobKey::Sound(id) => app.uploads.audio(id).await?.is_some(),
            BlobKey::SourceVideo(id) => app.uploads.video(id).await?.is_some(),
            BlobKey::Video(id, attempt) | BlobKey::Thumbnail(id, attempt) => has_attempt(app, id, attempt).await?,
        };
        if !is_known {
            app.blobs.delete(key).await?;
            tracing::warn!(file = %key, "removed a file that belongs to nobody");
            removed += 1;
        }
    }
    Ok(removed)
}

/// Removes what children that were killed have left in the scratch folder.
async fn remove_unfinished(app: &App) -> Result<u32, SweepError> {
    let scratch = app.scratch.clone();
    let sweep = move || Ok::<_, io::Error>((scratch.sweep()?, scratch.quiet_folders(ORPHANED)?));
    let swept = tokio::task::spawn_blocking(sweep).await.map_err(io::Error::other).flatten();
    let (mut removed, folders) = swept.map_err(BlobError::from)?;
    for (job, attempt, folder) in folders {
        let is_worked_on =
            app.jobs.job(job).await?.is_some_and(|job| job.state == State::Running && job.attempt == attempt);
        if !is_worked_on {
            folder.remove().await;
            removed += 1;
        }
    }
    Ok(removed)
}

/// Whether a job is there that this attempt works at or has made the video of.
async fn has_attempt(app: &App, id: JobId, attempt: u32) -> StoreResult<bool> {
    let job = app.jobs.job(id).await?;
    Ok(job.is_some_and(|job| match &job.artifact {
        Some(artifact) => artifact.attempt == attempt,
        None => !job.state.is_final() && job.attempt == attempt,
    }))
}

/// Tells the metrics what the data folder holds; they do not look themselves, which takes long where there are many files.
async fn measure(app: &App, kept: &[BlobEntry]) {
    let mut by_kind = BlobKey::KINDS.map(|kind| (kind, Kept::default()));
    for BlobEntry { key, bytes, .. } in kept {
        if let Some((_, of_kind)) = by_kind.iter_mut().find(|(kind, _)| *kind == key.kind()) {
            of_kind.files += 1;
            of_kind.bytes += bytes;
        }
    }
    let mut database = 0;
    for file in ["gateway.db", "gateway.db-wal", "gateway.db-shm"] {
        let file = app.config().storage.data_dir.join(file);
        database += tokio::fs::metadata(file).await.map_or(0, |metadata| metadata.len());
    }
    app.metrics.data_is(&by_kind, database);
}

/// Bytes of all uploads and results.
async fn taken(app: &App) -> BlobResult<u64> {
    Ok(app.blobs.list().await?.iter().map(|entry| entry.bytes).sum())
}

fn ago(now: Timestamp, age: Duration) -> Timestamp {
    let age = SignedDuration::try_from(age).unwrap_or(SignedDuration::MAX);
    now.checked_sub(age).unwrap_or(Timestamp::MIN)
}
