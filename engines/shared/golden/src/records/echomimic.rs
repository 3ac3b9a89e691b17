//! Records of EchoMimic's sets: every output has its own limits, inputs are stored or named.

use serde_json::Value;

use crate::expected::{Expected, Limits, Picks, Whole};
use crate::json::{number, optional, shape, size, text};
use crate::tensor::{Tensor, dtype_named};
use crate::tensors::Tensors;
use crate::uniform;

/// What a record expects.
pub(crate) fn expected<'a>(tensors: &'a Tensors, record: &Value) -> Expected<'a> {
    let picks = match text(&record["stored"]) {
        "full" => Picks::All,
        "strided" => Picks::Strided { offset: 0, stride: size(&record["stride"]) },
        other => panic!("a tensor that is stored as {other:?} is not read"),
    };
    let stats = |name: &str| record.get("stats").and_then(|stats| optional(stats, name));
    let shape = shape(&record["shape"]);
    Expected {
        full_shape: Some(shape.clone()),
        shape,
        dtype: dtype_named(text(&record["dtype"])),
        picks,
        stored: tensors.get(text(&record["tensor"])),
        limits: limits(record),
        whole: Whole { mean: stats("mean"), std: stats("std"), absmax: stats("absmax"), crc32: None },
    }
}

fn limits(record: &Value) -> Limits {
    match text(&record["compare"]) {
        "float" => Limits {
            name: "float".into(),
            abs: Some(number(&record["atol"])),
            rel: Some(number(&record["rtol"])),
            ..Limits::default()
        },
        "exact" => Limits::exact("exact"),
        name @ "u8_within_1" => Limits::samples(name, 1.0, optional(record, "max_differing_fraction")),
        other => panic!("a tensor that is compared as {other:?} is not read"),
    }
}

/// The input that a record describes: a stored tensor, or numbers of a name.
pub(crate) fn input(tensors: &Tensors, prefix: &str, record: &Value) -> Tensor {
    match text(&record["source"]) {
        "file" => tensors.get(text(&record["tensor"])).clone(),
        "rule" => {
            let shape = shape(&record["shape"]);
            let name = format!("{prefix}{}", text(&record["name"]));
            let values = uniform::f32s(&name, shape.iter().product(), number(&record["scale"]) as f32);
            Tensor::f32(&shape, values)
        }
        other => panic!("an input from {other:?} is not read"),
    }
}
