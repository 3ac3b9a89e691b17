//! Other values of a parameter than the one it has, as its schema allows them: what is tried to see whether it does
//! anything, and how far it goes.

use serde_json::{Number, Value, json};

use crate::domain::params::{Numbers, Parameters, same};

/// How far apart the bounds of whole numbers may lie for the middle to be an ordinary value.
const ORDINARY: f64 = 10_000.0;
/// The largest number, relative to the present one, that is tried: sizes and lengths cost what they are.
const FARTHEST: f64 = 4.0;

/// Other values, those nearest to the present one first; none where only the parameter's author would know one.
pub(super) fn others(parameters: &Parameters, property: &Value, now: &Value) -> Vec<Value> {
    let mut others = match (numbers(parameters, property), choices(parameters, property)) {
        (Some(numbers), _) => near(&numbers, now),
        (None, Some(choices)) => choices,
        (None, None) if is_switch(parameters, property) => vec![json!(true), json!(false)],
        _ => vec![],
    };
    others.retain(|other| !is_same(other, now));
    let mut unique = Vec::<Value>::new();
    for other in others {
        if !unique.iter().any(|known| is_same(known, &other)) {
            unique.push(other);
        }
    }
    unique
}

/// The least and the greatest value of a number.
pub(super) fn bounds(parameters: &Parameters, property: &Value) -> Option<[Value; 2]> {
    let numbers = numbers(parameters, property)?;
    let far = [f64::MIN, f64::MAX].map(|far| Number::from_f64(far).and_then(|far| numbers.nearest(&far)));
    let [Some(least), Some(greatest)] = far else { return None };
    Some([least, greatest])
}

/// Values just beyond the bounds that the schema itself has.
pub(super) fn beyond(property: &Value) -> Vec<Value> {
    let bound = |keyword: &str| property.get(keyword).and_then(Value::as_f64);
    let below = bound("minimum").map(|least| json!(least - 1.0));
    let above = bound("maximum").map(|greatest| json!(greatest + (greatest.abs() * 1e-3).max(1.0)));
    [below, above].into_iter().flatten().collect()
}

/// The words of a parameter that takes some.
pub(super) fn choices(parameters: &Parameters, property: &Value) -> Option<Vec<Value>> {
    let words = parameters.choices(parameters.resolve(property))?;
    Some(words.into_iter().filter(|word| word != "null").map(Value::from).collect())
}

fn numbers(parameters: &Parameters, property: &Value) -> Option<Numbers> {
    Numbers::of(property).or_else(|| Numbers::of(parameters.resolve(property)))
}

fn is_switch(parameters: &Parameters, property: &Value) -> bool {
    let kind = parameters.resolve(property).get("type");
    kind.is_some_and(|kind| kind == "boolean" || kind.as_array().is_some_and(|kinds| kinds.contains(&json!("boolean"))))
}

/// Ordinary numbers around one; around none, those that most parameters take.
fn near(numbers: &Numbers, now: &Value) -> Vec<Value> {
    let (least, greatest) = match *numbers {
        Numbers::Whole { least, greatest, .. } => (least as f64, greatest as f64),
        Numbers::Any { least, greatest, .. } => (least, greatest),
    };
    let middle = if greatest - least <= ORDINARY { f64::midpoint(least, greatest) } else { 1.0 };
    let tried = match now.as_f64() {
        Some(now) => {
            let end = greatest.min(FARTHEST * now.abs().max(1.0));
            vec![now * 1.5, now / 2.0, now + 1.0, now - 1.0, least.max(now - FARTHEST * now.abs().max(1.0)), end]
        }
        None => vec![1.0, 2.0, least.max(-middle.abs()), middle],
    };
    let nearest = |number: f64| Number::from_f64(number).and_then(|number| numbers.nearest(&number));
    tried.into_iter().filter_map(nearest).collect()
}

fn is_same(one: &Value, other: &Value) -> bool {
    match (one.as_number(), other.as_number()) {
        (Some(one), Some(other)) => same(one, other),
        _ => one == other,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn others_of(property: Value, now: Value) -> Vec<Value> {
        let parameters = Parameters::new(&json!({"type": "object", "properties": {"it": property}})).unwrap();
        others(&parameters, parameters.property("it").unwrap(), &now)
    }

    #[test]
    fn other_values_are_near_allowed_and_different() {
        let width = json!({"type": "integer", "minimum": 64, "maximum": 1920, "multipleOf": 2});
        assert_eq!(others_of(width.clone(), json!(320))[..2], [json!(480), json!(160)]);
        assert!(others_of(width.clone(), json!(64)).iter().all(|other| other.as_u64() > Some(64)));
        assert_eq!(others_of(width, Value::Null)[0], 64);
        let gain = json!({"type": "number", "minimum": 0, "maximum": 2});
        assert_eq!(others_of(gain, json!(0.0)), [json!(1.0), json!(2.0)]);
        assert_eq!(others_of(json!({"type": ["integer", "null"], "minimum": 0}), Value::Null)[0], 1);
        assert_eq!(others_of(json!({"enum": ["none", "all"]}), json!("none")), ["all"]);
        assert_eq!(others_of(json!({"type": "boolean"}), json!(true)), [false]);
        assert_eq!(others_of(json!({"type": "string"}), json!("x")), Vec::<Value>::new());
    }

    #[test]
    fn bounds_are_the_schemas_own() {
        let parameters = json!({"type": "object", "properties": {
            "rate": {"type": "number", "minimum": 0.5, "maximum": 60},
            "seed": {"type": "integer", "format": "uint64"},
        }});
        let parameters = Parameters::new(&parameters).unwrap();
        let of = |name: &str| bounds(&parameters, parameters.property(name).unwrap()).unwrap();
        assert_eq!(of("rate"), [json!(0.5), json!(60.0)]);
        assert_eq!(of("seed"), [json!(0), json!(u64::MAX)]);
        assert_eq!(beyond(parameters.property("rate").unwrap()), [json!(-0.5), json!(61.0)]);
    }
}
