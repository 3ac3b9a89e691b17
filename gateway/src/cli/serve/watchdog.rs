//! Ends the process when it does not end by itself after it was told to, whatever holds it up.

use std::fs;
use std::future::Future;
use std::io;
use std::process;
use std::sync::mpsc::{self, Receiver, RecvTimeoutError, Sender};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::thread;
use std::time::{Duration, Instant};

use rustix::process::{Signal, getpid, kill_process};

use crate::cli::serve::log::Log;

/// How long the end may take once running jobs have had their time: engines that are killed, connections that are cut,
/// the database that is closed.
pub(super) const GRACE: Duration = Duration::from_secs(14);
/// How long the system's own way of ending a process may take.
const EXIT: Duration = Duration::from_secs(2);

/// Knows by when the process must have ended. It runs on a thread of its own: it does its part also where nothing that is
/// asynchronous goes on any more.
#[derive(Debug, Clone)]
pub(super) struct Watchdog(Sender<Instant>);

impl Watchdog {
    /// Starts it, with nothing to end yet.
    ///
    /// # Errors
    /// No thread can be started.
    pub(super) fn start(going: Going, log: Log) -> io::Result<Self> {
        let (deadlines, told) = mpsc::channel();
        thread::Builder::new().name("watchdog".into()).spawn(move || {
            if is_overdue(&told) {
                end(&going, &log);
            }
        })?;
        Ok(Self(deadlines))
    }

    /// The process must have ended after so long. The earliest moment that was told counts.
    pub(super) fn end_within(&self, time: Duration) {
        let _ = self.0.send(Instant::now() + time);
    }
}

/// Waits for the earliest deadline; false if nobody is left who could tell one.
fn is_overdue(told: &Receiver<Instant>) -> bool {
    let Ok(mut deadline) = told.recv() else { return false };
    loop {
        match told.recv_timeout(deadline.saturating_duration_since(Instant::now())) {
            Ok(other) => deadline = deadline.min(other),
            Err(RecvTimeoutError::Timeout) => return true,
            Err(RecvTimeoutError::Disconnected) => thread::sleep(deadline.saturating_duration_since(Instant::now())),
        }
    }
}

/// Says what was waited for, and ends the process.
fn end(going: &Going, log: &Log) {
    let what = going.names().join(", ");
    tracing::error!(
        waiting_for = what,
        threads = threads(),
        "the gateway has been told to stop, has not ended in time, and ends at once; its jobs run at the next start"
    );
    log.flush();
    // Where the process's own end hangs as well, the system's does not.
    let _ = thread::Builder::new().spawn(|| {
        thread::sleep(EXIT);
        let _ = kill_process(getpid(), Signal::KILL);
    });
    process::exit(1);
}

/// What every thread of this process is doing: its name, the letter of its state, and where in the system it waits.
fn threads() -> String {
    let read = |path: &std::path::Path| fs::read_to_string(path).unwrap_or_default().trim().to_owned();
    let tasks = fs::read_dir("/proc/self/task").into_iter().flatten().flatten().map(|entry| {
        let folder = entry.path();
        let stat = read(&folder.join("stat"));
        let state = stat.rsplit(") ").next().and_then(|rest| rest.chars().next()).unwrap_or('?');
        format!("{} {state} {}", read(&folder.join("comm")), read(&folder.join("wchan")))
    });
    tasks.collect::<Vec<_>>().join(", ")
}

/// What is still going on, for whoever wonders why the process does not end.
#[derive(Debug, Clone, Default)]
pub(super) struct Going(Arc<Mutex<Vec<&'static str>>>);

impl Going {
    /// Waits for something that has a name as long as it goes on.
    pub(super) async fn during<T>(&self, name: &'static str, work: impl Future<Output = T>) -> T {
        self.names().push(name);
        let done = work.await;
        let mut names = self.names();
        if let Some(at) = names.iter().position(|other| *other == name) {
            names.remove(at);
        }
        done
    }

    fn names(&self) -> MutexGuard<'_, Vec<&'static str>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_earliest_deadline_counts() {
        let (deadlines, told) = mpsc::channel();
        let start = Instant::now();
        let waiting = thread::spawn(move || is_overdue(&told));
        deadlines.send(start + Duration::from_secs(600)).unwrap();
        deadlines.send(start + Duration::from_millis(50)).unwrap();
        deadlines.send(start + Duration::from_secs(700)).unwrap();
        assert!(waiting.join().unwrap());
        assert!((50..60_000).contains(&start.elapsed().as_millis()), "{:?}", start.elapsed());
        let (deadlines, told) = mpsc::channel();
        drop(deadlines);
        assert!(!is_overdue(&told), "nobody has told it to stop");
    }

    #[tokio::test]
    async fn what_goes_on_has_a_name() {
        let going = Going::default();
        let names = going.during("a", async { going.during("b", async { going.names().join(" ") }).await }).await;
        assert_eq!((names.as_str(), going.names().len()), ("a b", 0));
        assert!(threads().contains(' '), "{}", threads());
    }
}
