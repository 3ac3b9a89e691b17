//! Engines as clients see them.

use engine_api::{Description, Readiness};
use serde::Serialize;
use serde_json::Value;
use utoipa::ToSchema;

use crate::catalog::entry::{Entry, Status};

/// An installed engine.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct EngineView {
    /// The name to give in requests.
    id: String,
    /// Whether it is used when a request names none.
    default: bool,
    /// Whether it can render.
    readiness: ReadinessView,
    /// How many jobs wait for it.
    queue_length: u64,
    /// What it says of itself: name, version, summary, accepted inputs, weights, licence, devices, `streams` where it takes
    /// speech that is still spoken, and `params`, the JSON Schema of its parameters. Absent if it cannot be opened.
    #[serde(flatten)]
    #[schema(value_type = Object)]
    description: Option<Value>,
}

/// Whether an engine can render.
#[derive(Debug, Serialize, ToSchema)]
#[serde(tag = "state", rename_all = "snake_case")]
pub(crate) enum ReadinessView {
    /// A job can run.
    #[schema(title = "Engine ready")]
    Ready {
        /// What it works with, where the engine tells; absent otherwise.
        #[serde(skip_serializing_if = "Option::is_none")]
        note: Option<String>,
    },
    /// Files are missing.
    #[schema(title = "Engine misses weights")]
    MissingWeights {
        /// The files.
        files: Vec<String>,
        /// What to do about it.
        remedy: String,
    },
    /// Something else is in the way.
    #[schema(title = "Engine failed")]
    Failed {
        /// What is wrong.
        reason: String,
        /// What to do about it.
        remedy: String,
    },
    /// The plugin cannot be opened.
    #[schema(title = "Engine incompatible")]
    Incompatible {
        /// Why.
        reason: String,
    },
    /// Jobs wait for it, and no plugin of it is installed.
    #[schema(title = "Engine gone")]
    Gone {
        /// What is wrong.
        reason: String,
        /// What to do about it.
        remedy: String,
    },
}

impl From<Status> for ReadinessView {
    fn from(status: Status) -> Self {
        match status {
            Status::Checked(Readiness::Ready { note }) => Self::Ready { note },
            Status::Checked(Readiness::MissingWeights { files, remedy }) => Self::MissingWeights { files, remedy },
            Status::Checked(Readiness::Failed { reason, remedy }) => Self::Failed { reason, remedy },
            Status::Incompatible { reason } => Self::Incompatible { reason },
        }
    }
}

impl EngineView {
    pub(crate) fn new(entry: &Entry, status: Status, default: &str, queue_length: u64) -> Self {
        Self {
            id: entry.id.clone(),
            default: entry.id == default,
            readiness: status.into(),
            queue_length,
            description: entry.engine.as_ref().map(|engine| without_id(&engine.description)),
        }
    }

    /// The name to give in requests.
    pub(crate) fn id(&self) -> &str {
        &self.id
    }

    /// An engine that jobs wait for and that is not installed.
    pub(crate) fn gone(id: &str, default: &str, queue_length: u64) -> Self {
        let readiness = ReadinessView::Gone {
            reason: "its plugin is not installed".into(),
            remedy: "have the operator install it again, or cancel the jobs that wait for it".into(),
        };
        Self { id: id.into(), default: id == default, readiness, queue_length, description: None }
    }
}

/// The description as a value to be merged into the view, which tells the id itself.
fn without_id(description: &Description) -> Value {
    let mut value = serde_json::to_value(description).expect("descriptions are plain data");
    if let Some(object) = value.as_object_mut() {
        object.remove("id");
    }
    value
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_ready_engine_is_shown_with_its_note_if_it_has_one() {
        let shown = |readiness| json!(ReadinessView::from(Status::Checked(readiness)));
        assert_eq!(shown(Readiness::READY), json!({"state": "ready"}));
        let noted = Readiness::Ready { note: Some("it works with its mesh".into()) };
        assert_eq!(shown(noted), json!({"state": "ready", "note": "it works with its mesh"}));
    }
}
