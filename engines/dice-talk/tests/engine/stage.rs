//! A folder with small networks, and an engine that has loaded them, with jobs for it.

use std::sync::Arc;

use engine_dice_talk::DiceTalk;
use engine_golden_torch::shared_folder::SharedFolder;
use engine_golden_torch::stage::{Stage, load};
use serde_json::{Value, json};
use sha2::{Digest, Sha256};
use tempfile::TempDir;

use crate::layout::{DETECTOR, Layout};
use crate::portrait::portrait;

/// Weights that all tests read and none changes.
pub(crate) static WEIGHTS: SharedFolder = SharedFolder::new(|folder| Layout::new(true).write(folder));

/// A folder of small networks.
pub(crate) fn weights() -> TempDir {
    let folder = tempfile::tempdir().expect("a folder");
    Layout::new(true).write(folder.path()).expect("weights can be written");
    folder
}

/// SHA-256 of the detector of such folders.
pub(crate) fn detector_sha256() -> String {
    format!("{:x}", Sha256::digest(DETECTOR))
}

/// Options with which that detector is trusted, and others.
pub(crate) fn trusting(others: Value) -> Value {
    given(json!({"detector_sha256": detector_sha256()}), others)
}

/// The smallest job, and what is different in it.
pub(crate) fn small(different: Value) -> Value {
    given(json!({"min_resolution": 64, "steps": 1}), different)
}

fn given(mut table: Value, others: Value) -> Value {
    table.as_object_mut().expect("a table").extend(others.as_object().expect("a table").clone());
    table
}

/// An engine of small networks, with a portrait of one face.
pub(crate) fn stage() -> Stage<DiceTalk> {
    with(WEIGHTS.hold(), json!({}))
}

/// An engine that has loaded a folder of weights, with such a portrait.
pub(crate) fn with(weights: Arc<TempDir>, options: Value) -> Stage<DiceTalk> {
    let engine = load(weights.path(), trusting(options)).expect("the engine loads");
    Stage::new(engine, weights, &portrait(&[[6, 6]]))
}
