//! The parameters of a video.

use serde_json::json;

use crate::domain::translate::{ClientParam, Concept};
use crate::http::facades::fastapi::{Fields, Range};

/// Reads those that were given. `device` is read and left: where the engine runs is the operator's matter.
pub(crate) fn read(fields: &mut Fields) -> Vec<ClientParam> {
    let mut wishes = Vec::new();
    let whole = [
        ("width", Concept::Width),
        ("height", Concept::Height),
        ("length", Concept::Own),
        ("seed", Concept::Seed),
        ("context_frames", Concept::Own),
        ("context_overlap", Concept::Own),
        ("steps", Concept::Steps),
        ("sample_rate", Concept::Own),
        ("fps", Concept::Fps),
    ];
    // In the order in which the original declares them, for its faults come in it.
    let order = [
        "width",
        "height",
        "length",
        "seed",
        "facemask_dilation_ratio",
        "facecrop_dilation_ratio",
        "context_frames",
        "context_overlap",
        "cfg",
        "steps",
        "sample_rate",
        "fps",
    ];
    for name in order {
        let (concept, value) = match whole.iter().find(|(known, _)| *known == name) {
            Some((_, concept)) => (*concept, fields.integer(name, Range::default()).map(|number| json!(number))),
            None => {
                let concept = if name == "cfg" { Concept::Guidance } else { Concept::Own };
                (concept, fields.float(name).map(|number| json!(number)))
            }
        };
        // Below 0 the original takes any seed.
        let is_any = |value: &serde_json::Value| name == "seed" && value.as_i64().is_some_and(|seed| seed < 0);
        wishes.extend(value.filter(|value| !is_any(value)).map(|value| ClientParam { name, concept, value }));
    }
    fields.optional_text("device");
    wishes
}
