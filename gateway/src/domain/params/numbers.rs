//! Numbers as schemas bound them: which are taken, which lie nearest, and how they are compared and written. Whole ones
//! are exact, because a seed of twenty digits is another one if a digit is lost.

use std::cmp::Ordering;

use serde_json::{Map, Number, Value};

/// The numbers that a property takes.
pub(crate) enum Numbers {
    /// Whole ones.
    Whole {
        /// From here on, a multiple of the step.
        least: i128,
        /// Up to here, a multiple of the step.
        greatest: i128,
        /// Multiples of this.
        step: i128,
    },
    /// Any.
    Any {
        /// From here on.
        least: f64,
        /// Up to here.
        greatest: f64,
        /// Multiples of this, if of anything.
        step: Option<f64>,
    },
}

impl Numbers {
    /// Those of a property's schema, if it takes numbers.
    pub(crate) fn of(property: &Value) -> Option<Self> {
        let property = property.as_object()?;
        let kinds = kinds(property);
        let number = |keyword: &str| property.get(keyword).and_then(Value::as_number);
        let step = number("multipleOf");
        if kinds.contains(&"number") {
            let float = |keyword: &str| number(keyword).and_then(Number::as_f64);
            let beyond = [float("exclusiveMinimum").map(f64::next_up), float("exclusiveMaximum").map(f64::next_down)];
            return Some(Self::Any {
                least: [float("minimum"), beyond[0]].into_iter().flatten().fold(f64::MIN, f64::max),
                greatest: [float("maximum"), beyond[1]].into_iter().flatten().fold(f64::MAX, f64::min),
                step: step.and_then(Number::as_f64).filter(|step| *step > 0.0),
            });
        }
        if !kinds.contains(&"integer") {
            return None;
        }
        let beyond = [number("exclusiveMinimum").map(|bound| down(bound).saturating_add(1)), number("minimum").map(up)];
        let before = [number("exclusiveMaximum").map(|bound| up(bound).saturating_sub(1)), number("maximum").map(down)];
        let least = beyond.into_iter().flatten().fold(i64::MIN.into(), i128::max);
        let greatest = before.into_iter().flatten().fold(u64::MAX.into(), i128::min);
        // What steps of no whole number make together is left to the schema's own check.
        let step = step.and_then(whole).filter(|step| *step > 0).unwrap_or(1);
        let least = -(-least).div_euclid(step) * step;
        Some(Self::Whole { least, greatest: greatest.div_euclid(step) * step, step })
    }

    /// The one nearest to a number; none if there is none at all.
    pub(crate) fn nearest(&self, to: &Number) -> Option<Value> {
        match *self {
            Self::Whole { least, greatest, step } => {
                let to = whole(to).or_else(|| Some(to.as_f64()?.round() as i128))?;
                let multiple = (to.saturating_add(step / 2)).div_euclid(step).saturating_mul(step);
                (least <= greatest).then(|| json(multiple.clamp(least, greatest)))
            }
            Self::Any { least, greatest, step } => {
                let to = to.as_f64()?;
                let to = step.map_or(to, |step| (to / step).round() * step);
                (least <= greatest).then(|| to.clamp(least, greatest).into())
            }
        }
    }

    /// The nearest ones on both sides of a number that is none of them.
    pub(crate) fn neighbours(&self, of: &Number) -> Vec<Value> {
        match *self {
            Self::Whole { least, greatest, step } => {
                let below = down(of).div_euclid(step) * step;
                let beside = [below, below.saturating_add(step)];
                beside.into_iter().filter(|number| (least..=greatest).contains(number)).map(json).collect()
            }
            Self::Any { least, greatest, step } => {
                let (Some(of), Some(step)) = (of.as_f64(), step) else { return vec![] };
                let beside = [(of / step).floor() * step, (of / step).ceil() * step];
                beside.into_iter().filter(|number| (least..=greatest).contains(number)).map(Value::from).collect()
            }
        }
    }
}

/// The types that a schema names.
pub(super) fn kinds(schema: &Map<String, Value>) -> Vec<&str> {
    match schema.get("type") {
        Some(Value::String(kind)) => vec![kind],
        Some(Value::Array(kinds)) => kinds.iter().filter_map(Value::as_str).collect(),
        _ => vec![],
    }
}

/// A number that has no fraction, however it is written.
pub(crate) fn whole(number: &Number) -> Option<i128> {
    let float = || number.as_f64().filter(|float| float.fract() == 0.0).map(|float| float as i128);
    number.as_i128().or_else(float)
}

/// Whether two numbers are the same, however they are written.
pub(crate) fn same(one: &Number, other: &Number) -> bool {
    order(one, other).is_eq()
}

/// How two numbers lie to each other.
pub(super) fn order(one: &Number, other: &Number) -> Ordering {
    match (whole(one), whole(other)) {
        (Some(one), Some(other)) => one.cmp(&other),
        _ => one.as_f64().partial_cmp(&other.as_f64()).unwrap_or(Ordering::Equal),
    }
}

/// A value as a person writes it: large whole numbers with all their digits.
pub(crate) fn written(value: &Value) -> String {
    /// Those beyond have more digits than anybody reads.
    const LARGEST: f64 = 1e21;
    match value.as_number().filter(|number| number.is_f64()).and_then(Number::as_f64) {
        Some(float) if float.fract() == 0.0 && (1e15..LARGEST).contains(&float.abs()) => (float as i128).to_string(),
        _ => value.to_string(),
    }
}

/// A whole number as JSON. One that its readers do not hold exactly is rounded.
pub(crate) fn json(number: i128) -> Value {
    Number::from_i128(number).map_or_else(|| (number as f64).into(), Value::Number)
}

fn down(number: &Number) -> i128 {
    whole(number).unwrap_or_else(|| number.as_f64().unwrap_or_default().floor() as i128)
}

fn up(number: &Number) -> i128 {
    whole(number).unwrap_or_else(|| number.as_f64().unwrap_or_default().ceil() as i128)
}
