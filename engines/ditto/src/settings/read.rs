//! Typed reading of values; every error names the setting.

use std::fmt::Display;

use engine_pickle::{Array, Value};

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

    pub(crate) fn missing(name: &str) -> Self {
        Self::new(name, "it is missing")
    }

    pub(crate) fn unsupported(name: &str, got: &dyn Display, want: &dyn Display) -> Self {
        Self::new(name, format!("{got} is not supported, only {want} is"))
    }
}

/// A type that values are read as.
pub(crate) trait FromValue: Sized {
    /// What is expected, for the message.
    const EXPECTED: &'static str;
    fn from_value(value: &Value) -> Option<Self>;
}

impl FromValue for bool {
    const EXPECTED: &'static str = "true or false";
    fn from_value(value: &Value) -> Option<Self> {
        match value {
            Value::Bool(flag) => Some(*flag),
            _ => None,
        }
    }
}

impl FromValue for i64 {
    const EXPECTED: &'static str = "a whole number";
    fn from_value(value: &Value) -> Option<Self> {
        match value {
            Value::Int(number) => Some(*number),
            _ => None,
        }
    }
}

impl FromValue for usize {
    const EXPECTED: &'static str = "a whole number, not below 0";
    fn from_value(value: &Value) -> Option<Self> {
        i64::from_value(value).and_then(|number| number.try_into().ok())
    }
}

impl FromValue for f64 {
    const EXPECTED: &'static str = "a finite number";
    fn from_value(value: &Value) -> Option<Self> {
        match value {
            Value::Int(number) => Some(*number as f64),
            Value::Float(number) if number.is_finite() => Some(*number),
            _ => None,
        }
    }
}

impl FromValue for String {
    const EXPECTED: &'static str = "a text";
    fn from_value(value: &Value) -> Option<Self> {
        match value {
            Value::Str(text) => Some(text.clone()),
            _ => None,
        }
    }
}

impl FromValue for Array {
    const EXPECTED: &'static str = "an array of numbers";
    fn from_value(value: &Value) -> Option<Self> {
        match value {
            Value::Array(array) => Some(array.clone()),
            _ => None,
        }
    }
}

impl<T: FromValue> FromValue for Vec<T> {
    const EXPECTED: &'static str = "a list";
    fn from_value(value: &Value) -> Option<Self> {
        match value {
            Value::List(items) => items.iter().map(T::from_value).collect(),
            _ => None,
        }
    }
}

/// Reading one key of a mapping; a missing key and `None` give `None`.
pub(crate) trait Read {
    fn read<T: FromValue>(&self, key: &str) -> Result<Option<T>, SettingError>;
}

impl Read for Value {
    fn read<T: FromValue>(&self, key: &str) -> Result<Option<T>, SettingError> {
        match self.get(key) {
            None | Some(Value::None) => Ok(None),
            Some(value) => typed(key, value).map(Some),
        }
    }
}

/// The value as the type, or an error that names the setting.
pub(crate) fn typed<T: FromValue>(name: &str, value: &Value) -> Result<T, SettingError> {
    T::from_value(value).ok_or_else(|| SettingError::new(name, format!("it is not {}", T::EXPECTED)))
}
