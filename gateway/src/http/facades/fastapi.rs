//! What all four services have from FastAPI: how fields are read, and the words in which they are refused.
//!
//! All faults of a request are told together, in the order in which a service declares its fields.

mod form;
mod number;
#[cfg(test)]
mod tests;

use std::collections::BTreeMap;
use std::sync::Arc;

use axum::extract::{MatchedPath, Request};
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{IntoResponse, Response};
use serde::Serialize;
use serde_json::{Map, Value, json};
use url::{ParseError, Url};

use crate::app::App;
use crate::http::facades::error::Refusal;
use crate::http::facades::methods_of;
use crate::http::server::multipart;

pub(super) use crate::http::facades::fastapi::form::{Content, FileField, Part};

/// One fault of a request.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub(super) struct Detail {
    #[serde(rename = "type")]
    kind: &'static str,
    loc: Vec<Value>,
    msg: String,
    input: Value,
    #[serde(skip_serializing_if = "Option::is_none")]
    ctx: Option<Value>,
}

impl Detail {
    /// In one line: `audio_url: Field required`.
    pub(super) fn in_short(&self) -> String {
        let place = self.loc.iter().skip(1).map(|step| step.as_str().map_or_else(|| step.to_string(), str::to_owned));
        match place.collect::<Vec<_>>().join(".") {
            place if place.is_empty() => self.msg.clone(),
            place => format!("{place}: {}", self.msg),
        }
    }
}

/// The fields of a request, and what was wrong with those that were read so far.
pub(super) struct Fields {
    /// What `loc` begins with: `body`, `query`.
    place: &'static str,
    values: Map<String, Value>,
    files: BTreeMap<String, Vec<Part>>,
    /// What is told as `input` of a field that is missing.
    whole: Value,
    details: Vec<Detail>,
}

/// What a number may be.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Range {
    /// At least.
    pub(super) ge: Option<i64>,
    /// At most.
    pub(super) le: Option<i64>,
}

