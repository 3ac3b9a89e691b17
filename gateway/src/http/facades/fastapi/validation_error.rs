//! One fault of a request, as FastAPI tells it.

use serde::Serialize;
use serde_json::Value;

/// One fault of a request.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub(crate) struct ValidationError {
    /// Which rule was broken.
    #[serde(rename = "type")]
    pub(super) kind: &'static str,
    /// Where: `body`, `query` or `path`, and the field's name.
    pub(crate) loc: Vec<Value>,
    /// A sentence for people.
    pub(super) msg: String,
    /// What was sent.
    pub(super) input: Value,
    /// The numbers or words that the sentence has.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) ctx: Option<Value>,
}

impl ValidationError {
    /// In one line: `audio_url: Field required`.
    pub(crate) fn summary(&self) -> String {
        let place = self.loc.iter().skip(1).map(|step| step.as_str().map_or_else(|| step.to_string(), str::to_owned));
        match place.collect::<Vec<_>>().join(".") {
            place if place.is_empty() => self.msg.clone(),
            place => format!("{place}: {}", self.msg),
        }
    }
}
