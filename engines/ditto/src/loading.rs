//! Tells that networks are being loaded, for as long as that may take at most: by the sizes of their files. What takes longer
//! stands still, and whoever waits for it is to notice that.

use std::panic::resume_unwind;
use std::sync::mpsc::{self, RecvTimeoutError};
use std::thread;
use std::time::{Duration, Instant};

use engine_api::Progress;

/// What people are told.
const STAGE: &str = "load networks";
/// How often.
const TICK: Duration = Duration::from_secs(1);
/// How long a network may take to load: at least, and for each gigabyte more.
const BASE: Duration = Duration::from_secs(30);
const FOR_A_GIGABYTE: f64 = 120.0;
/// How long TensorRT may take to compile one.
const COMPILING: Duration = Duration::from_secs(900);
const GIGABYTE: f64 = 1e9;
/// Progress is counted in kibibytes, so that it advances within the smallest file too.
const UNIT: u64 = 1024;

/// Loads networks of `total` bytes in a thread of its own, and tells how far that is; `load` says of each network how many bytes
/// it has as it begins with it.
pub(crate) fn watched<T: Send>(
    total: u64,
    compiles: bool,
    progress: &mut dyn Progress,
    load: impl FnOnce(&(dyn Fn(u64) + Sync)) -> T + Send,
) -> T {
    let (begun, begins) = mpsc::channel();
    progress.progress(STAGE, 0, total / UNIT);
    thread::scope(|scope| {
        let loading = scope.spawn(move || {
            load(&|bytes| {
                let _ = begun.send(bytes);
            })
        });
        let mut done = 0;
        let mut under_way: Option<UnderWay> = None;
        loop {
            match begins.recv_timeout(TICK) {
                Ok(bytes) => {
                    done += under_way.map_or(0, |before| before.bytes);
                    under_way = Some(UnderWay { bytes, since: Instant::now(), compiles });
                }
                Err(RecvTimeoutError::Timeout) => {}
                Err(RecvTimeoutError::Disconnected) => break,
            }
            let loaded = done + under_way.as_ref().map_or(0, |now| now.loaded(now.since.elapsed()));
            progress.progress(STAGE, loaded / UNIT, total / UNIT);
        }
        let loaded = loading.join().unwrap_or_else(|panic| resume_unwind(panic));
        progress.progress(STAGE, total / UNIT, total / UNIT);
        loaded
    })
}

/// The network that is being loaded.
struct UnderWay {
    bytes: u64,
    since: Instant,
    compiles: bool,
}

impl UnderWay {
    /// The bytes that may be loaded after a time. Nobody can ask the runtime: they advance evenly through the time that it may
    /// take, and then no more.
    fn loaded(&self, after: Duration) -> u64 {
        let for_size = Duration::from_secs_f64(FOR_A_GIGABYTE * self.bytes as f64 / GIGABYTE);
        let most = BASE + for_size + if self.compiles { COMPILING } else { Duration::ZERO };
        let share = (after.as_secs_f64() / most.as_secs_f64()).min(1.0);
        (self.bytes as f64 * share) as u64
    }
}

#[cfg(test)]
mod tests {
    use engine_api::testing::RecordingHost;

    use super::*;

    #[test]
    fn a_network_advances_through_its_time_and_then_stands_still() {
        let large = UnderWay { bytes: 1_500_000_000, since: Instant::now(), compiles: false };
        let at = |seconds| large.loaded(Duration::from_secs(seconds));
        assert!(at(0) == 0 && at(1) > UNIT && at(100) > at(99) + UNIT && at(209) < large.bytes);
        assert_eq!((at(210), at(10_000)), (large.bytes, large.bytes));
        // The smallest one of all, which TensorRT compiles: it advances well before anybody gives up.
        let small = UnderWay { bytes: 186_000, since: Instant::now(), compiles: true };
        assert!(small.loaded(Duration::from_secs(12)) > UNIT && small.loaded(Duration::from_secs(900)) < small.bytes);
    }

    #[test]
    fn what_is_loaded_is_told_by_size() {
        let mut host = RecordingHost::new();
        let loaded = watched(6 * UNIT, false, &mut host, |begin| {
            [3 * UNIT, UNIT, 2 * UNIT].into_iter().for_each(begin);
            "all"
        });
        assert_eq!(loaded, "all");
        let told: Vec<(u64, u64)> = host.reports.iter().map(|told| (told.done, told.total)).collect();
        assert_eq!(told, [(0, 6), (0, 6), (3, 6), (4, 6), (6, 6)]);
        assert!(host.reports.iter().all(|told| told.stage == STAGE));
    }
}
