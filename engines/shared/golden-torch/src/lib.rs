//! For tests and benches alone: the inputs and networks of sets of reference numbers as libtorch's, comparing with their
//! records, whole engines on a [`stage`], and networks beside PyTorch's in [`eager`] mode.
//!
//! A [`Set`] is what [`engine_golden`] reads. Every fault of a set or of a result is a panic that says where it lies.

pub mod damage;
pub mod eager;
pub mod memory;
pub mod pictures;
pub mod real;
pub mod shared_folder;
pub mod stage;

use std::collections::{BTreeMap, BTreeSet};

use engine_golden::json::{list, text};
use engine_golden::weights::weights;
use engine_golden::{Set, Values, compare};
use engine_torch::{VarPath, testing};
use serde_json::Value;
use tch::{Kind, Tensor};

/// The input `name` of a stage, on the processor.
///
/// # Panics
/// The stage has none of this name.
pub fn input(set: &Set, stage: &Value, name: &str) -> Tensor {
    to_torch(&set.input(&stage["inputs"][name]))
}

/// Compares a result with the output `name` of a stage; see [`Set::check`]. What the set says decides nothing is told alone.
///
/// # Panics
/// It differs by more than the record permits.
pub fn check(set: &Set, stage: &Value, name: &str, got: &Tensor) {
    check_plain(set, stage, name, &from_torch(got));
}

/// As [`check`], of a result that is no tensor of libtorch's.
///
/// # Panics
/// As [`check`] does.
pub fn check_plain(set: &Set, stage: &Value, name: &str, got: &engine_golden::Tensor) {
    let (what, record) = (format!("{} {name}", text(&stage["id"])), &stage["outputs"][name]);
    let decides = stage["required"] != false && record["informative"] != true;
    match compare(&set.expected(record), got) {
        Err(reason) if !decides => eprintln!("{what}, which decides nothing: {reason}"),
        _ => set.check(&what, record, got),
    }
}

/// The network that a set calls `model`, with the weights that the set's rule gives its keys.
pub fn network<N>(set: &Set, model: &str, build: impl FnOnce(&VarPath<'_>) -> N) -> N {
    testing::made(|key, shape| weights(set.prefix(), model, key, shape), build)
}

/// Holds that every kind of stage that a set has is among those that tests ask it for.
///
/// # Panics
/// One is not.
pub fn no_kind_is_passed_over(set: &Set, tested: &[&str]) {
    let kinds: BTreeSet<&str> = list(set.part("stages")).iter().map(|stage| text(&stage["kind"])).collect();
    let untested: Vec<&&str> = kinds.iter().filter(|kind| !tested.contains(kind)).collect();
    assert!(untested.is_empty(), "nothing tests stages of kind {untested:?}");
}

/// Shapes by key.
pub type Keys = BTreeMap<String, Vec<i64>>;

/// Holds that a network asks for exactly the keys of a published checkpoint, in their shapes.
///
/// # Panics
/// It does not.
#[track_caller]
pub fn same_keys(asked: &Keys, published: &Keys) {
    let differing: Vec<_> = asked.iter().filter(|(key, shape)| published.get(*key) != Some(*shape)).collect();
    assert!(differing.is_empty(), "asked for and not published so: {differing:?}");
    let left: Vec<_> = published.keys().filter(|key| !asked.contains_key(*key)).collect();
    assert!(left.is_empty(), "published and not asked for: {left:?}");
}

/// A tensor of a set as libtorch's: the same shape, the same numbers.
pub fn to_torch(tensor: &engine_golden::Tensor) -> Tensor {
    let shape: Vec<i64> = tensor.shape.iter().map(|extent| *extent as i64).collect();
    let flat = match &tensor.values {
        Values::F32(values) => Tensor::from_slice(values),
        Values::F64(values) => Tensor::from_slice(values),
        Values::I64(values) => Tensor::from_slice(values),
        Values::U8(values) => Tensor::from_slice(values),
    };
    flat.reshape(&shape)
}

/// A result of libtorch's as a set compares it.
///
/// # Panics
/// Its numbers are of a kind that no set has.
#[must_use]
pub fn from_torch(tensor: &Tensor) -> engine_golden::Tensor {
    let shape: Vec<usize> = tensor.size().iter().map(|extent| extent.unsigned_abs() as usize).collect();
    let flat = tensor.contiguous().view(-1);
    let values = match tensor.kind() {
        Kind::Float => Vec::try_from(&flat).map(Values::F32),
        Kind::Double => Vec::try_from(&flat).map(Values::F64),
        Kind::Int64 => Vec::try_from(&flat).map(Values::I64),
        Kind::Uint8 => Vec::try_from(&flat).map(Values::U8),
        other => panic!("results of kind {other:?} are not compared"),
    };
    engine_golden::Tensor::new(&shape, values.expect("a row of numbers"))
}
