//! Records of DICE-Talk's sets: parts of results with limits of their own, inputs stored or generated.

use std::ops::Range;

use serde_json::Value;

use crate::expected::{Expected, Limits, Picks, Whole, sliced};
use crate::json::{list, number, optional, ranges, shape, size, text};
use crate::tensor::{Tensor, Values, dtype_named};
use crate::tensors::Tensors;
use crate::uniform;

/// What a record expects.
pub(crate) fn expected<'a>(tensors: &'a Tensors, record: &Value) -> Expected<'a> {
    Expected {
        full_shape: record.get("full_shape").map(shape),
        shape: shape(&record["shape"]),
        dtype: dtype_named(text(&record["dtype"])),
        picks: record.get("slice").map_or(Picks::All, |slice| Picks::Slice(ranges(slice))),
        stored: tensors.get(text(&record["tensor"])),
        limits: limits(record),
        whole: Whole::default(),
    }
}

fn limits(record: &Value) -> Limits {
    match text(&record["compare"]) {
        "float" => Limits {
            name: "float".into(),
            abs: Some(number(&record["abs"])),
            rel: Some(number(&record["rel"])),
            ..Limits::default()
        },
        "exact" => Limits::exact("exact"),
        name @ "u8" => Limits::samples(name, number(&record["max_abs"]), optional(record, "max_fraction")),
        other => panic!("a tensor that is compared as {other:?} is not read"),
    }
}

/// The input that a record describes: a stored tensor or a part of one, or generated numbers.
pub(crate) fn input(tensors: &Tensors, record: &Value) -> Tensor {
    if let Some(rule) = record.get("generate") {
        return generated(rule);
    }
    let tensor = tensors.get(text(&record["tensor"]));
    match record.get("slice").map(ranges) {
        None => tensor.clone(),
        Some(ranges) => {
            let places = sliced(&tensor.shape, &ranges).unwrap_or_else(|reason| panic!("{record}: {reason}"));
            tensor.picked(&ranges.iter().map(Range::len).collect::<Vec<_>>(), &places)
        }
    }
}

/// Numbers of a text that holds the set's prefix already.
fn generated(rule: &Value) -> Tensor {
    let (key, shape) = (text(&rule["hash_key"]), shape(&rule["shape"]));
    let len = shape.iter().product();
    match text(&rule["op"]) {
        "unit" => Tensor::f32(&shape, uniform::f32s(key, len, number(&rule["scale"]) as f32)),
        "top8" => Tensor::u8(&shape, uniform::u8s(key, len)),
        "pcm16_amp" => {
            let mut amplitudes = vec![0.0; len];
            for part in list(&rule["amp"]).iter().map(list) {
                amplitudes[size(&part[0])..size(&part[1])].fill(number(&part[2]));
            }
            let sample = |(unit, amplitude): (f32, f64)| (f64::from(unit) * amplitude) as i64;
            let samples = uniform::units(key, len).zip(amplitudes).map(sample).collect();
            Tensor::new(&shape, Values::I64(samples))
        }
        other => panic!("an input made by {other:?} is not read"),
    }
}
