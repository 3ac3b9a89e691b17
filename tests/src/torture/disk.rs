//! A small disk in memory, and a file that fills it.

use std::fs::{self, File};
use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use rustix::process::geteuid;

/// A mounted disk, which is gone with this value.
#[derive(Debug)]
pub(super) struct SmallDisk(PathBuf);

impl SmallDisk {
    /// Mounts a disk of so many MiB on a folder, which is made.
    ///
    /// # Errors
    /// This user may not mount, or the system does not: why.
    pub(super) fn mount(folder: &Path, mebibytes: u32) -> Result<Self, String> {
        if !geteuid().is_root() {
            return Err("a small disk can be mounted by root alone".to_owned());
        }
        fs::create_dir_all(folder).map_err(|error| error.to_string())?;
        let size = format!("size={mebibytes}m,mode=0700");
        let ran = Command::new("mount").args(["-t", "tmpfs", "-o", &size, "tmpfs"]).arg(folder).output();
        let ran = ran.map_err(|error| format!("mount does not run: {error}"))?;
        if ran.status.success() {
            Ok(Self(folder.to_owned()))
        } else {
            Err(format!("no disk can be mounted: {}", String::from_utf8_lossy(&ran.stderr).trim()))
        }
    }

    /// Fills it to the last byte with one file.
    pub(super) fn fill(&self) -> Filling {
        let filling = Filling(self.0.join("filler"));
        let mut file = File::create(&filling.0).expect("a file without content needs no room");
        let mut piece = 1 << 20;
        while piece > 0 {
            if file.write_all(&vec![1; piece]).is_err() {
                piece /= 2;
            }
        }
        filling
    }
}

/// What a disk is full of; gone with this value, also where something panics.
#[derive(Debug)]
pub(super) struct Filling(PathBuf);

impl Drop for Filling {
    fn drop(&mut self) {
        let _ = fs::remove_file(&self.0);
    }
}

impl Drop for SmallDisk {
    fn drop(&mut self) {
        let unmounted = Command::new("umount").arg(&self.0).stderr(Stdio::null()).status();
        if !unmounted.is_ok_and(|status| status.success()) {
            // Somebody still has a file open there: it goes when they do.
            let _ = Command::new("umount").arg("--lazy").arg(&self.0).status();
        }
    }
}
