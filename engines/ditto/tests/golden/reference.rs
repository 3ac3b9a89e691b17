//! The set that this run tests against, and comparing with its records.

use std::sync::LazyLock;

use engine_golden::{Format, Set, Tensor};
use serde_json::Value;

/// The set in `GOLDEN_DIR`, or else the one beside the tests.
pub(crate) static SET: LazyLock<Set> =
    LazyLock::new(|| Set::open(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/golden/set"), Format::Ditto));

/// Compares a result with a record of the set; see [`Set::check`].
pub(crate) fn check(what: &str, record: &Value, got: &Tensor) {
    SET.check(what, record, got);
}
