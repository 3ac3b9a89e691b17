//! Values that clients write in other words than configurations do: rows and bounds of their own, or those configured.

use engine_api::JsonSchema;
use serde::{Deserialize, Deserializer, Serialize};

use crate::motion::windows::Bounds;
use crate::motion::{COORDINATES, Points, VECTOR};
use crate::numbers::Row;

/// Whether something of the configuration is used; without a configuration there is nothing to use.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
#[allow(missing_docs)] // a text on each name would turn the schema's plain list of names into a list of schemas
pub enum Origin {
    Configured,
    None,
}

impl Origin {
    /// The setting: left to the configuration, or nothing in its place.
    pub(super) fn given<T>(self) -> Option<Option<T>> {
        match self {
            Self::Configured => None,
            Self::None => Some(None),
        }
    }
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

impl BlinkOffsets {
    /// The setting.
    pub(super) fn given(&self) -> Option<Option<Vec<Points>>> {
        match self {
            Self::From(origin) => origin.given(),
            Self::Rows(rows) => Some(Some(rows.iter().map(|row| row.0).collect())),
        }
    }
}

/// Bounds of the predicted motion.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(untagged)]
pub enum MotionBounds {
    /// Those of the configuration, or none.
    From(Origin),
    /// These.
    Between(Box<LeastAndGreatest>),
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
            Self::Between(these) => these.min.0.iter().zip(&these.max.0).position(|(min, max)| min > max),
        }
    }

    /// The setting.
    pub(super) fn given(&self) -> Option<Option<Bounds>> {
        match self {
            Self::From(origin) => origin.given(),
            Self::Between(these) => Some(Some(Bounds { min: these.min.0, max: these.max.0 })),
        }
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
