//! The terminal that a gateway was started from, if it was: when it is closed, that is a wish to stop.

use std::fs::{self, File};
use std::io::{self, IsTerminal};

use rustix::io::Errno;

/// What a gateway had of a terminal when it was started.
#[derive(Debug)]
pub(super) struct Terminal {
    /// Which of stdin, stdout and stderr were one.
    streams: [bool; 3],
    /// Whether there was one that Ctrl-C comes from, whatever the streams are.
    is_controlled: bool,
}

impl Terminal {
    /// The terminal, unless there is none or the gateway is to outlive it: under `nohup`.
    pub(super) fn of_start() -> Option<Self> {
        let terminal = Self { streams: streams(), is_controlled: File::open("/dev/tty").is_ok() };
        let is_there = terminal.is_controlled || terminal.streams.contains(&true);
        (is_there && !are_hang_ups_ignored()).then_some(terminal)
    }

    /// Whether it has been closed since.
    pub(super) fn is_closed(&self) -> bool {
        let lost_stream = self.streams.into_iter().zip(streams()).any(|(then, now)| then && !now);
        let lost_control = || {
            let opened = File::open("/dev/tty");
            opened.is_err_and(|error| matches!(Errno::from_io_error(&error), Some(Errno::NXIO | Errno::IO)))
        };
        lost_stream || (self.is_controlled && lost_control())
    }
}

fn streams() -> [bool; 3] {
    [io::stdin().is_terminal(), io::stdout().is_terminal(), io::stderr().is_terminal()]
}

/// Whether whoever started this process has it ignore SIGHUP, which `nohup` does.
fn are_hang_ups_ignored() -> bool {
    let status = fs::read_to_string("/proc/self/status").unwrap_or_default();
    let ignored = status.lines().find_map(|line| line.strip_prefix("SigIgn:"));
    // The lowest bit stands for signal 1.
    ignored.and_then(|mask| u64::from_str_radix(mask.trim(), 16).ok()).is_some_and(|mask| mask & 1 == 1)
}
