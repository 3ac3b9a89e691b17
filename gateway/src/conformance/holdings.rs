//! What a host process holds, and what it has started, as far as the system tells.

use std::fs;
use std::path::{Path, PathBuf};

use crate::host::process::resident_memory;

/// What a process holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Holdings {
    /// Bytes of memory.
    pub(super) memory: u64,
    /// Open files, sockets and pipes.
    pub(super) handles: usize,
    /// Threads.
    pub(super) threads: u64,
}

/// What a process holds at this moment; `None` where the system does not tell, or there is no such process.
pub(super) fn holdings(process: u32) -> Option<Holdings> {
    let status = fs::read_to_string(format!("/proc/{process}/status")).ok()?;
    let threads = status.lines().find_map(|line| line.strip_prefix("Threads:"))?.trim().parse().ok()?;
    Some(Holdings { memory: resident_memory(process)?, handles: handles(process).len(), threads })
}

/// What the open handles of a process lead to.
pub(super) fn handles(process: u32) -> Vec<PathBuf> {
    let handles = fs::read_dir(format!("/proc/{process}/fd")).into_iter().flatten().flatten();
    handles.filter_map(|handle| fs::read_link(handle.path()).ok()).collect()
}

/// The processes that a host has started and that are there, by id and name: those of its group, and those that were given
/// its folder for temporary files, whatever group they have put themselves into.
pub(super) fn started_by(host: u32, temporary: &Path) -> Vec<String> {
    let mark = [b"TMPDIR=", temporary.as_os_str().as_encoded_bytes()].concat();
    let processes = fs::read_dir("/proc").into_iter().flatten().flatten();
    let ids = processes.filter_map(|entry| entry.file_name().to_str()?.parse::<u32>().ok());
    ids.filter(|id| *id != host)
        .filter_map(|id| {
            let stat = fs::read_to_string(format!("/proc/{id}/stat")).ok()?;
            let (name, rest) = stat.split_once('(')?.1.rsplit_once(')')?;
            let mut fields = rest.split_ascii_whitespace();
            let (state, group) = (fields.next()?, fields.nth(1)?.parse::<u32>().ok()?);
            let environment = fs::read(format!("/proc/{id}/environ")).unwrap_or_default();
            let is_marked = environment.split(|byte| *byte == 0).any(|variable| variable == mark);
            // A zombie is over, and waits for its parent alone.
            (state != "Z" && (group == host || is_marked)).then(|| format!("{id} ({name})"))
        })
        .collect()
}

/// The files below a folder, in order.
pub(super) fn files_below(folder: &Path) -> Vec<PathBuf> {
    let (mut files, mut folders) = (Vec::new(), vec![folder.to_owned()]);
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(&folder).into_iter().flatten().flatten() {
            match entry.file_type() {
                Ok(kind) if kind.is_dir() => folders.push(entry.path()),
                _ => files.push(entry.path()),
            }
        }
    }
    files.sort();
    files
}

#[cfg(test)]
mod tests {
    use std::process::Command;
    use std::time::Duration;

    use super::*;

    #[test]
    fn a_process_that_was_given_the_folder_is_found_and_goes() {
        let temporary = tempfile::tempdir().unwrap();
        let mut child = Command::new("sleep").arg("60").env("TMPDIR", temporary.path()).spawn().unwrap();
        let own = std::process::id();
        // A process that has just begun to run a program has no environment for a moment.
        let found = (0..1000).map(|_| started_by(own, temporary.path())).find(|found| {
            std::thread::sleep(Duration::from_millis(5));
            !found.is_empty()
        });
        assert_eq!(found, Some(vec![format!("{} (sleep)", child.id())]));
        assert!(holdings(child.id()).is_some_and(|held| held.threads == 1 && held.memory > 0));
        child.kill().unwrap();
        child.wait().unwrap();
        assert_eq!(started_by(own, temporary.path()), [""; 0]);
        assert_eq!(holdings(child.id()), None);
    }
}
