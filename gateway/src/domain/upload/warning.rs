//! What may make a video worse than it could be, although its upload is usable.

use serde::{Deserialize, Serialize};

use crate::domain::code::stored::StoredCode;

/// Something about a usable upload that its sender should know.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Warning {
    /// Stable code, `image.small` for instance.
    pub code: StoredCode,
    /// A sentence for people.
    pub message: String,
}
