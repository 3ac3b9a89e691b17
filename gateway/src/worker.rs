//! The program that runs in this one's children: `avatar-worker`, which alone links what decodes and encodes. It lies beside
//! this process's own program.

use std::env;
use std::fs::File;
use std::io;
use std::os::fd::AsRawFd;
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// Its file's name.
const NAME: &str = "avatar-worker";

/// The program, as it was when it was found: after an upgrade in place, children still run the one that goes with this
/// process.
#[derive(Debug, Clone)]
pub struct Worker {
    program: PathBuf,
    /// What `program` leads to, where it is a path that only this process knows.
    _open: Option<Arc<File>>,
}

impl Worker {
    /// Finds it.
    ///
    /// # Errors
    /// It is not there, or cannot be opened: with what to do about it.
    pub fn find() -> io::Result<Self> {
        let own = env::current_exe()?;
        Self::open(&own.with_file_name(format!("{NAME}{}", env::consts::EXE_SUFFIX)))
    }

    fn open(place: &Path) -> io::Result<Self> {
        let file = File::open(place).map_err(|error| {
            let place = place.display();
            let remedy = "install it beside `avatar-gateway`, from the same build";
            io::Error::new(error.kind(), format!("the program {place} cannot be opened: {error}; {remedy}"))
        })?;
        let link = PathBuf::from(format!("/proc/self/fd/{}", file.as_raw_fd()));
        if link.exists() {
            return Ok(Self { program: link, _open: Some(Arc::new(file)) });
        }
        Ok(Self { program: place.to_owned(), _open: None })
    }

    /// What this process starts to run it.
    pub fn program(&self) -> &Path {
        &self.program
    }
}

#[cfg(test)]
impl Worker {
    /// Another program in its place.
    pub(crate) fn standing_in(program: &str) -> Self {
        Self { program: program.into(), _open: None }
    }
}

#[cfg(test)]
mod tests {
    use std::fs;
    use std::process::Command;

    use super::*;

    #[test]
    fn it_is_started_as_it_was_when_it_was_found() {
        let folder = tempfile::tempdir().unwrap();
        let place = folder.path().join(NAME);
        let told = Worker::open(&place).unwrap_err().to_string();
        assert!(told.contains(NAME) && told.contains("install it beside"), "{told}");
        fs::copy("/bin/true", &place).unwrap();
        let worker = Worker::open(&place).unwrap();
        fs::remove_file(&place).unwrap();
        fs::copy("/bin/false", &place).unwrap();
        let is_the_old_one = Command::new(worker.program()).status().unwrap().success();
        assert_eq!(is_the_old_one, Path::new("/proc/self/fd").exists());
    }
}
