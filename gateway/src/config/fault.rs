//! What is wrong with a configuration, in words for the operator who wrote it.

use std::fmt;

/// Everything that is wrong with a configuration that cannot be used. Displayed as one line a fault, each with its remedy;
/// what is strange besides stands below.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ConfigFaults {
    /// Why it cannot be used; never empty.
    pub faults: Vec<Fault>,
    /// What would be a warning if it could.
    pub warnings: Vec<Fault>,
}

/// One thing that is wrong, and what to do about it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Fault {
    /// What is wrong, and where.
    pub problem: String,
    /// What to do about it.
    pub remedy: String,
}

impl Fault {
    pub(super) fn new(problem: impl Into<String>, remedy: impl Into<String>) -> Self {
        Self { problem: problem.into(), remedy: remedy.into() }
    }
}

impl From<Fault> for ConfigFaults {
    fn from(fault: Fault) -> Self {
        Self { faults: vec![fault], warnings: vec![] }
    }
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}; {}", self.problem, self.remedy)
    }
}

impl fmt::Display for ConfigFaults {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.faults.len() {
            1 => f.write_str("the configuration has a fault:")?,
            count => write!(f, "the configuration has {count} faults:")?,
        }
        self.faults.iter().try_for_each(|fault| write!(f, "\n  {fault}"))?;
        self.warnings.iter().try_for_each(|warning| write!(f, "\n  warning: {warning}"))
    }
}

impl std::error::Error for ConfigFaults {}
