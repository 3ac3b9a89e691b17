//! A limit on the memory of a gateway: a control group where there may be one, else a limit on its addresses.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::id;

use crate::launch::Launch;

/// Addresses are not memory: threads and libraries have many that they never use.
const ADDRESSES_BESIDE: u64 = 2 << 30;

/// A control group, which is gone with this value; nothing where only addresses are limited.
#[derive(Debug)]
pub(super) struct Cage(Option<PathBuf>);

impl Cage {
    /// A cage for so many bytes, and how a gateway is started in it.
    pub(super) fn new(bytes: u64) -> (Self, Launch) {
        match group(bytes) {
            Some(group) => {
                let launch = Launch::after(&format!("echo $$ > '{}'", group.join("cgroup.procs").display()));
                (Self(Some(group)), launch)
            }
            None => {
                let launch = Launch::after(&format!("ulimit -v {}", (bytes + ADDRESSES_BESIDE) >> 10));
                (Self(None), launch)
            }
        }
    }

    /// What it is, for people.
    pub(super) fn told(&self) -> &'static str {
        match self.0 {
            Some(_) => "memory is limited by a control group",
            None => "memory is limited by addresses alone: this user may make no control group",
        }
    }
}

/// Makes a group in the first version of control groups, or in the second.
fn group(bytes: u64) -> Option<PathBuf> {
    let root = Path::new("/sys/fs/cgroup");
    let name = format!("avatar-torture-{}", id());
    let places = [("memory", "memory.limit_in_bytes"), (".", "memory.max")];
    places.into_iter().find_map(|(folder, limit)| {
        let group = root.join(folder).join(&name);
        fs::create_dir(&group).ok()?;
        let limited = group.join(limit).exists() && fs::write(group.join(limit), bytes.to_string()).is_ok();
        if limited {
            Some(group)
        } else {
            let _ = fs::remove_dir(&group);
            None
        }
    })
}

impl Drop for Cage {
    fn drop(&mut self) {
        if let Some(group) = &self.0 {
            let _ = fs::remove_dir(group);
        }
    }
}
