//! Kept files in folders of the data folder: a rename commits, and a kept file is staged where it lies.

use std::fs::{self, File};
use std::io;
use std::path::{Path, PathBuf};
use std::time::SystemTime;

use async_trait::async_trait;

use crate::blobs::content::{Content, LocalContent};
use crate::blobs::data_folder::{DataFolder, naming};
use crate::blobs::error::{BlobError, BlobResult};
use crate::blobs::kept_files::KeptFiles;
use crate::blobs::key::BlobKey;
use crate::blobs::{BlobEntry, Blobs, Staged};

/// Files below the data folder, under the names of their keys.
#[derive(Debug, Clone)]
pub struct FolderBlobs {
    data: DataFolder,
}

impl FolderBlobs {
    /// Makes the folders that are missing.
    ///
    /// # Errors
    /// Whatever the file system answers, with the path.
    pub fn open(data: &DataFolder) -> io::Result<Self> {
        for folder in BlobKey::FOLDERS {
            data.subfolder(folder)?;
        }
        Ok(Self { data: data.clone() })
    }

    fn path(&self, key: BlobKey) -> PathBuf {
        self.data.path().join(key.to_string())
    }
}

#[async_trait]
impl Blobs for FolderBlobs {
    async fn put(&self, key: BlobKey, file: &Path) -> BlobResult<()> {
        let (from, to) = (file.to_owned(), self.path(key));
        blocking(move || publish(&from, &to)).await
    }

    async fn open(&self, key: BlobKey) -> BlobResult<Box<dyn Content>> {
        let path = self.path(key);
        match LocalContent::open(path.clone()).await {
            Ok(content) => Ok(Box::new(content)),
            Err(error) => Err(about(key, naming(&path)(error))),
        }
    }

    async fn stage(&self, key: BlobKey) -> BlobResult<Staged> {
        let path = self.path(key);
        match tokio::fs::metadata(&path).await {
            Ok(metadata) if metadata.is_file() => Ok(Staged::in_place(path)),
            Ok(_) => Err(BlobError::NotFound(key)),
            Err(error) => Err(about(key, naming(&path)(error))),
        }
    }

    async fn delete(&self, key: BlobKey) -> BlobResult<u64> {
        let path = self.path(key);
        blocking(move || remove(&path)).await
    }

    async fn list(&self) -> BlobResult<Vec<BlobEntry>> {
        let data = self.data.clone();
        blocking(move || Ok(KeptFiles::at(data.path()).list()?.entries)).await
    }
}

/// Gives a finished file its final name. When this returns, file and name survive a loss of power; at no moment does
/// half a file bear the name.
fn publish(from: &Path, to: &Path) -> io::Result<()> {
    // It may have waited long to be looked at, and what is old and has no row is nobody's: its age counts from here.
    let settle = |file: File| file.set_modified(SystemTime::now()).and_then(|()| file.sync_all());
    File::open(from).and_then(settle).map_err(naming(from))?;
    let folder = to.parent().unwrap_or(to);
    // Before the rename: where there is no handle for it, the file is still where it was, and may be put again.
    let opened = File::open(folder).map_err(naming(folder))?;
    fs::rename(from, to).map_err(naming(to))?;
    opened.sync_all().map_err(naming(folder))
}

/// Removes a file that may be gone already; returns how many bytes that frees.
fn remove(file: &Path) -> io::Result<u64> {
    let bytes = fs::metadata(file).map_or(0, |file| file.len());
    match fs::remove_file(file) {
        Ok(()) => Ok(bytes),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(0),
        Err(error) => Err(naming(file)(error)),
    }
}

/// Does the work on a thread that may wait for the disk.
async fn blocking<T: Send + 'static>(work: impl FnOnce() -> io::Result<T> + Send + 'static) -> BlobResult<T> {
    Ok(tokio::task::spawn_blocking(work).await.map_err(io::Error::other)??)
}

fn about(key: BlobKey, error: io::Error) -> BlobError {
    match error.kind() {
        io::ErrorKind::NotFound => BlobError::NotFound(key),
        _ => error.into(),
    }
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::PermissionsExt;

    use tempfile::TempDir;
    use uuid::Uuid;

    use super::*;
    use crate::blobs::contract::{Place, hold_to_contract};

    fn opened() -> (FolderBlobs, TempDir) {
        let place = tempfile::tempdir().unwrap();
        let data = DataFolder::open(&place.path().join("data")).unwrap();
        (FolderBlobs::open(&data).unwrap(), place)
    }

    hold_to_contract!({
        let (blobs, place) = opened();
        let data = place.path().join("data");
        let plant = move |name: &str| fs::write(data.join(name), "somebody else's").unwrap();
        Place::new(blobs, plant, place)
    });

    #[test]
    fn folders_are_made_for_the_gateway_alone() {
        let (_blobs, place) = opened();
        for path in ["data", "data/photos", "data/audio", "data/videos", "data/artifacts"] {
            let mode = fs::metadata(place.path().join(path)).unwrap().permissions().mode();
            assert_eq!(mode & 0o777, 0o700, "{path}");
        }
    }

    #[tokio::test]
    async fn a_kept_file_lies_under_its_name_and_is_staged_there() {
        let (blobs, place) = opened();
        let id = Uuid::from_u128(7);
        let file = place.path().join("video");
        fs::write(&file, "a video").unwrap();
        let key = BlobKey::Video(id.into(), 2);
        blobs.put(key, &file).await.unwrap();
        let kept = place.path().join(format!("data/artifacts/{id}-2.mp4"));
        assert_eq!(fs::read(&kept).unwrap(), b"a video");
        assert_eq!(*blobs.stage(key).await.unwrap(), *kept);
    }

    #[tokio::test]
    async fn a_file_that_cannot_be_kept_is_named() {
        let (blobs, place) = opened();
        let missing = place.path().join("missing");
        let error = blobs.put(BlobKey::Photo(Uuid::nil().into()), &missing).await.unwrap_err();
        assert!(error.to_string().contains("missing"), "{error}");
    }

    #[tokio::test]
    async fn links_and_folders_are_not_kept_files() {
        let (blobs, place) = opened();
        let id = Uuid::from_u128(7);
        let data = place.path().join("data");
        fs::create_dir(data.join(format!("photos/{id}.png"))).unwrap();
        fs::write(place.path().join("outside"), "precious").unwrap();
        std::os::unix::fs::symlink(place.path().join("outside"), data.join(format!("audio/{id}.wav"))).unwrap();
        assert_eq!(blobs.list().await.unwrap(), []);
        let folder = BlobKey::Photo(id.into());
        assert!(matches!(blobs.open(folder).await, Err(BlobError::NotFound(key)) if key == folder));
        assert!(matches!(blobs.stage(folder).await, Err(BlobError::NotFound(key)) if key == folder));
    }
}
