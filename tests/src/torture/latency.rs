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
/// What is asked, in turn.
const QUESTIONS: [&str; 5] = ["/livez", "/readyz", "/v1/engines/testcard", "/v1/jobs/{id}", "/v1/jobs?limit=20"];
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
    /// How long each answer took, from short to long, and to which question.
    answers: Vec<(Duration, usize)>,
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
            let mut next = 0_usize;
            while !stopped.load(Ordering::Relaxed) {
                let start = Instant::now();
                thread::sleep(REST);
                latency.waking.push(start.elapsed().saturating_sub(REST));
                next += 1;
                let question = next % QUESTIONS.len();
                let Some(path) = path(question, &ledger) else { continue };
                let start = Instant::now();
                if door.get(&path).is_some() {
                    latency.answers.push((start.elapsed(), question));
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

/// What a question asks for; `None` if there is no job yet to ask about.
fn path(question: usize, ledger: &Ledger) -> Option<String> {
    match QUESTIONS[question].split_once("{id}") {
        Some((before, after)) => Some(format!("{before}{}{after}", ledger.latest_job()?)),
        None => Some(QUESTIONS[question].to_owned()),
    }
}

impl Latency {
    /// So many of a hundred answers took no longer; zero if there was none.
    pub(super) fn percentile(&self, hundredth: usize) -> Duration {
        percentile(&self.answers, hundredth).0
    }

    /// A sentence, if the answers were later than they may be. What this machine is late by counts for nobody.
    pub(super) fn fault(&self) -> Option<String> {
        let factor = if cfg!(debug_assertions) { UNOPTIMISED } else { 1 };
        let machine = percentile(&self.waking, 99);
        let (is, limit) = (self.percentile(99), LIMIT * factor + machine);
        (is > limit).then(|| {
            let late = self.answers.iter().filter(|(took, _)| *took > limit);
            let mut counts = [0; QUESTIONS.len()];
            late.for_each(|(_, question)| counts[*question] += 1);
            let late: Vec<String> = QUESTIONS.iter().zip(counts).map(|(path, count)| format!("{count} to {path}")).collect();
            format!(
                "one answer in a hundred took {is:.1?} or longer: at most {limit:.1?}, of which the machine {machine:.1?}; \
                 late of {} were {}",
                self.answers.len(),
                late.join(", ")
            )
        })
    }
}

fn percentile<T: Copy + Default>(sorted: &[T], hundredth: usize) -> T {
    let last = sorted.len().saturating_sub(1);
    sorted.get(last * hundredth / 100).copied().unwrap_or_default()
}
