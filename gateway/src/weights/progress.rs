//! How far a download is, for whoever shows it.

use std::time::Duration;

/// What happens to a file on its way.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Event<'a> {
    /// So many bytes are there of so many, where that is known.
    At {
        /// Bytes there.
        done: u64,
        /// Bytes of the whole file.
        of: Option<u64>,
    },
    /// The connection broke or was not made; after a wait it is tried again.
    Broken {
        /// What became of it.
        reason: &'a str,
        /// Time until the next attempt.
        wait: Duration,
    },
    /// The file is in its place.
    Complete,
}

/// Hears what happens to files, each by its name.
pub type Watch<'a> = dyn Fn(&str, Event<'_>) + 'a;
