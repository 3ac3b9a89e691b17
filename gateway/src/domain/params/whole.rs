//! 25.0 becomes 25 where the schema says integer: to JSON Schema they are one number, and to what reads an engine's
//! parameters they are not.

use serde_json::{Map, Number, Value};

use super::Parameters;
use super::numbers::{kinds, whole};

/// So many schemas that all speak of one value are followed; a schema may refer to itself.
const MOST_STEPS: u8 = 32;

impl Parameters {
    /// Writes the whole numbers of a value as such, wherever one of the schemas that speak of it says integer. What reads
    /// any number takes those as well.
    pub(super) fn make_whole(&self, schema: &Value, value: &mut Value) {
        self.step(schema, value, MOST_STEPS);
    }

    fn step(&self, schema: &Value, value: &mut Value, steps: u8) {
        let Some(schema) = schema.as_object().filter(|_| steps > 0) else { return };
        match value {
            Value::Number(number) => {
                if let Some(whole) = written_whole(number).filter(|whole| is_whole(schema, whole)) {
                    *number = whole;
                }
            }
            Value::Array(items) => {
                let first = schema.get("prefixItems").and_then(Value::as_array).map_or(&[][..], Vec::as_slice);
                for (place, item) in items.iter_mut().enumerate() {
                    if let Some(schema) = first.get(place).or_else(|| schema.get("items")) {
                        self.make_whole(schema, item);
                    }
                }
            }
            Value::Object(members) => {
                for (name, member) in members {
                    self.member(schema, name, member);
                }
            }
            _ => {}
        }
        for keyword in ["anyOf", "oneOf", "allOf"] {
            for variant in schema.get(keyword).and_then(Value::as_array).into_iter().flatten() {
                self.step(variant, value, steps - 1);
            }
        }
        for schema in ["then", "else"].into_iter().filter_map(|keyword| schema.get(keyword)) {
            self.step(schema, value, steps - 1);
        }
        let referred = schema.get("$ref").and_then(Value::as_str);
        if let Some(schema) = referred.and_then(|reference| self.schema.pointer(reference.trim_start_matches('#'))) {
            self.step(schema, value, steps - 1);
        }
    }

    /// One member of an object: by its name, or as those are whose names have a pattern, or as all others.
    fn member(&self, schema: &Map<String, Value>, name: &str, member: &mut Value) {
        if let Some(property) = schema.get("properties").and_then(|properties| properties.get(name)) {
            return self.make_whole(property, member);
        }
        let by_pattern = schema.get("patternProperties").and_then(Value::as_object).into_iter().flatten();
        for schema in by_pattern.map(|(_, schema)| schema).chain(schema.get("additionalProperties")) {
            self.make_whole(schema, member);
        }
    }
}

/// A number that was written with a point or an exponent, but needs none.
fn written_whole(number: &Number) -> Option<Number> {
    Number::from_i128(whole(number).filter(|_| number.is_f64())?)
}

/// Whether a schema takes a number as a whole one.
fn is_whole(schema: &Map<String, Value>, number: &Number) -> bool {
    let listed = schema.get("enum").and_then(Value::as_array).into_iter().flatten();
    kinds(schema).contains(&"integer")
        || listed.chain(schema.get("const")).any(|value| value.as_number() == Some(number))
}
