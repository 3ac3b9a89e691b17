//! Control of single frames or of all: turns of the head, offsets of the expression, fades.

use std::borrow::Cow;
use std::collections::BTreeMap;

use engine_api::JsonSchema;
use engine_pickle::Value;
use schemars::{Schema, SchemaGenerator, json_schema};
use serde::{Deserialize, Serialize};

use super::setting::{Setting, mapping, text};
use super::values::{PartName, Row};
use crate::motion::COORDINATES;

/// What is changed at a frame; what is not given stays.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct ControlFields {
    /// How much of the frame a fade leaves: 1 all, 0 nothing. Without effect if `fade_type` is "".
    #[schemars(range(min = 0.0, max = 1.0))]
    pub fade_alpha: Option<f32>,
    /// Parts of the motion that the fade changes; by default those of the parameter `fade_out_keys`.
    #[schemars(length(max = 6))]
    pub fade_out_keys: Option<Vec<PartName>>,
    /// Degrees added to the nod.
    #[schemars(range(min = -90.0, max = 90.0))]
    pub delta_pitch: Option<f32>,
    /// Degrees added to the turn.
    #[schemars(range(min = -90.0, max = 90.0))]
    pub delta_yaw: Option<f32>,
    /// Degrees added to the tilt.
    #[schemars(range(min = -90.0, max = 90.0))]
    pub delta_roll: Option<f32>,
    /// Factor of the nod: of its degrees if there is a `delta_pitch`, else of the network's 66 logits for it.
    #[schemars(range(min = -10.0, max = 10.0))]
    pub alpha_pitch: Option<f32>,
    /// Factor of the turn, in the same way.
    #[schemars(range(min = -10.0, max = 10.0))]
    pub alpha_yaw: Option<f32>,
    /// Factor of the tilt, in the same way.
    #[schemars(range(min = -10.0, max = 10.0))]
    pub alpha_roll: Option<f32>,
    /// Added to the expression: x, y and z of 21 keypoints, 63 numbers from −1 to 1.
    pub delta_exp: Option<Row<COORDINATES, 1>>,
    /// How much of the expression's motion is left: 1 all, 0 nothing, as for a moment in which nobody speaks.
    #[schemars(range(min = 0.0, max = 1.0))]
    pub vad_alpha: Option<f32>,
}

impl Setting for ControlFields {
    fn setting(&self) -> Option<Value> {
        Some(mapping(&[
            ("fade_alpha", &self.fade_alpha),
            ("fade_out_keys", &self.fade_out_keys),
            ("delta_pitch", &self.delta_pitch),
            ("delta_yaw", &self.delta_yaw),
            ("delta_roll", &self.delta_roll),
            ("alpha_pitch", &self.alpha_pitch),
            ("alpha_yaw", &self.alpha_yaw),
            ("alpha_roll", &self.alpha_roll),
            ("delta_exp", &self.delta_exp),
            ("vad_alpha", &self.vad_alpha),
        ]))
    }
}

/// Control by frame, 25 a second.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(untagged)]
pub enum ControlByFrame {
    /// One for each frame from the first on.
    Each(#[schemars(length(max = 90_000))] Vec<ControlFields>),
    /// Those of some frames, by their numbers from 0.
    Some(#[schemars(extend("maxProperties" = 90_000))] BTreeMap<FrameNumber, ControlFields>),
}

impl Setting for ControlByFrame {
    fn setting(&self) -> Option<Value> {
        match self {
            Self::Each(frames) => frames.setting(),
            Self::Some(frames) => {
                let pairs =
                    frames.iter().filter_map(|(frame, fields)| Some((text(&frame.0.to_string()), fields.setting()?)));
                Some(Value::Dict(pairs.collect()))
            }
        }
    }
}

/// The number of a frame, from 0, as a key of an object: up to seven digits.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct FrameNumber(pub u32);

impl TryFrom<String> for FrameNumber {
    type Error = String;

    fn try_from(digits: String) -> Result<Self, String> {
        let known = (1..=7).contains(&digits.len()) && digits.bytes().all(|digit| digit.is_ascii_digit());
        let number = digits.parse().ok().filter(|_| known);
        number.map(Self).ok_or_else(|| format!("{digits:?} is not the number of a frame"))
    }
}

impl From<FrameNumber> for String {
    fn from(frame: FrameNumber) -> Self {
        frame.0.to_string()
    }
}

impl JsonSchema for FrameNumber {
    fn inline_schema() -> bool {
        true
    }

    fn schema_name() -> Cow<'static, str> {
        "FrameNumber".into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({"type": "string", "pattern": "^[0-9]{1,7}$"})
    }
}
