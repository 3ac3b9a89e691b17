//! The parameters of a generation.

use serde_json::json;

use crate::domain::translate::{ClientParam, Concept, EMOTIONS};
use crate::http::facades::fastapi::{Fields, Range};

/// Reads those that were given, and what is to be said about them.
pub(crate) fn read(fields: &mut Fields) -> (Vec<ClientParam>, Vec<String>) {
    let between = |ge, le| Range { ge: Some(ge), le: Some(le) };
    let at_least_0 = Range { ge: Some(0), le: None };
    let mut warnings = Vec::new();
    if fields.optional_text("output_path").is_some() {
        warnings.push("`output_path` is not heeded: the video is at `video_url`".to_owned());
    }
    let emotion = fields.integer("emotion", between(0, 7));
    let emotion = emotion.and_then(|place| EMOTIONS.get(usize::try_from(place).ok()?)).map(|word| json!(word));
    let wishes = [
        ("emotion", Concept::Emotion, emotion),
        ("crop_scale", Concept::Own, fields.float("crop_scale").map(|scale| json!(scale))),
        ("sampling_steps", Concept::Steps, fields.integer("sampling_steps", between(10, 100)).map(|n| json!(n))),
        ("fade_in", Concept::Own, fields.integer("fade_in", at_least_0).map(|n| json!(n))),
        ("fade_out", Concept::Own, fields.integer("fade_out", at_least_0).map(|n| json!(n))),
        ("preview_duration", Concept::Duration, fields.optional_float("preview_duration").map(|n| json!(n))),
    ];
    let given =
        wishes.into_iter().filter_map(|(name, concept, value)| Some(ClientParam { name, concept, value: value? }));
    (given.collect(), warnings)
}
