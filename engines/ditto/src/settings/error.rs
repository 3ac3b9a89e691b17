//! What is wrong with a setting of a configuration or of a client.

use std::fmt::Display;

use engine_pickle::DeserializeError;

/// What is wrong with a setting.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("setting {name}: {reason}")]
pub struct SettingError {
    /// The setting's name.
    pub name: String,
    /// What is wrong.
    pub reason: String,
}

impl SettingError {
    /// An error about a setting.
    #[must_use]
    pub fn new(name: &str, reason: impl Into<String>) -> Self {
        Self { name: name.into(), reason: reason.into() }
    }

    pub(super) fn missing(name: &str) -> Self {
        Self::new(name, "it is missing")
    }

    pub(super) fn unsupported(name: &str, got: &dyn Display, want: &dyn Display) -> Self {
        Self::new(name, format!("{got} is not supported, only {want} is"))
    }

    /// A fault in a section of a configuration: the setting is the section's own key, what lies below it a place there.
    pub(super) fn in_section(section: &str, error: &DeserializeError) -> Self {
        match error.path() {
            [] => Self::new(section, error.reason()),
            [name] => Self::new(name, error.reason()),
            [name, place @ ..] => Self::new(name, format!("{}: {}", place.join("."), error.reason())),
        }
    }
}
