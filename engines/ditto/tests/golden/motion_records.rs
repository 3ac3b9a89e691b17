//! Motion records and chance as the set describes them.

use std::collections::HashMap;

use engine_ditto::motion::noise::Chance;
use engine_ditto::motion::{Motion, SourceMotion};
use engine_ditto::settings::error::SettingError;
use engine_ditto::settings::{Partial, Settings};
use engine_golden::json::{number, shape};
use engine_golden::{Tensor, unit_variance as rule};
use engine_pickle::{Array, Value as Setting};
use serde_json::Value;

use crate::reference::SET;

/// The fields of the record with this key; driving records have no `kp`.
fn info(key: &str) -> HashMap<String, Tensor> {
    let table = SET.part("rule")["info_table"].as_object().expect("rule.info_table is an object");
    let field = |(name, rule): (&String, &Value)| {
        let shape = shape(&rule["shape"]);
        let len = shape.iter().product();
        let values = rule::f32s(&format!("{key}/{name}"), len, number(&rule["scale"]), number(&rule["offset"]));
        (name.clone(), Tensor::f32(&shape, values))
    };
    table.iter().map(field).collect()
}

/// Blink gap: draw number `draw` of a run whose gaps have this key; 60 to 100 frames.
pub(crate) fn gap(key: &str, draw: u64) -> u32 {
    60 + ((rule::splitmix64(key, draw) >> 32) % 41) as u32
}

/// The record with this key.
pub(crate) fn motion(key: &str) -> Motion {
    let info = info(key);
    let values = |name: &str| info[name].to_f32();
    Motion {
        scale: values("scale")[0],
        pitch: fixed(values("pitch")),
        yaw: fixed(values("yaw")),
        roll: fixed(values("roll")),
        t: fixed(values("t")),
        exp: fixed(values("exp")),
    }
}

/// The source record with this key.
pub(crate) fn source(key: &str) -> SourceMotion {
    SourceMotion { motion: motion(key), kp: fixed(info(key)["kp"].to_f32()) }
}

/// So many values as an array.
pub(crate) fn fixed<const N: usize>(values: Vec<f32>) -> [f32; N] {
    values.try_into().unwrap_or_else(|values: Vec<f32>| panic!("{} values, not {N}", values.len()))
}

/// Rows of values of a key.
pub(crate) fn rows<const N: usize>(key: &str, count: usize, scale: f64, offset: f64) -> Vec<[f32; N]> {
    rule::f32s(key, count * N, scale, offset).as_chunks::<N>().0.to_vec()
}

/// A JSON value as the value of a setting.
pub(crate) fn setting(value: &Value) -> Setting {
    if value.get("$rule").is_some() {
        let tensor = SET.input(value);
        let values = tensor.to_f32().into_iter().map(f64::from).collect();
        return Setting::Array(Array { shape: tensor.shape, values });
    }
    match value {
        Value::Null => Setting::None,
        Value::Bool(flag) => Setting::Bool(*flag),
        Value::Number(number) => match number.as_i64() {
            Some(whole) => Setting::Int(whole),
            None => Setting::Float(number.as_f64().expect("a number")),
        },
        Value::String(text) => Setting::Str(text.clone()),
        Value::Array(items) => Setting::List(items.iter().map(setting).collect()),
        Value::Object(pairs) => {
            Setting::Dict(pairs.iter().map(|(key, value)| (Setting::Str(key.clone()), setting(value))).collect())
        }
    }
}

/// What settings come of these, as configurations write them; later ones win.
pub(crate) fn merged(layers: &[&Setting]) -> Result<Settings, SettingError> {
    let layers = layers.iter().map(|layer| Partial::from_pickle(layer)).collect::<Result<Vec<_>, _>>()?;
    Settings::merge(&layers.iter().collect::<Vec<_>>())
}

/// The draws of a case.
pub(crate) struct Recorded {
    noise_key: String,
    gap_key: String,
    /// Noise tensors drawn.
    pub(crate) noises: u64,
    /// Gaps drawn.
    pub(crate) gaps: Vec<usize>,
}

impl Recorded {
    /// Draws of the case or run with this key, whose gaps may have a key of their own.
    pub(crate) fn new(key: &str, gap_key: Option<&str>) -> Self {
        let gap_key = gap_key.map_or_else(|| format!("{key}/gap"), str::to_owned);
        Self { noise_key: format!("{key}/noise"), gap_key, noises: 0, gaps: Vec::new() }
    }
}

impl Chance for Recorded {
    fn noise(&mut self, out: &mut [f32]) {
        let key = format!("{}/{}", self.noise_key, self.noises);
        out.copy_from_slice(&rule::f32s(&key, out.len(), 1.0, 0.0));
        self.noises += 1;
    }

    fn blink_gap(&mut self) -> usize {
        let gap = gap(&self.gap_key, self.gaps.len() as u64) as usize;
        self.gaps.push(gap);
        gap
    }
}
