//! A plugin as hosts load it: a copy of its own, because a file that is written over while processes have it mapped ends
//! them with SIGBUS.

use std::fs::{self, Metadata};
use std::io;
use std::os::unix::fs::{MetadataExt, symlink};
use std::path::{Path, PathBuf};

use rustix::fs::{StatVfsMountFlags, statvfs};
use tempfile::TempDir;

/// What tells one content of a file from another without reading it. Whoever writes to a file, or puts another in its
/// place, changes it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Stamp {
    place: (u64, u64),
    bytes: u64,
    modified: (i64, i64),
    changed: (i64, i64),
}

impl Stamp {
    /// That of the file at `path`, or of the one that a link there leads to.
    ///
    /// # Errors
    /// There is none, or it cannot be looked at.
    pub fn of(path: &Path) -> io::Result<Self> {
        fs::metadata(path).map(|file| Self::from(&file))
    }
}

impl From<&Metadata> for Stamp {
    fn from(file: &Metadata) -> Self {
        Self {
            place: (file.dev(), file.ino()),
            bytes: file.size(),
            modified: (file.mtime(), file.mtime_nsec()),
            changed: (file.ctime(), file.ctime_nsec()),
        }
    }
}

/// One content of an installed plugin.
#[derive(Debug)]
pub struct Library {
    installed: PathBuf,
    /// The folder of the copy, which is gone with this value; `None` where the installed file itself is loaded.
    copy: Option<TempDir>,
}

impl Library {
    /// The installed file itself, for processes that do not live long.
    pub fn in_place(installed: &Path) -> Self {
        Self { installed: installed.to_owned(), copy: None }
    }

    /// Where it is installed.
    pub fn installed(&self) -> &Path {
        &self.installed
    }

    /// The copy that is loaded in its place, if there is one.
    pub fn copy(&self) -> Option<PathBuf> {
        Some(self.copy.as_ref()?.path().join(self.installed.file_name()?))
    }

    /// Whether the copy is still there, as far as there is one.
    pub fn is_there(&self) -> bool {
        self.copy().is_none_or(|copy| copy.is_file())
    }
}

/// Where copies of plugins are kept while they are used.
#[derive(Debug)]
pub struct PluginCopies {
    folder: Option<PathBuf>,
}

impl PluginCopies {
    /// Makes none: libraries are loaded from where they are installed.
    pub fn none() -> Self {
        Self { folder: None }
    }

    /// Makes them in a folder that nobody else writes to, and removes what an earlier process has left there. Where nothing
    /// may be executed from there, it makes none.
    ///
    /// # Errors
    /// The folder cannot be looked at.
    pub fn in_folder(folder: &Path) -> io::Result<Self> {
        for left in fs::read_dir(folder)? {
            let left = left?.path();
            if let Err(error) = fs::remove_dir_all(&left) {
                tracing::warn!(path = %left.display(), %error, "left behind");
            }
        }
        if statvfs(folder)?.f_flag.contains(StatVfsMountFlags::NOEXEC) {
            let folder = folder.display();
            tracing::warn!(%folder, "plugins are loaded from where they are installed: replace them by renaming alone");
            return Ok(Self::none());
        }
        Ok(Self { folder: Some(folder.to_owned()) })
    }

    /// Makes a copy of the plugin `installed` as it is now. Blocks on the disk.
    ///
    /// Whatever else lies in the plugin's folder is linked beside the copy, so that the libraries that it looks for beside
    /// itself (`$ORIGIN`) are found as they are from where it is installed.
    ///
    /// # Errors
    /// The plugin cannot be read, or is being written: `ResourceBusy`. A copy that cannot be made is no error; then the
    /// plugin is loaded from where it is installed.
    pub fn take(&self, installed: &Path) -> io::Result<Library> {
        let stamp = Stamp::of(installed)?;
        let Some(folder) = &self.folder else { return Ok(Library::in_place(installed)) };
        let copy = match copied(installed, folder) {
            Ok(copy) => Some(copy),
            Err(error) => {
                let plugin = installed.display();
                tracing::warn!(%plugin, %error, "no copy of a plugin can be made; it is loaded from where it is installed");
                None
            }
        };
        if Stamp::of(installed)? != stamp {
            return Err(io::Error::new(io::ErrorKind::ResourceBusy, "it is being written"));
        }
        Ok(Library { installed: installed.to_owned(), copy })
    }
}

