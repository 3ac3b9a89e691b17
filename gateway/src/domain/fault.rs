//! One thing that is wrong with a request.

use serde::Serialize;

use crate::domain::code::Code;

/// One thing that is wrong with a request.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Fault {
    /// The field at fault: `params.fps`, `photo`.
    pub field: String,
    /// Stable code.
    pub code: Code,
    /// What is wrong.
    pub message: String,
    /// What to do about it.
    pub remedy: String,
}

impl Fault {
    /// A fault of `field`.
    pub fn new(field: impl Into<String>, code: Code, message: impl Into<String>, remedy: impl Into<String>) -> Self {
        Self { field: field.into(), code, message: message.into(), remedy: remedy.into() }
    }
}
