//! What is wrong with a parameter, in a sentence that tells what it takes.

use std::collections::BTreeSet;

use jsonschema::error::{ValidationError, ValidationErrorKind as Kind};
use serde_json::Value;

use super::numbers::{Numbers, written};
use super::{Parameters, nearest, variants, variants_of};
use crate::domain::code::Code;
use crate::domain::fault::{Fault, Faults, excerpt};

const SEE_SCHEMA: &str = "see the engine's schema for what it takes";

impl Parameters {
    /// What is wrong, and what to do about it.
    pub(super) fn fault(&self, error: &ValidationError<'static>) -> Fault {
        let (kind, value) = (error.kind(), error.instance());
        let path = error.instance_path().as_str().trim_start_matches('/').replace('/', ".");
        if let Kind::Required { property } = kind {
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
        if let Kind::AdditionalProperties { unexpected } = kind {
            let names = unexpected.iter().take(Faults::MOST_TOLD).map(|name| format!("`{}`", excerpt(name)));
            let names = names.collect::<Vec<_>>().join(", ");
            let and_more = if unexpected.len() > Faults::MOST_TOLD { " and more" } else { "" };
            let message = format!("there is no {names}{and_more} in `{path}`");
            return Fault::new(format!("params.{path}"), Code::ParamUnknown, message, SEE_SCHEMA);
        }
        let property = self.property(&path).map(|property| self.resolve(property));
        // Below a parameter's top, the fault alone knows the words that are taken.
        let choices = property.and_then(|property| self.choices(property)).or_else(|| variants::words(kind));
        let expected = limit(kind).or_else(|| self.expectation(property.or_else(|| self.broken(error))?));
        let expected = expected.or_else(|| bound(kind));
        let expected = expected.or_else(|| Some(format!("one of {}", choices.as_ref()?.join(", "))));
        let was = excerpt(&written(value));
        let message = match &expected {
            Some(expected) => format!("`{path}` must be {expected}, and was {was}"),
            None => format!("`{path}` does not fit the engine's schema ({}): it was {was}", kind.keyword()),
        };
        let choices = choices.iter().flatten().map(String::as_str);
        let remedy = match value.as_str().and_then(|word| nearest(word, choices)) {
            Some(choice) => format!("did you mean `{choice}`?"),
            None => self.multiples(error).unwrap_or_else(|| SEE_SCHEMA.into()),
        };
        Fault::new(format!("params.{path}"), code(kind), message, remedy)
    }

    /// The schema of numbers that a number has broken: below a parameter's top, it alone tells the range.
    fn broken(&self, error: &ValidationError<'static>) -> Option<&Value> {
        let (schema, _) = error.schema_path().as_str().rsplit_once('/')?;
        self.schema.pointer(schema).filter(|schema| error.instance().is_number() && Numbers::of(schema).is_some())
    }

    /// The nearest numbers that are taken in the place of one that is no multiple.
    fn multiples(&self, error: &ValidationError<'static>) -> Option<String> {
        let Kind::MultipleOf { .. } = error.kind() else { return None };
        let beside = Numbers::of(self.broken(error)?)?.neighbours(error.instance().as_number()?);
        let beside: Vec<String> = beside.iter().map(written).collect();
        (!beside.is_empty()).then(|| format!("give {}", beside.join(" or ")))
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
        let noun = match (kind, property.get("multipleOf")) {
            ("integer" | "number", Some(step)) => format!("a multiple of {step}"),
            ("integer", None) => "a whole number".into(),
            ("number", None) => "a number".into(),
            ("string", _) => "a text".into(),
            ("boolean", _) => "true or false".into(),
            ("array", _) => "a list".into(),
            ("object", _) => "an object".into(),
            _ => return None,
        };
        Some(format!("{noun}{}{}", range(property), if optional { ", or null" } else { "" }))
    }

    /// Whether a property takes nothing but lists and objects.
    pub(super) fn is_structure(&self, property: &Value) -> bool {
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
}

/// What kind of fault it is.
fn code(kind: &Kind) -> Code {
    match kind {
        Kind::Minimum { .. } | Kind::Maximum { .. } | Kind::ExclusiveMinimum { .. } | Kind::ExclusiveMaximum { .. } => {
            Code::ParamOutOfRange
        }
        Kind::Type { .. } => Code::ParamWrongType,
        _ => Code::ParamInvalid,
    }
}

/// The bounds of a property's numbers, in words.
fn range(property: &Value) -> String {
    // The least number that there is, is no bound to people.
    let said = |limit: &&Value| limit.as_i64() != Some(i64::MIN);
    let bound = |keyword: &str, word: &str| property.get(keyword).filter(said).map(|limit| format!("{word} {limit}"));
    if let (Some(low), Some(high)) = (bound("minimum", " from"), bound("maximum", " to")) {
        return low + &high;
    }
    let low = bound("minimum", " of at least").or_else(|| bound("exclusiveMinimum", " above"));
    let high = bound("maximum", " of at most").or_else(|| bound("exclusiveMaximum", " below"));
    let and = if low.is_some() && high.is_some() { " and" } else { "" };
    format!("{}{and}{}", low.unwrap_or_default(), high.unwrap_or_default())
}

/// What a value must be that is right but for this one matter, in words.
fn limit(kind: &Kind) -> Option<String> {
    let of = |noun: &str, which: &str, limit: &u64, one: &str, many: &str| {
        Some(format!("{noun} of at {which} {limit} {}", if *limit == 1 { one } else { many }))
    };
    let text = |which, limit| of("a text", which, limit, "character", "characters");
    let list = |which, limit| of("a list", which, limit, "entry", "entries");
    let object = |which, limit| of("an object", which, limit, "member", "members");
    match kind {
        Kind::MultipleOf { multiple_of } => Some(format!("a multiple of {multiple_of}")),
        Kind::MinLength { limit } => text("least", limit),
        Kind::MaxLength { limit } => text("most", limit),
        Kind::MinItems { limit } => list("least", limit),
        Kind::MaxItems { limit } => list("most", limit),
        Kind::MinProperties { limit } => object("least", limit),
        Kind::MaxProperties { limit } => object("most", limit),
        Kind::UniqueItems => Some("a list without repetitions".into()),
        Kind::Pattern { pattern } => Some(format!("a text that matches {pattern}")),
        Kind::Format { format } => Some(format!("a text of the format {format}")),
        _ => None,
    }
}

/// The bound that a number has passed, in words.
fn bound(kind: &Kind) -> Option<String> {
    match kind {
        Kind::Minimum { limit } => Some(format!("a number of at least {limit}")),
        Kind::Maximum { limit } => Some(format!("a number of at most {limit}")),
        Kind::ExclusiveMinimum { limit } => Some(format!("a number above {limit}")),
        Kind::ExclusiveMaximum { limit } => Some(format!("a number below {limit}")),
        _ => None,
    }
}
