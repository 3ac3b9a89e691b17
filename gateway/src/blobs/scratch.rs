//! The local files of work under way: uploads in flight and the folders of attempts. Every machine has its own.

use std::collections::HashSet;
use std::fs;
use std::io;
use std::ops::Deref;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, SystemTime};

use tempfile::{NamedTempFile, TempPath};

use crate::blobs::data_folder::{DataFolder, naming, remove};
use crate::blobs::space::DiskSpace;
use crate::domain::id::JobId;

/// How the files of uploads are called, and what is added to such a name while a file is written for it, or for the
/// folder of the child that writes it.
const INCOMING: &str = "incoming-";
const UNFINISHED: &str = ".part";

/// Where work under way has its files. Nothing in it outlives the process that made it.
#[derive(Debug, Clone)]
pub struct Scratch {
    folder: PathBuf,
    space: DiskSpace,
    owned: Owned,
    /// Holds the lock: whoever has the scratch folder may clear it.
    _data: DataFolder,
}

impl Scratch {
    /// The scratch folder of a data folder, made if it is missing. Lies on the same disk as the blobs, so that a
    /// finished file becomes one by its name alone.
    ///
    /// # Errors
    /// Whatever the file system answers, with the path.
    pub fn open(data: &DataFolder, space: DiskSpace) -> io::Result<Self> {
        Ok(Self { folder: data.subfolder("work")?, space, owned: Owned::default(), _data: data.clone() })
    }

    /// The room on its disk.
    pub fn space(&self) -> &DiskSpace {
        &self.space
    }

    /// A new file, for an upload or what is made of one. It is gone when the value is, unless it has become a blob.
    ///
    /// # Errors
    /// `StorageFull` also where there is space, but none for uploads; or it cannot be made.
    pub fn file(&self) -> io::Result<ScratchFile> {
        self.space.check()?;
        // Under the lock, so that a sweep never sees a file before it is somebody's.
        let mut owned = self.owned.lock();
        let new = tempfile::Builder::new().prefix(INCOMING).tempfile_in(&self.folder).map_err(naming(&self.folder))?;
        let path = new.into_temp_path();
        owned.insert(path.to_path_buf());
        drop(owned);
        Ok(ScratchFile { path, owned: self.owned.clone() })
    }

    /// A new file that a few bytes of the gateway's own are written to until they are whole.
    ///
    /// # Errors
    /// It cannot be made.
    pub fn small_file(&self) -> io::Result<NamedTempFile> {
        tempfile::Builder::new().tempfile_in(&self.folder).map_err(naming(&self.folder))
    }

    /// The folder for an attempt's own files; whoever runs the attempt makes and removes it.
    pub fn work_folder(&self, job: JobId, attempt: u32) -> WorkFolder {
        WorkFolder(self.folder.join(format!("{job}-{attempt}")))
    }

    /// The folders of attempts that nothing was made in or removed from for so long, with job and attempt. Blocks on the
    /// disk.
    ///
    /// # Errors
    /// Whatever the file system answers, with the path.
    pub fn quiet_folders(&self, age: Duration) -> io::Result<Vec<(JobId, u32, WorkFolder)>> {
        let before = SystemTime::now() - age;
        let mut quiet = Vec::new();
        for entry in fs::read_dir(&self.folder).map_err(naming(&self.folder))? {
            let entry = entry.map_err(naming(&self.folder))?;
            let name = entry.file_name();
            let parts = name.to_str().and_then(|name| name.rsplit_once('-'));
            let Some((job, attempt)) = parts.and_then(|(job, n)| Some((job.parse().ok()?, n.parse().ok()?))) else {
                continue;
            };
            if entry.metadata().and_then(|folder| folder.modified()).is_ok_and(|modified| modified < before) {
                quiet.push((job, attempt, self.work_folder(job, attempt)));
            }
        }
        Ok(quiet)
    }

    /// Removes the files of uploads that are nobody's any more, such as what a child was writing when it was killed;
    /// returns how many there were. Blocks on the disk.
    ///
    /// # Errors
    /// Whatever the file system answers, with the path. The others are removed all the same.
    pub fn sweep(&self) -> io::Result<u32> {
        let mut removed = 0;
        self.remove_each(|path| {
            let name = path.file_name().and_then(|name| name.to_str()).unwrap_or_default();
            let owner = path.with_file_name(name.strip_suffix(UNFINISHED).unwrap_or(name));
            let owned = self.owned.lock();
            if !name.starts_with(INCOMING) || owned.contains(&owner) {
                return Ok(());
            }
            remove(path)?;
            removed += 1;
            Ok(())
        })?;
        Ok(removed)
    }

