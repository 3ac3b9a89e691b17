//! The graphics card, for services that tell of it: asked of `nvidia-smi`, in a process that may hang or die.

use std::process::Stdio;
use std::time::{Duration, Instant};

use tokio::process::Command;
use tokio::sync::Mutex;

/// How long an answer holds. Clients poll.
const FRESH: Duration = Duration::from_secs(5);
/// How long the driver's tool may take.
const PATIENCE: Duration = Duration::from_secs(3);
const MIB_PER_GIB: f64 = 1024.0;

/// The first graphics card.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Gpu {
    /// What its maker calls it.
    pub(crate) name: String,
    /// GiB in all.
    pub(crate) memory_total: f64,
    /// GiB that nobody uses.
    pub(crate) memory_free: f64,
}

/// Remembers what was found last.
#[derive(Debug, Default)]
pub struct Gpus(Mutex<Option<(Instant, Option<Gpu>)>>);

impl Gpus {
    /// The first card; `None` where there is none, or no driver for it.
    pub(crate) async fn first(&self) -> Option<Gpu> {
        let mut known = self.0.lock().await;
        if let Some((at, gpu)) = &*known
            && at.elapsed() < FRESH
        {
            return gpu.clone();
        }
        let gpu = ask().await;
        *known = Some((Instant::now(), gpu.clone()));
        gpu
    }
}

async fn ask() -> Option<Gpu> {
    let asked = Command::new("nvidia-smi")
        .args(["--query-gpu=name,memory.total,memory.free", "--format=csv,noheader,nounits"])
        .stdin(Stdio::null())
        .stderr(Stdio::null())
        .kill_on_drop(true)
        .output();
    let output = tokio::time::timeout(PATIENCE, asked).await.ok()?.ok()?;
    read(std::str::from_utf8(&output.stdout).ok()?.lines().next()?)
}

/// Reads a line such as `NVIDIA GeForce RTX 4090, 24564, 23000`.
fn read(line: &str) -> Option<Gpu> {
    let mut columns = line.rsplitn(3, ',').map(str::trim);
    let (free, total, name) = (columns.next()?, columns.next()?, columns.next()?);
    let gib = |mib: &str| mib.parse::<f64>().ok().map(|mib| mib / MIB_PER_GIB);
    Some(Gpu { name: name.to_owned(), memory_total: gib(total)?, memory_free: gib(free)? })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_of_the_drivers_tool_is_read() {
        let gpu = Gpu { name: "NVIDIA H100, PCIe".into(), memory_total: 80.0, memory_free: 79.5 };
        assert_eq!(read("NVIDIA H100, PCIe, 81920, 81408"), Some(gpu));
        assert_eq!(read("No devices were found"), None);
        assert_eq!(read("NVIDIA GB10, [N/A], [N/A]"), None);
    }
}
