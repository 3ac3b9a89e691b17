//! How much room is left where the data folder lies, and how much of it has been promised to files that are still coming.

use std::fmt;
use std::io;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use rustix::fs::statvfs;

/// Of a small disk, a mark never keeps more than this share free: one of 1 GiB would fill with nothing.
const LARGEST_RESERVE: u64 = 20;
const LARGEST_LOW_WATER: u64 = 10;
/// A disk with fewer names left for files than these is full, whatever its bytes.
const RESERVED_FILES: u64 = 64;
const LOW_WATER_FILES: u64 = 256;
/// A disk with less left is used up: writers ask for more at once.
const USED_UP: u64 = 1 << 20;

/// What is left of a disk.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct FreeSpace {
    /// Bytes that this user may still write.
    pub bytes: u64,
    /// Bytes of the whole disk.
    pub total: u64,
    /// How many more files it takes.
    pub files: u64,
}

impl FreeSpace {
    /// What is taken for true while nobody can tell.
    const UNKNOWN: Self = Self { bytes: u64::MAX, total: u64::MAX, files: u64::MAX };

    /// The disk that a folder lies on. One that cannot be looked at counts as empty.
    pub fn of(folder: &Path) -> Self {
        let Ok(system) = statvfs(folder) else { return Self::UNKNOWN };
        let bytes = |blocks: u64| blocks.saturating_mul(system.f_frsize);
        // File systems that make room for names as they need it say 0 of them all.
        let files = if system.f_files == 0 { u64::MAX } else { system.f_favail };
        Self { bytes: bytes(system.f_bavail), total: bytes(system.f_blocks), files }
    }

    /// How many bytes jobs that have been accepted may still write: all but `reserve`, and but a twentieth of a disk that
    /// is small beside it.
    pub fn for_jobs(&self, reserve: u64) -> u64 {
        self.above(reserve.min(self.total / LARGEST_RESERVE), RESERVED_FILES)
    }

    /// How many bytes new uploads and jobs may still write: all but `low_water`, and but a tenth of a disk that is small
    /// beside it.
    pub fn for_uploads(&self, low_water: u64) -> u64 {
        self.above(low_water.min(self.total / LARGEST_LOW_WATER), LOW_WATER_FILES)
    }

    /// Whether so little is left that whoever has just failed to write may have failed for that.
    pub fn is_used_up(&self) -> bool {
        self.bytes < USED_UP || self.files == 0
    }

    fn above(&self, bytes: u64, files: u64) -> u64 {
        if self.files < files { 0 } else { self.bytes.saturating_sub(bytes) }
    }
}

/// The disk of a data folder. Clones share what has been promised of it.
#[derive(Clone)]
pub struct DiskSpace {
    look: Arc<dyn Fn() -> FreeSpace + Send + Sync>,
    low_water: Arc<AtomicU64>,
    promised: Arc<AtomicU64>,
}

impl DiskSpace {
    /// The disk that a folder lies on. One that cannot be looked at counts as empty: what does not fit fails then.
    pub fn of(folder: &Path) -> Self {
        let folder = folder.to_owned();
        Self::from_fn(move || FreeSpace::of(&folder))
    }

    /// A disk that tells this of itself.
    pub fn from_fn(look: impl Fn() -> FreeSpace + Send + Sync + 'static) -> Self {
        Self { look: Arc::new(look), low_water: Arc::default(), promised: Arc::default() }
    }

    /// What is free now, promised or not.
    pub fn free(&self) -> FreeSpace {
        (self.look)()
    }

    /// Promises so many bytes to a job that was accepted before, if `reserve` stays free besides.
    pub fn promise_to_job(&self, bytes: u64, reserve: u64) -> Option<Promise> {
        self.promise_within(bytes, self.free().for_jobs(reserve))
    }

    /// How many bytes could be promised to a job.
    pub fn room_for_job(&self, reserve: u64) -> u64 {
        self.free().for_jobs(reserve).saturating_sub(self.promised.load(Ordering::Relaxed))
    }

    fn promise_within(&self, bytes: u64, room: u64) -> Option<Promise> {
        let fits = |promised: u64| promised.checked_add(bytes).filter(|all| room > 0 && *all <= room);
        self.promised.fetch_update(Ordering::Relaxed, Ordering::Relaxed, fits).ok()?;
        Some(Promise { bytes, promised: Arc::clone(&self.promised) })
    }

    /// Sets how much uploads and new jobs leave free.
    pub fn keep_free(&self, low_water: u64) {
        self.low_water.store(low_water, Ordering::Relaxed);
    }

