//! The parameters of a DICE-Talk synthesis, and their bounds.

use std::sync::LazyLock;

use serde_json::json;

use crate::domain::translate::{ClientParam, Concept};
use crate::http::facades::error::Refusal;
use crate::http::facades::fastapi::fields::Fields;
use crate::http::facades::params;
use crate::http::facades::params::{Param, ParamKind};

const PARAMS: [Param; 10] = [
    Param::float("ref_scale", Concept::Own),
    Param::float("emo_scale", Concept::Own),
    Param { name: "crop", concept: Concept::Own, kind: ParamKind::Flag },
    Param::integer("inference_steps", Concept::Steps),
    Param::float("duration", Concept::Duration),
    Param::integer("fps", Concept::Fps),
    Param::integer("seed", Concept::Seed),
    Param::float("dynamic_scale", Concept::Own),
    Param::integer("min_resolution", Concept::ShortSide),
    Param::float("expand_ratio", Concept::Own),
];

/// The texts that a synthesis takes.
pub(super) static NAMES: LazyLock<Vec<&str>> = LazyLock::new(|| params::names(&PARAMS, &["emotion"]));

/// How small and how large they may be, and how the service says it.
const BOUNDS: [(&str, f64, f64, &str); 9] = [
    ("ref_scale", 0.0, 10.0, "0.0 and 10.0"),
    ("emo_scale", 0.0, 10.0, "0.0 and 10.0"),
    ("inference_steps", 8.0, 50.0, "8 and 50"),
    ("duration", 0.1, 300.0, "0.1 and 300.0 seconds"),
    ("fps", 8.0, 60.0, "8 and 60"),
    ("seed", 0.0, 2_147_483_647.0, "0 and 2147483647"),
    ("dynamic_scale", 0.1, 3.0, "0.1 and 3.0"),
    ("min_resolution", 128.0, 2048.0, "128 and 2048"),
    ("expand_ratio", 0.1, 2.0, "0.1 and 2.0"),
];

/// Reads those that were given, however large they are.
pub(super) fn read(fields: &mut Fields) -> Vec<ClientParam> {
    params::read(fields, &PARAMS)
}

/// The parameters that are within their bounds. A seed of 0 is any.
///
/// # Errors
/// The first that is not, in the service's words.
pub(super) fn within_bounds(mut params: Vec<ClientParam>) -> Result<Vec<ClientParam>, Refusal> {
    for param in &params {
        let Some((name, least, most, range)) = BOUNDS.iter().find(|(name, ..)| *name == param.name) else { continue };
        // Infinity and what is no number have become null, and are in no range.
        if !param.value.as_f64().is_some_and(|number| (*least..=*most).contains(&number)) {
            return Err(Refusal::bad_request(format!("{name} must be between {range}")));
        }
    }
    for param in params.iter_mut().filter(|param| param.concept == Concept::Seed && param.value == 0) {
        param.value = json!(-1);
    }
    Ok(params)
}
