//! The set that this run tests against: its inputs and networks as libtorch's, and comparing with its records.

use std::collections::BTreeMap;
use std::fs;
use std::sync::LazyLock;

use engine_golden::json::{list, text};
use engine_golden::weights::weights;
use engine_golden::{Format, Set, Values};
use engine_torch::{VarPath, testing};
use serde_json::Value;
use tch::Tensor;

use crate::tensors::from_torch;

/// The set in `GOLDEN_DIR`, or else the one beside the tests.
pub(crate) static SET: LazyLock<Set> =
    LazyLock::new(|| Set::open(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/golden/set"), Format::EchoMimic));

/// The input `name` of a stage, on the processor.
pub(crate) fn input(stage: &Value, name: &str) -> Tensor {
    to_torch(&SET.input(&stage["inputs"][name]))
}

/// Compares a result with the output `name` of a stage; see [`Set::check`].
pub(crate) fn check(stage: &Value, name: &str, got: &Tensor) {
    SET.check(&format!("{} {name}", text(&stage["id"])), &stage["outputs"][name], &from_torch(got));
}

/// The cases of all stages of a kind, each with its stage.
pub(crate) fn cases(kind: &str) -> impl Iterator<Item = (&'static Value, &'static Value)> {
    SET.stages(kind).into_iter().flat_map(|stage| list(&stage["cases"]).iter().map(move |case| (stage, case)))
}

/// The network that the set calls `model`, with the weights that the set's rule gives its keys.
pub(crate) fn network<N>(model: &str, build: impl FnOnce(&VarPath<'_>) -> N) -> N {
    testing::made(|key, shape| weights(SET.prefix(), model, key, shape), build)
}

/// The keys and shapes of a published checkpoint, as the set lists them.
pub(crate) fn listed(checkpoint: &str) -> BTreeMap<String, Vec<i64>> {
    let bytes = fs::read(SET.path(&format!("state_dict/{checkpoint}.json"))).expect("the set lists it");
    let tensors: BTreeMap<String, (Vec<i64>, String)> =
        serde_json::from_slice(&bytes).expect("shapes and kinds by key");
    tensors.into_iter().map(|(key, (shape, _))| (key, shape)).collect()
}

/// A tensor of the set as libtorch's: the same shape, the same numbers.
pub(crate) fn to_torch(tensor: &engine_golden::Tensor) -> Tensor {
    let shape: Vec<i64> = tensor.shape.iter().map(|extent| *extent as i64).collect();
    let flat = match &tensor.values {
        Values::F32(values) => Tensor::from_slice(values),
        Values::F64(values) => Tensor::from_slice(values),
        Values::I64(values) => Tensor::from_slice(values),
        Values::U8(values) => Tensor::from_slice(values),
    };
    flat.reshape(&shape)
}
