//! The set that this run tests against: its inputs and networks as libtorch's, and comparing with its records.

use std::fs;
use std::path::PathBuf;
use std::sync::LazyLock;

use engine_golden::json::text;
use engine_golden::{Format, Set};
use engine_golden_torch::Keys;
use engine_torch::VarPath;
use serde_json::Value;
use tch::Tensor;

/// The set in `GOLDEN_DIR`, or else the one beside the tests.
pub(crate) static SET: LazyLock<Set> =
    LazyLock::new(|| Set::open(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/golden/set"), Format::DiceTalk));

/// The input `name` of a stage, on the processor.
pub(crate) fn input(stage: &Value, name: &str) -> Tensor {
    engine_golden_torch::input(&SET, stage, name)
}

/// Compares a result with the output `name` of a stage; see [`Set::check`].
pub(crate) fn check(stage: &Value, name: &str, got: &Tensor) {
    engine_golden_torch::check(&SET, stage, name, got);
}

/// As [`check`], of a result that is no tensor of libtorch's.
pub(crate) fn check_plain(stage: &Value, name: &str, got: &engine_golden::Tensor) {
    engine_golden_torch::check_plain(&SET, stage, name, got);
}

/// The network that the set calls `model`, with the weights that the set's rule gives its keys.
pub(crate) fn network<N>(model: &str, build: impl FnOnce(&VarPath<'_>) -> N) -> N {
    engine_golden_torch::network(&SET, model, build)
}

/// What the set says of a network.
pub(crate) fn config(model: &str) -> &'static Value {
    &SET.part("networks")[model]["config"]
}

/// A file of the set that a stage names.
pub(crate) fn file(stage: &Value, role: &str) -> PathBuf {
    SET.path("files").join(text(&stage["files"][role]))
}

/// The keys and shapes of a published checkpoint, as the set lists them.
pub(crate) fn listed(checkpoint: &str) -> Keys {
    let table = fs::read_to_string(SET.path(&format!("state_dict/{checkpoint}.tsv"))).expect("the set lists it");
    let row = |line: &str| {
        let mut columns = line.split('\t');
        let (key, shape) = (columns.next().expect("a key"), columns.next().expect("a shape"));
        let extent = |extent: &str| extent.parse().expect("an extent");
        (key.to_owned(), shape.split('x').filter(|extent| !extent.is_empty()).map(extent).collect())
    };
    table.lines().map(row).collect()
}
