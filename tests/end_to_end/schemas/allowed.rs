//! Values that a JSON Schema allows: at its bounds, in each of its variants, and in each way to write them.

use serde_json::{Map, Value, json};

/// The largest whole number below which a float is exact.
const EXACT: u64 = 1 << 53;
/// Entries of a list that may be of any length; its least and its greatest length are tried as far as it needs no more.
const LONG: u64 = 300;

/// A schema with its definitions.
pub(super) struct Schema<'a> {
    root: &'a Value,
}

impl<'a> Schema<'a> {
    pub(super) fn new(root: &'a Value) -> Self {
        Self { root }
    }

    /// The parameters, each with values that are allowed.
    pub(super) fn parameters(&self) -> Vec<(String, Vec<Value>)> {
        let properties = self.root["properties"].as_object().unwrap();
        properties.iter().map(|(name, schema)| (name.clone(), self.values(schema))).collect()
    }

    fn values(&self, schema: &Value) -> Vec<Value> {
        if let Some(reference) = schema["$ref"].as_str() {
            return self.values(self.root.pointer(reference.trim_start_matches('#')).unwrap());
        }
        let mut values: Vec<Value> = schema.get("default").into_iter().flat_map(in_each_way).collect();
        for variant in ["anyOf", "oneOf"].iter().filter_map(|keyword| schema[keyword].as_array()).flatten() {
            values.extend(self.values(variant));
        }
        if let Some(words) = schema["enum"].as_array() {
            values.extend(words.clone());
        } else if let Some(word) = schema.get("const") {
            values.push(word.clone());
        } else {
            let kinds = schema["type"].as_array().cloned().unwrap_or_else(|| vec![schema["type"].clone()]);
            for kind in kinds {
                values.extend(self.of_kind(kind.as_str().unwrap_or_default(), schema));
            }
        }
        let mut once: Vec<Value> = Vec::new();
        for value in values {
            if !once.contains(&value) {
                once.push(value);
            }
        }
        once
    }

    fn of_kind(&self, kind: &str, schema: &Value) -> Vec<Value> {
        match kind {
            "null" => vec![Value::Null],
            "boolean" => vec![json!(false), json!(true)],
            "integer" => wholes(schema).iter().flat_map(in_each_way).collect(),
            "number" => {
                ["minimum", "maximum"].iter().filter_map(|bound| schema.get(bound)).flat_map(in_each_way).collect()
            }
            "array" => self.lists(schema),
            "object" => self.objects(schema),
            // Texts of this house are words.
            _ => vec![],
        }
    }

    /// Lists of the least and the greatest length, and each entry once.
    fn lists(&self, schema: &Value) -> Vec<Value> {
        let entries = self.values(&schema["items"]);
        let least = schema["minItems"].as_u64().unwrap_or(0);
        let greatest = schema["maxItems"].as_u64().unwrap_or(LONG).min(LONG).max(least);
        let of = |length: u64, from: usize| -> Value {
            let entries = entries.iter().cycle().skip(from);
            entries.take(usize::try_from(length).unwrap()).cloned().collect()
        };
        let each = (0..entries.len()).map(|from| of(least.max(1), from));
        [of(least, 0), of(greatest, 0)].into_iter().chain(each).collect()
    }

    /// Objects of each member alone, of all of them, and of none where that is allowed.
    fn objects(&self, schema: &Value) -> Vec<Value> {
        let mut members: Vec<(String, Vec<Value>)> = Vec::new();
        for (name, member) in schema["properties"].as_object().into_iter().flatten() {
            members.push((name.clone(), self.values(member)));
        }
        for (pattern, member) in schema["patternProperties"].as_object().into_iter().flatten() {
            assert_eq!(pattern, "^[0-9]{1,7}$", "what fits another pattern is not known here");
            members.extend(["0", "9999999"].map(|name| (name.to_owned(), self.values(member))));
        }
        let required: Vec<&str> =
            schema["required"].as_array().into_iter().flatten().filter_map(Value::as_str).collect();
        let with = |chosen: &dyn Fn(&str) -> bool, turn: usize| -> Value {
            let chosen = members.iter().filter(|(name, _)| chosen(name) || required.contains(&name.as_str()));
            Value::Object(chosen.map(|(name, values)| (name.clone(), values[turn % values.len()].clone())).collect())
        };
        let mut objects = vec![with(&|_| true, 0), with(&|_| true, 1)];
        for (name, values) in &members {
            objects.extend((0..values.len()).map(|turn| with(&|other| other == name, turn)));
        }
        if schema["minProperties"].as_u64().unwrap_or(0) == 0 && required.is_empty() {
            objects.push(Value::Object(Map::new()));
        }
        objects
    }
}

/// The least, the greatest and the second whole number.
fn wholes(schema: &Value) -> Vec<Value> {
    let bound = |name: &str| {
        let number = schema[name].as_number().unwrap_or_else(|| panic!("no {name} in {schema}"));
        number.as_i128().unwrap_or_else(|| number.as_f64().unwrap() as i128)
    };
    let step = schema["multipleOf"].as_i64().map_or(1, i128::from);
    let (least, greatest) = (bound("minimum"), bound("maximum").div_euclid(step) * step);
    let least = -(-least).div_euclid(step) * step;
    let some = [least, greatest, (least + step).min(greatest)];
    some.map(|number| {
        u64::try_from(number).map_or_else(|_| json!(i64::try_from(number).unwrap()), |number| json!(number))
    })
    .into()
}

/// A number with a point and without; everything else as it is.
fn in_each_way(value: &Value) -> Vec<Value> {
    let float = value.as_f64().filter(|float| float.fract() == 0.0 && float.abs() <= EXACT as f64);
    match float {
        Some(float) => vec![value.clone(), json!(float), json!(float as i64)],
        None => vec![value.clone()],
    }
}
