//! What was found at one place, and how bad it is: told by `doctor`, by `config check`, and by a running gateway's log.

pub(super) mod access;
pub(super) mod engines;
pub(super) mod machine;

use std::io;

use serde::Serialize;

use crate::cli::out;
use crate::config::{ConfigFaults, Fault};
use crate::domain::counted::counted;

/// How bad a finding is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum Level {
    Ok,
    Warning,
    Failure,
}

/// What was found at one place.
#[derive(Debug, Serialize)]
pub(super) struct Finding {
    pub(super) check: &'static str,
    pub(super) level: Level,
    pub(super) message: String,
    /// Empty where there is nothing to do.
    pub(super) remedy: String,
}

impl Finding {
    /// A fault of the configuration that a gateway works with.
    pub(super) fn strange(fault: &Fault) -> Self {
        Self::warning("configuration", &fault.problem, &fault.remedy)
    }

    /// The same, where a gateway starts with it all the same.
    pub(super) fn no_worse_than_strange(self) -> Self {
        Self { level: self.level.min(Level::Warning), ..self }
    }

    pub(super) fn ok(check: &'static str, message: impl Into<String>) -> Self {
        Self { check, level: Level::Ok, message: message.into(), remedy: String::new() }
    }

    pub(super) fn warning(check: &'static str, message: impl Into<String>, remedy: impl Into<String>) -> Self {
        Self { check, level: Level::Warning, message: message.into(), remedy: remedy.into() }
    }

    pub(super) fn failure(check: &'static str, message: impl Into<String>, remedy: impl Into<String>) -> Self {
        Self { check, level: Level::Failure, message: message.into(), remedy: remedy.into() }
    }
}

/// Why a configuration cannot be used, and what is strange besides.
pub(super) fn of_faults(faults: &ConfigFaults) -> Vec<Finding> {
    let ConfigFaults { faults, warnings } = faults;
    let failures = faults.iter().map(|fault| Finding::failure("configuration", &fault.problem, &fault.remedy));
    failures.chain(warnings.iter().map(Finding::strange)).collect()
}

/// Tells the log of all that is not in order.
pub(super) fn log(findings: &[Finding]) {
    for Finding { check, level, message, remedy } in findings {
        match level {
            Level::Ok => tracing::debug!(check, "{message}"),
            Level::Warning | Level::Failure => tracing::warn!(check, "{message}; {remedy}"),
        }
    }
}

/// Prints them: for people, or as JSON.
///
/// # Errors
/// stdout cannot be written.
pub(super) fn tell(findings: &[Finding], as_json: bool) -> io::Result<()> {
    if as_json { out::print_json(&findings) } else { out::print(&text(findings)) }
}

fn text(findings: &[Finding]) -> String {
    let colours = out::has_colours();
    let width = findings.iter().map(|finding| finding.check.len()).max().unwrap_or_default();
    let mut text = String::new();
    for Finding { check, level, message, remedy } in findings {
        let (word, colour) = match level {
            Level::Ok => ("ok     ", 32),
            Level::Warning => ("warning", 33),
            Level::Failure => ("failure", 31),
        };
        let word = if colours { format!("\x1b[{colour}m{word}\x1b[0m") } else { word.to_owned() };
        text += &format!("{word}  {check:width$}  {message}\n");
        if !remedy.is_empty() {
            text += &format!("         {:width$}  -> {remedy}\n", "");
        }
    }
    let count = |level| findings.iter().filter(|finding| finding.level == level).count() as u64;
    match (count(Level::Failure), count(Level::Warning)) {
        (0, 0) => text + "\nAll is well.",
        (failures, warnings) => text + &format!("\n{}, {}", counted(failures, "failure"), counted(warnings, "warning")),
    }
}
