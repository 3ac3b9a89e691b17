//! What a child that opens strangers' files may do: read those, write into a folder of its own, say what it found, and
//! nothing else. It puts the fence around itself before it opens the first.

use std::ffi::OsString;
use std::io::{self, Read};
use std::path::Path;
use std::time::Duration;

use rustix::process::{Resource, Rlimit, setrlimit};

use crate::intake::probe::fence::fences::Fences;

pub mod fences;

#[cfg(target_os = "linux")]
#[path = "fence/linux.rs"]
mod system;

#[cfg(not(target_os = "linux"))]
#[path = "fence/other.rs"]
mod system;

/// Handles that a child may have open at once: three pipes, its files, and what FFmpeg opens twice.
const HANDLES: u64 = 64;

/// What a child may take, as its parent tells it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::Args)]
pub struct Bounds {
    /// Bytes of memory, beyond what it has when it starts
    #[arg(long)]
    pub memory: u64,
    /// Seconds of processor time
    #[arg(long)]
    pub processor_seconds: u64,
    /// Bytes of the largest file that it may write
    #[arg(long)]
    pub file_bytes: Option<u64>,
}

impl Bounds {
    /// For work on one thread.
    pub fn new(memory: u64, patience: Duration) -> Self {
        Self { memory, processor_seconds: patience.as_secs() + 1, file_bytes: None }
    }

    /// Writes no file that is larger.
    pub fn writing(self, bytes: u64) -> Self {
        Self { file_bytes: Some(bytes), ..self }
    }

    /// For work on as many threads as there are processors, each with a stack and a heap of its own.
    pub fn threaded(self) -> Self {
        const OF_A_THREAD: u64 = 24 << 20;
        let threads = std::thread::available_parallelism().map_or(1, usize::from) as u64;
        Self {
            memory: self.memory + OF_A_THREAD * threads,
            processor_seconds: self.processor_seconds * threads,
            ..self
        }
    }

    /// As options of a command line.
    pub fn arguments(&self) -> Vec<OsString> {
        let mut arguments = vec![format!("--memory={}", self.memory)];
        arguments.push(format!("--processor-seconds={}", self.processor_seconds));
        arguments.extend(self.file_bytes.map(|bytes| format!("--file-bytes={bytes}")));
        arguments.into_iter().map(OsString::from).collect()
    }
}

/// Has the system end this process when its parent ends.
///
/// # Errors
/// The system refuses it.
pub fn die_with_parent() -> io::Result<()> {
    system::die_with_parent()
}

/// Puts this process behind the fence: it takes no more than its bounds, and opens no files but `reads` and those in the
/// folder `writes`; it ends when nobody is at the other end of its stdin. What the kernel does not know of it is left out.
///
/// # Errors
/// A limit cannot be set, or one of the files is not there.
pub fn raise(bounds: &Bounds, reads: &[&Path], writes: Option<&Path>) -> io::Result<Fences> {
    system::gain_nothing()?;
    let limit = |resource, most: u64| setrlimit(resource, Rlimit { current: Some(most), maximum: Some(most) });
    limit(Resource::Core, 0)?;
    limit(Resource::Nofile, HANDLES)?;
    // The soft limit's signal says why; the hard one's does not let itself be caught.
    let seconds = bounds.processor_seconds;
    setrlimit(Resource::Cpu, Rlimit { current: Some(seconds), maximum: Some(seconds + 1) })?;
    if writes.is_none() {
        limit(Resource::Fsize, 0)?;
    } else if let Some(bytes) = bounds.file_bytes {
        limit(Resource::Fsize, bytes)?;
    }
    limit(Resource::Data, system::memory_in_use()?.saturating_add(bounds.memory))?;
    let fences = system::fence_in(reads, writes)?;
    std::thread::Builder::new().stack_size(64 << 10).spawn(await_end_of_parent)?;
    Ok(fences)
}

/// Which fences this system has, tried out on this process.
///
/// # Errors
/// One is there and cannot be put up.
pub fn try_out() -> io::Result<Fences> {
    system::fence_in(&[], None)
}

/// The other end of this process's stdin is its parent's, who never says anything.
fn await_end_of_parent() {
    let mut said = [0];
    while matches!(io::stdin().read(&mut said), Ok(1..)) {}
    std::process::abort();
}

#[cfg(all(test, target_os = "linux"))]
mod tests;
