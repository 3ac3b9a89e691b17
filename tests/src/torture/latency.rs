//! How soon the API answers while a gateway is tortured, and how late this machine lets anybody run meanwhile.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant};

use crate::torture::door::Door;
use crate::torture::ledger::Ledger;

/// The slowest that one answer in a hundred may be.
const LIMIT: Duration = Duration::from_millis(50);
/// An unoptimised gateway may take as many times longer.
const UNOPTIMISED: u32 = 10;
/// Between two questions.
const REST: Duration = Duration::from_millis(15);

/// Somebody who asks small questions all the time.
#[derive(Debug)]
pub(super) struct Watch {
    stop: Arc<AtomicBool>,
    thread: JoinHandle<Latency>,
}

/// What was measured.
#[derive(Debug, Default)]
pub(super) struct Latency {
    /// How long each answer took, from short to long.
    answers: Vec<Duration>,
    /// How much later than it wanted the one who asks was woken, from short to long: what is the machine's fault.
    waking: Vec<Duration>,
}

impl Watch {
    /// Asks whichever gateway the door leads to.
    pub(super) fn start(door: Arc<Door>, ledger: Arc<Ledger>) -> Self {
        let stop = Arc::new(AtomicBool::new(false));
        let stopped = Arc::clone(&stop);
        let thread = thread::spawn(move || {
            let mut latency = Latency::default();
            let mut next = 0;
            while !stopped.load(Ordering::Relaxed) {
                let start = Instant::now();
                thread::sleep(REST);
                latency.waking.push(start.elapsed().saturating_sub(REST));
                next += 1;
                let path = question(next, &ledger);
                let start = Instant::now();
                if door.get(&path).is_some() {
                    latency.answers.push(start.elapsed());
                }
            }
            latency.answers.sort();
            latency.waking.sort();
            latency
        });
        Self { stop, thread }
    }

    pub(super) fn stop(self) -> Latency {
        self.stop.store(true, Ordering::Relaxed);
        self.thread.join().expect("nothing in it panics")
    }
}

fn question(number: u64, ledger: &Ledger) -> String {
    match (number % 5, ledger.latest_job()) {
        (0, _) => "/livez".to_owned(),
        (1, _) => "/readyz".to_owned(),
        (2, _) => "/v1/engines/testcard".to_owned(),
        (3, Some(id)) => format!("/v1/jobs/{id}"),
        _ => "/v1/jobs?limit=20".to_owned(),
    }
}

impl Latency {
    /// So many of a hundred answers took no longer; zero if there was none.
    pub(super) fn percentile(&self, hundredth: usize) -> Duration {
        percentile(&self.answers, hundredth)
    }

    /// A sentence, if the answers were later than they may be. What this machine is late by counts for nobody.
    pub(super) fn fault(&self) -> Option<String> {
        let factor = if cfg!(debug_assertions) { UNOPTIMISED } else { 1 };
        let machine = percentile(&self.waking, 99);
        let (is, limit) = (self.percentile(99), LIMIT * factor + machine);
        (is > limit).then(|| {
            format!("one answer in a hundred took {is:.1?} or longer: at most {limit:.1?}, of which the machine {machine:.1?}")
        })
    }
}

fn percentile(sorted: &[Duration], hundredth: usize) -> Duration {
    let last = sorted.len().saturating_sub(1);
    sorted.get(last * hundredth / 100).copied().unwrap_or_default()
}
