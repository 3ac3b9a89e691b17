//! The kept files of a data folder, or of a backup that is laid out like one, for commands that work beside a running
//! gateway: they list, measure and take over, and never write into a file that is there.

use std::fs::{self, File};
use std::io;
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};

use rustix::io::Errno;

use crate::blobs::BlobEntry;
use crate::blobs::data_folder::{make, naming};
use crate::blobs::key::BlobKey;

/// Kept files below a folder, under the names of their keys.
#[derive(Debug, Clone)]
pub struct KeptFiles {
    root: PathBuf,
}

/// What lies where files are kept.
#[derive(Debug, Default)]
pub struct Listing {
    /// Files by their keys.
    pub entries: Vec<BlobEntry>,
    /// Whatever else lies there: names that no key has, folders, links.
    pub others: Vec<String>,
}

/// How a file was taken over.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Taken {
    /// Both names are names of one file.
    Linked,
    /// So many bytes were copied.
    Copied(u64),
    /// It was there already.
    Known,
    /// There is no such file.
    Missing,
}

impl KeptFiles {
    /// Those below this folder.
    pub fn at(root: &Path) -> Self {
        Self { root: root.to_owned() }
    }

    /// Where a file lies, or would.
    pub fn path(&self, key: BlobKey) -> PathBuf {
        self.root.join(key.to_string())
    }

    /// Makes the folders that are missing, readable to nobody else.
    ///
    /// # Errors
    /// Whatever the file system answers, with the path.
    pub fn make_folders(&self) -> io::Result<()> {
        BlobKey::FOLDERS.iter().try_for_each(|folder| make(&self.root.join(folder)))
    }

    /// Everything that lies there.
    ///
    /// # Errors
    /// Whatever the file system answers, with the path. Folders that are missing are empty.
    pub fn list(&self) -> io::Result<Listing> {
        let mut listing = Listing::default();
        for name in BlobKey::FOLDERS {
            let folder = self.root.join(name);
            let entries = match fs::read_dir(&folder) {
                Ok(entries) => entries,
                Err(error) if error.kind() == io::ErrorKind::NotFound => continue,
                Err(error) => return Err(naming(&folder)(error)),
            };
            for entry in entries {
                let entry = entry.map_err(naming(&folder))?;
                // One that cannot be looked at was removed just now.
                let Ok(metadata) = entry.metadata() else { continue };
                let path = format!("{name}/{}", entry.file_name().to_string_lossy());
                match BlobKey::from_name(&path).filter(|_| metadata.is_file()) {
                    Some(key) => {
                        listing.entries.push(BlobEntry { key, bytes: metadata.len(), modified: metadata.modified()? });
                    }
                    None => listing.others.push(path),
                }
            }
        }
        Ok(listing)
    }

    /// Takes a file over from another folder: by a second name for it where that lies on the same disk, and else by a
    /// copy. A second name is as good as a copy, because a kept file is never written again: it gets its name when it is
    /// whole, and is removed by name.
    ///
    /// # Errors
    /// Whatever the file system answers, with the path. Half a copy is left then.
    pub fn take(&self, key: BlobKey, from: &Self) -> io::Result<Taken> {
        let (source, target) = (from.path(key), self.path(key));
        match fs::hard_link(&source, &target) {
            Ok(()) => return Ok(Taken::Linked),
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Taken::Missing),
            Err(error) if error.kind() == io::ErrorKind::AlreadyExists => return Ok(Taken::Known),
            Err(error) if may_copy(&error) => {}
            Err(error) => return Err(naming(&target)(error)),
        }
        let mut read = match File::open(&source) {
            Ok(read) => read,
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Taken::Missing),
            Err(error) => return Err(naming(&source)(error)),
        };
        let created = File::options().write(true).create_new(true).mode(0o600).open(&target);
        let mut write = created.map_err(naming(&target))?;
        Ok(Taken::Copied(io::copy(&mut read, &mut write).map_err(naming(&target))?))
    }

    /// Removes a file's name here.
    ///
    /// # Errors
    /// Whatever the file system answers, with the path.
    pub fn remove(&self, key: BlobKey) -> io::Result<()> {
        let path = self.path(key);
        fs::remove_file(&path).map_err(naming(&path))
    }
}

/// Whether a file that cannot get a second name may still be copied: on another disk, on one without such names, or
/// where the file has too many.
fn may_copy(error: &io::Error) -> bool {
    let errno = Errno::from_io_error(error);
    errno.is_some_and(|errno| [Errno::XDEV, Errno::PERM, Errno::OPNOTSUPP, Errno::NOSYS, Errno::MLINK].contains(&errno))
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::{MetadataExt, PermissionsExt};

    use tempfile::TempDir;
    use uuid::Uuid;

    use super::*;

    fn two() -> (TempDir, KeptFiles, KeptFiles) {
        let place = tempfile::tempdir().unwrap();
        let [from, to] = ["from", "to"].map(|name| KeptFiles::at(&place.path().join(name)));
        from.make_folders().unwrap();
        to.make_folders().unwrap();
        (place, from, to)
    }

    #[test]
    fn what_is_taken_over_stays_when_the_other_name_goes() {
        let (_place, from, to) = two();
        let key = BlobKey::Photo(Uuid::from_u128(7).into());
        assert_eq!(to.take(key, &from).unwrap(), Taken::Missing);
        fs::write(from.path(key), "a picture").unwrap();
        assert_eq!(to.take(key, &from).unwrap(), Taken::Linked);
        assert_eq!(to.take(key, &from).unwrap(), Taken::Known);
        assert_eq!(fs::metadata(to.path(key)).unwrap().ino(), fs::metadata(from.path(key)).unwrap().ino());
        from.remove(key).unwrap();
        assert_eq!(fs::read(to.path(key)).unwrap(), b"a picture");
    }

    #[test]
    fn another_disk_gets_copies() {
        let other = Path::new("/dev/shm");
        let (_place, from, _) = two();
        let Ok(there) = tempfile::tempdir_in(other) else { return };
        if fs::metadata(there.path()).unwrap().dev() == fs::metadata(&from.root).unwrap().dev() {
            return;
        }
        let to = KeptFiles::at(there.path());
        to.make_folders().unwrap();
        let key = BlobKey::Photo(Uuid::from_u128(7).into());
        fs::write(from.path(key), "a picture").unwrap();
        assert_eq!(to.take(key, &from).unwrap(), Taken::Copied(9));
        assert_eq!(fs::metadata(to.path(key)).unwrap().permissions().mode() & 0o777, 0o600);
    }

    #[test]
    fn what_is_no_kept_file_is_told_apart() {
        let (_place, from, _) = two();
        let id = Uuid::from_u128(7);
        let key = BlobKey::Speech(id.into());
        fs::write(from.path(key), "x").unwrap();
        fs::write(from.root.join("photos/notes.txt"), "x").unwrap();
        fs::create_dir(from.root.join(format!("photos/{id}.png"))).unwrap();
        let mut listing = from.list().unwrap();
        listing.others.sort();
        assert_eq!(listing.entries.iter().map(|entry| (entry.key, entry.bytes)).collect::<Vec<_>>(), [(key, 1)]);
        assert_eq!(listing.others, [format!("photos/{id}.png"), "photos/notes.txt".to_owned()]);
    }
}
