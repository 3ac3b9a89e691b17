//! Codes in rows, which may have been written by another version of the gateway.

use std::convert::Infallible;
use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Deserializer, Serialize, Serializer};

use crate::domain::code::Code;

/// A code that was kept. A row is never unreadable for its code: a word that this version does not know is told as it
/// stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum StoredCode {
    /// One of the registry.
    Known(Code),
    /// A word of another version.
    Other(Box<str>),
}

impl StoredCode {
    /// The code, if this version knows it.
    pub fn known(&self) -> Option<Code> {
        match self {
            Self::Known(code) => Some(*code),
            Self::Other(_) => None,
        }
    }

    /// The word, as clients see it and as it is kept.
    pub fn as_str(&self) -> &str {
        match self {
            Self::Known(code) => code.as_str(),
            Self::Other(word) => word,
        }
    }
}

impl From<Code> for StoredCode {
    fn from(code: Code) -> Self {
        Self::Known(code)
    }
}

impl PartialEq<Code> for StoredCode {
    fn eq(&self, code: &Code) -> bool {
        matches!(self, Self::Known(known) if known == code)
    }
}

impl FromStr for StoredCode {
    type Err = Infallible;

    fn from_str(word: &str) -> Result<Self, Infallible> {
        Ok(word.parse().map_or_else(|_| Self::Other(word.into()), Self::Known))
    }
}

impl fmt::Display for StoredCode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl Serialize for StoredCode {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.as_str())
    }
}

impl<'de> Deserialize<'de> for StoredCode {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let word = String::deserialize(deserializer)?;
        Ok(word.parse().unwrap_or_else(|never: Infallible| match never {}))
    }
}

/// For serde: the code of what speaks against a photo, or the word `ok` where nothing does. Only photos that can be used
/// are kept, so a row's word that this version does not know counts as none.
pub mod or_ok {
    use serde::{Deserialize, Deserializer, Serializer};

    use crate::domain::code::Code;

    /// Writes the word.
    ///
    /// # Errors
    /// Those of the serializer.
    pub fn serialize<S: Serializer>(code: &Option<Code>, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(code.map_or("ok", Code::as_str))
    }

    /// Reads the word.
    ///
    /// # Errors
    /// It is no text.
    pub fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<Code>, D::Error> {
        Ok(String::deserialize(deserializer)?.parse().ok())
    }
}
