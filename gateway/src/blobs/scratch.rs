//! The local files of work under way: uploads in flight and the folders of attempts. Every machine has its own.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use tempfile::NamedTempFile;

use crate::blobs::data_folder::{DataFolder, naming};
use crate::domain::id::JobId;

/// Where work under way has its files. Nothing in it outlives the process that made it.
#[derive(Debug, Clone)]
pub struct Scratch {
    folder: PathBuf,
    /// Holds the lock: whoever has the scratch folder may clear it.
    _data: DataFolder,
}

impl Scratch {
    /// The scratch folder of a data folder, made if it is missing. Lies on the same disk as the blobs, so that a
    /// finished file becomes one by its name alone.
    ///
    /// # Errors
    /// Whatever the file system answers, with the path.
    pub fn open(data: &DataFolder) -> io::Result<Self> {
        Ok(Self { folder: data.subfolder("work")?, _data: data.clone() })
    }

    /// A new file, for an upload in flight. It is gone when the value is, unless it has become a blob.
    ///
    /// # Errors
    /// It cannot be made: disk full, most likely.
    pub fn file(&self) -> io::Result<NamedTempFile> {
        tempfile::Builder::new().prefix("incoming-").tempfile_in(&self.folder).map_err(naming(&self.folder))
    }

    /// The folder for an attempt's own files; whoever runs the attempt makes and removes it.
    pub fn work_folder(&self, job: JobId, attempt: u32) -> WorkFolder {
        WorkFolder(self.folder.join(format!("{job}-{attempt}")))
    }

    /// Removes what attempts and uploads of an earlier process have left behind. Blocks on the disk.
    ///
    /// # Errors
    /// Whatever the file system answers, with the path.
    pub fn clear(&self) -> io::Result<()> {
        for entry in fs::read_dir(&self.folder).map_err(naming(&self.folder))? {
            let entry = entry.map_err(naming(&self.folder))?;
            let path = entry.path();
            let removed = match entry.file_type() {
                Ok(kind) if kind.is_dir() => fs::remove_dir_all(&path),
                Ok(_) => fs::remove_file(&path),
                Err(error) => Err(error),
            };
            removed.map_err(naming(&path))?;
        }
        Ok(())
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

    fn opened() -> (Scratch, tempfile::TempDir) {
        let place = tempfile::tempdir().unwrap();
        let data = DataFolder::open(&place.path().join("data")).unwrap();
        (Scratch::open(&data).unwrap(), place)
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
        let dropped = scratch.file().unwrap().path().to_owned();
        assert!(!dropped.exists());
    }

    #[test]
    fn a_start_clears_the_work_of_the_dead_and_nothing_else() {
        let (scratch, place) = opened();
        let work = scratch.work_folder(Uuid::nil().into(), 1);
        fs::create_dir_all(work.engine()).unwrap();
        fs::write(work.engine().join("1.png"), "x").unwrap();
        let left = scratch.file().unwrap().into_temp_path().keep().unwrap();
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