    /// Removes what attempts and uploads of an earlier process have left behind. Blocks on the disk.
    ///
    /// # Errors
    /// Whatever the file system answers, with the path. The others are removed all the same.
    pub fn clear(&self) -> io::Result<()> {
        self.remove_each(remove)
    }

    /// Does this to everything in the folder. What has vanished meanwhile is no failure, and none keeps the others.
    fn remove_each(&self, mut remove: impl FnMut(&Path) -> io::Result<()>) -> io::Result<()> {
        let mut first = Ok(());
        for entry in fs::read_dir(&self.folder).map_err(naming(&self.folder))? {
            let path = entry.map_err(naming(&self.folder))?.path();
            let removed = match remove(&path) {
                Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(()),
                removed => removed.map_err(naming(&path)),
            };
            first = first.and(removed);
        }
        first
    }
}

/// The files that somebody of this process has.
#[derive(Debug, Clone, Default)]
struct Owned(Arc<Mutex<HashSet<PathBuf>>>);

impl Owned {
    fn lock(&self) -> MutexGuard<'_, HashSet<PathBuf>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// A file of the scratch folder. Dropped, it is gone, with what a child that was killed was writing for it.
#[derive(Debug)]
pub struct ScratchFile {
    path: TempPath,
    owned: Owned,
}

impl Deref for ScratchFile {
    type Target = Path;

    fn deref(&self) -> &Path {
        &self.path
    }
}

impl AsRef<Path> for ScratchFile {
    fn as_ref(&self) -> &Path {
        self
    }
}

impl Drop for ScratchFile {
    fn drop(&mut self) {
        let mut unfinished = self.path.as_os_str().to_owned();
        unfinished.push(UNFINISHED);
        // Mostly there is none. A child that is just dying may still make one: the next sweep takes it.
        let _ = remove(Path::new(&unfinished));
        self.owned.lock().remove(&*self.path);
    }
}

/// The folder of one attempt.
#[derive(Debug, Clone)]
pub struct WorkFolder(PathBuf);

impl WorkFolder {
    /// Makes it, with the engine's part of it.
    ///
    /// # Errors
    /// Whatever the file system answers.
    pub async fn create(&self) -> io::Result<()> {
        tokio::fs::create_dir_all(self.engine()).await.map_err(naming(&self.0))
    }

    /// The part in which the engine may do as it likes.
    pub fn engine(&self) -> PathBuf {
        self.0.join("engine")
    }

    /// Where speech is unpacked for the engine.
    pub fn speech(&self) -> PathBuf {
        self.0.join("speech.wav")
    }

    /// Where the host writes the video.
    pub fn video(&self) -> PathBuf {
        self.0.join("video.mp4")
    }

    /// Removes it, if it is there, with all that is in it. What cannot be removed goes with the next start.
    pub async fn remove(&self) {
        if let Err(error) = tokio::fs::remove_dir_all(&self.0).await
            && error.kind() != io::ErrorKind::NotFound
        {
            tracing::warn!(path = %self.0.display(), %error, "left behind");
        }
    }
}

impl AsRef<Path> for WorkFolder {
    fn as_ref(&self) -> &Path {
        &self.0
    }
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::symlink;

    use uuid::Uuid;

    use super::*;
    use crate::blobs::space::FreeSpace;

    fn opened() -> (Scratch, tempfile::TempDir) {
        let place = tempfile::tempdir().unwrap();
        let data = DataFolder::open(&place.path().join("data")).unwrap();
        (Scratch::open(&data, DiskSpace::of(place.path())).unwrap(), place)
    }

    #[tokio::test]
    async fn an_attempt_has_a_folder_of_its_own() {
        let (scratch, place) = opened();
        let id = Uuid::from_u128(7);
        let work = scratch.work_folder(id.into(), 2);
        assert_eq!(work.as_ref(), place.path().join(format!("data/work/{id}-2")));
        work.remove().await;
        work.create().await.unwrap();
        assert!(work.engine().is_dir());
        fs::write(work.video(), "x").unwrap();
        work.remove().await;
        assert!(!work.as_ref().exists());
    }

    #[test]
    fn a_file_that_is_not_kept_is_gone() {
        let (scratch, _place) = opened();
        let file = scratch.file().unwrap();
        let unfinished = file.with_added_extension("part");
        fs::write(&unfinished, "what a child had written when it was killed").unwrap();
        let dropped = file.to_path_buf();
        drop(file);
        assert!(!dropped.exists() && !unfinished.exists());
        assert!(scratch.owned.lock().is_empty());
    }

