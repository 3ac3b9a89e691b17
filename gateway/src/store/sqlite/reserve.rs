//! Space that belongs to the database although nothing stands in it: a log that is as long as it ever gets, and a file that
//! is given up when the disk is full, so that what frees space can always be written down.

use std::fs::{self, File, OpenOptions};
use std::io::{self, Write};
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use rustix::fs::{FallocateFlags, fallocate, statvfs};
use rustix::io::Errno;

/// How much is kept: as much as the log holds before its changes are brought into the database. Of a small disk, no more
/// than this part.
const BYTES: u64 = 4 << 20;
const SHARE: u64 = 16;
/// A reserve that was given up is made anew once so many times its size is free.
const PLENTY: u64 = 4;
const LOOK_AGAIN: Duration = Duration::from_secs(1);

/// A file beside the database that holds nothing but space. Whoever finds it gone after a crash makes it anew.
#[derive(Debug)]
pub(super) struct Reserve {
    file: PathBuf,
}

impl Reserve {
    /// The reserve of a database, as far as there is room for one.
    pub(super) fn of(database: &Path) -> Self {
        Self { file: database.with_file_name("gateway.reserve") }
    }

    /// Makes the file, or completes it, if there is space for it.
    ///
    /// # Errors
    /// There is not, or the folder cannot be written.
    pub(super) fn make(&self) -> io::Result<()> {
        let (bytes, free) = self.bytes()?;
        let allocated = |file: &File| file.metadata().map(|file| file.len());
        let file = OpenOptions::new().write(true).create(true).truncate(false).mode(0o600).open(&self.file)?;
        if allocated(&file)? >= bytes {
            return Ok(());
        }
        let made = match free < bytes.saturating_mul(PLENTY) {
            true => Err(io::ErrorKind::StorageFull.into()),
            false => fill(&file, bytes),
        };
        if made.is_err() {
            let _ = fs::remove_file(&self.file);
        }
        made
    }

    /// Frees its space; false if there was none. It is made anew as soon as there is room.
    pub(super) fn give_up(self: &Arc<Self>) -> bool {
        if fs::remove_file(&self.file).is_err() {
            return false;
        }
        tracing::warn!("the disk is full: the database lives on its reserve until there is room");
        self.make_later();
        true
    }

    /// Makes the file when there is space for it. Ends with the last of those who would give it up.
    pub(super) fn make_later(self: &Arc<Self>) {
        let reserve = Arc::downgrade(self);
        tokio::spawn(async move {
            loop {
                tokio::time::sleep(LOOK_AGAIN).await;
                let Some(reserve) = reserve.upgrade() else { return };
                if let Ok(Ok(())) = tokio::task::spawn_blocking(move || reserve.make()).await {
                    tracing::info!("there is room on the disk again, and the database has its reserve");
                    return;
                }
            }
        });
    }

    /// Has the log of changes own as much space as it will need, so that nobody else can take it.
    ///
    /// # Errors
    /// The disk has no such space.
    pub(super) fn keep_log(&self, log: &Path) -> io::Result<()> {
        let (bytes, _) = self.bytes()?;
        let file = File::options().write(true).open(log)?;
        match fallocate(&file, FallocateFlags::KEEP_SIZE, 0, bytes) {
            // Then it takes its space as it grows.
            Err(Errno::OPNOTSUPP | Errno::NOSYS) => Ok(()),
            kept => Ok(kept?),
        }
    }

    /// How large it should be, and how much is free.
    fn bytes(&self) -> io::Result<(u64, u64)> {
        let system = statvfs(self.file.parent().unwrap_or(&self.file))?;
        let of = |blocks: u64| blocks.saturating_mul(system.f_frsize);
        Ok((BYTES.min(of(system.f_blocks) / SHARE), of(system.f_bavail)))
    }
}

/// Gives a file so much space.
fn fill(file: &File, bytes: u64) -> io::Result<()> {
    match fallocate(file, FallocateFlags::empty(), 0, bytes) {
        Err(Errno::OPNOTSUPP | Errno::NOSYS) => {
            let mut file = file;
            let piece = [0; 1 << 12];
            (0..bytes.div_ceil(piece.len() as u64)).try_for_each(|_| file.write_all(&piece))?;
            file.sync_all()
        }
        filled => Ok(filled?),
    }
}
