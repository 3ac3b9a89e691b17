//! What parameters are made of: words, parts of motion, rows of numbers, and their form in a configuration.

use std::borrow::Cow;
use std::collections::BTreeMap;

use engine_api::JsonSchema;
use engine_pickle::{Array, Value};
use schemars::{Schema, SchemaGenerator, json_schema};
use serde::de::Error;
use serde::{Deserialize, Deserializer, Serialize};

use super::setting::{Setting, text};
use crate::motion::{COORDINATES, Part, VECTOR};

/// Whether something of the configuration is used; without a configuration there is nothing to use.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
#[allow(missing_docs)] // a text on each name would turn the schema's plain list of names into a list of schemas
pub enum Origin {
    Configured,
    None,
}

/// A part of the motion.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
#[allow(missing_docs)] // as above
pub enum PartName {
    Scale,
    Pitch,
    Yaw,
    Roll,
    T,
    Exp,
}

impl PartName {
    fn part(self) -> Part {
        match self {
            Self::Scale => Part::Scale,
            Self::Pitch => Part::Pitch,
            Self::Yaw => Part::Yaw,
            Self::Roll => Part::Roll,
            Self::T => Part::T,
            Self::Exp => Part::Exp,
        }
    }
}

/// What a fade leads to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[allow(missing_docs)] // as above
pub enum FadeTo {
    #[serde(rename = "")]
    Nothing,
    #[serde(rename = "d0")]
    First,
    #[serde(rename = "s")]
    Source,
}

/// Parts of the motion that drive the picture.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(untagged)]
pub enum Driven {
    /// These, as they are predicted.
    Parts(#[schemars(length(max = 6))] Vec<PartName>),
    /// These, each with a factor.
    Gains(BTreeMap<PartName, Gain>),
}

/// A factor of a part of the motion: 1 as predicted.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(transparent)]
#[schemars(inline)]
pub struct Gain(#[schemars(range(min = -10.0, max = 10.0))] pub f64);

/// When eyes blink.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(untagged)]
pub enum BlinkGaps {
    /// −1 never, 0 by chance after 60 to 100 frames, else always after so many frames.
    Each(#[schemars(range(min = -1, max = 100_000))] i32),
    /// Frames between blinks, in turn.
    Turns(#[schemars(length(min = 1, max = 10_000), inner(range(min = 1, max = 100_000)))] Vec<u32>),
}

/// Expression offsets of a blink, frame by frame.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(untagged)]
pub enum BlinkOffsets {
    /// Those of the configuration, or none.
    From(Origin),
    /// These: x, y and z of 21 keypoints in each row; the first row is the open eye.
    Rows(#[schemars(length(min = 1, max = 1000))] Vec<Row<COORDINATES, 1>>),
}

/// Bounds of the predicted motion.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(untagged)]
pub enum MotionBounds {
    /// Those of the configuration, or none.
    From(Origin),
    /// These.
    Between(LeastAndGreatest),
}

/// The least and the greatest value of each number of a motion vector: size − 1, 66 logits each of pitch, yaw and roll,
/// 3 of the place, 63 of the expression.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct LeastAndGreatest {
    /// The least values.
    pub min: Row<VECTOR, 1000>,
    /// The greatest values, none below its least.
    pub max: Row<VECTOR, 1000>,
}

impl MotionBounds {
    /// The first number whose least value is above its greatest.
    pub(super) fn crossed(&self) -> Option<usize> {
        match self {
            Self::From(_) => None,
            Self::Between(LeastAndGreatest { min, max }) => min.0.iter().zip(&max.0).position(|(min, max)| min > max),
        }
    }
}

/// `N` numbers, each from −`LIMIT` to `LIMIT`.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(transparent)]
pub struct Row<const N: usize, const LIMIT: i32>(Vec<f32>);

impl<'de, const N: usize, const LIMIT: i32> Deserialize<'de> for Row<N, LIMIT> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let numbers = Vec::<f32>::deserialize(deserializer)?;
        match numbers.len() {
            count if count == N => Ok(Self(numbers)),
            count => Err(D::Error::custom(format!("a row has {count} numbers, and needs {N}"))),
        }
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

/// A parameter that has a default of its own; null is that default.
pub(super) fn or_default<'de, D, T>(deserializer: D) -> Result<T, D::Error>
where
    D: Deserializer<'de>,
    T: Deserialize<'de> + Default,
{
    Option::deserialize(deserializer).map(Option::unwrap_or_default)
}

/// As [`or_default`], of what is true by default.
pub(super) fn or_true<'de, D: Deserializer<'de>>(deserializer: D) -> Result<bool, D::Error> {
    Option::deserialize(deserializer).map(|given| given.unwrap_or(true))
}

impl<const N: usize, const LIMIT: i32> Setting for Row<N, LIMIT> {
    fn setting(&self) -> Option<Value> {
        let values = self.0.iter().map(|number| f64::from(*number)).collect();
        Some(Value::Array(Array { shape: vec![self.0.len()], values }))
    }
}

impl Setting for Origin {
    fn setting(&self) -> Option<Value> {
        match self {
            Self::Configured => None,
            Self::None => Some(Value::None),
        }
    }
}

impl Setting for PartName {
    fn setting(&self) -> Option<Value> {
        Some(text(self.part().name()))
    }
}

impl Setting for FadeTo {
    fn setting(&self) -> Option<Value> {
        Some(text(match self {
            Self::Nothing => "",
            Self::First => "d0",
            Self::Source => "s",
        }))
    }
}

impl Setting for Driven {
    fn setting(&self) -> Option<Value> {
        match self {
            Self::Parts(parts) => parts.setting(),
            Self::Gains(gains) => {
                let pair = |(part, gain): (&PartName, &Gain)| (text(part.part().name()), Value::Float(gain.0));
                Some(Value::Dict(gains.iter().map(pair).collect()))
            }
        }
    }
}

impl Setting for BlinkGaps {
    fn setting(&self) -> Option<Value> {
        match self {
            Self::Each(gap) => Some(Value::Int((*gap).into())),
            Self::Turns(gaps) => gaps.setting(),
        }
    }
}

impl Setting for BlinkOffsets {
    fn setting(&self) -> Option<Value> {
        match self {
            Self::From(origin) => origin.setting(),
            Self::Rows(rows) => rows.setting(),
        }
    }
}

impl Setting for MotionBounds {
    fn setting(&self) -> Option<Value> {
        match self {
            Self::From(origin) => origin.setting(),
            Self::Between(LeastAndGreatest { min, max }) => {
                Some(Value::List([min, max].map(Row::setting).into_iter().flatten().collect()))
            }
        }
    }
}
