//! The memory of this process, and whether it stays flat while it works.

use std::fs;

/// Calls that are looked at together, by the middle one of them: single ones may find the memory otherwise divided. As many
/// come before, until the allocator has divided it for good.
const TOGETHER: usize = 10;

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

/// Holds that the memory after each of many calls, all alike, grew by no more than `growth` bytes with each of them:
/// allocators find gaps of the right size or do not. How much it grew is told to those who run the tests with `--nocapture`.
///
/// # Panics
/// It grew by more, or there are fewer than 30 calls.
#[track_caller]
pub fn stays_flat(memory: &[u64], growth: u64) {
    let settled = memory.get(TOGETHER..).filter(|calls| calls.len() >= 2 * TOGETHER).expect("there are enough calls");
    let middle = |calls: &[u64]| {
        let mut calls = calls.to_vec();
        calls.sort_unstable();
        calls[calls.len() / 2]
    };
    let between = settled.len() - TOGETHER;
    let grown = middle(&settled[between..]).saturating_sub(middle(&settled[..TOGETHER]));
    eprintln!("{grown} bytes more after {between} calls");
    assert!(grown <= growth * between as u64, "{grown} bytes more: {memory:?}");
}
