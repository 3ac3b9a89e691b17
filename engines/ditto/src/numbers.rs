//! Rows of numbers as clients and configurations write them: lists and arrays of any nesting, read to a fixed length.

use std::borrow::Cow;
use std::fmt;

use engine_api::JsonSchema;
use schemars::{Schema, SchemaGenerator, json_schema};
use serde::de::{Error, SeqAccess, Visitor};
use serde::{Deserialize, Deserializer, Serialize, Serializer};

/// `N` numbers; in the schema each is from −`LIMIT` to `LIMIT`.
#[derive(Debug, Clone, PartialEq)]
pub struct Row<const N: usize, const LIMIT: i32>(pub [f32; N]);

impl<const N: usize, const LIMIT: i32> Serialize for Row<N, LIMIT> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        self.0.as_slice().serialize(serializer)
    }
}

impl<'de, const N: usize, const LIMIT: i32> Deserialize<'de> for Row<N, LIMIT> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        fixed(deserializer).map(Self)
    }
}

impl<const N: usize, const LIMIT: i32> JsonSchema for Row<N, LIMIT> {
    fn inline_schema() -> bool {
        true
    }

    fn schema_name() -> Cow<'static, str> {
        format!("Row_of_{N}_to_{LIMIT}").into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        let number = json_schema!({"type": "number", "minimum": -LIMIT, "maximum": LIMIT});
        json_schema!({"type": "array", "items": number, "minItems": N, "maxItems": N})
    }
}

/// Exactly `N` numbers.
pub(crate) fn fixed<'de, D: Deserializer<'de>, const N: usize>(deserializer: D) -> Result<[f32; N], D::Error> {
    let numbers = Numbers::deserialize(deserializer)?.0;
    let count = numbers.len();
    numbers.try_into().map_err(|_| D::Error::custom(format!("it has {count} numbers, and needs {N}")))
}

/// Rows of `N` numbers, at least one.
pub(crate) fn rows<'de, D: Deserializer<'de>, const N: usize>(deserializer: D) -> Result<Vec<[f32; N]>, D::Error> {
    let numbers = Numbers::deserialize(deserializer)?.0;
    match numbers.as_chunks::<N>() {
        (rows, []) if !rows.is_empty() => Ok(rows.to_vec()),
        _ => Err(D::Error::custom(format!("it has {} numbers, and needs rows of {N}", numbers.len()))),
    }
}

/// All numbers of a list of numbers or lists of them, or one number.
struct Numbers(Vec<f32>);

impl<'de> Deserialize<'de> for Numbers {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(Flattened).map(Self)
    }
}

struct Flattened;

impl<'de> Visitor<'de> for Flattened {
    type Value = Vec<f32>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("numbers")
    }

    fn visit_i64<E: Error>(self, number: i64) -> Result<Vec<f32>, E> {
        self.visit_f64(number as f64)
    }

    fn visit_u64<E: Error>(self, number: u64) -> Result<Vec<f32>, E> {
        self.visit_f64(number as f64)
    }

    fn visit_f64<E: Error>(self, number: f64) -> Result<Vec<f32>, E> {
        Ok(vec![number as f32])
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<Vec<f32>, A::Error> {
        let mut numbers = Vec::with_capacity(items.size_hint().unwrap_or(0).min(1 << 16));
        while let Some(Numbers(more)) = items.next_element()? {
            numbers.extend(more);
        }
        Ok(numbers)
    }
}
