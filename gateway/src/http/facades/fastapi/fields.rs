//! The fields of a request, read one by one, and what is wrong with them.

use std::collections::BTreeMap;
use std::io;
use std::sync::Arc;

use axum::extract::Request;
use serde_json::{Map, Value, json};
use url::{ParseError, Url};

use crate::app::App;
use crate::domain::fault::excerpt;
use crate::http::facades::error::Refusal;
use crate::http::facades::fastapi::form;
use crate::http::facades::fastapi::form::{FileField, Part};
use crate::http::facades::fastapi::validation_error::ValidationError;

/// The fields of a request, and what was wrong with those that were read so far.
pub(crate) struct Fields {
    /// What `loc` begins with: `body`, `query`.
    pub(super) location: &'static str,
    /// Texts and JSON by their names.
    pub(super) values: Map<String, Value>,
    /// Files by the names of their fields.
    pub(super) files: BTreeMap<String, Vec<Part>>,
    /// Whether a field that is missing is told with all that was sent.
    pub(super) echoes: bool,
    /// What was wrong so far.
    pub(super) errors: Vec<ValidationError>,
}

impl Fields {
    /// Reads the texts of these names out of a form, with files in the named fields.
    ///
    /// # Errors
    /// The body cannot be read. A body of another kind is an empty form.
    pub(crate) async fn of_form(
        request: Request,
        app: &Arc<App>,
        files: &[FileField<'_>],
        texts: &[&str],
    ) -> Result<Self, Refusal> {
        let (texts, files) = form::read(request, app, files, texts).await?;
        // A field without content counts as not sent.
        let values = texts.into_iter().filter(|(_, text)| !text.is_empty());
        let values = values.map(|(name, text)| (name, Value::String(text))).collect();
        Ok(Self { files, ..Self::new("body", values) })
    }

    /// Reads the parameters behind the question mark.
    pub(crate) fn of_query(query: Option<&str>) -> Self {
        let pairs = url::form_urlencoded::parse(query.unwrap_or_default().as_bytes());
        let values = pairs.map(|(name, text)| (name.into_owned(), Value::String(text.into_owned()))).collect();
        Self::new("query", values)
    }

    /// Fields without files, of which nothing was read yet.
    pub(super) fn new(location: &'static str, values: Map<String, Value>) -> Self {
        Self { location, values, files: BTreeMap::new(), echoes: false, errors: vec![] }
    }

    /// The refusal that tells of all that was wrong.
    pub(crate) fn refusal(self) -> Refusal {
        Refusal::Unprocessable(self.errors)
    }

    /// Whether nothing was wrong so far.
    pub(crate) fn is_valid(&self) -> bool {
        self.errors.is_empty()
    }

    /// Whether a field was sent, whatever it holds.
    pub(crate) fn has(&self, name: &str) -> bool {
        self.values.get(name).is_some_and(|value| !value.is_null())
    }

    /// Whether a field is missing, or holds nothing: null, an empty text, an empty list.
    pub(crate) fn is_empty(&self, name: &str) -> bool {
        match self.values.get(name) {
            None | Some(Value::Null) => true,
            Some(Value::String(text)) => text.is_empty(),
            Some(Value::Array(items)) => items.is_empty(),
            Some(_) => false,
        }
    }

    /// A file that must be there: the last one of the name.
    pub(crate) fn file(&mut self, name: &'static str) -> Option<Part> {
        self.files(name).and_then(|mut files| files.pop())
    }

    /// A file that may be left out: the last one of the name.
    pub(crate) fn optional_file(&mut self, name: &str) -> Option<Part> {
        self.files.remove(name).and_then(|mut files| files.pop())
    }

    /// A text that may be left out, in an object that may be left out: in forms, the field `name[member]`.
    pub(crate) fn optional_member(&mut self, name: &'static str, member: &str) -> Option<String> {
        let of_form = self.values.get(&format!("{name}[{member}]"));
        let value = of_form.or_else(|| self.values.get(name)?.get(member)).filter(|value| !value.is_null()).cloned()?;
        self.as_text(name, value)
    }

    /// All files of a name, one at least.
    pub(crate) fn files(&mut self, name: &'static str) -> Option<Vec<Part>> {
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
    pub(crate) fn text(&mut self, name: &'static str) -> Option<String> {
        let value = self.present(name)?;
        self.as_text(name, value)
    }

    /// A text that may be left out, or be null.
    pub(crate) fn optional_text(&mut self, name: &'static str) -> Option<String> {
        let value = self.values.get(name).filter(|value| !value.is_null()).cloned()?;
        self.as_text(name, value)
    }

    /// A list of texts that must be there.
    pub(crate) fn texts(&mut self, name: &'static str) -> Option<Vec<String>> {
        match self.present(name)? {
            Value::Array(items) => items.into_iter().map(|item| self.as_text(name, item)).collect(),
            other => {
                self.fault("list_type", name, "Input should be a valid list", other, None);
                None
            }
        }
    }

    /// One of some words, which must be there.
    pub(crate) fn choice(&mut self, name: &'static str, words: &[&'static str]) -> Option<&'static str> {
        let value = self.present(name)?;
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
    pub(crate) fn flag(&mut self, name: &'static str) -> Option<bool> {
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
    pub(crate) fn url(&mut self, name: &'static str) -> Option<String> {
        let value = self.present(name)?;
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

    /// The value of a field that must be there.
    fn present(&mut self, name: &'static str) -> Option<Value> {
        let value = self.values.get(name).cloned();
        if value.is_none() {
            self.missing(name);
        }
        value
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
        let body = if self.echoes { Value::Object(self.values.clone()) } else { Value::Null };
        self.fault("missing", name, "Field required", body, None);
    }

    pub(super) fn fault(&mut self, kind: &'static str, name: &str, msg: &str, input: Value, ctx: Option<Value>) {
        let loc = vec![json!(self.location), json!(name)];
        self.errors.push(ValidationError { kind, loc, msg: msg.to_owned(), input: told(input), ctx });
    }
}

/// How much of what was sent is told in a fault, in bytes of JSON. The services tell all of it.
const MOST_TOLD: usize = 8 << 10;

/// What was sent as a fault tells it: the beginning, where it is long.
pub(super) fn told(sent: Value) -> Value {
    match serde_json::to_writer(Room(MOST_TOLD), &sent) {
        Ok(()) => sent,
        Err(_) => Value::String(excerpt(&sent.as_str().map_or_else(|| sent.to_string(), str::to_owned))),
    }
}

/// Takes so many bytes and forgets them.
struct Room(usize);

impl io::Write for Room {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0 = self.0.checked_sub(bytes.len()).ok_or(io::ErrorKind::WriteZero)?;
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}