    /// Whether there is room for new uploads and jobs at all.
    ///
    /// # Errors
    /// `StorageFull`: jobs that have been accepted need what is left.
    pub fn check(&self) -> io::Result<()> {
        match self.room_for_uploads() {
            0 => Err(full()),
            _ => Ok(()),
        }
    }

    /// Promises so many bytes to a new upload, if they fit beside all that has been promised before.
    ///
    /// # Errors
    /// `StorageFull`: accepted jobs, or other uploads, need what is left.
    pub fn promise(&self, bytes: u64) -> io::Result<Promise> {
        self.promise_within(bytes, self.room_for_uploads()).ok_or_else(full)
    }

    fn room_for_uploads(&self) -> u64 {
        self.free().for_uploads(self.low_water.load(Ordering::Relaxed))
    }
}

fn full() -> io::Error {
    let reason = "what is left of the data folder's disk is kept for accepted jobs (storage.low_water_mb)";
    io::Error::new(io::ErrorKind::StorageFull, reason)
}

impl fmt::Debug for DiskSpace {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("DiskSpace").field("free", &self.free()).field("promised", &self.promised).finish()
    }
}

/// Room for bytes that are still to come. What is left of it is free again when the value is dropped.
#[derive(Debug)]
pub struct Promise {
    bytes: u64,
    promised: Arc<AtomicU64>,
}

impl Promise {
    /// So many bytes have come: from now on, the disk itself tells of them.
    pub fn came(&mut self, bytes: u64) {
        let bytes = bytes.min(self.bytes);
        self.bytes -= bytes;
        self.promised.fetch_sub(bytes, Ordering::Relaxed);
    }
}

impl Drop for Promise {
    fn drop(&mut self) {
        self.came(u64::MAX);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const MIB: u64 = 1 << 20;

    #[test]
    fn jobs_find_room_where_uploads_are_refused() {
        let free = |mib| FreeSpace { bytes: mib * MIB, total: 100_000 * MIB, files: 1_000_000 };
        let room = |mib| (free(mib).for_uploads(500 * MIB) / MIB, free(mib).for_jobs(200 * MIB) / MIB);
        assert_eq!(
            [room(1000), room(500), room(300), room(200), room(0)],
            [(500, 800), (0, 300), (0, 100), (0, 0), (0, 0)]
        );
        let no_names = |files| FreeSpace { files, ..free(1000) };
        assert_eq!((no_names(255).for_uploads(0), no_names(255).for_jobs(0)), (0, 1000 * MIB));
        assert_eq!(no_names(63).for_jobs(0), 0);
        let small = FreeSpace { bytes: 50 * MIB, total: 60 * MIB, files: 1_000_000 };
        assert_eq!((small.for_uploads(500 * MIB), small.for_jobs(200 * MIB)), (44 * MIB, 47 * MIB));
    }

    #[test]
    fn what_is_promised_is_promised_once() {
        let free = FreeSpace { bytes: 100, total: 1000, files: 1000 };
        let disk = DiskSpace::from_fn(move || free);
        disk.keep_free(10);
        let mut first = disk.promise(60).unwrap();
        assert!(disk.promise(31).is_err() && disk.promise(u64::MAX).is_err());
        let second = disk.clone().promise(30).unwrap();
        first.came(20);
        assert!(disk.promise(21).is_err() && disk.promise(20).is_ok());
        drop((first, second));
        let job = disk.promise_to_job(60, 10).unwrap();
        assert!(disk.promise(31).is_err() && disk.promise_to_job(31, 10).is_none());
        drop(job);
        assert!(disk.promise(90).is_ok());
        assert_eq!(disk.promise(91).unwrap_err().kind(), io::ErrorKind::StorageFull);
        assert!(disk.check().is_ok() && disk.promise(0).is_ok());
        disk.keep_free(100);
        assert!(disk.check().is_err() && disk.promise(0).is_err(), "nothing fits into nothing");
    }

    #[test]
    fn a_disk_that_cannot_be_looked_at_is_not_full() {
        let folder = tempfile::tempdir().unwrap();
        let free = DiskSpace::of(folder.path()).free();
        assert!(free.bytes <= free.total && free.total > 0, "{free:?}");
        let missing = DiskSpace::of(&folder.path().join("missing"));
        assert_eq!(missing.free(), FreeSpace::UNKNOWN);
        missing.keep_free(1 << 30);
        assert!(missing.promise(1 << 40).is_ok());
    }
}