    #[test]
    fn a_sweep_takes_what_is_nobodys_and_nothing_else() {
        let (scratch, _place) = opened();
        let mine = scratch.file().unwrap();
        let mine_unfinished = mine.with_added_extension("part");
        let left = scratch.file().unwrap();
        let orphan = left.with_added_extension("part");
        drop(left);
        let foreign = mine.with_file_name("notes");
        for file in [&mine_unfinished, &orphan, &foreign] {
            fs::write(file, "x").unwrap();
        }
        let orphans = orphan.with_file_name("incoming-0.part");
        fs::create_dir(&orphans).unwrap();
        fs::write(orphans.join("made.part"), "x").unwrap();
        let work = scratch.work_folder(Uuid::nil().into(), 1);
        fs::create_dir_all(work.engine()).unwrap();
        assert_eq!(scratch.sweep().unwrap(), 2);
        assert!(!orphan.exists() && !orphans.exists());
        assert!(mine.exists() && mine_unfinished.exists() && foreign.exists() && work.engine().exists());
        assert_eq!(scratch.sweep().unwrap(), 0);
    }

    #[test]
    fn a_sweep_never_takes_a_file_that_is_just_made() {
        let (scratch, _place) = opened();
        std::thread::scope(|scope| {
            let making = scope.spawn(|| (0..2000).all(|_| scratch.file().is_ok_and(|file| file.exists())));
            while !making.is_finished() {
                scratch.sweep().unwrap();
            }
            assert!(making.join().unwrap());
        });
    }

    #[test]
    fn clearing_goes_past_what_vanishes_and_what_stays() {
        let (scratch, _place) = opened();
        let folder = scratch.folder.clone();
        for n in 0..2000 {
            fs::write(folder.join(format!("incoming-{n}")), "x").unwrap();
        }
        std::thread::scope(|scope| {
            // A host of the run before is dying, and tidies up.
            scope.spawn(|| (0..2000).rev().for_each(|n| drop(fs::remove_file(folder.join(format!("incoming-{n}"))))));
            scratch.clear().unwrap();
        });
        assert_eq!(fs::read_dir(&folder).unwrap().count(), 0);

        let names = ["a", "b", "c"].map(|name| folder.join(name));
        names.iter().for_each(|name| fs::write(name, "x").unwrap());
        let failed = scratch.remove_each(|path| match path.ends_with("b") {
            true => Err(io::ErrorKind::PermissionDenied.into()),
            false => fs::remove_file(path),
        });
        assert!(failed.unwrap_err().to_string().contains("/b: "));
        assert_eq!(names.map(|name| name.exists()), [false, true, false]);
    }

    #[test]
    fn attempts_are_found_by_their_age() {
        let (scratch, _place) = opened();
        let work = scratch.work_folder(Uuid::from_u128(7).into(), 2);
        fs::create_dir_all(work.engine()).unwrap();
        fs::create_dir(work.as_ref().with_file_name("notes")).unwrap();
        assert!(scratch.quiet_folders(Duration::from_secs(60)).unwrap().is_empty());
        let old = SystemTime::now() - Duration::from_secs(61);
        fs::File::open(&work).unwrap().set_modified(old).unwrap();
        let found = scratch.quiet_folders(Duration::from_secs(60)).unwrap();
        assert!(matches!(found.as_slice(), [(job, 2, _)] if *job == Uuid::from_u128(7).into()), "{found:?}");
    }

    #[test]
    fn where_uploads_have_no_room_the_gateway_still_has_its_own_files() {
        let place = tempfile::tempdir().unwrap();
        let data = DataFolder::open(&place.path().join("data")).unwrap();
        let full = DiskSpace::from_fn(|| FreeSpace { bytes: 0, total: 1000, files: 1000 });
        let scratch = Scratch::open(&data, full).unwrap();
        assert_eq!(scratch.file().unwrap_err().kind(), io::ErrorKind::StorageFull);
        scratch.small_file().unwrap();
    }

    #[test]
    fn a_start_clears_the_work_of_the_dead_and_nothing_else() {
        let (scratch, place) = opened();
        let work = scratch.work_folder(Uuid::nil().into(), 1);
        fs::create_dir_all(work.engine()).unwrap();
        fs::write(work.engine().join("1.png"), "x").unwrap();
        let left = scratch.small_file().unwrap().into_temp_path().keep().unwrap();
        let outside = place.path().join("outside");
        fs::create_dir(&outside).unwrap();
        fs::write(outside.join("precious"), "x").unwrap();
        symlink(&outside, work.as_ref().parent().unwrap().join("link")).unwrap();
        let kept = place.path().join("data/video.mp4");
        fs::write(&kept, "x").unwrap();

        scratch.clear().unwrap();
        assert!(!work.as_ref().exists() && !left.exists());
        assert_eq!(fs::read_dir(work.as_ref().parent().unwrap()).unwrap().count(), 0);
        assert!(outside.join("precious").exists() && kept.exists());
    }
}
