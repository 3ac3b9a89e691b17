//! How a host process ended, in words: exit code or signal, and its last words on stderr.

use std::fmt;
use std::os::unix::process::ExitStatusExt;
use std::process::ExitStatus;

use rustix::process::Signal;

/// The end of a host process that was not asked for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct HostExit {
    /// How it ended; `None` if that could not be learnt.
    pub status: Option<ExitStatus>,
    /// What it said last on stderr, oldest first; see [`LastWords`](crate::host::last_words::LastWords).
    pub last_words: Vec<String>,
}

impl HostExit {
    /// Why it ended, as a word: the signal in small letters, or `exit`.
    pub fn reason(&self) -> &'static str {
        match self.status.map(|status| (status.code(), status.signal())) {
            Some((_, Some(signal))) => {
                SIGNALS.iter().find(|(known, _)| *known == signal).map_or("signal", |(_, name)| name)
            }
            Some((Some(_), None)) => "exit",
            _ => "unknown",
        }
    }
}

/// The signals that end processes unasked, by number.
const SIGNALS: [(i32, &str); 8] = [
    (Signal::KILL.as_raw(), "sigkill"),
    (Signal::SEGV.as_raw(), "sigsegv"),
    (Signal::ABORT.as_raw(), "sigabrt"),
    (Signal::BUS.as_raw(), "sigbus"),
    (Signal::ILL.as_raw(), "sigill"),
    (Signal::FPE.as_raw(), "sigfpe"),
    (Signal::TERM.as_raw(), "sigterm"),
    (Signal::XCPU.as_raw(), "sigxcpu"),
];

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
    fn a_reason_is_one_of_few_words() {
        let reason = |status| HostExit { status, last_words: vec!["boom".into()] }.reason();
        let raw = |raw| Some(ExitStatus::from_raw(raw));
        let reasons = [raw(3 << 8), raw(9), raw(11), raw(64), None].map(reason);
        assert_eq!(reasons, ["exit", "sigkill", "sigsegv", "signal", "unknown"]);
    }
}
