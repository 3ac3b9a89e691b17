//! A control group around a gateway: a limit on its memory, or on its processes and threads.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::id;

use crate::launch::Launch;

/// A resource that a group limits: its name, and the file that limits it in either version.
#[derive(Debug)]
pub(super) struct Resource {
    name: &'static str,
    limits: [&'static str; 2],
}

/// Memory, in bytes.
pub(super) const MEMORY: Resource = Resource { name: "memory", limits: ["memory.limit_in_bytes", "memory.max"] };
/// Processes and threads.
pub(super) const PROCESSES: Resource = Resource { name: "pids", limits: ["pids.max", "pids.max"] };

/// A control group of its own, which is gone with this value.
#[derive(Debug)]
pub(super) struct Cage {
    group: PathBuf,
    limit: PathBuf,
}

impl Cage {
    /// Makes a group that can limit the resource, in the first version of control groups or in the second; `None` where this
    /// user may not.
    pub(super) fn new(resource: &Resource) -> Option<Self> {
        let root = Path::new("/sys/fs/cgroup");
        let name = format!("avatar-torture-{}-{}", resource.name, id());
        [resource.name, "."].into_iter().zip(resource.limits).find_map(|(folder, limit)| {
            let group = root.join(folder).join(&name);
            fs::create_dir(&group).ok()?;
            let cage = Self { limit: group.join(limit), group };
            cage.limit.exists().then_some(cage)
        })
    }

    /// How a gateway is started in it.
    pub(super) fn launch(&self) -> Launch {
        Launch::after(&format!("echo $$ > '{}'", self.group.join("cgroup.procs").display()))
    }

    /// Limits what all in it may have together; returns whether the system takes that.
    pub(super) fn limit(&self, most: u64) -> bool {
        fs::write(&self.limit, most.to_string()).is_ok()
    }

    /// How many processes and threads are in it.
    pub(super) fn processes(&self) -> Option<u64> {
        fs::read_to_string(self.group.join("pids.current")).ok()?.trim().parse().ok()
    }
}

impl Drop for Cage {
    fn drop(&mut self) {
        let _ = fs::remove_dir(&self.group);
    }
}
