//! The database as other commands read it, beside a running gateway or without one: whole copies, and which files its
//! rows name.

use std::fs::OpenOptions;
use std::os::unix::fs::OpenOptionsExt;
use std::path::Path;

use sqlx::sqlite::SqlitePoolOptions;
use sqlx::types::Text;
use sqlx::{SqlitePool, query_as};

use crate::domain::id::JobId;
use crate::domain::upload::UploadId;
use crate::store::error::StoreResult;
use crate::store::sqlite::fault::failed;
use crate::store::sqlite::options;
use crate::store::sqlite::rows::upload_id;

/// A database that is only read.
#[derive(Debug)]
pub struct SqliteReader {
    only: SqlitePool,
}

/// What a row says of files.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FileRow {
    /// Whose files.
    pub owner: FileOwner,
    /// Size in bytes of the file as it was sent, or made.
    pub bytes: u64,
    /// SHA-256 of the same, in lower-case hexadecimal.
    pub sha256: String,
}

/// What has files.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum FileOwner {
    /// An upload.
    Upload(UploadId),
    /// A job that has succeeded, by this attempt.
    Video(JobId, u32),
}

/// All that rows say of files, at one moment.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct FileRows {
    /// Rows that have files.
    pub owners: Vec<FileRow>,
    /// Attempts that may be making files, or have made some that are not yet told of.
    pub under_way: Vec<(JobId, u32)>,
    /// Jobs that are still to be made, and the uploads that they need and that have no row.
    pub starved: Vec<(JobId, UploadId)>,
    /// How many jobs there are.
    pub jobs: u64,
}

impl FileRows {
    /// How many uploads there are.
    pub fn uploads(&self) -> u64 {
        self.owners.iter().filter(|row| matches!(row.owner, FileOwner::Upload(_))).count() as u64
    }
}

impl SqliteReader {
    /// Opens a database. It may be in use.
    ///
    /// # Errors
    /// There is none, or it cannot be read.
    pub async fn open(path: &Path) -> StoreResult<Self> {
        let pool = SqlitePoolOptions::new().max_connections(1).connect_with(options().filename(path).read_only(true));
        Ok(Self { only: pool.await.map_err(failed("open the database"))? })
    }

    /// Closes it.
    pub async fn close(&self) {
        self.only.close().await;
    }

    /// Writes the database as it is now into a new file that holds it alone, readable to nobody else. Nobody who writes
    /// meanwhile waits for that. When this returns, what is in it survives a loss of power.
    ///
    /// # Errors
    /// It cannot be read, or the file be written.
    pub async fn copy(&self, to: &Path) -> StoreResult<()> {
        let made = OpenOptions::new().write(true).create(true).truncate(true).mode(0o600).open(to);
        let file = made.map_err(failed("make the copy of the database"))?;
        let name = to.to_string_lossy();
        let copied = sqlx::query("VACUUM INTO ?1").bind(&*name).execute(&self.only).await;
        copied.map_err(failed("copy the database"))?;
        file.sync_all().map_err(failed("write the copy of the database"))
    }

    /// What its rows say of files.
    ///
    /// # Errors
    /// It cannot be read, or is of an older version that had other tables.
    pub async fn file_rows(&self) -> StoreResult<FileRows> {
        self.read_file_rows().await.map_err(failed("read which files there are to be"))
    }

    async fn read_file_rows(&self) -> sqlx::Result<FileRows> {
        // In one transaction: all of it is of one moment.
        let mut moment = self.only.begin().await?;
        let mut rows = FileRows::default();
        let uploads: Vec<(String, String, u64, String)> = query_as(
            "SELECT 'photo', id, bytes, sha256 FROM photos UNION ALL SELECT 'audio', id, bytes, sha256 FROM audio
             UNION ALL SELECT 'video', id, bytes, sha256 FROM videos",
        )
        .fetch_all(&mut *moment)
        .await?;
        rows.owners.extend(uploads.into_iter().filter_map(|(kind, id, bytes, sha256)| {
            Some(FileRow { owner: FileOwner::Upload(upload_id(&kind, &id)?), bytes, sha256 })
        }));
        let made: Vec<(Text<JobId>, u32, u64, String)> = query_as(
            "SELECT id, artifact_attempt, artifact_bytes, artifact_sha256 FROM jobs WHERE state = 'succeeded'",
        )
        .fetch_all(&mut *moment)
        .await?;
        rows.owners.extend(made.into_iter().map(|(Text(id), attempt, bytes, sha256)| FileRow {
            owner: FileOwner::Video(id, attempt),
            bytes,
            sha256,
        }));
        let open: Vec<(Text<JobId>, u32)> =
            query_as("SELECT id, attempt FROM jobs WHERE state IN ('queued', 'running')")
                .fetch_all(&mut *moment)
                .await?;
        rows.under_way = open.into_iter().map(|(Text(id), attempt)| (id, attempt)).collect();
        let starved: Vec<(Text<JobId>, String, String)> = query_as(
            "SELECT id, 'photo', photo_id FROM jobs WHERE state IN ('queued', 'running')
                 AND photo_id IS NOT NULL AND NOT EXISTS (SELECT 1 FROM photos WHERE id = jobs.photo_id)
             UNION ALL SELECT id, 'audio', audio_id FROM jobs WHERE state IN ('queued', 'running')
                 AND audio_id IS NOT NULL AND NOT EXISTS (SELECT 1 FROM audio WHERE id = jobs.audio_id)
             UNION ALL SELECT id, 'video', video_id FROM jobs WHERE state IN ('queued', 'running')
                 AND video_id IS NOT NULL AND NOT EXISTS (SELECT 1 FROM videos WHERE id = jobs.video_id)",
        )
        .fetch_all(&mut *moment)
        .await?;
        let named = |(Text(job), kind, id): (Text<JobId>, String, String)| Some((job, upload_id(&kind, &id)?));
        rows.starved = starved.into_iter().filter_map(named).collect();
        rows.jobs = sqlx::query_scalar("SELECT count(*) FROM jobs").fetch_one(&mut *moment).await?;
        moment.rollback().await?;
        Ok(rows)
    }
}
