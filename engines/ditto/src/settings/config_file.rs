//! The configuration that is published with the networks: a pickle of model facts and settings.
//!
//! It names the networks' files too, as TensorRT engines; those are known without it.

use std::path::Path;
use std::{fs, io};

use engine_pickle::{MAX_BYTES, UnpickleError, Value, unpickle};

use super::facts;
use super::read::SettingError;
use crate::settings::Settings;

/// Why a configuration is refused.
#[derive(Debug, thiserror::Error)]
pub enum ConfigError {
    /// The file cannot be read.
    #[error("cannot read the configuration: {0}")]
    Io(#[from] io::Error),
    /// The file is no pickle of plain values.
    #[error("cannot read the configuration: {0}")]
    Unpickle(#[from] UnpickleError),
    /// A value is missing, unknown, of the wrong type or out of its range.
    #[error(transparent)]
    Setting(#[from] SettingError),
}

/// A configuration, read but not yet merged with what a caller wants.
#[derive(Debug, Clone, PartialEq)]
pub struct Config {
    /// Values of settings, which stand below a caller's and above the code's.
    pub default_kwargs: Value,
}

impl Config {
    /// Reads a configuration file.
    ///
    /// # Errors
    /// If the file cannot be read or holds anything but such a configuration.
    pub fn read(path: &Path) -> Result<Self, ConfigError> {
        let length = fs::metadata(path)?.len();
        if length > MAX_BYTES as u64 {
            return Err(UnpickleError::TooLarge("the file").into());
        }
        Self::parse(&fs::read(path)?)
    }

    /// Reads the bytes of a configuration file.
    ///
    /// # Errors
    /// If they hold anything but such a configuration.
    pub fn parse(pickle: &[u8]) -> Result<Self, ConfigError> {
        let root = unpickle(pickle)?;
        let section = |name: &str| root.get(name).ok_or_else(|| SettingError::missing(name));
        facts::check(section("audio2motion_cfg")?)?;
        Ok(Self { default_kwargs: section("default_kwargs")?.clone() })
    }

    /// The settings: a caller's value wins over the file's, which wins over the code's.
    ///
    /// # Errors
    /// For an unknown name, a wrong type or a value out of range; the error names the setting.
    pub fn settings(&self, caller: &Value) -> Result<Settings, SettingError> {
        Settings::merge(&[&self.default_kwargs, caller])
    }
}
