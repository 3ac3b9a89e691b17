//! What Linux tells of the processes of this machine.

use std::fs;

/// The processes whose command line, with its parts ended by NUL, is as asked for.
pub(crate) fn processes(is_wanted: impl Fn(&str) -> bool) -> Vec<u32> {
    let processes = fs::read_dir("/proc").expect("Linux tells its processes").flatten();
    let ids = processes.filter_map(|entry| entry.file_name().to_str()?.parse().ok());
    ids.filter(|id: &u32| {
        let line = fs::read(format!("/proc/{id}/cmdline")).unwrap_or_default();
        is_wanted(&String::from_utf8_lossy(&line))
    })
    .collect()
}

/// What a process's status says under a heading such as `State`; `None` if there is no such process or heading.
pub fn status(process: u32, heading: &str) -> Option<String> {
    let status = fs::read_to_string(format!("/proc/{process}/status")).ok()?;
    let line = status.lines().find_map(|line| line.strip_prefix(heading)?.strip_prefix(':'))?;
    Some(line.trim().to_owned())
}

/// The most memory that a process has had in use so far, in MiB.
///
/// # Panics
/// There is no such process.
pub fn memory_peak(process: u32) -> u64 {
    memory(process, "VmHWM")
}

/// The memory that a process has in use, in MiB.
///
/// # Panics
/// There is no such process.
pub fn memory_now(process: u32) -> u64 {
    memory(process, "VmRSS")
}

fn memory(process: u32, heading: &str) -> u64 {
    let told = status(process, heading).expect("the process runs, and Linux tells its memory");
    told.trim_end_matches(" kB").parse::<u64>().expect("it is a number") / 1024
}
