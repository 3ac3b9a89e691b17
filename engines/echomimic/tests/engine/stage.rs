//! A folder with small networks, and an engine that has loaded them, with jobs for it.

use std::sync::LazyLock;

use avatar_samples::portrait::{self, PortraitSpec};
use engine_echomimic::EchoMimic;
use engine_echomimic::variant::Variant;
use engine_golden_torch::stage::{Stage, load};
use serde_json::json;
use tempfile::TempDir;

use crate::layout::Layout;

/// Weights that all tests read and none changes.
pub(crate) static WEIGHTS: LazyLock<TempDir> = LazyLock::new(|| weights(Variant::Acc));

/// A folder of small networks.
pub(crate) fn weights(variant: Variant) -> TempDir {
    let folder = tempfile::tempdir().expect("a folder");
    Layout::new(true, variant).write(folder.path()).expect("weights can be written");
    folder
}

/// An engine of small networks, with a portrait.
pub(crate) fn stage() -> Stage<EchoMimic> {
    with(load(WEIGHTS.path(), json!({})).expect("the engine loads"))
}

/// An engine with a portrait.
pub(crate) fn with(engine: EchoMimic) -> Stage<EchoMimic> {
    Stage::new(engine, &portrait::render(&PortraitSpec { size: (128, 128), ..PortraitSpec::default() }))
}
