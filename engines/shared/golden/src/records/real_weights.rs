//! Records of sets with published weights: every output has its own limits, some of them by index of an axis.

use serde_json::Value;

use crate::expected::{ByIndex, Expected, Limits, Picks, Whole};
use crate::json::{list, number, optional, ranges, shape, size, text};
use crate::tensor::dtype_named;
use crate::tensors::Tensors;

/// What a record expects.
pub(crate) fn expected<'a>(tensors: &'a Tensors, record: &Value) -> Expected<'a> {
    let full = shape(&record["shape"]);
    let (picks, shape) = match text(&record["stored"]) {
        "full" => (Picks::All, full.clone()),
        "strided" => (Picks::Strided { offset: 0, stride: size(&record["stride"]) }, full.clone()),
        "window" => {
            let window = ranges(&record["window"]);
            let shape = window.iter().map(ExactSizeIterator::len).collect();
            (Picks::Slice(window), shape)
        }
        "rows" => {
            let rows: Vec<usize> = list(&record["rows"]).iter().map(size).collect();
            let shape = [&[rows.len()], &full[1..]].concat();
            (Picks::Rows(rows), shape)
        }
        other => panic!("a tensor that is stored as {other:?} is not read"),
    };
    let stats = |name: &str| record.get("stats").and_then(|stats| optional(stats, name));
    Expected {
        full_shape: Some(full),
        shape,
        dtype: dtype_named(text(&record["dtype"])),
        picks,
        stored: tensors.get(text(&record["tensor"])),
        limits: limits(record),
        whole: Whole { mean: stats("mean"), std: stats("std"), absmax: stats("max_abs"), crc32: None },
    }
}

fn limits(record: &Value) -> Limits {
    match text(&record["compare"]) {
        "exact" => Limits::exact("exact"),
        name @ ("float" | "count") => {
            let numbers = |name: &str| record.get(name).map_or(vec![0.0], bounds);
            let (abs, rel) = (numbers("abs"), numbers("rel"));
            let greatest = |bounds: &[f64]| Some(bounds.iter().copied().fold(0.0, f64::max));
            let (largest_abs, largest_rel) = (greatest(&abs), greatest(&rel));
            let by_index = record.get("tolerance_axis").map(|axis| ByIndex { axis: size(axis), abs, rel });
            Limits { name: name.into(), abs: largest_abs, rel: largest_rel, by_index, ..Limits::default() }
        }
        name @ "rows_any_order" => Limits {
            name: name.into(),
            abs: Some(number(&record["abs"])),
            rel: Some(number(&record["rel"])),
            any_order: true,
            ..Limits::default()
        },
        name @ "u8" => Limits::samples(name, number(&record["max_abs"]), optional(record, "max_fraction")),
        name @ "informative" => Limits { name: name.into(), ..Limits::default() },
        other => panic!("a tensor that is compared as {other:?} is not read"),
    }
}

/// One number, or one for each index of an axis.
fn bounds(value: &Value) -> Vec<f64> {
    value.as_array().map_or_else(|| vec![number(value)], |numbers| numbers.iter().map(number).collect())
}
