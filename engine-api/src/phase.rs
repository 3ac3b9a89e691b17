//! The phases of an attempt at a job, in the order in which they pass.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// What is being done for a job: the same five words for every engine, where a stage is free text of the engine's own.
///
/// The gateway knows them without being told: see [`Progress::phase`](crate::Progress::phase). They pass in this order,
/// and one that is over does not come back within an attempt.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Phase {
    /// A process for the engine is being started, or an idle one is being handed the job.
    Starting,
    /// The engine loads its models.
    Loading,
    /// The engine reads the job's inputs and works out what it needs before the first picture.
    Preparing,
    /// Pictures are made.
    Rendering,
    /// The video is completed and checked.
    Finishing,
}

impl Phase {
    /// Every phase, in order.
    pub const ALL: [Self; 5] = [Self::Starting, Self::Loading, Self::Preparing, Self::Rendering, Self::Finishing];

    /// Its name in JSON: `"starting"`, `"loading"`, `"preparing"`, `"rendering"`, `"finishing"`.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Starting => "starting",
            Self::Loading => "loading",
            Self::Preparing => "preparing",
            Self::Rendering => "rendering",
            Self::Finishing => "finishing",
        }
    }

    /// The phase of this name; none for a name that this version does not know.
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|phase| phase.name() == name)
    }
}
