//! A data folder that is being filled, by a restore: until that ends, no gateway takes it.

use std::fs::{self, File};
use std::io;
use std::path::{Path, PathBuf};

use rustix::fs::syncfs;

use crate::blobs::data_folder::{DataFolder, LOCK, UNFINISHED, make, naming, remove};

/// A data folder that held nothing. It is filled in a folder within it, and gets all of it at once.
#[derive(Debug)]
pub struct EmptyFolder {
    data: DataFolder,
    inner: PathBuf,
}

impl EmptyFolder {
    /// Makes the folder if it is missing and takes it. What an earlier restore has left there goes.
    ///
    /// # Errors
    /// `ResourceBusy` if a gateway uses the folder, `DirectoryNotEmpty` if it holds anything; else whatever the file
    /// system answers. All name the path.
    pub fn take(path: &Path) -> io::Result<Self> {
        make(path)?;
        let (held, inner) = (others(path)?, path.join(UNFINISHED));
        // Of a folder that is in use, that is what is to be told. And whoever refuses it takes no lock, nor leaves one.
        if !held.is_empty() && !inner.exists() && !DataFolder::is_in_use(path) {
            let remedy = "move them away, or name another folder with --data-dir";
            let message = format!("{} is in use: it holds {}; {remedy}", path.display(), held.join(", "));
            return Err(io::Error::new(io::ErrorKind::DirectoryNotEmpty, message));
        }
        let data = DataFolder::take(path)?;
        for name in held {
            let entry = path.join(name);
            remove(&entry).map_err(naming(&entry))?;
        }
        make(&inner)?;
        Ok(Self { data, inner })
    }

    /// Where it is filled.
    pub fn path(&self) -> &Path {
        &self.inner
    }

    /// Puts everything in its place. When this returns, it survives a loss of power.
    ///
    /// # Errors
    /// `DirectoryNotEmpty` if something has been written into the folder meanwhile; else whatever the file system
    /// answers. All name the path. The folder counts as unfinished then.
    pub fn finish(self) -> io::Result<()> {
        let root = self.data.path();
        let come = others(root)?.into_iter().find(|name| name != UNFINISHED);
        if let Some(name) = come {
            let message = format!("{} was written into meanwhile: {name}", root.display());
            return Err(io::Error::new(io::ErrorKind::DirectoryNotEmpty, message));
        }
        File::open(&self.inner).and_then(|folder| Ok(syncfs(folder)?)).map_err(naming(&self.inner))?;
        for entry in fs::read_dir(&self.inner).map_err(naming(&self.inner))? {
            let entry = entry.map_err(naming(&self.inner))?;
            let place = root.join(entry.file_name());
            fs::rename(entry.path(), &place).map_err(naming(&place))?;
        }
        fs::remove_dir(&self.inner).map_err(naming(&self.inner))?;
        File::open(root).and_then(|folder| folder.sync_all()).map_err(naming(root))
    }
}

/// What is in a data folder beside its lock.
fn others(path: &Path) -> io::Result<Vec<String>> {
    let mut names = Vec::new();
    for entry in fs::read_dir(path).map_err(naming(path))? {
        let name = entry.map_err(naming(path))?.file_name().to_string_lossy().into_owned();
        if name != LOCK {
            names.push(name);
        }
    }
    names.sort();
    Ok(names)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_folder_is_taken_if_it_holds_nothing_and_filled_at_once() {
        let place = tempfile::tempdir().unwrap();
        let path = place.path().join("data");
        let folder = EmptyFolder::take(&path).unwrap();
        assert_eq!(EmptyFolder::take(&path).unwrap_err().kind(), io::ErrorKind::ResourceBusy);
        fs::write(folder.path().join("gateway.db"), "rows").unwrap();
        drop(folder); // as if it were killed
        let error = DataFolder::open(&path).unwrap_err().to_string();
        assert!(error.contains("did not end"), "{error}");

        let folder = EmptyFolder::take(&path).unwrap();
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 0, "it begins anew");
        fs::write(folder.path().join("gateway.db"), "rows").unwrap();
        make(&folder.path().join("photos")).unwrap();
        folder.finish().unwrap();
        assert_eq!(others(&path).unwrap(), ["gateway.db", "photos"]);
        DataFolder::open(&path).unwrap();
        let error = EmptyFolder::take(&path).unwrap_err();
        assert_eq!(error.kind(), io::ErrorKind::DirectoryNotEmpty);
        assert!(error.to_string().contains("gateway.db, photos"), "{error}");
    }

    #[test]
    fn what_is_written_meanwhile_is_not_written_over() {
        let place = tempfile::tempdir().unwrap();
        let folder = EmptyFolder::take(place.path()).unwrap();
        fs::write(place.path().join("gateway.db"), "keys").unwrap();
        assert_eq!(folder.finish().unwrap_err().kind(), io::ErrorKind::DirectoryNotEmpty);
        assert_eq!(fs::read(place.path().join("gateway.db")).unwrap(), b"keys");
    }
}
