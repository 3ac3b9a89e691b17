//! What became of one kind.

use std::time::Duration;

use crate::torture::ledger::Faults;

/// The figures of one kind, and in words what was not right.
#[derive(Debug, Clone, Default)]
pub struct Report {
    /// The kind.
    pub name: &'static str,
    /// Why it could not be tried; then there are no figures.
    pub skipped: Option<String>,
    /// How many faults have struck.
    pub faults: u64,
    /// How many jobs and uploads were accepted and looked for afterwards.
    pub tried: u64,
    /// How many of the jobs have failed, as the fault or their order allows.
    pub failed: u64,
    /// What was accepted and is gone, or does not end.
    pub lost: Faults,
    /// Everything else that is not as it must be.
    pub wrong: Faults,
    /// How many requests were refused with a code that the kind allows.
    pub refused: u64,
    /// Half of the small answers took no longer.
    pub p50: Duration,
    /// Of a hundred small answers 99 took no longer.
    pub p99: Duration,
    /// How often the gateway was started again.
    pub restarts: u64,
    /// How long it took, with the audit.
    pub time: Duration,
    /// What is worth knowing beside.
    pub notes: Vec<String>,
}

impl Report {
    /// Nothing lost and nothing wrong.
    pub fn is_well(&self) -> bool {
        self.lost.count == 0 && self.wrong.count == 0
    }

    /// In words what is not right, a line each; empty if all is.
    pub fn complaints(&self) -> String {
        let lines = |what: &str, faults: &Faults| -> String {
            let more = faults.count - faults.words.len() as u64;
            let mut lines: String = faults.words.iter().map(|words| format!("      {what}: {words}\n")).collect();
            if more > 0 {
                lines += &format!("      {what}: and {more} more\n");
            }
            lines
        };
        lines("lost", &self.lost) + &lines("wrong", &self.wrong)
    }
}
