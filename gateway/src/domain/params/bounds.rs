//! The bounds that numbers have by their types, which a schema tells by `format` alone: what is published says them, and
//! so what an engine's reader could not hold is refused before there is a job.

use schemars::Schema;
use schemars::transform::{RecursiveTransform, Transform};
use serde_json::{Map, Number, Value, json};

use super::numbers::{kinds, order};

/// The schema as it is published: each whole number has its least and its greatest value.
pub(super) fn published(described: &Value) -> Value {
    let Ok(mut schema) = Schema::try_from(described.clone()) else { return described.clone() };
    RecursiveTransform(|schema: &mut Schema| {
        if let Some(schema) = schema.as_object_mut() {
            bound(schema);
        }
    })
    .transform(&mut schema);
    schema.to_value()
}

/// Narrows the bounds of one schema to those of its type.
fn bound(schema: &mut Map<String, Value>) {
    let is = |kind: &str| kinds(schema).contains(&kind);
    let (whole, any) = (is("integer"), is("number"));
    let format = schema.get("format").and_then(Value::as_str).unwrap_or_default();
    let (least, greatest) = match format {
        "float" if any => (json!(f64::from(f32::MIN)), json!(f64::from(f32::MAX))),
        _ if any || !whole => return,
        "int8" => (json!(i8::MIN), json!(i8::MAX)),
        "int16" => (json!(i16::MIN), json!(i16::MAX)),
        "int32" => (json!(i32::MIN), json!(i32::MAX)),
        "int64" | "int" => (json!(i64::MIN), json!(i64::MAX)),
        "uint8" => (json!(0), json!(u8::MAX)),
        "uint16" => (json!(0), json!(u16::MAX)),
        "uint32" => (json!(0), json!(u32::MAX)),
        "uint64" | "uint" | "uint128" => (json!(0), json!(u64::MAX)),
        // A whole number beyond these is read as a rounded one, and none is made of it again.
        _ => (json!(i64::MIN), json!(u64::MAX)),
    };
    narrow(schema, ["minimum", "exclusiveMinimum"], &least, std::cmp::Ordering::is_lt);
    narrow(schema, ["maximum", "exclusiveMaximum"], &greatest, std::cmp::Ordering::is_gt);
}

/// Sets a bound unless the schema has one that is as narrow.
fn narrow(
    schema: &mut Map<String, Value>,
    [bound, exclusive]: [&str; 2],
    limit: &Value,
    is_wider: fn(std::cmp::Ordering) -> bool,
) {
    let number = |value: Option<&Value>| value.and_then(Value::as_number).cloned();
    let Some(limit) = limit.as_number() else { return };
    // What is no number makes the schema none, which its validator says.
    if [bound, exclusive].iter().any(|name| schema.get(*name).is_some_and(|said| !said.is_number())) {
        return;
    }
    let wide = |said: &Number| is_wider(order(said, limit));
    let narrower = [number(schema.get(bound)), number(schema.get(exclusive))];
    if !narrower.iter().flatten().any(|said| !wide(said)) {
        schema.insert(bound.to_owned(), Value::Number(limit.clone()));
    }
}
