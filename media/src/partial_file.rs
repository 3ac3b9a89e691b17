//! A file that is being written: it is called `NAME.part`, and gets its own name only once it is whole.

use std::fs::{self, File};
use std::io;
use std::path::{Path, PathBuf};

/// Removes the `.part` file when dropped, unless [`PartialFile::publish`] gave it its name.
#[derive(Debug)]
pub(crate) struct PartialFile {
    part: PathBuf,
    target: PathBuf,
    published: bool,
}

impl PartialFile {
    /// Creates (or empties) `TARGET.part`.
    pub(crate) fn create(target: &Path) -> io::Result<(Self, File)> {
        let mut part = target.as_os_str().to_owned();
        part.push(".part");
        let part = PathBuf::from(part);
        let file = File::create(&part)?;
        Ok((Self { part, target: target.to_path_buf(), published: false }, file))
    }

    /// Where the bytes are until then.
    pub(crate) fn path(&self) -> &Path {
        &self.part
    }

    /// Renames the file to its target, replacing what was there. The bytes reach the disk first: after a power cut
    /// the name must not stand for an empty file.
    pub(crate) fn publish(mut self) -> io::Result<()> {
        File::open(&self.part)?.sync_all()?;
        fs::rename(&self.part, &self.target)?;
        self.published = true;
        Ok(())
    }
}

impl Drop for PartialFile {
    fn drop(&mut self) {
        if !self.published {
            // Nobody is left to hear of a failure, and the sweep of work folders takes what stays.
            let _ = fs::remove_file(&self.part);
        }
    }
}
