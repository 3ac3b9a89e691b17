//! What this machine can run out of. It is nobody's fault who asks for something, and passes: no job is failed for it,
//! and no request is answered with 500.

use std::error::Error;
use std::fmt;
use std::io;
use std::iter;

use rustix::io::Errno;
use serde::{Deserialize, Serialize};

/// A resource of the whole gateway that has run out, or does not answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Shortage {
    /// Space of the data folder's disk, or the user's part of it.
    Storage,
    /// File handles, of this process or the whole machine.
    Handles,
    /// Memory.
    Memory,
    /// Processes and threads.
    Processes,
    /// The database: locked by somebody else, unreadable, or gone.
    Database,
    /// The binary that the gateway runs: another was put in its place, and what it starts is that one.
    Binary,
}

impl Shortage {
    /// What is short where the system has answered with this error; `None` where the error is about something else.
    pub fn of_io(error: &io::Error) -> Option<Self> {
        match error.kind() {
            io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded => return Some(Self::Storage),
            io::ErrorKind::OutOfMemory => return Some(Self::Memory),
            _ => {}
        }
        let Some(number) = Errno::from_io_error(error) else { return Self::below(error) };
        match number {
            Errno::MFILE | Errno::NFILE => Some(Self::Handles),
            // What starting a process answers at a limit; sockets and files that would block say so by their kind.
            Errno::AGAIN => Some(Self::Processes),
            _ => None,
        }
    }

    /// What is short in the eyes of the system's error that another one was made of, with a path for instance.
    fn below(error: &io::Error) -> Option<Self> {
        let made: &(dyn Error + 'static) = error.get_ref()?;
        let mut causes = iter::successors(Some(made), |error| (*error).source());
        causes.find_map(|cause| Self::of_io(cause.downcast_ref()?))
    }

    /// A word for metrics and logs.
    pub fn name(self) -> &'static str {
        match self {
            Self::Storage => "storage",
            Self::Handles => "handles",
            Self::Memory => "memory",
            Self::Processes => "processes",
            Self::Database => "database",
            Self::Binary => "binary",
        }
    }
}

/// A sentence for people.
impl fmt::Display for Shortage {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Storage => "the gateway's disk is full",
            Self::Handles => "the gateway has no file handles left",
            Self::Memory => "the gateway has no memory left",
            Self::Processes => "the gateway cannot start any more processes",
            Self::Database => "the database does not answer",
            Self::Binary => "the gateway's binary was replaced while it runs: restart the gateway",
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn errors_of_the_system_tell_what_is_short() {
        let short = |errno: Errno| Shortage::of_io(&io::Error::from(errno));
        assert_eq!(short(Errno::NOSPC), Some(Shortage::Storage));
        assert_eq!(short(Errno::DQUOT), Some(Shortage::Storage));
        assert_eq!(short(Errno::MFILE), Some(Shortage::Handles));
        assert_eq!(short(Errno::NFILE), Some(Shortage::Handles));
        assert_eq!(short(Errno::NOMEM), Some(Shortage::Memory));
        assert_eq!(short(Errno::AGAIN), Some(Shortage::Processes));
        assert_eq!(short(Errno::ACCESS), None);
        assert_eq!(Shortage::of_io(&io::Error::other("ENOSPC in words alone")), None);
    }
}
