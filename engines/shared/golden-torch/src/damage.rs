//! Files of weights that are no longer what they were.

use std::fs;
use std::path::Path;

use engine_api::{Engine, ErrorKind};
use serde_json::Value;

use crate::stage::load;

/// What an engine tells of a folder of weights after one of its files was changed.
///
/// # Panics
/// It takes the folder, or does not say that it is the weights.
pub fn told<E: Engine>(folder: &Path, options: Value, file: &str, change: impl FnOnce(Vec<u8>) -> Vec<u8>) -> String {
    let path = folder.join(file);
    fs::write(&path, change(fs::read(&path).expect("the file is there"))).expect("it can be written");
    let error = load::<E>(folder, options).err().unwrap_or_else(|| panic!("a changed {file} is taken"));
    assert_eq!(error.kind, ErrorKind::Weights, "{error}");
    error.message
}

/// Replaces bytes by as many others, wherever they are.
///
/// # Panics
/// They are nowhere, or not as many.
#[must_use]
pub fn replaced(mut bytes: Vec<u8>, old: &str, new: &str) -> Vec<u8> {
    assert_eq!(old.len(), new.len());
    let places: Vec<usize> =
        (0..bytes.len() - old.len()).filter(|place| bytes[*place..].starts_with(old.as_bytes())).collect();
    assert!(!places.is_empty(), "{old} is not in the file");
    places.into_iter().for_each(|place| bytes[place..][..old.len()].copy_from_slice(new.as_bytes()));
    bytes
}
