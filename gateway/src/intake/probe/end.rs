//! What the process that children are forked from says of each, once.

use serde::{Deserialize, Serialize};

/// What became of a piece of work's child.
#[derive(Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum End {
    /// It has ended, with this status as the system tells it.
    Status(i32),
    /// There is none, for this error of the system.
    NotBegun(i32),
}