impl Fields {
    /// Reads a form, with files in the named fields.
    ///
    /// # Errors
    /// The body cannot be read. A body of another kind is an empty form.
    pub(super) async fn of_form(request: Request, app: &Arc<App>, files: &[FileField<'_>]) -> Result<Self, Refusal> {
        let (texts, files) = form::read(request, app, files).await?;
        // A field without content counts as not sent.
        let values = texts.into_iter().filter(|(_, text)| !text.is_empty());
        let values = values.map(|(name, text)| (name, Value::String(text))).collect();
        Ok(Self { place: "body", values, files, whole: Value::Null, details: vec![] })
    }

    /// Reads a JSON object.
    ///
    /// # Errors
    /// There is none.
    pub(super) async fn of_json(request: Request) -> Result<Self, Refusal> {
        let is_json = is_json(request.headers());
        let body = axum::body::to_bytes(request.into_body(), multipart::TEXT_BYTES).await;
        let body = body.map_err(multipart::unreadable)?;
        let fault = |kind, loc: Vec<Value>, msg: &str, input, ctx| {
            Err(Refusal::Unprocessable(vec![Detail { kind, loc, msg: msg.to_owned(), input, ctx }]))
        };
        if body.is_empty() {
            return fault("missing", vec![json!("body")], "Field required", Value::Null, None);
        }
        let value = if is_json {
            match serde_json::from_slice(&body) {
                Ok(value) => value,
                Err(error) => {
                    let (offset, words) = in_pythons_words(&body, &error);
                    let loc = vec![json!("body"), json!(offset)];
                    return fault("json_invalid", loc, "JSON decode error", json!({}), Some(json!({"error": words})));
                }
            }
        } else {
            Value::String(String::from_utf8_lossy(&body).into_owned())
        };
        match value {
            Value::Object(values) => {
                let whole = Value::Object(values.clone());
                Ok(Self { place: "body", values, files: BTreeMap::new(), whole, details: vec![] })
            }
            Value::Null => fault("missing", vec![json!("body")], "Field required", Value::Null, None),
            other => {
                let msg = "Input should be a valid dictionary or object to extract fields from";
                fault("model_attributes_type", vec![json!("body")], msg, other, None)
            }
        }
    }

    /// Reads the parameters behind the question mark.
    pub(super) fn of_query(query: Option<&str>) -> Self {
        let pairs = url::form_urlencoded::parse(query.unwrap_or_default().as_bytes());
        let values = pairs.map(|(name, text)| (name.into_owned(), Value::String(text.into_owned()))).collect();
        Self { place: "query", values, files: BTreeMap::new(), whole: Value::Null, details: vec![] }
    }

    /// Refuses the request if anything was wrong with it.
    pub(super) fn refusal(self) -> Refusal {
        Refusal::Unprocessable(self.details)
    }

    /// Whether nothing was wrong so far.
    pub(super) fn are_sound(&self) -> bool {
        self.details.is_empty()
    }

    /// Whether a field was sent, whatever it holds.
    pub(super) fn has(&self, name: &str) -> bool {
        self.values.get(name).is_some_and(|value| !value.is_null())
    }

    /// Whether a field is missing, or holds nothing: null, an empty text, an empty list.
    pub(super) fn is_empty(&self, name: &str) -> bool {
        match self.values.get(name) {
            None | Some(Value::Null) => true,
            Some(Value::String(text)) => text.is_empty(),
            Some(Value::Array(items)) => items.is_empty(),
            Some(_) => false,
        }
    }

    /// A file that must be there: the last one of the name.
    pub(super) fn file(&mut self, name: &'static str) -> Option<Part> {
        self.files(name).and_then(|mut files| files.pop())
    }

    /// All files of a name, one at least.
    pub(super) fn files(&mut self, name: &'static str) -> Option<Vec<Part>> {
        if let Some(files) = self.files.remove(name) {
            return Some(files);
        }
        match self.values.get(name).cloned() {
            Some(text) => {
                let msg = "Value error, Expected UploadFile, received: <class 'str'>";
                self.fault("value_error", name, msg, text, Some(json!({"error": {}})));
            }
            None => self.missing(name),
        }
        None
    }

    /// A text that must be there.
    pub(super) fn text(&mut self, name: &'static str) -> Option<String> {
        match self.values.get(name).cloned() {
            None => {
                self.missing(name);
                None
            }
            Some(value) => self.as_text(name, value),
        }
    }

    /// A text that may be left out, or be null.
    pub(super) fn optional_text(&mut self, name: &'static str) -> Option<String> {
        let value = self.values.get(name).filter(|value| !value.is_null()).cloned()?;
        self.as_text(name, value)
    }

    /// A list of texts that must be there.
    pub(super) fn texts(&mut self, name: &'static str) -> Option<Vec<String>> {
        match self.values.get(name).cloned() {
            None => {
                self.missing(name);
                None
            }
            Some(Value::Array(items)) => items.into_iter().map(|item| self.as_text(name, item)).collect(),
            Some(other) => {
                self.fault("list_type", name, "Input should be a valid list", other, None);
                None
            }
        }
    }

    /// One of some words, which must be there.
    pub(super) fn choice(&mut self, name: &'static str, words: &[&'static str]) -> Option<&'static str> {
        let Some(value) = self.values.get(name).cloned() else {
            self.missing(name);
            return None;
        };
        let found = value.as_str().and_then(|text| words.iter().copied().find(|word| *word == text));
        if found.is_none() {
            let quoted: Vec<String> = words.iter().map(|word| format!("'{word}'")).collect();
            let expected = match quoted.as_slice() {
                [most @ .., last] if !most.is_empty() => format!("{} or {last}", most.join(", ")),
                all => all.join(""),
            };
            let ctx = json!({"expected": expected});
            self.fault("enum", name, &format!("Input should be {expected}"), value, Some(ctx));
        }
        found
    }

    /// A flag that may be left out.
    pub(super) fn flag(&mut self, name: &'static str) -> Option<bool> {
        let value = self.values.get(name)?.clone();
        let flag = match &value {
            Value::Bool(flag) => Some(*flag),
            Value::String(text) => match text.to_lowercase().as_str() {
                "true" | "1" | "on" | "yes" | "y" | "t" => Some(true),
                "false" | "0" | "off" | "no" | "n" | "f" => Some(false),
                _ => None,
            },
            _ => None,
        };
        if flag.is_none() {
            let msg = "Input should be a valid boolean, unable to interpret input";
            self.fault("bool_parsing", name, msg, value, None);
        }
        flag
    }

    /// An address that must be there.
    pub(super) fn url(&mut self, name: &'static str) -> Option<String> {
        let Some(value) = self.values.get(name).cloned() else {
            self.missing(name);
            return None;
        };
        let Value::String(text) = &value else {
            self.fault("url_type", name, "URL input should be a string or URL", value, None);
            return None;
        };
        match Url::parse(text.trim()) {
            Ok(url) if matches!(url.scheme(), "http" | "https") => return Some(text.trim().to_owned()),
            Ok(_) => {
                let ctx = json!({"expected_schemes": "'http' or 'https'"});
                self.fault("url_scheme", name, "URL scheme should be 'http' or 'https'", value, Some(ctx));
            }
            Err(error) => {
                let why = match error {
                    ParseError::EmptyHost if text.trim().is_empty() => "input is empty".to_owned(),
                    other => other.to_string(),
                };
                let ctx = json!({"error": why});
                self.fault("url_parsing", name, &format!("Input should be a valid URL, {why}"), value, Some(ctx));
            }
        }
        None
    }

    fn as_text(&mut self, name: &'static str, value: Value) -> Option<String> {
        match value {
            Value::String(text) => Some(text),
            other => {
                self.fault("string_type", name, "Input should be a valid string", other, None);
                None
            }
        }
    }

    fn missing(&mut self, name: &'static str) {
        let whole = self.whole.clone();
        self.fault("missing", name, "Field required", whole, None);
    }

    fn fault(&mut self, kind: &'static str, name: &str, msg: &str, input: Value, ctx: Option<Value>) {
        let loc = vec![json!(self.place), json!(name)];
        self.details.push(Detail { kind, loc, msg: msg.to_owned(), input, ctx });
    }
}

