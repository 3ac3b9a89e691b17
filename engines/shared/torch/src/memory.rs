//! How much memory a device has left, and amounts of it for people.

use std::fs;

use tch::Device;

/// Bytes that can be taken on a device now; none where that cannot be told.
///
/// Of the processor, it is the least of what the system calls available and what the process's control group still
/// permits.
#[must_use]
pub fn available(device: Device) -> Option<u64> {
    match device {
        Device::Cuda(number) => cuda(number).map(|(free, _)| free),
        _ => [system(), control_group()].into_iter().flatten().min(),
    }
}

/// Bytes that a GPU has in all; none of the processor, whose memory many share, and where that cannot be told.
#[must_use]
pub fn total(device: Device) -> Option<u64> {
    match device {
        Device::Cuda(number) => cuda(number).map(|(_, total)| total),
        _ => None,
    }
}

/// For people: `11.9 GiB`.
#[must_use]
pub fn gib(bytes: u64) -> String {
    format!("{:.1} GiB", bytes as f64 / f64::from(1 << 30))
}

fn system() -> Option<u64> {
    let text = fs::read_to_string("/proc/meminfo").ok()?;
    let line = text.lines().find_map(|line| line.strip_prefix("MemAvailable:"))?;
    line.trim().strip_suffix(" kB")?.parse::<u64>().ok().map(|kilobytes| kilobytes * 1024)
}

/// What the process's group (control groups of version 2) may still take. Cached files count as taken there, and are given
/// back when memory is wanted.
fn control_group() -> Option<u64> {
    let membership = fs::read_to_string("/proc/self/cgroup").ok()?;
    let group = membership.lines().find_map(|line| line.strip_prefix("0::"))?;
    let folder = format!("/sys/fs/cgroup{}", group.trim_end_matches('/'));
    let number = |name: &str| fs::read_to_string(format!("{folder}/{name}")).ok()?.trim().parse::<u64>().ok();
    let stat = fs::read_to_string(format!("{folder}/memory.stat")).unwrap_or_default();
    let counted = |name: &str| stat.lines().find_map(|line| line.strip_prefix(name)?.trim().parse::<u64>().ok());
    let cached: u64 = ["active_file ", "inactive_file "].into_iter().filter_map(counted).sum();
    let taken = number("memory.current")?.saturating_sub(cached);
    Some(number("memory.max")?.saturating_sub(taken))
}

/// Bytes that are free and bytes in all, as CUDA's runtime tells them, which is loaded wherever libtorch's CUDA part is.
fn cuda(number: usize) -> Option<(u64, u64)> {
    use libloading::os::unix::Library;
    type SetDevice = unsafe extern "C" fn(i32) -> i32;
    type MemGetInfo = unsafe extern "C" fn(*mut usize, *mut usize) -> i32;
    let (mut free, mut total) = (0, 0);
    let number = i32::try_from(number).ok()?;
    let process = Library::this();
    // SAFETY: both functions are CUDA's, of these types since its version 2; the pointers are of two live numbers.
    #[allow(unsafe_code)]
    let done = unsafe {
        let set_device = process.get::<SetDevice>(b"cudaSetDevice\0").ok()?;
        let mem_get_info = process.get::<MemGetInfo>(b"cudaMemGetInfo\0").ok()?;
        set_device(number) == 0 && mem_get_info(&mut free, &mut total) == 0
    };
    done.then_some((free as u64, total as u64))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_processor_tells_its_memory() {
        let bytes = available(Device::Cpu).expect("Linux tells it");
        assert!(((1 << 20)..(1 << 45)).contains(&bytes), "{bytes}");
        assert_eq!(gib(12_777_000_000), "11.9 GiB");
    }
}
