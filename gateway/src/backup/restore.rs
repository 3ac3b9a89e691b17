//! Makes a data folder of a backup.

use std::fs::{self, File};
use std::io::{self, ErrorKind};
use std::os::unix::fs::OpenOptionsExt;
use std::path::Path;

use anyhow::Context;
use jiff::Timestamp;

use crate::backup::check::{Checked, check};
use crate::backup::manifest::Manifest;
use crate::backup::{DATABASE, SECRET, Show};
use crate::blobs::empty_folder::EmptyFolder;
use crate::blobs::kept_files::{KeptFiles, Taken};
use crate::store::sqlite::SqliteStore;

/// What a restore has made.
#[derive(Debug)]
pub struct Restored {
    /// When the backup was taken.
    pub made_at: Timestamp,
    /// Bytes of files that were copied; the others have a second name in the data folder.
    pub copied: u64,
    /// What the data folder holds now, and what is wrong with it, which was wrong with the backup.
    pub checked: Checked,
}

/// Makes the data folder `data`, which must be missing or empty, of the backup in `folder`. That stays as it is.
///
/// # Errors
/// There is no whole backup, or one that this version cannot read; the data folder is used, or the disk fails. No gateway
/// takes the data folder then until another restore has succeeded.
pub async fn restore(folder: &Path, data: &Path, show: Show<'_>) -> anyhow::Result<Restored> {
    let manifest = Manifest::read(folder)?;
    let unreadable = || format!("the database of the backup in {} cannot be used", folder.display());
    SqliteStore::inspect(&folder.join(DATABASE)).await.with_context(unreadable)?;
    let target = EmptyFolder::take(data)?;
    let (from, to) = (KeptFiles::at(folder), KeptFiles::at(target.path()));
    to.make_folders()?;
    let entries = from.list()?.entries;
    let mut copied = 0;
    for (done, entry) in (0..).zip(&entries) {
        show(done, entries.len() as u64);
        if let Taken::Copied(bytes) = to.take(entry.key, &from)? {
            copied += bytes;
        }
    }
    // Never a second name: the gateway writes into its database.
    for name in [DATABASE, SECRET] {
        match copy(&folder.join(name), &target.path().join(name)) {
            Err(error) if name == SECRET && error.kind() == ErrorKind::NotFound => {}
            copied => copied.with_context(|| format!("cannot copy {name}"))?,
        }
    }
    let checked = check(target.path(), false, &|_, _| ()).await?;
    target.finish()?;
    Ok(Restored { made_at: manifest.made_at, copied, checked })
}

fn copy(from: &Path, to: &Path) -> io::Result<()> {
    let mut read = File::open(from)?;
    let mut write = fs::OpenOptions::new().write(true).create_new(true).mode(0o600).open(to)?;
    io::copy(&mut read, &mut write)?;
    write.sync_all()
}
