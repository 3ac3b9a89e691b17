//! A way of breaking a gateway.

use crate::torture::context::Context;
use crate::torture::terms::Terms;

/// A way of breaking a gateway.
pub trait Kind: Sync {
    /// What it is called on the command line and in the table.
    fn name(&self) -> &'static str;

    /// What it does, as a phrase.
    fn what(&self) -> &'static str;

    /// What holds while it goes on, where that is not the usual.
    fn terms(&self) -> Terms {
        Terms::default()
    }

    /// Strikes until [`Context::goes_on`] says that it is enough. The audit is made afterwards, by the caller.
    ///
    /// # Panics
    /// Something is not as it must be, which counts as wrong like everything that the audit finds.
    fn run(&self, context: &mut Context) -> Outcome;
}

/// Whether a kind could be tried.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Outcome {
    /// It was.
    Done,
    /// This machine or user cannot: why, and what would help.
    Skipped(String),
}
