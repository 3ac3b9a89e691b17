//! The set of numbers with published weights, and the weights that it means.

use std::fs;
use std::path::PathBuf;
use std::sync::OnceLock;

use avatar_prerequisites::{real_goldens, real_weights};
use engine_golden::json::text;
use engine_golden::{Format, Set};
use serde_json::Value;
use sha2::{Digest, Sha256};

/// The set. `None` where there is none: the test has then said so, and is to return.
pub fn set() -> Option<&'static Set> {
    static SET: OnceLock<Set> = OnceLock::new();
    let folder = real_goldens()?;
    Some(SET.get_or_init(|| Set::read(&folder, Format::RealWeights)))
}

/// The files of weights that a stage was computed with, in its order. `None` as for [`set`].
///
/// # Panics
/// A file is not the one that the set means.
#[must_use]
pub fn weights(set: &Set, stage: &Value) -> Option<Vec<PathBuf>> {
    let names = stage["weights"].as_array().expect("a stage lists its weights");
    let file = |name: &Value| {
        let path = real_weights(text(name))?;
        let bytes = fs::read(&path).expect("the file is there");
        let sum = format!("{:x}", Sha256::digest(bytes));
        assert_eq!(sum, set.part("weights")[text(name)]["sha256"], "{} are other weights", path.display());
        Some(path)
    };
    names.iter().map(file).collect()
}
