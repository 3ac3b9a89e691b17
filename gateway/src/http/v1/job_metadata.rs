//! What clients say of jobs for themselves, as it stands in forms and in the queries of lists.

use serde_json::Value;

use crate::domain::code::Code;
use crate::domain::fault::{Fault, Faults};
use crate::domain::metadata::{self, Metadata};

/// Reads a form's field.
pub(super) fn of_form(text: &str, faults: &mut Faults) -> Metadata {
    match serde_json::from_str::<Value>(text) {
        Ok(value) => metadata::read(value, faults),
        Err(error) => {
            let message = format!("the metadata is not JSON: {error}");
            let remedy = "send a JSON object such as {\"user\": \"42\"}";
            faults.add(|| Fault::new("metadata", Code::FieldNotJson, message, remedy));
            Metadata::new()
        }
    }
}

/// Takes a condition of a list's query, `metadata.user=42`; `None` if the parameter is none.
pub(super) fn take_condition(conditions: &mut Metadata, parameter: &str, value: &str) -> Option<Result<(), Fault>> {
    let rest = parameter.strip_prefix("metadata")?;
    let name = match rest.strip_prefix('.') {
        Some(name) if !name.is_empty() => name,
        None if !rest.is_empty() && !rest.starts_with('[') => return None,
        _ => {
            let message = format!("`{parameter}` does not say which text is to be compared");
            let remedy = "send its name behind a point, such as metadata.user=42";
            return Some(Err(Fault::new(parameter, Code::QueryInvalid, message, remedy)));
        }
    };
    let of_query = |message, remedy| Fault::new(metadata::field(name), Code::QueryInvalid, message, remedy);
    Some(match metadata::check(name, value) {
        Err(wrong) => Err(wrong.of_query(name)),
        Ok(()) if conditions.contains_key(name) => {
            Err(of_query(format!("`{}` comes twice", metadata::field(name)), "send it once"))
        }
        Ok(()) if conditions.len() >= metadata::MOST => {
            let message = format!("no job has more than {} of them", metadata::MOST);
            Err(of_query(message, "send fewer conditions"))
        }
        Ok(()) => {
            conditions.insert(name.to_owned(), value.to_owned());
            Ok(())
        }
    })
}
