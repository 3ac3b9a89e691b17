//! The configuration that is published with the networks: a pickle of facts of the motion network and settings.
//!
//! It names the networks' files too, as TensorRT engines; those are known without it.

use std::path::Path;
use std::{fs, io};

use engine_pickle::{MAX_BYTES, UnpickleError, Value, from_value, unpickle};
use serde::Deserialize;

use super::error::SettingError;
use super::facts::Facts;
use crate::settings::{Partial, Settings};

/// The section of the settings.
const SETTINGS: &str = "default_kwargs";

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

/// A configuration, read but not yet merged with what a client wants.
#[derive(Debug, Clone, PartialEq)]
pub struct Config {
    /// Its settings, which stand below a client's and above the code's.
    pub settings: Partial,
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
        const FACTS: &str = "audio2motion_cfg";
        let root = unpickle(pickle)?;
        let section = |name: &str| root.get(name).ok_or_else(|| SettingError::missing(name));
        read::<Facts>(FACTS, section(FACTS)?)?.check()?;
        let settings = Partial::from_pickle(section(SETTINGS)?)?;
        // What is out of its range is told before there is a job.
        Settings::merge(&[&settings])?;
        Ok(Self { settings })
    }
}

impl Partial {
    /// Reads settings as a configuration writes them. `None` is a value: it wins over what stands below.
    ///
    /// # Errors
    /// For what is no mapping, an unknown name, a wrong type or a number that is not finite; the error names the
    /// setting.
    pub fn from_pickle(settings: &Value) -> Result<Self, SettingError> {
        if let Value::Dict(pairs) = settings {
            for (name, value) in pairs {
                if let (Value::Str(name), false) = (name, is_finite(value)) {
                    return Err(SettingError::new(name, "a number in it is not finite"));
                }
            }
        }
        read(SETTINGS, settings)
    }
}

fn read<'de, T: Deserialize<'de>>(name: &str, section: &'de Value) -> Result<T, SettingError> {
    from_value(section).map_err(|error| SettingError::in_section(name, &error))
}

/// Whether all numbers of a value are finite.
fn is_finite(value: &Value) -> bool {
    match value {
        Value::Float(number) => number.is_finite(),
        Value::Array(array) => array.values.iter().all(|number| number.is_finite()),
        Value::List(items) => items.iter().all(is_finite),
        Value::Dict(pairs) => pairs.iter().all(|(_, value)| is_finite(value)),
        _ => true,
    }
}
