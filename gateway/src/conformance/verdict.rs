//! What a check came to.

use serde::Serialize;

/// What was measured, or why the engine did not pass.
pub type Tried = Result<String, Miss>;

/// Why a check was not passed; a sentence each.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Miss {
    /// The engine does something else than it should: what was measured.
    Failed(String),
    /// There is nothing to check about this engine, or on this machine.
    NotApplicable(String),
    /// It could not be found out, because of something that another check tells.
    NotTried(String),
}

impl Miss {
    /// What it does that it should not.
    pub fn failed(measured: impl Into<String>) -> Self {
        Self::Failed(measured.into())
    }

    /// Why there is nothing to check.
    pub fn not_applicable(reason: impl Into<String>) -> Self {
        Self::NotApplicable(reason.into())
    }

    /// Why nobody knows.
    pub fn not_tried(reason: impl Into<String>) -> Self {
        Self::NotTried(reason.into())
    }
}

/// What a check came to, in a word.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum State {
    /// The engine does what it should.
    Ok,
    /// It does something else.
    Failed,
    /// There is nothing to check.
    NotApplicable,
    /// It could not be found out.
    NotTried,
}

impl State {
    /// Every state.
    pub const ALL: [Self; 4] = [Self::Ok, Self::Failed, Self::NotApplicable, Self::NotTried];

    /// That of an outcome.
    pub fn of(tried: &Tried) -> Self {
        match tried {
            Ok(_) => Self::Ok,
            Err(Miss::Failed(_)) => Self::Failed,
            Err(Miss::NotApplicable(_)) => Self::NotApplicable,
            Err(Miss::NotTried(_)) => Self::NotTried,
        }
    }

    /// For people.
    pub const fn words(self) -> &'static str {
        match self {
            Self::Ok => "ok",
            Self::Failed => "failed",
            Self::NotApplicable => "not applicable",
            Self::NotTried => "not tried",
        }
    }
}
