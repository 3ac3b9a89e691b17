//! Takes a backup of a data folder, beside a running gateway or without one.

use std::collections::BTreeSet;
use std::fs;
use std::io::ErrorKind;
use std::os::unix::fs::MetadataExt;
use std::path::Path;
use std::time::Duration;

use anyhow::{Context, ensure};
use jiff::Timestamp;

use crate::backup::expected::expected;
use crate::backup::manifest::Manifest;
use crate::backup::new_backup::NewBackup;
use crate::backup::{DATABASE, SECRET, Show};
use crate::blobs::kept_files::{KeptFiles, Taken};
use crate::blobs::key::BlobKey;
use crate::blobs::space::DiskSpace;
use crate::store::sqlite::backup::{FileRows, SqliteReader};
use crate::store::sqlite::unclean_end;

/// How long a file that a row names may be on its way.
const MOMENT: Duration = Duration::from_millis(200);

/// What a backup holds.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Report {
    /// Jobs.
    pub jobs: u64,
    /// Uploads.
    pub uploads: u64,
    /// Files of both.
    pub files: u64,
    /// Bytes of these files.
    pub bytes: u64,
    /// Bytes of them that were copied; the others have a second name in the backup.
    pub copied: u64,
    /// Files that rows name and that were missing in the data folder itself.
    pub missing: Vec<String>,
}

/// Takes a backup of the data folder `data` into `folder`, which must not exist yet, or be empty.
///
/// The files come first, and the rows after them: what is deleted meanwhile is in the backup already or in no row of it.
///
/// # Errors
/// There is no database, the backup would lie in the data folder or where something else is, or the disk fails. Nothing is
/// left under the backup's name then.
pub async fn take(data: &Path, folder: &Path, now: Timestamp, show: Show<'_>) -> anyhow::Result<Report> {
    let database = data.join(DATABASE);
    ensure!(database.is_file(), "there is nothing to back up: {} has no database", data.display());
    unclean_end::refuse_damaged(&database)?;
    let new = NewBackup::begin(folder, data)?;
    match fill(data, new.path(), now, show).await {
        Ok(report) => {
            new.finish()?;
            Ok(report)
        }
        Err(error) => {
            new.discard();
            Err(error)
        }
    }
}

async fn fill(data: &Path, target: &Path, now: Timestamp, show: Show<'_>) -> anyhow::Result<Report> {
    let (from, to) = (KeptFiles::at(data), KeptFiles::at(target));
    to.make_folders()?;
    let mut report = Report::default();
    let listed = from.list()?.entries;
    must_fit(data, target, listed.iter().map(|entry| entry.bytes).sum())?;
    for (done, entry) in (0..).zip(&listed) {
        show(done, listed.len() as u64);
        report.note(to.take(entry.key, &from)?);
    }
    let rows = copy_rows(data, target, &from, &to, &mut report).await?;
    let named = expected(&rows);
    for entry in to.list()?.entries {
        match named.contains_key(&entry.key) {
            true => (report.files, report.bytes) = (report.files + 1, report.bytes + entry.bytes),
            false => to.remove(entry.key)?,
        }
    }
    match fs::copy(data.join(SECRET), target.join(SECRET)) {
        Err(error) if error.kind() != ErrorKind::NotFound => return Err(error).context("cannot copy the secret"),
        _ => {}
    }
    report.jobs = rows.jobs;
    report.uploads = rows.uploads();
    Manifest::new(now, report.jobs, report.uploads, report.files, report.bytes).write(target)?;
    Ok(report)
}

/// Copies the database, and the files that its rows name and that are not there yet. A file that was deleted in between
/// has no row in the next copy, which is therefore taken; what is missing even then was missing before.
async fn copy_rows(
    data: &Path,
    target: &Path,
    from: &KeptFiles,
    to: &KeptFiles,
    report: &mut Report,
) -> anyhow::Result<FileRows> {
    let mut missing_before = BTreeSet::new();
    let reader = SqliteReader::open(&data.join(DATABASE)).await?;
    let copied = loop {
        reader.copy(&target.join(DATABASE)).await?;
        let copy = SqliteReader::open(&target.join(DATABASE)).await?;
        let rows = copy.file_rows().await;
        copy.close().await;
        let rows = rows?;
        let mut missing = BTreeSet::new();
        for (key, file) in expected(&rows) {
            let taken = to.take(key, from)?;
            report.note(taken);
            if taken == Taken::Missing && !file.is_optional {
                missing.insert(key);
            }
        }
        if missing.is_subset(&missing_before) {
            report.missing = missing.iter().map(BlobKey::to_string).collect();
            break rows;
        }
        missing_before = missing;
        tokio::time::sleep(MOMENT).await;
    };
    reader.close().await;
    Ok(copied)
}

/// Refuses what does not fit before anything is written.
fn must_fit(data: &Path, target: &Path, bytes: u64) -> anyhow::Result<()> {
    let rows = fs::metadata(data.join(DATABASE))?.len();
    let is_one_disk = fs::metadata(data)?.dev() == fs::metadata(target)?.dev();
    let needed = if is_one_disk { rows } else { rows + bytes };
    let free = DiskSpace::of(target).free().bytes;
    ensure!(needed <= free, "a backup needs {needed} bytes, and the disk of {} has {free}", target.display());
    Ok(())
}

impl Report {
    fn note(&mut self, taken: Taken) {
        if let Taken::Copied(bytes) = taken {
            self.copied += bytes;
        }
    }
}
