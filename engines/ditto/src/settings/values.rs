//! How a configuration writes settings: emotions, bounds, blinks, driven parts, control, and numbers that may be none.

use std::collections::HashMap;
use std::ops::Range;

use serde::de::Error;
use serde::{Deserialize, Deserializer};

use crate::motion::condition::{EMOTIONS, EmotionRow, emotion_row};
use crate::motion::part::{self, Driven, Gains, Part};
use crate::motion::windows::Bounds;
use crate::motion::{COORDINATES, Points, VECTOR};
use crate::numbers;
use crate::stitch::control::Control;
use crate::stitch::control_by_frame::by_frame;

/// What is given, as its type is written. `None` is a value of types that have one, and wrong for all others.
pub(super) fn given<'de, D: Deserializer<'de>, T: Deserialize<'de>>(deserializer: D) -> Result<Option<T>, D::Error> {
    T::deserialize(deserializer).map(Some)
}

/// A number above 0; `None`, 0 and numbers below mean that there is none.
pub(super) fn positive<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<Option<usize>>, D::Error> {
    let number = Option::<i64>::deserialize(deserializer)?.unwrap_or(0);
    Ok(Some(usize::try_from(number).ok().filter(|number| *number > 0)))
}

/// A label, several mixed, a list of such by frame, or an array of shares by frame.
pub(super) fn emotions<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<Vec<EmotionRow>>, D::Error> {
    let mixture = |mixture: &Mixture| {
        let labels = match mixture {
            Mixture::Label(label) => std::slice::from_ref(label),
            Mixture::Labels(labels) => labels,
        };
        let known = !labels.is_empty() && labels.iter().all(|label| *label < EMOTIONS);
        known.then(|| emotion_row(labels)).ok_or_else(|| D::Error::custom("labels are 0 to 7, at least one"))
    };
    match Emotions::deserialize(deserializer)? {
        Emotions::Always(one) => mixture(&one).map(|row| Some(vec![row])),
        Emotions::ByFrame(frames) => frames.iter().map(mixture).collect::<Result<_, _>>().map(Some),
        Emotions::Shares(Rows(rows)) => Ok(Some(rows)),
    }
}

#[derive(Deserialize)]
#[serde(
    untagged,
    expecting = "it is no label from 0 to 7, no list of labels or of such lists, and no rows of 8 shares"
)]
enum Emotions {
    Always(Mixture),
    ByFrame(Vec<Mixture>),
    Shares(Rows<EMOTIONS>),
}

#[derive(Deserialize)]
#[serde(untagged)]
enum Mixture {
    Label(usize),
    Labels(Vec<usize>),
}

/// Rows of numbers, at least one.
#[derive(Deserialize)]
#[serde(transparent)]
struct Rows<const N: usize>(#[serde(deserialize_with = "numbers::rows")] Vec<[f32; N]>);

/// The first and the last but one number of a range.
pub(super) fn dimensions<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<Option<Range<usize>>>, D::Error> {
    let ends = Option::<[usize; 2]>::deserialize(deserializer)?;
    Ok(Some(ends.map(|[start, end]| start..end)))
}

/// A row of least and a row of greatest values; further rows mean nothing.
pub(super) fn bounds<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<Option<Bounds>>, D::Error> {
    match Option::<Rows<VECTOR>>::deserialize(deserializer)?.as_ref().map(|Rows(rows)| rows.as_slice()) {
        None => Ok(Some(None)),
        Some(&[min, max, ..]) => Ok(Some(Some(Bounds { min, max }))),
        Some(_) => Err(D::Error::custom("it has not a row of least and a row of greatest values")),
    }
}

/// Expression offsets of a blink.
pub(super) fn offsets<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<Option<Vec<Points>>>, D::Error> {
    Ok(Some(Option::<Rows<COORDINATES>>::deserialize(deserializer)?.map(|Rows(rows)| rows)))
}

/// A list of parts, or parts with gains.
pub(super) fn driven<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<Option<Gains>>, D::Error> {
    Ok(Some(Option::<Driven>::deserialize(deserializer)?.map(Into::into)))
}

/// A list of parts.
pub(super) fn parts<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<Vec<Part>>, D::Error> {
    part::parts(deserializer).map(Some)
}

/// A mapping of frame numbers to control, or a list with one for each frame; `None` is none.
pub(super) fn control_by_frame<'de, D>(deserializer: D) -> Result<Option<HashMap<usize, Control>>, D::Error>
where
    D: Deserializer<'de>,
{
    by_frame(deserializer).map(Option::unwrap_or_default).map(Some)
}

/// The control of all frames; `None` is none.
pub(super) fn control<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<Control>, D::Error> {
    Option::deserialize(deserializer).map(Option::unwrap_or_default).map(Some)
}
