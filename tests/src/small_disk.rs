//! A disk of its own for a gateway's data, small enough to be filled.

use std::fs::{self, File};
use std::io::Write;
use std::path::PathBuf;
use std::process::Command;

use rustix::fs::statvfs;

use crate::site::Site;

/// What the file that fills it is called.
const FILLER: &str = "filler";

/// A disk at a site's data folder. It is gone with the value, and must go before the site.
#[derive(Debug)]
pub struct SmallDisk {
    place: PathBuf,
}

impl SmallDisk {
    /// Mounts one of so many MiB; `None`, and a line that says so, where this process may not.
    pub fn at(site: &Site, mib: u32) -> Option<Self> {
        let place = site.data();
        fs::create_dir_all(&place).expect("the folder can be written");
        let mut mount = Command::new("mount");
        mount.args(["-t", "tmpfs", "-o", &format!("size={mib}m,mode=700"), "tmpfs"]).arg(&place);
        let mounted = mount.output().is_ok_and(|output| output.status.success());
        if !mounted {
            eprintln!("not tried: this process may mount no disk");
        }
        mounted.then_some(Self { place })
    }

    /// Takes all that is free, to the last byte, beside what was taken before.
    pub fn fill(&self) {
        let mut filler =
            File::options().append(true).create(true).open(self.place.join(FILLER)).expect("a name is free");
        let piece = vec![0x55; 1 << 20];
        let mut size = piece.len();
        while size > 0 {
            if filler.write_all(&piece[..size]).is_err() {
                size /= 2;
            }
        }
    }

    /// Gives back all that was taken.
    pub fn clear(&self) {
        fs::remove_file(self.place.join(FILLER)).expect("it was filled before");
    }

    /// Bytes that are free.
    pub fn free(&self) -> u64 {
        let system = statvfs(&self.place).expect("it is mounted");
        system.f_bavail * system.f_frsize
    }
}

impl Drop for SmallDisk {
    fn drop(&mut self) {
        let _ = Command::new("umount").arg("--lazy").arg(&self.place).status();
    }
}
