//! A plugin that says of itself what the environment tells it to: `ODD_ENGINE` has fields of its descriptor that are to be
//! others, and `ODD_PARAMS` the schema of its parameters.

use std::borrow::Cow;
use std::env;

use engine_api::{Descriptor, Engine, EngineError, Host, JsonSchema, Progress, RenderJob, Setup, export_engine};
use schemars::{Schema, SchemaGenerator};
use serde::Deserialize;
use serde_json::{Value, json};

struct Odd;

#[derive(Deserialize)]
struct Params {}

impl JsonSchema for Params {
    fn schema_name() -> Cow<'static, str> {
        "Params".into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        told("ODD_PARAMS").unwrap_or_else(|| json!({"type": "object"})).try_into().expect("a schema is told")
    }
}

impl Engine for Odd {
    type Params = Params;

    fn describe() -> Descriptor {
        let mut plain = json!({
            "id": "odd",
            "name": "Odd",
            "version": "1.0.0",
            "summary": "Says what it is told to.",
            "inputs": [["portrait", "speech"]],
            "licence": {"code": "MIT", "commercial_use": true},
            "devices": ["cpu"],
        });
        if let Some(Value::Object(others)) = told("ODD_ENGINE") {
            others.into_iter().for_each(|(field, value)| plain[field] = value);
        }
        serde_json::from_value(plain).expect("fields of a descriptor are told")
    }

    fn load(_setup: &Setup, _progress: &mut dyn Progress) -> Result<Self, EngineError> {
        Ok(Self)
    }

    fn render(&mut self, _job: &RenderJob<Params>, _host: &mut dyn Host) -> Result<(), EngineError> {
        Err(EngineError::input("this engine makes nothing"))
    }
}

fn told(variable: &str) -> Option<Value> {
    let text = env::var(variable).ok()?;
    Some(serde_json::from_str(&text).expect("JSON is told"))
}

export_engine!(Odd);
