//! Settings with a structure: emotions, the reference character, bounds, driven parts, blinks and control.

use std::collections::HashMap;
use std::ops::Range;

use engine_pickle::Value;

use super::character::Character;
use super::read::{Read, SettingError, typed};
use crate::motion::condition::{EMOTIONS, EmotionRow, Face, emotion_row};
use crate::motion::windows::Bounds;
use crate::motion::{COORDINATES, Motion, Part, Points, SourceMotion, VECTOR};
use crate::stitch::blink::Blinks;
use crate::stitch::control::Control;
use crate::stitch::fade::Fade;

type Result<T> = std::result::Result<T, SettingError>;

/// A label, several mixed, a list of such by frame, or an array of shares by frame.
pub(super) fn emotions(name: &str, value: &Value) -> Result<Vec<EmotionRow>> {
    let mixture = |value: &Value| -> Result<EmotionRow> {
        let labels: Vec<usize> = match value {
            Value::Int(_) => vec![typed(name, value)?],
            _ => typed(name, value)?,
        };
        if labels.is_empty() || labels.iter().any(|label| *label >= EMOTIONS) {
            return Err(SettingError::new(name, "labels are 0 to 7, at least one"));
        }
        Ok(emotion_row(&labels))
    };
    match value {
        Value::Array(_) => rows(name, value),
        Value::List(items) if matches!(items.first(), Some(Value::List(_))) => items.iter().map(mixture).collect(),
        other => mixture(other).map(|row| vec![row]),
    }
}

/// A record of the form of a source's.
pub(super) fn character(name: &str, value: &Value) -> Result<Character> {
    let list = |key: &str| match value.get(key) {
        Some(Value::List(items)) if !items.is_empty() => Ok(items),
        _ => Err(SettingError::new(name, format!("{key} is no list with something in it"))),
    };
    let face = Face {
        eye_open: list("eye_open_lst")?
            .iter()
            .map(|eye| fixed(name, "eye_open_lst", Some(eye)))
            .collect::<Result<_>>()?,
        eye_ball: list("eye_ball_lst")?
            .iter()
            .map(|eye| fixed(name, "eye_ball_lst", Some(eye)))
            .collect::<Result<_>>()?,
        sc: fixed(name, "sc", value.get("sc"))?,
    };
    let x_s_info = list("x_s_info_lst")?.iter().map(|info| source_motion(name, info)).collect::<Result<_>>()?;
    Ok(Character { x_s_info, face })
}

fn source_motion(name: &str, info: &Value) -> Result<SourceMotion> {
    let [scale] = fixed(name, "scale", info.get("scale"))?;
    let motion = Motion {
        scale,
        pitch: fixed(name, "pitch", info.get("pitch"))?,
        yaw: fixed(name, "yaw", info.get("yaw"))?,
        roll: fixed(name, "roll", info.get("roll"))?,
        t: fixed(name, "t", info.get("t"))?,
        exp: fixed(name, "exp", info.get("exp"))?,
    };
    Ok(SourceMotion { motion, kp: fixed(name, "kp", info.get("kp"))? })
}

pub(super) fn dimensions(name: &str, value: &Value) -> Result<Range<usize>> {
    let ends: Vec<usize> = typed(name, value)?;
    match ends[..] {
        [start, end] if start <= end && end <= VECTOR => Ok(start..end),
        _ => Err(SettingError::new(name, format!("it is no pair of ascending numbers up to {VECTOR}"))),
    }
}

pub(super) fn bounds(name: &str, value: &Value) -> Result<Bounds> {
    match rows::<VECTOR>(name, value)?[..] {
        [min, max, ..] => Ok(Bounds { min, max }),
        _ => Err(SettingError::new(name, "it has not a row of least and a row of greatest values")),
    }
}

pub(super) fn offsets(name: &str, value: &Value) -> Result<Vec<Points>> {
    rows::<COORDINATES>(name, value)
}

/// A list of parts, or parts with gains.
pub(super) fn driven(name: &str, value: &Value) -> Result<Vec<(Part, f64)>> {
    let Value::Dict(pairs) = value else {
        return Ok(parts(name, value)?.into_iter().map(|part| (part, 1.0)).collect());
    };
    let gain = |(key, gain): &(Value, Value)| {
        let part = part(name, &typed::<String>(name, key)?)?;
        part.map(|part| Ok((part, typed(name, gain)?))).transpose()
    };
    pairs.iter().filter_map(|pair| gain(pair).transpose()).collect()
}

pub(super) fn parts(name: &str, value: &Value) -> Result<Vec<Part>> {
    let names: Vec<String> = typed(name, value)?;
    names.iter().filter_map(|key| part(name, key).transpose()).collect()
}

