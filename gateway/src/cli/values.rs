//! Values on a command line: `name=value` as often as one likes, and JSON.

use std::collections::BTreeMap;

use serde_json::{Map, Value};

/// Names and texts of an option that is given as `name=value`, as often as one likes.
///
/// # Errors
/// Everything that is wrong with them, each with the option.
pub(super) fn pairs(option: &str, given: &[String]) -> Result<BTreeMap<String, String>, Vec<String>> {
    let (mut pairs, mut mistakes) = (BTreeMap::new(), Vec::new());
    for text in given {
        match text.split_once('=') {
            Some((name, value)) if !name.trim().is_empty() => {
                if pairs.insert(name.trim().to_owned(), value.to_owned()).is_some() {
                    mistakes.push(format!("{option} {text}: {} comes twice", name.trim()));
                }
            }
            _ => mistakes.push(format!("{option} {text}: write it as {option} name=value")),
        }
    }
    if mistakes.is_empty() { Ok(pairs) } else { Err(mistakes) }
}

/// The same, each value read as JSON where it is some, and else as a text.
///
/// # Errors
/// As [`pairs`].
pub(super) fn typed(option: &str, given: &[String]) -> Result<Map<String, Value>, Vec<String>> {
    let value = |text: String| serde_json::from_str(&text).unwrap_or(Value::String(text));
    Ok(pairs(option, given)?.into_iter().map(|(name, text)| (name, value(text))).collect())
}

/// The JSON object that an option is given; an empty one where it is not.
///
/// # Errors
/// It is none: why, without the option's name.
pub(super) fn object(given: Option<&str>) -> Result<Map<String, Value>, String> {
    match given.map(serde_json::from_str) {
        None => Ok(Map::new()),
        Some(Ok(Value::Object(object))) => Ok(object),
        Some(Ok(_)) => Err("it is no JSON object".to_owned()),
        Some(Err(error)) => Err(format!("it is no JSON: {error}")),
    }
}
