//! How a host process ended, in words: exit code or signal, and its last lines on stderr.

use std::collections::VecDeque;
use std::fmt;
use std::os::unix::process::ExitStatusExt;
use std::process::ExitStatus;
use std::sync::{Arc, Mutex, PoisonError};

use rustix::process::Signal;

/// How many of a host's last lines are kept to explain its end.
const LINES: usize = 8;

/// The end of a host process that was not asked for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct HostExit {
    /// How it ended; `None` if that could not be learnt.
    pub status: Option<ExitStatus>,
    /// Its last lines on stderr, oldest first.
    pub last_words: Vec<String>,
}

impl fmt::Display for HostExit {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.status.map(|status| (status.code(), status.signal())) {
            Some((_, Some(9))) => {
                f.write_str("the engine's process was killed (SIGKILL), most likely because memory ran out")?;
            }
            Some((_, Some(signal))) => {
                write!(f, "the engine's process was killed by signal {signal}")?;
                if let Some(name) = signal_name(signal) {
                    write!(f, " ({name})")?;
                }
            }
            Some((Some(code), None)) => write!(f, "the engine's process exited with code {code}")?,
            _ => f.write_str("the engine's process ended")?,
        }
        match self.last_words.as_slice() {
            [] => Ok(()),
            lines => write!(f, "; its last words: {}", lines.join(" | ")),
        }
    }
}

/// The signals that end a process because of a fault of its own.
fn signal_name(number: i32) -> Option<&'static str> {
    let names = [
        (Signal::SEGV, "SIGSEGV: it touched memory that is not its own"),
        (Signal::ABORT, "SIGABRT: it gave up"),
        (Signal::BUS, "SIGBUS"),
        (Signal::ILL, "SIGILL: it used an instruction that this processor lacks"),
        (Signal::FPE, "SIGFPE"),
        (Signal::TERM, "SIGTERM"),
    ];
    names.into_iter().find(|(signal, _)| signal.as_raw() == number).map(|(_, name)| name)
}

/// The last lines of a stream, shared between the task that reads it and the one that explains.
#[derive(Debug, Clone, Default)]
pub struct StderrTail(Arc<Mutex<VecDeque<String>>>);

impl StderrTail {
    /// Remembers a line, forgetting the oldest.
    pub fn push(&self, line: &str) {
        let mut lines = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if lines.len() == LINES {
            lines.pop_front();
        }
        lines.push_back(line.to_owned());
    }

    /// Forgets everything: a new job begins.
    pub fn clear(&self) {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).clear();
    }

    /// The lines, oldest first.
    pub fn lines(&self) -> Vec<String> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).iter().cloned().collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn death(raw: i32, words: &[&str]) -> String {
        let last_words = words.iter().map(ToString::to_string).collect();
        HostExit { status: Some(ExitStatus::from_raw(raw)), last_words }.to_string()
    }

    #[test]
    fn a_death_names_code_or_signal_and_last_words() {
        assert_eq!(death(3 << 8, &[]), "the engine's process exited with code 3");
        assert_eq!(
            death(11, &["loading", "boom"]),
            "the engine's process was killed by signal 11 (SIGSEGV: it touched memory that is not its own); \
             its last words: loading | boom"
        );
        assert!(death(9, &[]).contains("memory ran out"));
    }

    #[test]
    fn only_the_last_lines_are_kept() {
        let words = StderrTail::default();
        for n in 0..20 {
            words.push(&n.to_string());
        }
        assert_eq!(words.lines().first().map(String::as_str), Some("12"));
        assert_eq!(words.lines().len(), LINES);
    }
}
