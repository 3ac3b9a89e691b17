//! Checks a data folder, or a backup: rows against files both ways. It reads, and writes nothing.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::io;
use std::path::Path;
use std::time::{Duration, SystemTime};

use anyhow::ensure;
use serde::Serialize;

use crate::backup::expected::{Expected, expected};
use crate::backup::finding::{Finding, Kind};
use crate::backup::{DATABASE, Show};
use crate::blobs::BlobEntry;
use crate::blobs::data_folder::DataFolder;
use crate::blobs::kept_files::KeptFiles;
use crate::blobs::key::BlobKey;
use crate::digest;
use crate::domain::upload::UploadId;
use crate::store::error::StoreError;
use crate::store::sqlite::SqliteStore;
use crate::store::sqlite::backup::{FileRows, SqliteReader};

/// What is younger may be work under way of a gateway that uses the folder.
const YOUNG: Duration = Duration::from_secs(3600);

/// What a check has looked at and found.
#[derive(Debug, Default, Serialize)]
pub struct Checked {
    /// Whether a gateway uses the folder.
    pub in_use: bool,
    /// Jobs.
    pub jobs: u64,
    /// Uploads.
    pub uploads: u64,
    /// Files.
    pub files: u64,
    /// Bytes of these.
    pub bytes: u64,
    /// Files whose SHA-256 was compared.
    pub hashed: u64,
    /// Files without a row that are so young that the gateway may be about to write it.
    pub young: u64,
    /// What is not as it should be, the worst first.
    pub findings: Vec<Finding>,
}

impl Checked {
    /// Whether nothing is lost or out of order.
    pub fn is_whole(&self) -> bool {
        !self.findings.iter().any(|finding| finding.kind.is_fault())
    }

    fn find(&mut self, kind: Kind, what: impl ToString, message: impl Into<String>) {
        self.findings.push(Finding { kind, what: what.to_string(), message: message.into() });
    }
}

/// Why a check ends early.
enum Stop {
    /// The database is missing, damaged, or not of this version.
    Database(String),
    /// The folder cannot be read.
    Folder(io::Error),
}

impl From<StoreError> for Stop {
    fn from(error: StoreError) -> Self {
        Self::Database(error.to_string())
    }
}

impl From<io::Error> for Stop {
    fn from(error: io::Error) -> Self {
        Self::Folder(error)
    }
}

/// Checks a folder; with `hashes`, also the SHA-256 of each file whose row has one.
///
/// # Errors
/// There is no such folder, or it cannot be read. A damaged database is a finding.
pub async fn check(folder: &Path, hashes: bool, show: Show<'_>) -> anyhow::Result<Checked> {
    ensure!(folder.is_dir(), "there is no data folder {}", folder.display());
    let mut checked = Checked { in_use: DataFolder::is_in_use(folder), ..Checked::default() };
    match look(folder, hashes, show, &mut checked).await {
        Ok(()) => {}
        Err(Stop::Database(reason)) => checked.find(Kind::Database, DATABASE, reason),
        Err(Stop::Folder(error)) => return Err(error.into()),
    }
    checked.findings.sort_by(|one, other| (one.kind, &one.what).cmp(&(other.kind, &other.what)));
    Ok(checked)
}

async fn look(folder: &Path, hashes: bool, show: Show<'_>, checked: &mut Checked) -> Result<(), Stop> {
    let (database, files) = (folder.join(DATABASE), KeptFiles::at(folder));
    if !database.is_file() {
        return Err(Stop::Database("there is none".into()));
    }
    SqliteStore::inspect(&database).await?;
    let rows = read(&database).await?;
    checked.jobs = rows.jobs;
    checked.uploads = rows.uploads();
    for (job, upload) in &rows.starved {
        let upload = match upload {
            UploadId::Photo(id) => format!("photo {id}"),
            UploadId::Audio(id) => format!("audio {id}"),
            UploadId::Video(id) => format!("source video {id}"),
        };
        checked.find(Kind::NoInput, format!("job {job}"), format!("{upload} has no row"));
    }
    let listing = files.list()?;
    for other in listing.others {
        checked.find(Kind::Foreign, other, "no name that the gateway gives");
    }
    checked.files = listing.entries.len() as u64;
    checked.bytes = listing.entries.iter().map(|entry| entry.bytes).sum();
    let entries = listing.entries.into_iter().map(|entry| (entry.key, entry)).collect();
    let named = expected(&rows);
    let suspects = compare(&files, &named, &entries, hashes, show, checked);
    let strays = strays(entries.values(), &rows, &named);
    look_at_work(folder, &rows, checked)?;
    if suspects.is_empty() && strays.is_empty() {
        return Ok(());
    }
    // What has been deleted or written since the rows were read is in order.
    let rows = read(&database).await?;
    let named = expected(&rows);
    for (key, kind, message) in suspects {
        if named.contains_key(&key) && (kind != Kind::Missing || !files.path(key).exists()) {
            checked.find(kind, key, message);
        }
    }
    for entry in self::strays(strays, &rows, &named) {
        let age = SystemTime::now().duration_since(entry.modified).unwrap_or_default();
        match checked.in_use && age < YOUNG {
            true => checked.young += 1,
            false => checked.find(Kind::NoRow, entry.key, format!("{} bytes that no row names", entry.bytes)),
        }
    }
    Ok(())
}

