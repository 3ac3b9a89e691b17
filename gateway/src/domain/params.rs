//! A request's parameters against an engine's schema: every fault at once, each in a sentence, and defaults in place.

#[cfg(test)]
mod tests;
mod variants;

use std::collections::BTreeSet;

use engine_api::Description;
use jsonschema::Validator;
use jsonschema::error::ValidationErrorKind;
use serde_json::{Map, Value};

use crate::domain::code::Code;
use crate::domain::fault::{Fault, Faults, excerpt};

const SEE_SCHEMA: &str = "see the engine's schema for what it takes";

/// The parameters an engine takes, ready for checking requests.
#[derive(Debug)]
pub struct Parameters {
    schema: Value,
    validator: Validator,
}

impl Parameters {
    /// Prepares the schema of an engine's description.
    ///
    /// # Errors
    /// The schema is none: a fault of the engine, in a sentence.
    pub fn new(description: &Description) -> Result<Self, String> {
        let schema = description.params.clone();
        let validator = jsonschema::validator_for(&schema)
            .map_err(|error| format!("the engine's parameter schema is not usable: {error}"))?;
        Ok(Self { schema, validator })
    }

    /// Checks `given` and fills in what it leaves out.
    ///
    /// # Errors
    /// One fault for every parameter that is unknown, of the wrong type, or out of range; the first of them are told.
    pub fn complete(&self, mut given: Map<String, Value>) -> Result<Map<String, Value>, Faults> {
        let mut faults = Faults::default();
        given.retain(|name, _| {
            let known = self.property(name).is_some();
            if !known {
                faults.add(|| self.unknown(name));
            }
            known
        });
        let given = Value::Object(given);
        for error in self.validator.iter_errors(&given) {
            if faults.is_full() {
                faults.add_untold(1);
                continue;
            }
            let error = error.to_owned();
            let error = variants::meant(&error);
            let fault = self.fault(error.instance_path().as_str(), error.kind(), error.instance());
            if !faults.told().iter().any(|other| other.field == fault.field) {
                faults.add(|| fault);
            }
        }
        let Value::Object(mut complete) = given else { unreachable!("it was made from an object above") };
        if !faults.is_empty() {
            return Err(faults);
        }
        for (name, property) in self.properties() {
            if let (false, Some(default)) = (complete.contains_key(name), property.get("default")) {
                complete.insert(name.clone(), default.clone());
            }
        }
        Ok(complete)
    }

    fn properties(&self) -> impl Iterator<Item = (&String, &Value)> {
        self.schema.get("properties").and_then(Value::as_object).into_iter().flatten()
    }

    /// The parameters' names.
    pub(crate) fn names(&self) -> impl Iterator<Item = &str> {
        self.properties().map(|(name, _)| name.as_str())
    }

    pub(crate) fn property(&self, name: &str) -> Option<&Value> {
        self.schema.get("properties")?.get(name)
    }

    fn unknown(&self, name: &str) -> Fault {
        let nearest = nearest(name, self.names());
        let remedy = match nearest {
            Some(known) => format!("did you mean `{known}`?"),
            None => "see the engine's schema for the parameters it takes".into(),
        };
        let name = excerpt(name);
        Fault::new(format!("params.{name}"), Code::ParamUnknown, format!("there is no parameter `{name}`"), remedy)
    }

    fn fault(&self, path: &str, kind: &ValidationErrorKind, value: &Value) -> Fault {
        let path = path.trim_start_matches('/').replace('/', ".");
        if let ValidationErrorKind::Required { property } = kind {
            let name = property.as_str().unwrap_or_default();
            let field = [path.as_str(), name].join(".");
            let field = field.trim_start_matches('.');
            return Fault::new(
                format!("params.{field}"),
                Code::ParamMissing,
                format!("the parameter `{field}` is required"),
                "give it a value",
            );
        }
        if let ValidationErrorKind::AdditionalProperties { unexpected } = kind {
            let names = unexpected.iter().take(Faults::MOST_TOLD).map(|name| format!("`{}`", excerpt(name)));
            let names = names.collect::<Vec<_>>().join(", ");
            let and_more = if unexpected.len() > Faults::MOST_TOLD { " and more" } else { "" };
            let message = format!("there is no {names}{and_more} in `{path}`");
            return Fault::new(format!("params.{path}"), Code::ParamUnknown, message, SEE_SCHEMA);
        }
        let code = match kind {
            ValidationErrorKind::Minimum { .. }
            | ValidationErrorKind::Maximum { .. }
            | ValidationErrorKind::ExclusiveMinimum { .. }
            | ValidationErrorKind::ExclusiveMaximum { .. } => Code::ParamOutOfRange,
            ValidationErrorKind::Type { .. } => Code::ParamWrongType,
            _ => Code::ParamInvalid,
        };
        let property = self.property(&path).map(|property| self.resolve(property));
        // Below a parameter's top, the fault alone knows the words that are taken.
        let choices = property.and_then(|property| self.choices(property)).or_else(|| variants::words(kind));
        let expected = property.and_then(|property| self.expectation(property)).or_else(|| bound(kind));
        let expected = expected.or_else(|| Some(format!("one of {}", choices.as_ref()?.join(", "))));
        let was = excerpt(&value.to_string());
        let message = match &expected {
            Some(expected) => format!("`{path}` must be {expected}, and was {was}"),
            None => format!("`{path}` does not fit the engine's schema ({}): it was {was}", kind.keyword()),
        };
        let choices = choices.iter().flatten().map(String::as_str);
        let remedy = match value.as_str().and_then(|word| nearest(word, choices)) {
            Some(choice) => format!("did you mean `{choice}`?"),
            None => SEE_SCHEMA.into(),
        };
        Fault::new(format!("params.{path}"), code, message, remedy)
    }