fn copied(installed: &Path, folder: &Path) -> io::Result<TempDir> {
    let installed = std::path::absolute(installed)?;
    let no_file = || io::Error::from(io::ErrorKind::InvalidFilename);
    let (beside, name) = (installed.parent().ok_or_else(no_file)?, installed.file_name().ok_or_else(no_file)?);
    let copy = tempfile::Builder::new().prefix("plugin-").tempdir_in(folder)?;
    for other in fs::read_dir(beside)? {
        let other = other?;
        if other.file_name() != name {
            symlink(other.path(), copy.path().join(other.file_name()))?;
        }
    }
    fs::copy(&installed, copy.path().join(name))?;
    Ok(copy)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A folder with a plugin, and one for copies of it.
    struct Place {
        _folder: TempDir,
        plugin: PathBuf,
        copies: PathBuf,
    }

    impl Place {
        fn new() -> Self {
            let folder = tempfile::tempdir().unwrap();
            let (engines, copies) = (folder.path().join("engines"), folder.path().join("copies"));
            fs::create_dir(&engines).unwrap();
            fs::create_dir(&copies).unwrap();
            let plugin = engines.join("libengine_net.so");
            fs::write(&plugin, "first").unwrap();
            Self { _folder: folder, plugin, copies }
        }

        fn count(&self) -> usize {
            fs::read_dir(&self.copies).unwrap().count()
        }
    }

    #[test]
    fn a_copy_stays_as_it_is_while_it_is_used() {
        let place = Place::new();
        let copies = PluginCopies::in_folder(&place.copies).unwrap();
        let library = copies.take(&place.plugin).unwrap();
        fs::write(&place.plugin, "a second one").unwrap();
        let copy = library.copy().unwrap();
        assert_eq!((fs::read(&copy).unwrap(), library.is_there()), (b"first".to_vec(), true));
        assert_eq!(copy.file_name(), place.plugin.file_name());
        drop(library);
        assert_eq!(place.count(), 0);
    }

    #[test]
    fn what_lies_beside_a_plugin_lies_beside_its_copy() {
        let place = Place::new();
        let runtime = place.plugin.with_file_name("libtorch");
        fs::create_dir(&runtime).unwrap();
        fs::write(runtime.join("libc10.so"), "x").unwrap();
        let library = PluginCopies::in_folder(&place.copies).unwrap().take(&place.plugin).unwrap();
        assert_eq!(fs::read(library.copy().unwrap().with_file_name("libtorch/libc10.so")).unwrap(), b"x");
        drop(library);
        assert!(runtime.join("libc10.so").exists(), "what is linked stays");
    }

    #[test]
    fn what_an_earlier_process_left_is_removed() {
        let place = Place::new();
        let library = PluginCopies::in_folder(&place.copies).unwrap().take(&place.plugin).unwrap();
        std::mem::forget(library);
        assert_eq!(place.count(), 1);
        PluginCopies::in_folder(&place.copies).unwrap();
        assert_eq!(place.count(), 0);
    }

    #[test]
    fn where_no_copy_can_be_made_the_plugin_is_loaded_from_its_place() {
        let place = Place::new();
        let copies = PluginCopies::in_folder(&place.copies).unwrap();
        fs::remove_dir(&place.copies).unwrap();
        let library = copies.take(&place.plugin).unwrap();
        assert_eq!((library.copy(), library.is_there()), (None, true));
        copies.take(&place.copies).unwrap_err();
    }

    #[test]
    fn whoever_writes_to_a_file_changes_its_stamp() {
        let place = Place::new();
        let before = Stamp::of(&place.plugin).unwrap();
        assert_eq!(Stamp::of(&place.plugin).unwrap(), before);
        std::thread::sleep(std::time::Duration::from_millis(20)); // longer than a tick of the file system's clock
        fs::write(&place.plugin, "other").unwrap();
        assert_ne!(Stamp::of(&place.plugin).unwrap(), before);
    }
}