pub(super) async fn read(database: &Path) -> Result<FileRows, StoreError> {
    let reader = SqliteReader::open(database).await?;
    let rows = reader.file_rows().await;
    reader.close().await;
    rows
}

/// Compares what rows say with what is there.
fn compare(
    files: &KeptFiles,
    named: &BTreeMap<BlobKey, Expected>,
    entries: &BTreeMap<BlobKey, BlobEntry>,
    hashes: bool,
    show: Show<'_>,
    checked: &mut Checked,
) -> Vec<(BlobKey, Kind, String)> {
    let mut suspects = Vec::new();
    let mut suspect = |key, kind, message: String| suspects.push((key, kind, message));
    for (done, (key, expected)) in (0..).zip(named) {
        show(done, named.len() as u64);
        let Some(entry) = entries.get(key) else {
            if !expected.is_optional {
                suspect(*key, Kind::Missing, "its row is there, and the file is not".into());
            }
            continue;
        };
        match &expected.content {
            None if entry.bytes == 0 => suspect(*key, Kind::WrongSize, "it is empty".into()),
            None => {}
            Some((bytes, _)) if *bytes != entry.bytes => {
                suspect(*key, Kind::WrongSize, format!("{} bytes, where its row says {bytes}", entry.bytes));
            }
            Some(_) if !hashes => {}
            Some((_, sha256)) => match digest::of_file(&files.path(*key)) {
                Ok(found) => {
                    checked.hashed += 1;
                    if found != *sha256 {
                        suspect(*key, Kind::WrongContent, format!("SHA-256 {found}, where its row says {sha256}"));
                    }
                }
                Err(error) if error.kind() == io::ErrorKind::NotFound => {
                    suspect(*key, Kind::Missing, "its row is there, and the file is not".into());
                }
                Err(error) => suspect(*key, Kind::Unreadable, error.to_string()),
            },
        }
    }
    suspects
}

/// Those files that no row names, and that no attempt may have made.
pub(super) fn strays<'e>(
    entries: impl IntoIterator<Item = &'e BlobEntry>,
    rows: &FileRows,
    named: &BTreeMap<BlobKey, Expected>,
) -> Vec<&'e BlobEntry> {
    let under_way: BTreeSet<BlobKey> =
        rows.under_way.iter().flat_map(|(job, attempt)| BlobKey::of_attempt(*job, *attempt)).collect();
    let is_stray = |entry: &&BlobEntry| !named.contains_key(&entry.key) && !under_way.contains(&entry.key);
    entries.into_iter().filter(is_stray).collect()
}

/// Looks for the files of work that nobody does any more.
fn look_at_work(folder: &Path, rows: &FileRows, checked: &mut Checked) -> io::Result<()> {
    let entries = match fs::read_dir(folder.join("work")) {
        Ok(entries) => entries,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(()),
        Err(error) => return Err(error),
    };
    let under_way: BTreeSet<String> = rows.under_way.iter().map(|(job, attempt)| format!("{job}-{attempt}")).collect();
    for entry in entries {
        let entry = entry?;
        let name = entry.file_name().to_string_lossy().into_owned();
        let modified = entry.metadata().and_then(|metadata| metadata.modified());
        let age = modified.ok().and_then(|modified| SystemTime::now().duration_since(modified).ok());
        let may_be_work = under_way.contains(&name) || age.unwrap_or_default() < YOUNG;
        if !checked.in_use || !may_be_work {
            checked.find(Kind::LeftOver, format!("work/{name}"), "the work of an upload or an attempt that has ended");
        }
    }
    Ok(())
}
