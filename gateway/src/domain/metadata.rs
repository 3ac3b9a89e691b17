//! What a client says of a job for itself: a few texts by name, which the gateway keeps and shows and finds jobs by.

use std::collections::BTreeMap;

use serde_json::Value;

use crate::domain::code::Code;
use crate::domain::fault::{Fault, Faults, excerpt};

/// Texts by their names.
pub type Metadata = BTreeMap<String, String>;

/// How many there may be.
pub const MOST: usize = 50;
/// How many characters a name may have.
const LONGEST_NAME: usize = 64;
/// How many characters a text may have.
const LONGEST_VALUE: usize = 512;
/// How long all of it may be as JSON, in bytes.
const LONGEST_JSON: usize = 2048;

/// Reads what a client has sent. What is wrong with it joins the faults, each under its own name.
pub fn read(value: Value, faults: &mut Faults) -> Metadata {
    let length = value.to_string().len();
    let Value::Object(members) = value else {
        let remedy = "send an object such as {\"user\": \"42\"}";
        faults.add(|| Fault::new("metadata", Code::FieldWrongType, "the metadata must be a JSON object", remedy));
        return Metadata::new();
    };
    if length > LONGEST_JSON {
        let message = format!("the metadata has {length} bytes as JSON, and may have {LONGEST_JSON}");
        let remedy = "send less, such as the id of a record of yours";
        faults.add(|| Fault::new("metadata", Code::FieldTooLarge, message, remedy));
    }
    if members.len() > MOST {
        let message = format!("the metadata has {} names, and may have {MOST}", members.len());
        faults.add(|| Fault::new("metadata", Code::FieldInvalid, message, "send fewer of them"));
    }
    let mut metadata = Metadata::new();
    for (name, value) in members {
        match text(value).and_then(|text| check(&name, &text).map(|()| text)) {
            Ok(text) => drop(metadata.insert(name, text)),
            Err(wrong) => faults.add(|| wrong.of(&name)),
        }
    }
    metadata
}

/// What is wrong with one text or its name.
#[derive(Debug)]
pub struct Wrong {
    code: Code,
    message: String,
    remedy: String,
}

impl Wrong {
    fn new(code: Code, message: impl Into<String>, remedy: impl Into<String>) -> Self {
        Self { code, message: message.into(), remedy: remedy.into() }
    }

    /// The fault of the field of this name.
    fn of(self, name: &str) -> Fault {
        Fault::new(field(name), self.code, self.message, self.remedy)
    }

    /// The same where it stands in the query of an address.
    pub fn of_query(self, name: &str) -> Fault {
        Fault { code: Code::QueryInvalid, ..self.of(name) }
    }
}

/// What a fault of this name is told under.
pub fn field(name: &str) -> String {
    format!("metadata.{}", excerpt(name))
}

/// Whether a job may have a text of this name.
///
/// # Errors
/// It may not.
pub fn check(name: &str, value: &str) -> Result<(), Wrong> {
    let of_name = |message: &str| Wrong::new(Code::FieldInvalid, message, "choose a name of 1 to 64 characters");
    match (name.chars().count(), value.chars().count()) {
        (0, _) => Err(of_name("the name is empty")),
        (length, _) if length > LONGEST_NAME => {
            Err(of_name(&format!("the name has {length} characters, and may have {LONGEST_NAME}")))
        }
        (_, length) if length > LONGEST_VALUE => {
            let message = format!("the text has {length} characters, and may have {LONGEST_VALUE}");
            Err(Wrong::new(Code::FieldTooLarge, message, "send a shorter text"))
        }
        // SQLite's JSON would end there.
        _ if name.contains('\0') || value.contains('\0') => {
            Err(Wrong::new(Code::FieldInvalid, "there is a NUL character in it", "leave it out"))
        }
        _ => Ok(()),
    }
}

