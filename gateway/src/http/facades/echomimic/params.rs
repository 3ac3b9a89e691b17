//! The parameters of an EchoMimic video.

use std::sync::LazyLock;

use crate::domain::translate::{ClientParam, Concept};
use crate::http::facades::fastapi::fields::Fields;
use crate::http::facades::params;
use crate::http::facades::params::Param;

const PARAMS: [Param; 12] = [
    Param::integer("width", Concept::Width),
    Param::integer("height", Concept::Height),
    Param::integer("length", Concept::Own),
    Param::integer("seed", Concept::Seed),
    Param::float("facemask_dilation_ratio", Concept::Own),
    Param::float("facecrop_dilation_ratio", Concept::Own),
    Param::integer("context_frames", Concept::Own),
    Param::integer("context_overlap", Concept::Own),
    Param::float("cfg", Concept::Guidance),
    Param::integer("steps", Concept::Steps),
    Param::integer("sample_rate", Concept::Own),
    Param::integer("fps", Concept::Fps),
];

/// The texts that a video takes.
pub(crate) static NAMES: LazyLock<Vec<&str>> = LazyLock::new(|| params::names(&PARAMS, &["device", "combine_videos"]));

/// Reads those that were given. `device` is read and left: where the engine runs is the operator's matter.
pub(crate) fn read(fields: &mut Fields) -> Vec<ClientParam> {
    let params = params::read(fields, &PARAMS);
    fields.optional_text("device");
    params
}
