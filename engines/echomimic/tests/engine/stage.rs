//! A folder with small networks, and an engine that has loaded them, with jobs for it.

use std::sync::Arc;

use avatar_samples::portrait::{self, PortraitSpec};
use engine_echomimic::EchoMimic;
use engine_echomimic::variant::Variant;
use engine_golden_torch::shared_folder::SharedFolder;
use engine_golden_torch::stage::{Stage, load};
use serde_json::json;
use tempfile::TempDir;

use crate::layout::Layout;

/// Weights that all tests read and none changes.
pub(crate) static WEIGHTS: SharedFolder = SharedFolder::new(|folder| Layout::new(true, Variant::Acc).write(folder));

/// A folder of small networks.
pub(crate) fn weights(variant: Variant) -> TempDir {
    let folder = tempfile::tempdir().expect("a folder");
    Layout::new(true, variant).write(folder.path()).expect("weights can be written");
    folder
}

/// An engine of small networks, with a portrait.
pub(crate) fn stage() -> Stage<EchoMimic> {
    let weights = WEIGHTS.hold();
    with(load(weights.path(), json!({})).expect("the engine loads"), weights)
}

/// An engine, loaded from a folder of weights, with a portrait.
pub(crate) fn with(engine: EchoMimic, weights: Arc<TempDir>) -> Stage<EchoMimic> {
    Stage::new(engine, weights, &portrait::render(&PortraitSpec { size: (128, 128), ..PortraitSpec::default() }))
}