/// The part with this name. A record's `kp` may be named, too, and is none: it is never predicted, driven or faded.
fn part(name: &str, key: &str) -> Result<Option<Part>> {
    match (Part::named(key), key) {
        (None, "kp") => Ok(None),
        (None, _) => Err(SettingError::new(name, format!("{key:?} is no part of a motion record"))),
        (known, _) => Ok(known),
    }
}

pub(super) fn blinks(name: &str, value: &Value) -> Result<Blinks> {
    match value {
        Value::Int(-1) => Ok(Blinks::Never),
        Value::Int(0) => Ok(Blinks::Random),
        Value::Int(_) => Ok(Blinks::Gaps(vec![typed(name, value)?])),
        _ => Ok(Blinks::Gaps(typed(name, value)?)),
    }
}

pub(super) fn fade(name: &str, value: &Value) -> Result<Fade> {
    match typed::<String>(name, value)?.as_str() {
        "" => Ok(Fade::Off),
        "d0" => Ok(Fade::First),
        "s" => Ok(Fade::Source),
        other => Err(SettingError::new(name, format!("{other:?} is none of \"\", \"d0\", \"s\""))),
    }
}

/// A mapping of frame numbers (also as texts, as JSON has them) to control, or a list with one for each frame.
pub(super) fn control_by_frame(name: &str, value: &Value) -> Result<HashMap<usize, Control>> {
    let number = |key: &Value| match key {
        Value::Str(key) => key.parse().map_err(|_| SettingError::new(name, format!("{key:?} is no frame number"))),
        other => typed(name, other),
    };
    match value {
        Value::None => Ok(HashMap::new()),
        Value::List(frames) => {
            frames.iter().enumerate().map(|(frame, value)| Ok((frame, control(name, value)?))).collect()
        }
        Value::Dict(pairs) => pairs.iter().map(|(frame, value)| Ok((number(frame)?, control(name, value)?))).collect(),
        _ => Err(SettingError::new(name, "it is neither a mapping of frames nor a list")),
    }
}

/// The control of one frame or of all.
pub(super) fn control(name: &str, value: &Value) -> Result<Control> {
    let Value::Dict(pairs) = value else {
        return if *value == Value::None { Ok(Control::default()) } else { Err(no_mapping(name)) };
    };
    const NUMBERS: [&str; 8] =
        ["fade_alpha", "delta_pitch", "delta_yaw", "delta_roll", "alpha_pitch", "alpha_yaw", "alpha_roll", "vad_alpha"];
    for (key, _) in pairs {
        let known = matches!(key, Value::Str(key) if NUMBERS.contains(&key.as_str()) || ["delta_exp", "fade_out_keys"].contains(&key.as_str()));
        if !known {
            return Err(SettingError::new(name, format!("there is no control {key:?}")));
        }
    }
    let number = |key: &str| value.read::<f64>(key).map(|number| number.map(|number| number as f32));
    let given = |key: &str| value.get(key).filter(|value| **value != Value::None);
    Ok(Control {
        fade_alpha: number("fade_alpha")?,
        fade_out_keys: given("fade_out_keys").map(|value| parts(name, value)).transpose()?,
        delta_pitch: number("delta_pitch")?,
        delta_yaw: number("delta_yaw")?,
        delta_roll: number("delta_roll")?,
        alpha_pitch: number("alpha_pitch")?,
        alpha_yaw: number("alpha_yaw")?,
        alpha_roll: number("alpha_roll")?,
        delta_exp: given("delta_exp").map(|value| fixed(name, "delta_exp", Some(value))).transpose()?,
        vad_alpha: number("vad_alpha")?,
    })
}

fn no_mapping(name: &str) -> SettingError {
    SettingError::new(name, "it is no mapping")
}

/// Exactly `N` finite numbers, whatever their shape.
fn fixed<const N: usize>(name: &str, key: &str, value: Option<&Value>) -> Result<[f32; N]> {
    let numbers = value.and_then(Value::to_f32s).filter(|numbers| numbers.iter().all(|number| number.is_finite()));
    let fixed = numbers.and_then(|numbers| <[f32; N]>::try_from(numbers).ok());
    fixed.ok_or_else(|| SettingError::new(name, format!("{key} is not {N} finite numbers")))
}

/// Rows of `N` finite numbers, at least one.
fn rows<const N: usize>(name: &str, value: &Value) -> Result<Vec<[f32; N]>> {
    let numbers = value.to_f32s().filter(|numbers| numbers.iter().all(|number| number.is_finite()));
    let rows = numbers.as_deref().map(<[f32]>::as_chunks::<N>);
    match rows {
        Some((rows, [])) if !rows.is_empty() => Ok(rows.to_vec()),
        _ => Err(SettingError::new(name, format!("it is not rows of {N} finite numbers"))),
    }
}
