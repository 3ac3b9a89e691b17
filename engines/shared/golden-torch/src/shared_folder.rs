//! Folders that the tests of a process share.

use std::io;
use std::path::Path;
use std::sync::{Arc, Mutex, PoisonError, Weak};

use tempfile::TempDir;

/// A folder that tests read and none changes. It is there while a test holds it, and gone with the last one: what a static
/// holds itself is never removed.
pub struct SharedFolder {
    write: fn(&Path) -> io::Result<()>,
    held: Mutex<Weak<TempDir>>,
}

impl SharedFolder {
    /// A folder with what `write` puts into it.
    #[must_use]
    pub const fn new(write: fn(&Path) -> io::Result<()>) -> Self {
        Self { write, held: Mutex::new(Weak::new()) }
    }

    /// The folder, to be held as long as it is used.
    ///
    /// # Panics
    /// It cannot be written.
    pub fn hold(&self) -> Arc<TempDir> {
        let mut held = self.held.lock().unwrap_or_else(PoisonError::into_inner);
        held.upgrade().unwrap_or_else(|| {
            let folder = Arc::new(tempfile::tempdir().expect("a folder"));
            (self.write)(folder.path()).expect("the folder can be written");
            *held = Arc::downgrade(&folder);
            folder
        })
    }
}
