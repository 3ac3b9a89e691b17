//! The memory of this process.

use std::fs;

/// Bytes of it that lie in memory now.
///
/// # Panics
/// The system does not tell, as only Linux does.
#[must_use]
pub fn resident() -> u64 {
    told("VmRSS:")
}

/// The most bytes of it that have lain in memory so far.
///
/// # Panics
/// As [`resident`].
#[must_use]
pub fn peak() -> u64 {
    told("VmHWM:")
}

fn told(name: &str) -> u64 {
    let status = fs::read_to_string("/proc/self/status").expect("the system tells");
    let line = status.lines().find_map(|line| line.strip_prefix(name)).expect("with the line that is asked for");
    line.trim().trim_end_matches(" kB").parse::<u64>().expect("in kilobytes") << 10
}
