//! A request's parameters against an engine's schema: every fault at once, each in a sentence, and defaults in place.

mod bounds;
mod numbers;
#[cfg(test)]
mod tests;
mod told;
mod variants;
mod whole;

use jsonschema::Validator;
use serde_json::{Map, Value};

use crate::domain::code::Code;
use crate::domain::fault::{Fault, Faults, excerpt};

pub(crate) use numbers::{Numbers, json, same, whole, written};

/// The parameters an engine takes, ready for checking requests.
#[derive(Debug)]
pub struct Parameters {
    schema: Value,
    validator: Validator,
}

impl Parameters {
    /// Prepares the schema that an engine's description has.
    ///
    /// # Errors
    /// The schema is none, or not one of an object: a fault of the engine, in a sentence.
    pub fn new(described: &Value) -> Result<Self, String> {
        let is_of_object = match described.get("type") {
            None => described.is_object(),
            Some(Value::Array(kinds)) => kinds.iter().any(|kind| kind == "object"),
            Some(kind) => kind == "object",
        };
        if !is_of_object {
            return Err(format!(
                "the engine's parameter schema is not that of an object, but {}",
                excerpt(&described.to_string())
            ));
        }
        let schema = bounds::published(described);
        // What a text means, such as an address, its reader refuses as well.
        let validator = jsonschema::options().should_validate_formats(true).build(&schema);
        let validator = validator.map_err(|error| format!("the engine's parameter schema is not usable: {error}"))?;
        Ok(Self { schema, validator })
    }

    /// The schema as it is published, with the bounds that the engine's types have.
    #[must_use]
    pub const fn schema(&self) -> &Value {
        &self.schema
    }

    /// Checks `given` and fills in what it leaves out. Where the schema says integer, 25.0 becomes 25.
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
        self.judge(&given, &mut faults);
        let Value::Object(mut complete) = given else { unreachable!("it was made from an object above") };
        if !faults.is_empty() {
            return Err(faults);
        }
        for (name, property) in self.properties() {
            if let (false, Some(default)) = (complete.contains_key(name), property.get("default")) {
                complete.insert(name.clone(), default.clone());
            }
        }
        for (name, value) in &mut complete {
            if let Some(property) = self.property(name) {
                self.make_whole(property, value);
            }
        }
        Ok(complete)
    }

    /// Adds every fault of these values, one for each parameter.
    fn judge(&self, given: &Value, faults: &mut Faults) {
        for error in self.validator.iter_errors(given) {
            if faults.is_full() {
                faults.add_untold(1);
                continue;
            }
            let error = error.to_owned();
            let error = variants::meant(&error);
            let fault = self.fault(error);
            if !faults.told().iter().any(|other| other.field == fault.field) {
                faults.add(|| fault);
            }
        }
    }

    /// What the schema says against its own defaults, a sentence for each: requests that leave such a parameter out would
    /// give the engine what no request may.
    pub fn wrong_defaults(&self) -> Vec<String> {
        let default = |(name, property): (&String, &Value)| Some((name.clone(), property.get("default")?.clone()));
        let defaults = Value::Object(self.properties().filter_map(default).collect());
        let mut faults = Faults::default();
        self.judge(&defaults, &mut faults);
        let wrong = faults.told().iter().filter(|fault| fault.code != Code::ParamMissing);
        wrong.map(|fault| fault.message.clone()).collect()
    }

    /// The parameters that every request must give.
    pub fn required(&self) -> Vec<&str> {
        let required = self.schema.get("required").and_then(Value::as_array).into_iter().flatten();
        required.filter_map(Value::as_str).collect()
    }

    /// The parameters that are not described.
    pub fn undescribed(&self) -> Vec<&str> {
        let text = |schema: &Value| schema.get("description").and_then(Value::as_str).unwrap_or_default().trim().len();
        let is_silent = |property: &Value| text(property) == 0 && text(self.resolve(property)) == 0;
        self.properties().filter(|(_, property)| is_silent(property)).map(|(name, _)| name.as_str()).collect()
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

    /// Whether a property may be null.
    pub(crate) fn takes_null(&self, property: &Value) -> bool {
        let kind = property.get("type");
        let by_type = kind
            .is_some_and(|kind| kind == "null" || kind.as_array().is_some_and(|kinds| kinds.contains(&"null".into())));
        by_type || variants_of(property).into_iter().flatten().any(|variant| self.takes_null(self.resolve(variant)))
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
    /// In shorter names than this, one slip makes another name.
    const SHORT: usize = 3;
    let small = name.get(..LONGEST).unwrap_or(name).to_lowercase();
    let likeness = |candidate: &str| {
        let candidate = candidate.to_lowercase();
        let is_slip = small.len() >= SHORT && strsim::damerau_levenshtein(&small, &candidate) == 1;
        strsim::jaro_winkler(&small, &candidate).max(if is_slip { 0.9 } else { 0.0 })
    };
    known
        .take_while(|_| name.len() <= LONGEST)
        .map(|candidate| (likeness(candidate), candidate))
        .filter(|(similarity, _)| *similarity > 0.75)
        .max_by(|(a, _), (b, _)| a.total_cmp(b))
        .map(|(_, candidate)| candidate)
}

/// The variants of a property of which a value needs to fit one.
fn variants_of(property: &Value) -> Option<&Vec<Value>> {
    property.get("oneOf").or_else(|| property.get("anyOf"))?.as_array()
}
