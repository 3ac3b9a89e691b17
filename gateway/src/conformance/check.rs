//! One check: its name, what an engine should do, what to do about one that does not, and how it is found out.

use futures::future::LocalBoxFuture;

use crate::conformance::stand::Stand;
use crate::conformance::verdict::Tried;

/// One check.
pub struct Check {
    /// Its group and its own word, with a dot between them. Names are stable: scripts go by them.
    pub name: &'static str,
    /// What an engine should do, as a sentence without its end.
    pub expected: &'static str,
    /// What its author can do where it does not.
    pub remedy: &'static str,
    /// Finds out. What was measured is told in any case.
    pub run: for<'a> fn(&'a mut Stand) -> LocalBoxFuture<'a, Tried>,
}

impl Check {
    /// The group that it belongs to.
    pub fn group(&self) -> &'static str {
        self.name.split('.').next().unwrap_or(self.name)
    }

    /// Whether it is asked for by a word: its name, or that of its group.
    pub fn is_meant_by(&self, word: &str) -> bool {
        self.name == word || self.group() == word
    }
}
