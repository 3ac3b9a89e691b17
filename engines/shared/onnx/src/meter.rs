//! Measures for how long networks have been running, which is what an engine's speed is held against.

use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

/// That of this process.
static METER: Meter = Meter::new();

/// The time in which at least one network of this process was running. Several at the same time count once.
#[must_use]
pub fn time_in_networks() -> Duration {
    METER.time()
}

/// Runs a network, and counts.
pub(crate) fn metered<T>(run: impl FnOnce() -> T) -> T {
    METER.metered(run)
}

struct Meter(Mutex<Count>);

struct Count {
    running: usize,
    /// Since when at least one runs.
    since: Option<Instant>,
    total: Duration,
}

impl Meter {
    const fn new() -> Self {
        Self(Mutex::new(Count { running: 0, since: None, total: Duration::ZERO }))
    }

    fn count(&self) -> MutexGuard<'_, Count> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn time(&self) -> Duration {
        let count = self.count();
        count.total + count.since.map_or(Duration::ZERO, |since| since.elapsed())
    }

    fn metered<T>(&self, run: impl FnOnce() -> T) -> T {
        let running = Running::start(self);
        let result = run();
        drop(running);
        result
    }
}

/// One network runs, until this is dropped.
struct Running<'m>(&'m Meter);

impl<'m> Running<'m> {
    fn start(meter: &'m Meter) -> Self {
        let mut count = meter.count();
        count.running += 1;
        count.since.get_or_insert_with(Instant::now);
        Self(meter)
    }
}

impl Drop for Running<'_> {
    fn drop(&mut self) {
        let mut count = self.0.count();
        count.running -= 1;
        if count.running == 0
            && let Some(since) = count.since.take()
        {
            count.total += since.elapsed();
        }
    }
}

#[cfg(test)]
mod tests {
    use std::thread::{scope, sleep};

    use super::*;

    #[test]
    fn what_runs_at_the_same_time_counts_once() {
        let meter = Meter::new();
        let nap = || meter.metered(|| sleep(Duration::from_millis(50)));
        scope(|scope| {
            scope.spawn(nap);
            scope.spawn(nap);
        });
        sleep(Duration::from_millis(50));
        let counted = meter.time();
        assert!(counted >= Duration::from_millis(50), "{counted:?}");
        sleep(Duration::from_millis(20));
        assert_eq!(meter.time(), counted, "nothing runs");
    }
}
