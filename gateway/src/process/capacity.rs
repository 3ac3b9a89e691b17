//! What this process may still open and start, found out by trying it. Each gateway has limits of its own.

use std::fs::File;
use std::io;
use std::sync::{Arc, Mutex, PoisonError};
use std::thread;

/// So many handles an attempt may need at once: the conversation with its host, its pipes, files and the database.
const HANDLES: usize = 16;
/// So many threads and processes its host needs at least; a child that decodes needs fewer.
const THREADS: usize = 8;

/// What the system answers just now to whoever opens files and starts threads, if it refuses.
pub fn lack() -> Option<io::Error> {
    [handles(), threads()].into_iter().find_map(Result::err)
}

/// Opens as many files as an attempt may need, and closes them again.
///
/// # Errors
/// There may not be as many.
pub fn handles() -> io::Result<()> {
    (0..HANDLES).map(|_| File::open("/dev/null")).collect::<io::Result<Vec<_>>>().map(drop)
}

/// Starts as many threads as an attempt may need and lets them end once all are there: a limit is met here as well.
fn threads() -> io::Result<()> {
    let gate = Arc::new(Mutex::new(()));
    let closed = gate.lock().unwrap_or_else(PoisonError::into_inner);
    let waiting = |_| {
        let gate = Arc::clone(&gate);
        thread::Builder::new().spawn(move || drop(gate.lock()))
    };
    let threads: Vec<_> = (0..THREADS).map(waiting).collect();
    drop(closed);
    threads.into_iter().try_for_each(|thread| thread.map(|thread| drop(thread.join())))
}