fn text(value: Value) -> Result<String, Wrong> {
    let kind = match value {
        Value::String(text) => return Ok(text),
        Value::Null => "null",
        Value::Bool(_) => "true or false",
        Value::Number(_) => "a number",
        Value::Array(_) => "a list",
        Value::Object(_) => "an object",
    };
    let remedy = match &value {
        Value::Null => "leave the name out".to_owned(),
        Value::Bool(_) | Value::Number(_) => format!("send \"{value}\""),
        _ => "send its JSON as a text".to_owned(),
    };
    Err(Wrong::new(Code::FieldWrongType, format!("the value must be a text, and is {kind}"), remedy))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn told(value: Value) -> Vec<String> {
        let mut faults = Faults::default();
        let metadata = read(value, &mut faults);
        assert!(faults.is_empty() || metadata.len() <= MOST + 1);
        faults.told().iter().map(|f| format!("{} {}: {}; {}", f.field, f.code, f.message, f.remedy)).collect()
    }

    #[test]
    fn texts_are_kept_by_their_names() {
        let mut faults = Faults::default();
        let (long, name) = ("ä".repeat(512), "ö".repeat(64));
        let sent = json!({"user": "42", "": null, "note": "a \"b\"\n\u{1f600}", &name: &long});
        let mut sent = sent.as_object().unwrap().clone();
        sent.remove("");
        let read = read(Value::Object(sent), &mut faults);
        assert_eq!(faults, Faults::default());
        assert_eq!((read["user"].as_str(), &read[&name], read.len()), ("42", &long, 3));
    }

    #[test]
    fn what_is_wrong_is_told_by_name() {
        for no_object in [json!(null), json!("{}"), json!([]), json!(1)] {
            let expected = "metadata field.wrong_type: the metadata must be a JSON object; \
                            send an object such as {\"user\": \"42\"}";
            assert_eq!(told(no_object), [expected]);
        }
        let sent = json!({"a": 42, "b": true, "c": null, "d": [1], "e": {}, "f": "x", "g": "x\0"});
        let expected = [
            "metadata.a field.wrong_type: the value must be a text, and is a number; send \"42\"",
            "metadata.b field.wrong_type: the value must be a text, and is true or false; send \"true\"",
            "metadata.c field.wrong_type: the value must be a text, and is null; leave the name out",
            "metadata.d field.wrong_type: the value must be a text, and is a list; send its JSON as a text",
            "metadata.e field.wrong_type: the value must be a text, and is an object; send its JSON as a text",
            "metadata.g field.invalid: there is a NUL character in it; leave it out",
        ];
        assert_eq!(told(sent), expected);
        let long = "n".repeat(65);
        let expected = [
            "metadata. field.invalid: the name is empty; choose a name of 1 to 64 characters".to_owned(),
            format!(
                "metadata.{}… field.invalid: the name has 65 characters, and may have 64; \
                 choose a name of 1 to 64 characters",
                "n".repeat(60)
            ),
            "metadata.v field.too_large: the text has 513 characters, and may have 512; send a shorter text".into(),
        ];
        let sent = json!({"": "", &long: "", "v": "v".repeat(513)});
        assert_eq!(told(sent).into_iter().collect::<std::collections::BTreeSet<_>>(), expected.into());
    }

    #[test]
    fn all_of_it_is_bounded() {
        let of_length = |bytes: usize| {
            let rest = bytes
                - json!({"a": "x".repeat(510), "b": "x".repeat(510), "c": "x".repeat(510), "d": ""}).to_string().len();
            json!({"a": "x".repeat(510), "b": "x".repeat(510), "c": "x".repeat(510), "d": "x".repeat(rest)})
        };
        assert_eq!(told(of_length(2048)), [""; 0]);
        let expected = "metadata field.too_large: the metadata has 2049 bytes as JSON, and may have 2048; \
                        send less, such as the id of a record of yours";
        assert_eq!(told(of_length(2049)), [expected]);
        let of_names = |count: usize| Value::Object((0..count).map(|n| (n.to_string(), json!(""))).collect());
        assert_eq!(told(of_names(50)), [""; 0]);
        let expected = "metadata field.invalid: the metadata has 51 names, and may have 50; send fewer of them";
        assert_eq!(told(of_names(51)), [expected]);
    }
}
