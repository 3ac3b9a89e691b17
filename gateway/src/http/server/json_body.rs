//! Bodies and fields of JSON: at most 1 MiB, of which only what is asked for is kept, and never more than memory allows.

use std::fmt;
use std::io;

use axum::body::Bytes;
use serde::de::{Deserializer, IgnoredAny, MapAccess, Visitor};
use serde_json::{Map, Value};

use crate::app::App;
use crate::domain::client::Client;
use crate::domain::code::Code;
use crate::domain::fault::{Fault, Faults, excerpt};
use crate::http::problem::ApiError;
use crate::intake::turns::Turn;

/// What may stand before a text in UTF-8 and is no part of it.
pub(crate) const BYTE_ORDER_MARK: &[u8] = "\u{feff}".as_bytes();

/// From so many bytes on JSON is read off the threads that answer requests.
const LARGE: usize = 32 << 10;

/// How many values JSON may have. An object takes as much memory as [`OBJECT`] other values, however small it is.
const MOST_VALUES: usize = 200_000;
const OBJECT: usize = 8;

/// The members of an object: those that are asked for, and what the others are called.
#[derive(Debug, Default)]
pub(crate) struct Members {
    /// Those that are asked for, by their names.
    pub(crate) known: Map<String, Value>,
    /// Names of others, as many as are told, in excerpts.
    pub(crate) unknown: Vec<String>,
    /// How many others there are besides.
    pub(crate) more_unknown: u64,
}

impl Members {
    /// Reads an object's text, and keeps what `is_known` says of its members' names; `None` where the text is JSON of
    /// another kind.
    ///
    /// # Errors
    /// It is no JSON.
    pub(crate) fn of(json: &[u8], is_known: impl Fn(&str) -> bool) -> serde_json::Result<Option<Self>> {
        let mut reader = serde_json::Deserializer::from_slice(json);
        let is_object = json.iter().find(|byte| !byte.is_ascii_whitespace()) == Some(&b'{');
        let members = match is_object {
            true => Some(reader.deserialize_map(MembersVisitor { is_known })?),
            false => {
                serde::Deserialize::deserialize(&mut reader).map(|IgnoredAny| ())?;
                None
            }
        };
        reader.end()?;
        Ok(members)
    }
}

struct MembersVisitor<F> {
    is_known: F,
}

impl<'de, F: Fn(&str) -> bool> Visitor<'de> for MembersVisitor<F> {
    type Value = Members;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an object")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut object: A) -> Result<Members, A::Error> {
        let mut members = Members::default();
        while let Some(name) = object.next_key::<String>()? {
            if (self.is_known)(&name) {
                members.known.insert(name, object.next_value()?);
                continue;
            }
            object.next_value::<IgnoredAny>()?;
            match members.unknown.len() < Faults::MOST_TOLD {
                true => members.unknown.push(excerpt(&name)),
                false => members.more_unknown += 1,
            }
        }
        Ok(members)
    }
}

/// Reads JSON with `read`: what is large off the threads that answer requests, when it is its client's turn. Keep the
/// turn that comes with it until no more is done with all that was read.
///
/// # Errors
/// [`Code::RequestTooLarge`] of `field`: it has so many values that they would take far more memory than their text.
pub(crate) async fn read<T: Send + 'static>(
    app: &App,
    client: Client,
    field: &str,
    json: Bytes,
    read: impl FnOnce(&[u8]) -> T + Send + 'static,
) -> Result<(T, Option<Turn>), ApiError> {
    // Editors and shells of Windows put a mark before what they write as UTF-8.
    let json = if json.starts_with(BYTE_ORDER_MARK) { json.slice(BYTE_ORDER_MARK.len()..) } else { json };
    if values(&json) > MOST_VALUES {
        let message = format!("the JSON has more than {MOST_VALUES} values, where an object counts as {OBJECT}");
        return Err(ApiError::fault(Fault::new(field, Code::RequestTooLarge, message, "send less")));
    }
    if json.len() < LARGE {
        return Ok((read(&json), None));
    }
    let turn = app.large_requests.take(client).await;
    let value = tokio::task::spawn_blocking(move || read(&json)).await.map_err(io::Error::other)?;
    Ok((value, Some(turn)))
}

/// How many values JSON has at most, by the characters that stand between them.
fn values(json: &[u8]) -> usize {
    let (mut count, mut in_text, mut is_escaped) = (1, false, false);
    for byte in json {
        match (in_text, byte) {
            (true, _) if is_escaped => is_escaped = false,
            (true, b'\\') => is_escaped = true,
            (_, b'"') => in_text = !in_text,
            (false, b',' | b'[') => count += 1,
            (false, b'{') => count += OBJECT,
            _ => {}
        }
    }
    count
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(json: &str) -> serde_json::Result<Option<Members>> {
        Members::of(json.as_bytes(), |name| name == "a")
    }

    #[test]
    fn what_nobody_asks_for_is_not_kept() {
        let read = of(r#" {"b": [[1], {"a": 2}], "a": {"b": 1}, "a": [3]} "#).unwrap().unwrap();
        assert_eq!(Value::Object(read.known).to_string(), r#"{"a":[3]}"#);
        assert_eq!((read.unknown, read.more_unknown), (vec!["b".to_owned()], 0));
        let many: Vec<String> = (0..60_000).map(|n| format!("\"key{n}\":{n}")).collect();
        let read = of(&format!("{{{}}}", many.join(","))).unwrap().unwrap();
        assert_eq!((read.known.len(), read.unknown.len(), read.more_unknown), (0, 100, 59_900));
    }

    #[test]
    fn what_is_no_object_and_what_is_no_json_are_told_apart() {
        assert!(of("[1]").unwrap().is_none() && of("null").unwrap().is_none());
        for broken in ["", "{", "{\"a\":1,}", "{} x", "[1", "{\"b\": tru}"] {
            assert!(of(broken).is_err(), "{broken}");
        }
        let deep = format!("{{\"a\": {}1{}}}", "[".repeat(100_000), "]".repeat(100_000));
        assert!(of(&deep).is_err(), "depth is bounded where it is kept");
        assert!(of(&deep.replace("\"a\"", "\"b\"")).is_ok(), "and takes nothing where it is not");
    }

    #[test]
    fn values_are_counted_outside_of_texts() {
        assert_eq!(values(br#"{"a": "[,\",{", "b": [1, 2]}"#), 1 + OBJECT + 1 + 1 + 1);
        assert_eq!(values(b"1"), 1);
    }
}
