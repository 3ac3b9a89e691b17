//! Which of a schema's variants a wrong value was meant as.

use jsonschema::error::{ValidationError, ValidationErrorKind};
use serde_json::Value;

/// The fault in the one variant that the value can have been meant as; the error itself, if there is no such one.
pub(crate) fn meant<'a>(error: &'a ValidationError<'static>) -> &'a ValidationError<'static> {
    let Some(variants) = variants(error) else { return error };
    let mut candidates = variants.iter().filter(|faults| !faults.iter().any(|fault| is_for_another_type(fault, error)));
    match (candidates.next(), candidates.next()) {
        (Some(faults), None) => faults.first().map_or(error, meant),
        _ => error,
    }
}

/// The variant whose fault this is takes no value of this type at all.
fn is_for_another_type(fault: &ValidationError<'static>, error: &ValidationError<'static>) -> bool {
    let here = fault.instance_path() == error.instance_path();
    let is_type = matches!(fault.kind(), ValidationErrorKind::Type { .. });
    let all = |variants: &[Vec<ValidationError<'static>>]| {
        variants.iter().all(|faults| faults.iter().any(|fault| is_for_another_type(fault, error)))
    };
    here && (is_type || variants(fault).is_some_and(all))
}

fn variants<'a>(error: &'a ValidationError<'static>) -> Option<&'a [Vec<ValidationError<'static>>]> {
    match error.kind() {
        ValidationErrorKind::AnyOf { context } | ValidationErrorKind::OneOfNotValid { context } => Some(context),
        _ => None,
    }
}

/// The words of which one was expected, as far as a fault tells.
pub(super) fn words(kind: &ValidationErrorKind) -> Option<Vec<String>> {
    let words = match kind {
        ValidationErrorKind::Enum { options } => options.as_array()?.iter().map(plain).collect(),
        ValidationErrorKind::Constant { expected_value } => vec![plain(expected_value)],
        ValidationErrorKind::AnyOf { context } | ValidationErrorKind::OneOfNotValid { context } => {
            context.iter().flatten().filter_map(|fault| words(fault.kind())).flatten().collect()
        }
        _ => return None,
    };
    Some(words).filter(|words: &Vec<String>| !words.is_empty())
}

/// A value as people write it.
pub(super) fn plain(value: &Value) -> String {
    value.as_str().map_or_else(|| value.to_string(), str::to_owned)
}
