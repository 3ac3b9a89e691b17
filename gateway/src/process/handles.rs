//! How many files and connections this process may have open, and the share of it that connections get. Each gateway has
//! its own; the system counts for each process.

use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};

/// Of so many handles one is a connection's. A connection that uploads holds two files beside its own handle; what is left
/// is for jobs, the database, children and the log.
const HANDLES_FOR_EACH_CONNECTION: u64 = 4;
/// So many connections there are at most where the settings name no number: each takes some memory as well.
const USUAL: usize = 10_000;

/// The limit of open files and connections.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct HandleLimit(u64);

impl HandleLimit {
    /// Lets this process have as many open as the system allows it, and returns the limit that holds then. Children inherit
    /// it, and count for themselves.
    pub fn raised() -> Self {
        let limit = getrlimit(Resource::Nofile);
        if let Err(error) = setrlimit(Resource::Nofile, Rlimit { current: limit.maximum, ..limit }) {
            tracing::warn!(%error, "the limit of open files stays as it is");
        }
        Self(getrlimit(Resource::Nofile).current.unwrap_or(u64::MAX))
    }

    /// What [`HandleLimit::raised`] would come to, with nothing changed.
    pub fn reachable() -> Self {
        Self(getrlimit(Resource::Nofile).maximum.unwrap_or(u64::MAX))
    }

    /// How many there may be; [`u64::MAX`] where nothing bounds them.
    pub fn handles(self) -> u64 {
        self.0
    }

    /// How many connections there may be at once: as many as `wanted`, or the usual number where that is 0, but never more
    /// than their share of the handles; at least 1.
    pub fn connections(self, wanted: usize) -> usize {
        let share = usize::try_from(self.0 / HANDLES_FOR_EACH_CONNECTION).unwrap_or(usize::MAX);
        let wanted = if wanted == 0 { USUAL } else { wanted };
        wanted.min(share).max(1)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn connections_never_get_more_than_their_share() {
        for (handles, wanted, expected) in
            [(256, 0, 64), (256, 10, 10), (256, 1000, 64), (1 << 20, 0, 10_000), (1 << 20, 50_000, 50_000), (3, 0, 1)]
        {
            assert_eq!(HandleLimit(handles).connections(wanted), expected, "{wanted} of {handles}");
        }
        assert_eq!(HandleLimit(u64::MAX).connections(0), USUAL);
    }

    #[test]
    fn the_limit_is_raised_as_far_as_the_system_allows() {
        assert_eq!(HandleLimit::raised(), HandleLimit::reachable());
    }
}