/// A number in the path, which must be whole.
pub(super) fn path_number(name: &'static str, text: &str) -> Result<i64, Refusal> {
    let mut fields = Fields {
        place: "path",
        values: Map::from_iter([(name.to_owned(), json!(text))]),
        files: BTreeMap::new(),
        whole: Value::Null,
        details: vec![],
    };
    fields.integer(name, Range::default()).ok_or_else(|| fields.refusal())
}

/// The router's answer to an unknown path.
pub(super) async fn unknown_route() -> Response {
    (StatusCode::NOT_FOUND, axum::Json(json!({"detail": "Not Found"}))).into_response()
}

/// The router's answer to a method that a path does not take.
pub(super) async fn wrong_method(route: MatchedPath) -> Response {
    let allowed = [(header::ALLOW, methods_of(route.as_str()))];
    (StatusCode::METHOD_NOT_ALLOWED, allowed, axum::Json(json!({"detail": "Method Not Allowed"}))).into_response()
}

fn is_json(headers: &HeaderMap) -> bool {
    let kind = headers.get(header::CONTENT_TYPE).and_then(|value| value.to_str().ok()).unwrap_or_default();
    let kind = kind.split(';').next().unwrap_or_default().trim().to_ascii_lowercase();
    kind == "application/json" || (kind.starts_with("application/") && kind.ends_with("+json"))
}

/// Where JSON ends to be JSON, and why, as Python's reader puts it.
fn in_pythons_words(body: &[u8], error: &serde_json::Error) -> (usize, &'static str) {
    let lines = body.split_inclusive(|byte| *byte == b'\n');
    let before: usize = lines.take(error.line().saturating_sub(1)).map(<[u8]>::len).sum();
    // Where nothing follows, Python is one step further.
    let offset = if error.is_eof() { body.len() } else { before + error.column().saturating_sub(1) };
    let told = error.to_string();
    let has = |words: &str| told.starts_with(words);
    let words = if has("trailing characters") {
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
    (offset, words)
}
