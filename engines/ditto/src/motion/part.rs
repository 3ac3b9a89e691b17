//! The parts of a motion record: their names, and which of them drive the picture.

use std::collections::BTreeMap;

use engine_api::JsonSchema;
use serde::de::IntoDeserializer;
use serde::{Deserialize, Deserializer, Serialize};

/// A part of the motion.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
#[schemars(rename = "PartName")]
#[allow(missing_docs)] // a text on each name would turn the schema's plain list of names into a list of schemas
pub enum Part {
    Scale,
    Pitch,
    Yaw,
    Roll,
    T,
    Exp,
}

/// Parts of the motion that drive the picture.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(untagged, expecting = "it is neither a list of scale, pitch, yaw, roll, t and exp nor factors by these names")]
pub enum Driven {
    /// These, as they are predicted.
    Parts(
        #[serde(deserialize_with = "parts")]
        #[schemars(length(max = 6))]
        Vec<Part>,
    ),
    /// These, each with a factor.
    Gains(#[serde(deserialize_with = "gains")] BTreeMap<Part, Gain>),
}

/// A factor of a part of the motion: 1 as predicted.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(transparent)]
#[schemars(inline)]
pub struct Gain(#[schemars(range(min = -10.0, max = 10.0))] pub f64);

/// Parts with their factors.
pub type Gains = Vec<(Part, f64)>;

impl From<Driven> for Gains {
    fn from(driven: Driven) -> Self {
        match driven {
            Driven::Parts(parts) => parts.into_iter().map(|part| (part, 1.0)).collect(),
            Driven::Gains(gains) => gains.into_iter().map(|(part, gain)| (part, gain.0)).collect(),
        }
    }
}

/// A list of parts.
pub(crate) fn parts<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Vec<Part>, D::Error> {
    let fields = Vec::<Field>::deserialize(deserializer)?;
    Ok(fields.into_iter().filter_map(|field| field.0).collect())
}

/// A list of parts, or none.
pub(crate) fn optional_parts<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<Vec<Part>>, D::Error> {
    let fields = Option::<Vec<Field>>::deserialize(deserializer)?;
    Ok(fields.map(|fields| fields.into_iter().filter_map(|field| field.0).collect()))
}

fn gains<'de, D: Deserializer<'de>>(deserializer: D) -> Result<BTreeMap<Part, Gain>, D::Error> {
    let fields = BTreeMap::<Field, Gain>::deserialize(deserializer)?;
    Ok(fields.into_iter().filter_map(|(field, gain)| Some((field.0?, gain))).collect())
}

/// A field of a record. Its `kp` may be named, too, and is no part: it is never predicted, driven or faded.
#[derive(PartialEq, Eq, PartialOrd, Ord)]
struct Field(Option<Part>);

impl<'de> Deserialize<'de> for Field {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        match String::deserialize(deserializer)?.as_str() {
            "kp" => Ok(Self(None)),
            name => Part::deserialize(name.into_deserializer()).map(|part| Self(Some(part))),
        }
    }
}
