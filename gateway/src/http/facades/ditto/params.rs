//! The parameters of a Ditto generation.

use std::sync::LazyLock;

use serde_json::json;

use crate::domain::translate::{ClientParam, Concept, EMOTIONS};
use crate::http::facades::fastapi::fields::Fields;
use crate::http::facades::fastapi::number::Range;
use crate::http::facades::params;
use crate::http::facades::params::{Param, ParamKind};

const AT_LEAST_0: Range = Range { ge: Some(0), le: None };

const PARAMS: [Param; 6] = [
    Param::integer_in("emotion", Concept::Emotion, Range { ge: Some(0), le: Some(7) }),
    Param::float("crop_scale", Concept::Own),
    Param::integer_in("sampling_steps", Concept::Steps, Range { ge: Some(10), le: Some(100) }),
    Param::integer_in("fade_in", Concept::Own, AT_LEAST_0),
    Param::integer_in("fade_out", Concept::Own, AT_LEAST_0),
    Param { name: "preview_duration", concept: Concept::Duration, kind: ParamKind::OptionalFloat },
];

/// The fields that a generation takes.
pub(crate) static NAMES: LazyLock<Vec<&str>> =
    LazyLock::new(|| params::names(&PARAMS, &["photo_id", "audio_path", "audio_paths", "output_path"]));

/// What a request has given.
pub(crate) struct Given {
    /// The parameters.
    pub(crate) params: Vec<ClientParam>,
    /// What the client should know although it is no fault.
    pub(crate) warnings: Vec<String>,
}

/// Reads the parameters that were given; `output_path` is read and left.
pub(crate) fn read(fields: &mut Fields) -> Given {
    let mut warnings = Vec::new();
    if fields.optional_text("output_path").is_some() {
        warnings.push("`output_path` is not heeded: the video is at `video_url`".to_owned());
    }
    let mut params = params::read(fields, &PARAMS);
    for param in params.iter_mut().filter(|param| param.concept == Concept::Emotion) {
        let word = param.value.as_u64().and_then(|place| EMOTIONS.get(usize::try_from(place).ok()?));
        param.value = json!(word);
    }
    Given { params, warnings }
}
