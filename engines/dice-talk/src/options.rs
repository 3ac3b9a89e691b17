//! The engine's own keys of `[engines.dice-talk]` in the gateway's configuration.

use std::path::PathBuf;

use engine_api::{EngineError, Setup};
use engine_torch::{Precision, options};
use serde::Deserialize;

/// Digits of a SHA-256 in hexadecimal.
const SHA256_DIGITS: usize = 64;

/// `[engines.dice-talk]`, beside what every engine has.
#[derive(Debug, Clone, Default, PartialEq, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Options {
    /// SHA-256 of the face detector, in hexadecimal. It is a program, and no other is run.
    detector_sha256: Option<String>,
    /// The folder of the emotions, absolute; by default `emo` in the weights folder.
    pub emotions: Option<PathBuf>,
    /// In how many bits the large networks compute.
    pub precision: Precision,
    /// Threads of the processor; 0 for as many as libtorch takes by itself.
    pub threads: u32,
    /// Gigabytes of memory that the networks and a job may take together; 0 for what is free on the device.
    memory_gb: f64,
}

impl Options {
    /// Reads and checks them.
    ///
    /// # Errors
    /// An option is unknown or has an impossible value.
    pub fn read(setup: &Setup) -> Result<Self, EngineError> {
        let read: Self = setup.options()?;
        let refused = |message: String| Err(EngineError::input(message));
        options::check_whole("threads", read.threads, 1024)?;
        options::check_memory(read.memory_gb)?;
        if let Some(folder) = read.emotions.as_ref().filter(|folder| !folder.is_absolute()) {
            return refused(format!("the option emotions must be an absolute path, not {}", folder.display()));
        }
        if let Some(digest) = &read.detector_sha256
            && !(digest.len() == SHA256_DIGITS && digest.bytes().all(|digit| digit.is_ascii_hexdigit()))
        {
            return refused(format!("the option detector_sha256 must be 64 hexadecimal digits, not {digest:?}"));
        }
        Ok(read)
    }

    /// SHA-256 of the face detector that may be run, in lower-case hexadecimal.
    #[must_use]
    pub fn detector_sha256(&self) -> Option<String> {
        self.detector_sha256.as_ref().map(|digest| digest.to_ascii_lowercase())
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
        let digest = "AB".repeat(32);
        let all = json!({
            "detector_sha256": digest, "emotions": "/srv/emotions", "precision": "half", "threads": 8, "memory_gb": 23.5
        });
        let read = options(all).unwrap();
        assert_eq!(read.detector_sha256(), Some("ab".repeat(32)));
        assert_eq!(read.emotions, Some(PathBuf::from("/srv/emotions")));
        assert_eq!((read.precision, read.threads, read.memory()), (Precision::Half, 8, Some(23_500_000_000)));
        let defaults = options(json!({})).unwrap();
        assert_eq!((defaults.precision, defaults.threads, defaults.memory()), (Precision::Auto, 0, None));
        assert_eq!((defaults.detector_sha256(), defaults.emotions), (None, None));
    }

    #[test]
    fn wrong_options_are_refused_by_name() {
        for (table, word) in [
            (json!({"treads": 2}), "treads"),
            (json!({"precision": "bf16"}), "bf16"),
            (json!({"threads": 2000}), "threads"),
            (json!({"memory_gb": -1}), "memory_gb"),
            (json!({"emotions": "emotions"}), "an absolute path, not emotions"),
            (json!({"detector_sha256": "ce84"}), "64 hexadecimal digits, not \"ce84\""),
            (json!({"detector_sha256": "x".repeat(64)}), "detector_sha256"),
        ] {
            let told = options(table).unwrap_err();
            assert!(told.contains(word), "{told}");
        }
    }
}
