//! Measures for how long networks have been running, which is what an engine's speed is held against.

use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

static METER: Mutex<Meter> = Mutex::new(Meter { running: 0, since: None, total: Duration::ZERO });

struct Meter {
    running: usize,
    /// Since when at least one runs.
    since: Option<Instant>,
    total: Duration,
}

/// The time in which at least one network of this process was running. Several at the same time count once.
#[must_use]
pub fn time_in_networks() -> Duration {
    let meter = METER.lock().unwrap_or_else(PoisonError::into_inner);
    meter.total + meter.since.map_or(Duration::ZERO, |since| since.elapsed())
}

/// Runs a network, and counts.
pub(crate) fn metered<T>(run: impl FnOnce() -> T) -> T {
    let running = Running::start();
    let result = run();
    drop(running);
    result
}

/// One network runs, until this is dropped.
struct Running;

impl Running {
    fn start() -> Self {
        let mut meter = METER.lock().unwrap_or_else(PoisonError::into_inner);
        meter.running += 1;
        meter.since.get_or_insert_with(Instant::now);
        Self
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        let mut meter = METER.lock().unwrap_or_else(PoisonError::into_inner);
        meter.running -= 1;
        if meter.running == 0
            && let Some(since) = meter.since.take()
        {
            meter.total += since.elapsed();
        }
    }
}

#[cfg(test)]
mod tests {
    use std::thread::{scope, sleep};

    use super::*;

    #[test]
    fn what_runs_at_the_same_time_counts_once() {
        let nap = || metered(|| sleep(Duration::from_millis(50)));
        scope(|scope| {
            scope.spawn(nap);
            scope.spawn(nap);
        });
        sleep(Duration::from_millis(50));
        let counted = time_in_networks();
        assert!(counted >= Duration::from_millis(50), "{counted:?}");
        sleep(Duration::from_millis(20));
        assert_eq!(time_in_networks(), counted, "nothing runs");
    }
}
