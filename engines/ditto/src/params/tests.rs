//! What the parameters mean, and what their schema says.
use serde_json::Value;

use super::*;

#[test]
fn schema() {
    let schema = schemars::schema_for!(Params).to_value();
    let text = serde_json::to_string_pretty(&schema).unwrap();
    std::fs::write("/tmp/w/params_schema.json", text).unwrap();
    let _: Value = schema;
}
