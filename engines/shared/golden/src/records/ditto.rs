//! Records of Ditto's sets: limits by class, inputs in closed form or as plain numbers.

use serde_json::Value;

use crate::expected::{Expected, Limits, Picks, Whole};
use crate::json::{list, number, optional, shape, size, text};
use crate::tensor::{Tensor, Values, dtype_named};
use crate::tensors::Tensors;
use crate::unit_variance;

/// What a record expects; `classes` are the manifest's tolerances.
pub(crate) fn expected<'a>(tensors: &'a Tensors, classes: &Value, record: &Value) -> Expected<'a> {
    let class = text(&record["tol"]);
    let crc32 = record
        .get("crc32")
        .filter(|_| class == "exact")
        .map(|sum| u32::from_str_radix(text(sum), 16).unwrap_or_else(|_| panic!("{sum} is no CRC-32")));
    let [mean, std, absmax] = ["mean", "std", "absmax"].map(|name| optional(record, name));
    Expected {
        full_shape: None,
        shape: shape(&record["shape"]),
        dtype: dtype_named(text(&record["dtype"])),
        picks: picks(record),
        stored: tensors.get(text(&record["tensor"])),
        limits: limits(class, &classes[class]),
        whole: Whole { mean, std, absmax, crc32 },
    }
}

fn picks(record: &Value) -> Picks {
    let Some(pick) = record.get("pick") else {
        return Picks::All;
    };
    let (offset, stride) = (size(&pick["offset"]), size(&pick["stride"]));
    match pick.get("per_frame").is_some_and(|flag| *flag == true) {
        true => Picks::PerFrame { offset, stride },
        false => Picks::Strided { offset, stride },
    }
}

fn limits(name: &str, class: &Value) -> Limits {
    assert!(class.is_object(), "the manifest has no tolerances of class {name:?}");
    let bound = |part: &str| optional(class, part);
    Limits {
        name: name.to_owned(),
        abs: bound("abs"),
        rel: bound("rel"),
        scale: bound("scale"),
        rms: bound("rms"),
        equal: bound("equal"),
        within: class.get("within").map(|pair| (number(&list(pair)[0]), number(&list(pair)[1]))),
        columns: bound("linear").map(|linear| (linear, number(&class["offset"]))),
        ..Limits::default()
    }
}

/// The input that a record describes: `rule`, `rule_u8`, `$rule`, `$tensor`, `i64` or plain nested numbers.
pub(crate) fn input(tensors: &Tensors, record: &Value) -> Tensor {
    if let Some(rule) = record.get("rule").or_else(|| record.get("$rule")) {
        let (key, shape, len) = key_and_shape(rule);
        let number = |name: &str, otherwise| optional(rule, name).unwrap_or(otherwise);
        return Tensor::f32(&shape, unit_variance::f32s(key, len, number("scale", 1.0), number("offset", 0.0)));
    }
    if let Some(rule) = record.get("rule_u8") {
        let (key, shape, len) = key_and_shape(rule);
        return Tensor::u8(&shape, unit_variance::u8s(key, len));
    }
    if let Some(name) = record.get("$tensor") {
        return tensors.get(text(name)).clone();
    }
    if let Some(numbers) = record.get("i64") {
        let numbers: Vec<i64> = list(numbers).iter().map(|number| number.as_i64().expect("an integer")).collect();
        return Tensor::new(&[numbers.len()], Values::I64(numbers));
    }
    let mut values = Vec::new();
    let shape = nested(record, &mut values);
    Tensor::f64(&shape, values)
}

fn key_and_shape(rule: &Value) -> (&str, Vec<usize>, usize) {
    let shape = shape(&rule["shape"]);
    let len = shape.iter().product();
    (text(&rule["key"]), shape, len)
}

fn nested(value: &Value, values: &mut Vec<f64>) -> Vec<usize> {
    let Some(items) = value.as_array() else {
        values.push(number(value));
        return Vec::new();
    };
    let inner = items.iter().map(|item| nested(item, values)).last().unwrap_or_default();
    [&[items.len()], inner.as_slice()].concat()
}
