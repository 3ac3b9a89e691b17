//! The engine's own keys of `[engines.echomimic]` in the gateway's configuration.

use engine_api::{EngineError, Setup};
use engine_torch::{Precision, options};
use serde::Deserialize;

use crate::variant::Variant;

/// `[engines.echomimic]`, beside what every engine has.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Options {
    /// Which training of the networks is loaded.
    pub variant: Variant,
    /// In how many bits the networks compute.
    pub precision: Precision,
    /// Threads of the processor; 0 for as many as libtorch takes by itself.
    pub threads: u32,
    /// Windows of frames that are denoised in one pass; 0 for as many as memory allows.
    pub windows_at_once: u32,
    /// Gigabytes of memory that the networks and a job may take together; 0 for what is free on the device.
    memory_gb: f64,
}

impl Default for Options {
    fn default() -> Self {
        Self { variant: Variant::Acc, precision: Precision::Auto, threads: 0, windows_at_once: 0, memory_gb: 0.0 }
    }
}

impl Options {
    /// Reads and checks them.
    ///
    /// # Errors
    /// An option is unknown or has an impossible value.
    pub fn read(setup: &Setup) -> Result<Self, EngineError> {
        let read: Self = setup.options()?;
        options::check_whole("threads", read.threads, 1024)?;
        options::check_whole("windows_at_once", read.windows_at_once, 1024)?;
        options::check_memory(read.memory_gb)?;
        Ok(read)
    }

    /// Bytes that the networks and a job may take together, where they are limited.
    #[must_use]
    pub fn memory(&self) -> Option<u64> {
        options::memory(self.memory_gb)
    }
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;

    fn options(table: Value) -> Result<Options, String> {
        let Value::Object(options) = table else { panic!("a table") };
        Options::read(&Setup { options, ..Setup::default() }).map_err(|error| error.to_string())
    }

    #[test]
    fn options_are_read() {
        let all =
            json!({"variant": "plain", "precision": "half", "threads": 8, "windows_at_once": 4, "memory_gb": 23.5});
        let read = options(all).unwrap();
        assert_eq!((read.variant, read.precision, read.threads), (Variant::Plain, Precision::Half, 8));
        assert_eq!((read.windows_at_once, read.memory()), (4, Some(23_500_000_000)));
        let defaults = options(json!({})).unwrap();
        assert_eq!((defaults.variant, defaults.precision, defaults.memory()), (Variant::Acc, Precision::Auto, None));
    }

    #[test]
    fn wrong_options_are_refused_by_name() {
        for (table, word) in [
            (json!({"treads": 2}), "treads"),
            (json!({"variant": "fast"}), "`acc` or `plain`"),
            (json!({"precision": "bf16"}), "bf16"),
            (json!({"threads": 2000}), "threads"),
            (json!({"windows_at_once": 2000}), "windows_at_once"),
            (json!({"memory_gb": -1}), "memory_gb"),
        ] {
            let told = options(table).unwrap_err();
            assert!(told.contains(word), "{told}");
        }
    }
}
