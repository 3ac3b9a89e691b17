//! Bodies of JSON: an object, or a refusal in the words of FastAPI and of Python's parser.

use axum::extract::Request;
use axum::http::HeaderMap;
use serde_json::{Value, json};

use crate::app::App;
use crate::domain::client::Client;
use crate::http::facades::error::Refusal;
use crate::http::facades::fastapi::fields::{Fields, told};
use crate::http::facades::fastapi::validation_error::ValidationError;
use crate::http::server::json_body::Members;
use crate::http::server::media_type::media_type;
use crate::http::server::{json_body, multipart};

/// From so many bytes on, only what is asked for is kept: bodies of requests that are meant well are far shorter.
const LARGE: usize = 64 << 10;

impl Fields {
    /// Reads a JSON object: all of it, or, where that would be large, the fields of these names.
    ///
    /// # Errors
    /// There is none.
    pub(crate) async fn of_json(
        request: Request,
        app: &App,
        client: Client,
        names: &'static [&'static str],
    ) -> Result<Self, Refusal> {
        let is_json = is_json(request.headers());
        let body = axum::body::to_bytes(request.into_body(), multipart::JSON_BYTES).await;
        let body = body.map_err(multipart::unreadable)?;
        let fault = |kind, loc: Vec<Value>, msg: &str, input, ctx| {
            Err(Refusal::Unprocessable(vec![ValidationError {
                kind,
                loc,
                msg: msg.to_owned(),
                input: told(input),
                ctx,
            }]))
        };
        if body.is_empty() {
            return fault("missing", vec![json!("body")], "Field required", Value::Null, None);
        }
        let value = if is_json {
            let read = move |body: &[u8]| match body.len() < LARGE {
                true => serde_json::from_slice(body),
                false => large(body, names),
            };
            match json_body::read(app, client, "body", body.clone(), read).await?.0 {
                Ok(value) => value,
                Err(error) => {
                    let (offset, message) = python_message(&body, &error);
                    let loc = vec![json!("body"), json!(offset)];
                    return fault("json_invalid", loc, "JSON decode error", json!({}), Some(json!({"error": message})));
                }
            }
        } else {
            Value::String(String::from_utf8_lossy(&body).into_owned())
        };
        match value {
            Value::Object(values) => Ok(Self { echoes: true, ..Self::new("body", values) }),
            Value::Null => fault("missing", vec![json!("body")], "Field required", Value::Null, None),
            other => {
                let msg = "Input should be a valid dictionary or object to extract fields from";
                fault("model_attributes_type", vec![json!("body")], msg, other, None)
            }
        }
    }
}

/// Of a large object the members of these names; of what is none, the text.
fn large(body: &[u8], names: &[&str]) -> serde_json::Result<Value> {
    let members = Members::of(body, |name| names.contains(&name))?;
    Ok(match members {
        Some(members) => Value::Object(members.known),
        None => Value::String(String::from_utf8_lossy(body).into_owned()),
    })
}

fn is_json(headers: &HeaderMap) -> bool {
    let kind = media_type(headers);
    kind == "application/json" || (kind.starts_with("application/") && kind.ends_with("+json"))
}

/// Where JSON ends to be JSON, and why, as Python's parser puts it.
fn python_message(body: &[u8], error: &serde_json::Error) -> (usize, &'static str) {
    let lines = body.split_inclusive(|byte| *byte == b'\n');
    let before: usize = lines.take(error.line().saturating_sub(1)).map(<[u8]>::len).sum();
    // Where nothing follows, Python is one step further.
    let offset = if error.is_eof() { body.len() } else { before + error.column().saturating_sub(1) };
    let reason = error.to_string();
    let has = |start: &str| reason.starts_with(start);
    let message = if has("trailing characters") {
        "Extra data"
    } else if has("key must be a string") || has("trailing comma") || has("EOF while parsing an object") {
        "Expecting property name enclosed in double quotes"
    } else if has("expected `:`") {
        "Expecting ':' delimiter"
    } else if has("expected `,`") || has("EOF while parsing a list") {
        "Expecting ',' delimiter"
    } else if has("EOF while parsing a string") {
        "Unterminated string starting at"
    } else if has("control character") {
        "Invalid control character at"
    } else if has("invalid escape") {
        "Invalid \\escape"
    } else {
        "Expecting value"
    };
    (offset, message)
}
