//! Strict reading of JSON: what a manifest has to hold, or a panic that shows what is there instead.

use std::ops::Range;

use serde_json::Value;

/// A list.
#[must_use]
pub fn list(value: &Value) -> &[Value] {
    value.as_array().unwrap_or_else(|| panic!("{value} is no list"))
}

/// A shape.
#[must_use]
pub fn shape(value: &Value) -> Vec<usize> {
    list(value).iter().map(size).collect()
}

/// A size.
#[must_use]
pub fn size(value: &Value) -> usize {
    value.as_u64().unwrap_or_else(|| panic!("{value} is no size")) as usize
}

/// A number.
#[must_use]
pub fn number(value: &Value) -> f64 {
    value.as_f64().unwrap_or_else(|| panic!("{value} is no number"))
}

/// A text.
#[must_use]
pub fn text(value: &Value) -> &str {
    value.as_str().unwrap_or_else(|| panic!("{value} is no text"))
}

/// A part of each axis: pairs of a first index and the one behind the last.
pub(crate) fn ranges(value: &Value) -> Vec<Range<usize>> {
    list(value).iter().map(|ends| size(&list(ends)[0])..size(&list(ends)[1])).collect()
}

/// A number that may be missing.
pub(crate) fn optional(record: &Value, name: &str) -> Option<f64> {
    record.get(name).and_then(Value::as_f64)
}
