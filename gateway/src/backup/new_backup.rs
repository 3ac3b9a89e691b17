//! A backup that is being written, under another name: what is killed half-way is never taken for a whole one.

use std::ffi::OsString;
use std::fs::{self, DirBuilder, File, TryLockError};
use std::io::ErrorKind;
use std::os::unix::fs::{DirBuilderExt, MetadataExt, OpenOptionsExt};
use std::path::{Path, PathBuf};

use anyhow::{Context, bail, ensure};
use rustix::fs::syncfs;

use crate::backup::manifest;

/// The file whose lock says that somebody still writes.
const LOCK: &str = "backup.lock";

/// A backup that is being written beside the place where it will lie.
#[derive(Debug)]
pub(super) struct NewBackup {
    folder: PathBuf,
    partial: PathBuf,
    _lock: File,
}

impl NewBackup {
    /// Begins one. What a backup to the same place has left that was killed goes.
    pub(super) fn begin(folder: &Path, data: &Path) -> anyhow::Result<Self> {
        let folder = std::path::absolute(folder)?;
        let parent = folder.parent().context("name a folder for the backup")?.to_owned();
        let private = |path: &Path| DirBuilder::new().recursive(true).mode(0o700).create(path);
        private(&parent).with_context(|| format!("cannot make {}", parent.display()))?;
        let data = data.canonicalize().with_context(|| format!("there is no data folder {}", data.display()))?;
        ensure!(
            !parent.canonicalize()?.starts_with(&data),
            "{} lies in the data folder; name one elsewhere, best on another disk",
            folder.display()
        );
        if folder.exists() {
            must_be_replaceable(&folder, &parent)?;
        }
        let mut name = folder.file_name().map(OsString::from).context("name a folder for the backup")?;
        name.push(".partial");
        let partial = parent.join(name);
        clear(&partial)?;
        let begin = || -> std::io::Result<File> {
            DirBuilder::new().mode(0o700).create(&partial)?;
            let lock = File::options().append(true).create(true).mode(0o600).open(partial.join(LOCK))?;
            lock.try_lock()?;
            Ok(lock)
        };
        let lock = begin().with_context(|| format!("cannot write {}", partial.display()))?;
        Ok(Self { folder, partial, _lock: lock })
    }

    /// Where it is written.
    pub(super) fn path(&self) -> &Path {
        &self.partial
    }

    /// Gives it its name. When this returns, it survives a loss of power.
    pub(super) fn finish(self) -> anyhow::Result<()> {
        let finish = || -> std::io::Result<()> {
            fs::remove_file(self.partial.join(LOCK))?;
            syncfs(File::open(&self.partial)?)?;
            fs::rename(&self.partial, &self.folder)?;
            File::open(self.folder.parent().unwrap_or(&self.folder))?.sync_all()
        };
        let is_whole = || format!("the backup is whole, and cannot be renamed to {}", self.folder.display());
        finish().with_context(is_whole)
    }

    /// Removes it.
    pub(super) fn discard(self) {
        if let Err(error) = fs::remove_dir_all(&self.partial) {
            eprintln!("{} is left behind: {error}", self.partial.display());
        }
    }
}

/// Whether a folder that is there may be replaced by the backup: an empty one that no disk is mounted at.
fn must_be_replaceable(folder: &Path, parent: &Path) -> anyhow::Result<()> {
    let place = folder.display();
    ensure!(folder.is_dir(), "{place} is no folder; name one that does not exist yet");
    ensure!(
        fs::read_dir(folder).with_context(|| format!("cannot read {place}"))?.next().is_none(),
        "{place} is not empty; name a folder that does not exist yet, such as one with today's date"
    );
    let is_mounted = fs::metadata(folder)?.dev() != fs::metadata(parent)?.dev();
    ensure!(!is_mounted, "{place} is the top of a disk; name a folder in it that does not exist yet");
    Ok(())
}

/// Removes what an earlier backup has left that was killed.
fn clear(partial: &Path) -> anyhow::Result<()> {
    let place = partial.display();
    let names = match fs::read_dir(partial) {
        Ok(entries) => entries.flatten().map(|entry| entry.file_name()).collect::<Vec<_>>(),
        Err(error) if error.kind() == ErrorKind::NotFound => return Ok(()),
        Err(error) => return Err(error).with_context(|| format!("cannot read {place}")),
    };
    let is_ours = names.is_empty() || names.iter().any(|name| name == LOCK || name == manifest::NAME);
    ensure!(is_ours, "{place} is there, and is no unfinished backup; move it away");
    if let Ok(lock) = File::options().append(true).open(partial.join(LOCK))
        && let Err(TryLockError::WouldBlock) = lock.try_lock()
    {
        bail!("another backup is being written to {place}; wait for it");
    }
    fs::remove_dir_all(partial).with_context(|| format!("cannot remove the unfinished backup {place}"))
}