    /// What a property takes, in words: `a number from 0 to 2`, `one of neutral, happy`.
    fn expectation(&self, property: &Value) -> Option<String> {
        if property.get("type").and_then(Value::as_str) == Some("null") {
            return Some("null".into());
        }
        if let Some(choices) = self.choices(property) {
            let others: String = self.structures(property).iter().map(|kind| format!(", or {kind}")).collect();
            return Some(format!("one of {}{others}", choices.join(", ")));
        }
        if let Some(variants) = variants_of(property) {
            let mut words: Vec<String> = Vec::new();
            for variant in variants {
                let word = self.expectation(self.resolve(variant))?;
                if !words.contains(&word) {
                    words.push(word);
                }
            }
            return Some(words.join(", or "));
        }
        let (kind, optional) = match property.get("type")? {
            Value::String(kind) => (kind.as_str(), false),
            Value::Array(kinds) => (kinds.iter().filter_map(Value::as_str).find(|kind| *kind != "null")?, true),
            _ => return None,
        };
        let noun = match kind {
            "integer" => "a whole number",
            "number" => "a number",
            "string" => "a text",
            "boolean" => "true or false",
            "array" => "a list",
            "object" => "an object",
            _ => return None,
        };
        let range = match (property.get("minimum"), property.get("maximum")) {
            (Some(low), Some(high)) => format!(" from {low} to {high}"),
            (Some(low), None) => format!(" of at least {low}"),
            (None, Some(high)) => format!(" of at most {high}"),
            (None, None) => String::new(),
        };
        Some(format!("{noun}{range}{}", if optional { ", or null" } else { "" }))
    }

    /// The values of an enumeration, however the schema spells it; lists and objects that it takes besides are passed
    /// over.
    pub(crate) fn choices(&self, property: &Value) -> Option<Vec<String>> {
        if let Some(Value::Array(values)) = property.get("enum") {
            return Some(values.iter().map(variants::plain).collect());
        }
        if let Some(value) = property.get("const") {
            return Some(vec![variants::plain(value)]);
        }
        if property.get("type").and_then(Value::as_str) == Some("null") {
            return Some(vec!["null".into()]);
        }
        let variants = variants_of(property)?.iter().map(|variant| self.resolve(variant));
        let words = variants.filter_map(|variant| match self.choices(variant) {
            None if self.is_structure(variant) => None,
            words => Some(words),
        });
        let words = words.collect::<Option<Vec<_>>>()?.concat();
        // Null alone is no choice: it stands beside a list or an object.
        words.iter().any(|word| word != "null").then_some(words)
    }

    /// Whether a property takes nothing but lists and objects.
    fn is_structure(&self, property: &Value) -> bool {
        match property.get("type").and_then(Value::as_str) {
            Some(kind) => ["array", "object"].contains(&kind),
            None => variants_of(property)
                .is_some_and(|variants| variants.iter().all(|variant| self.is_structure(self.resolve(variant)))),
        }
    }

    /// Which of lists and objects a property takes, in words.
    fn structures(&self, property: &Value) -> BTreeSet<&'static str> {
        match property.get("type").and_then(Value::as_str) {
            Some("array") => BTreeSet::from(["a list"]),
            Some("object") => BTreeSet::from(["an object"]),
            _ => {
                let variants = variants_of(property).into_iter().flatten();
                variants.flat_map(|variant| self.structures(self.resolve(variant))).collect()
            }
        }
    }

    /// Follows a reference into the schema's own definitions.
    pub(crate) fn resolve<'a>(&'a self, schema: &'a Value) -> &'a Value {
        schema
            .get("$ref")
            .and_then(Value::as_str)
            .and_then(|reference| self.schema.pointer(reference.trim_start_matches('#')))
            .unwrap_or(schema)
    }
}

/// The known name most like `name`, if one is close enough to have been meant. None is meant by a name that is far longer
/// than names are, and comparing would take long.
pub fn nearest<'a>(name: &str, known: impl Iterator<Item = &'a str>) -> Option<&'a str> {
    const LONGEST: usize = 200;
    let small = name.get(..LONGEST).unwrap_or(name).to_lowercase();
    known
        .take_while(|_| name.len() <= LONGEST)
        .map(|candidate| (strsim::jaro_winkler(&small, &candidate.to_lowercase()), candidate))
        .filter(|(similarity, _)| *similarity > 0.75)
        .max_by(|(a, _), (b, _)| a.total_cmp(b))
        .map(|(_, candidate)| candidate)
}

/// The variants of a property of which a value needs to fit one.
fn variants_of(property: &Value) -> Option<&Vec<Value>> {
    property.get("oneOf").or_else(|| property.get("anyOf"))?.as_array()
}

/// The bound that a number has passed, in words.
fn bound(kind: &ValidationErrorKind) -> Option<String> {
    match kind {
        ValidationErrorKind::Minimum { limit } => Some(format!("a number of at least {limit}")),
        ValidationErrorKind::Maximum { limit } => Some(format!("a number of at most {limit}")),
        _ => None,
    }
}
