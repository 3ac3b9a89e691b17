//! The set that this run tests against: its inputs and networks as libtorch's, and comparing with its records.

use std::collections::BTreeMap;
use std::fs;
use std::sync::LazyLock;

use engine_golden::json::list;
use engine_golden::{Format, Set};
use engine_golden_torch::Keys;
use engine_torch::VarPath;
use serde_json::Value;
use tch::Tensor;

/// The set in `GOLDEN_DIR`, or else the one beside the tests.
pub(crate) static SET: LazyLock<Set> =
    LazyLock::new(|| Set::open(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/golden/set"), Format::EchoMimic));

/// The input `name` of a stage, on the processor.
pub(crate) fn input(stage: &Value, name: &str) -> Tensor {
    engine_golden_torch::input(&SET, stage, name)
}

/// Compares a result with the output `name` of a stage; see [`Set::check`].
pub(crate) fn check(stage: &Value, name: &str, got: &Tensor) {
    engine_golden_torch::check(&SET, stage, name, got);
}

/// The cases of all stages of a kind, each with its stage.
pub(crate) fn cases(kind: &str) -> impl Iterator<Item = (&'static Value, &'static Value)> {
    SET.stages(kind).into_iter().flat_map(|stage| list(&stage["cases"]).iter().map(move |case| (stage, case)))
}

/// The network that the set calls `model`, with the weights that the set's rule gives its keys.
pub(crate) fn network<N>(model: &str, build: impl FnOnce(&VarPath<'_>) -> N) -> N {
    engine_golden_torch::network(&SET, model, build)
}

/// The keys and shapes of a published checkpoint, as the set lists them.
pub(crate) fn listed(checkpoint: &str) -> Keys {
    let bytes = fs::read(SET.path(&format!("state_dict/{checkpoint}.json"))).expect("the set lists it");
    let tensors: BTreeMap<String, (Vec<i64>, String)> =
        serde_json::from_slice(&bytes).expect("shapes and kinds by key");
    tensors.into_iter().map(|(key, (shape, _))| (key, shape)).collect()
}
