//! The data folder of one gateway on its own disk: made for it alone, and locked against every other.

use std::fs::{self, DirBuilder, File, TryLockError};
use std::io;
use std::os::unix::fs::DirBuilderExt;
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// The file whose lock says who has the folder.
pub(super) const LOCK: &str = "gateway.lock";
/// What a restore keeps here until it ends.
pub(super) const UNFINISHED: &str = "restore.partial";

/// A data folder that this process has. Clones share the lock, which is free again when the last of them is gone.
#[derive(Debug, Clone)]
pub struct DataFolder {
    path: PathBuf,
    _lock: Arc<File>,
}

impl DataFolder {
    /// Makes the folder if it is missing, readable to nobody else, and takes it for this process.
    ///
    /// # Errors
    /// `ResourceBusy` if another gateway uses the folder; else whatever the file system answers. All name the path.
    /// `InvalidData` if a restore into it was begun and did not end.
    pub fn open(path: &Path) -> io::Result<Self> {
        let folder = Self::take(path)?;
        if path.join(UNFINISHED).exists() {
            let remedy = "run `avatar-gateway restore` again, or name another folder in storage.data_dir";
            let message = format!("a restore into {} was begun and did not end: {remedy}", path.display());
            return Err(io::Error::new(io::ErrorKind::InvalidData, message));
        }
        Ok(folder)
    }

    /// Makes the folder if it is missing and takes it, whatever is in it.
    pub(super) fn take(path: &Path) -> io::Result<Self> {
        make(path)?;
        let file = path.join(LOCK);
        let lock = File::options().append(true).create(true).open(&file).map_err(naming(&file))?;
        lock.try_lock().map_err(|error| match error {
            TryLockError::WouldBlock => io::Error::new(
                io::ErrorKind::ResourceBusy,
                format!("another gateway uses {}: stop it, or set storage.data_dir to another folder", path.display()),
            ),
            TryLockError::Error(error) => naming(&file)(error),
        })?;
        Ok(Self { path: path.to_owned(), _lock: Arc::new(lock) })
    }

    /// Whether some process has this folder.
    pub fn is_in_use(path: &Path) -> bool {
        let lock = File::options().read(true).open(path.join(LOCK));
        lock.is_ok_and(|lock| lock.try_lock_shared().is_err())
    }

    /// The folder for copies of the plugins that are in use, made if it is missing.
    ///
    /// # Errors
    /// Whatever the file system answers, with the path.
    pub fn plugin_copies(&self) -> io::Result<PathBuf> {
        self.subfolder("gateway.plugins")
    }

    /// The folder `name` in it, made if it is missing.
    ///
    /// # Errors
    /// Whatever the file system answers, with the path.
    pub(super) fn subfolder(&self, name: &str) -> io::Result<PathBuf> {
        let folder = self.path.join(name);
        make(&folder)?;
        Ok(folder)
    }

    /// Where it lies.
    pub(super) fn path(&self) -> &Path {
        &self.path
    }
}

pub(super) fn make(folder: &Path) -> io::Result<()> {
    DirBuilder::new().recursive(true).mode(0o700).create(folder).map_err(naming(folder))
}

/// Removes a file or a link, or a folder with all that is in it.
pub(super) fn remove(path: &Path) -> io::Result<()> {
    if fs::symlink_metadata(path)?.is_dir() { fs::remove_dir_all(path) } else { fs::remove_file(path) }
}

/// The file system's errors do not say which path they are about.
pub(super) fn naming(path: &Path) -> impl FnOnce(io::Error) -> io::Error {
    move |error| io::Error::new(error.kind(), Named { path: path.to_owned(), error })
}

/// An error that is told with its path. The system's own stays below it: what is short is known by its number alone.
#[derive(Debug, thiserror::Error)]
#[error("{}: {error}", path.display())]
struct Named {
    path: PathBuf,
    #[source]
    error: io::Error,
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::PermissionsExt;

    use rustix::io::Errno;

    use super::*;
    use crate::domain::shortage::Shortage;

    #[test]
    fn an_error_that_names_its_path_still_says_what_is_short() {
        let named = naming(Path::new("/data/x"))(Errno::MFILE.into());
        assert!(named.to_string().starts_with("/data/x: "), "{named}");
        assert_eq!(Shortage::of_io(&named), Some(Shortage::Handles));
    }

    #[test]
    fn two_gateways_never_share_a_folder() {
        let place = tempfile::tempdir().unwrap();
        let path = place.path().join("data");
        let folder = DataFolder::open(&path).unwrap();
        let error = DataFolder::open(&path).unwrap_err();
        assert_eq!(error.kind(), io::ErrorKind::ResourceBusy);
        assert!(error.to_string().contains("another gateway uses"), "{error}");

        let clone = folder.clone();
        drop(folder);
        DataFolder::open(&path).expect_err("a clone still holds the lock");
        drop(clone);
        DataFolder::open(&path).expect("the lock is free again");
    }

    #[test]
    fn a_folder_that_cannot_be_made_is_named() {
        let place = tempfile::tempdir().unwrap();
        let path = place.path().join("data");
        fs::write(&path, "a file").unwrap();
        let error = DataFolder::open(&path).unwrap_err().to_string();
        assert!(error.contains(&path.display().to_string()), "{error}");
    }

    #[test]
    fn folders_are_made_for_the_gateway_alone_and_kept() {
        let place = tempfile::tempdir().unwrap();
        let path = place.path().join("data");
        let folder = DataFolder::open(&path).unwrap();
        let inner = folder.subfolder("inner").unwrap();
        for made in [&path, &inner] {
            assert_eq!(fs::metadata(made).unwrap().permissions().mode() & 0o777, 0o700, "{}", made.display());
        }
        fs::write(inner.join("file"), "x").unwrap();
        drop(folder);
        let folder = DataFolder::open(&path).unwrap();
        assert!(folder.subfolder("inner").unwrap().join("file").exists());
    }
}
