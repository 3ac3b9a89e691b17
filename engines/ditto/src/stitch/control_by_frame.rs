//! Control by frame as clients and configurations write it: a list, or a mapping of frame numbers.

use std::borrow::Cow;
use std::collections::{BTreeMap, HashMap};
use std::fmt;

use engine_api::JsonSchema;
use schemars::{Schema, SchemaGenerator, json_schema};
use serde::de::{Error, MapAccess, SeqAccess, Visitor};
use serde::{Deserialize, Deserializer};

use super::control::Control;

/// Control by frame, 25 a second.
#[derive(JsonSchema)]
#[schemars(untagged)]
pub enum ControlByFrame {
    /// One for each frame from the first on.
    Each(#[schemars(length(max = 90_000))] Vec<Control>),
    /// Those of some frames, by their numbers from 0.
    Some(#[schemars(extend("maxProperties" = 90_000))] BTreeMap<FrameNumber, Control>),
}

/// The number of a frame, from 0, as a key: a number, or a text of up to seven digits.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct FrameNumber(pub usize);

/// Reads what [`ControlByFrame`] describes; nothing for null.
pub(crate) fn by_frame<'de, D>(deserializer: D) -> Result<Option<HashMap<usize, Control>>, D::Error>
where
    D: Deserializer<'de>,
{
    deserializer.deserialize_any(Frames)
}

struct Frames;

impl<'de> Visitor<'de> for Frames {
    type Value = Option<HashMap<usize, Control>>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a list of control or a mapping of frame numbers to control")
    }

    fn visit_unit<E: Error>(self) -> Result<Self::Value, E> {
        Ok(None)
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<Self::Value, A::Error> {
        let mut frames = HashMap::new();
        while let Some(control) = items.next_element::<Option<Control>>()? {
            frames.insert(frames.len(), control.unwrap_or_default());
        }
        Ok(Some(frames))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut pairs: A) -> Result<Self::Value, A::Error> {
        let mut frames = HashMap::new();
        while let Some((FrameNumber(frame), control)) = pairs.next_entry::<_, Option<Control>>()? {
            frames.insert(frame, control.unwrap_or_default());
        }
        Ok(Some(frames))
    }
}

impl<'de> Deserialize<'de> for FrameNumber {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(Number).map(Self)
    }
}

struct Number;

impl Visitor<'_> for Number {
    type Value = usize;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("the number of a frame")
    }

    fn visit_i64<E: Error>(self, number: i64) -> Result<usize, E> {
        usize::try_from(number).map_err(|_| E::custom(format!("{number} is not the number of a frame")))
    }

    fn visit_u64<E: Error>(self, number: u64) -> Result<usize, E> {
        usize::try_from(number).map_err(E::custom)
    }

    fn visit_str<E: Error>(self, digits: &str) -> Result<usize, E> {
        let known = (1..=7).contains(&digits.len()) && digits.bytes().all(|digit| digit.is_ascii_digit());
        let number = digits.parse().ok().filter(|_| known);
        number.ok_or_else(|| E::custom(format!("{digits:?} is not the number of a frame")))
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
