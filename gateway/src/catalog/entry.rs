//! One plugin, and what became of it when it was looked at.

use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use engine_api::{Description, Readiness};
use tokio::time::Instant;

use crate::catalog::error::NotReady;
use crate::catalog::folder::file_id;
use crate::config::Engines;
use crate::domain::params::Parameters;
use crate::domain::server_paths::ServerPaths;
use crate::host::library::{Library, Stamp};

/// The wait before a plugin that cannot render is looked at again by itself; it doubles with every look.
const SHORTEST_WAIT: Duration = Duration::from_secs(2);
const LONGEST_WAIT: Duration = Duration::from_secs(60);

/// One plugin.
#[derive(Debug, Clone)]
pub struct Entry {
    /// The engine's id; for a plugin that cannot say, the one that it had before, or the one in its file's name.
    pub id: String,
    /// The library.
    pub library: Arc<Library>,
    /// What the engine says of itself; absent if it cannot be opened.
    pub engine: Option<Arc<Engine>>,
    /// What became of it when it was looked at.
    found: Status,
    /// What is in the way, as clients may read it.
    told: Option<String>,
    /// Which content of the file that was; `None` if there was none, or it was being written.
    pub(super) stamp: Option<Stamp>,
    /// How many looks in a row found that it cannot render, or got no answer.
    pub(super) failures: u32,
    pub(super) looked_at: Instant,
}

impl Entry {
    /// What a look has found of a plugin: its answer, or why there is none and under which id that is told. `before` is what
    /// the look before found; the log tells what has changed.
    pub(super) fn found(
        library: Arc<Library>,
        stamp: Option<Stamp>,
        before: Option<&Self>,
        answer: Result<(Engine, Readiness), (String, String)>,
        paths: &ServerPaths,
    ) -> Self {
        let (id, engine, found) = match answer {
            Ok((engine, readiness)) => {
                let id = engine.description.descriptor.id.clone();
                (id, Some(Arc::new(engine)), Status::Checked(readiness))
            }
            Err((id, reason)) => (id, None, Status::Incompatible { reason }),
        };
        let plugin = library.installed().display();
        match &found {
            found if before.is_some_and(|before| before.found == *found) => {}
            Status::Incompatible { reason } => {
                tracing::warn!(engine.id = id, library = %plugin, reason, "a plugin cannot be used");
            }
            Status::Checked(readiness) => {
                let ready = readiness.is_ready();
                let note = readiness.note();
                tracing::info!(engine.id = id, library = %plugin, ready, note, "engine found");
            }
        }
        let failures = if found.is_ready() { 0 } else { before.map_or(0, |before| before.failures) + 1 };
        let told = found.hindrance().map(|reason| paths.hide(&reason));
        Self { id, library, engine, found, told, stamp, failures, looked_at: Instant::now() }
    }

    /// The same plugin where `other` is the engine that it would be; its id is the first of its file's names that is not
    /// `taken`.
    pub(super) fn behind(&self, other: &Self, taken: impl Fn(&str) -> bool) -> Self {
        let (other_path, own) = (other.path().display(), self.path().display());
        let reason = format!(
            "{other_path} and {own} are both the engine `{}`, and the first by name is used: remove one of them",
            other.id
        );
        let told = Some(format!("another plugin is already the engine `{}`", other.id));
        let name = self.path().file_name().unwrap_or_default().to_string_lossy().into_owned();
        let id = Some(file_id(self.path())).filter(|id| !taken(id)).unwrap_or(name);
        let found = Status::Incompatible { reason };
        Self { id, engine: None, found, told, failures: 1, ..self.clone() }
    }

    /// The same plugin, of which a process says that it cannot be used; it is looked at again soon.
    pub(super) fn doubted(&self, reason: &str, paths: &ServerPaths) -> Self {
        let (found, told) = (Status::Incompatible { reason: reason.into() }, Some(paths.hide(reason)));
        Self { found, told, failures: 1, ..self.clone() }
    }

    /// The same plugin, which did not answer this once: that is no proof, because the machine may be busy, or somebody may
    /// have killed the process that was asked. `None` where it was not ready before, or did not answer before either.
    pub(super) fn unanswered(&self) -> Option<Self> {
        let was_well = self.found.is_ready() && self.failures == 0;
        was_well.then(|| Self { failures: 1, looked_at: Instant::now(), ..self.clone() })
    }

    /// Whether it can render under these settings.
    pub fn status(&self, settings: &Engines) -> Status {
        match self.is_allowed(settings) {
            true => self.found.clone(),
            false => Status::Checked(Readiness::Failed {
                reason: "it may not be used commercially, and engines.require_commercial_use is true".into(),
                remedy: "choose another engine, or have the operator set engines.require_commercial_use to false"
                    .into(),
            }),
        }
    }

    /// Whether the settings let it render, ready or not: its terms may not be what the operator needs.
    fn is_allowed(&self, settings: &Engines) -> bool {
        let licence = self.engine.as_ref().map(|engine| &engine.description.descriptor.licence);
        !settings.require_commercial_use || licence.is_none_or(|licence| licence.commercial_use)
    }

    /// The engine, if its plugin can be opened.
    ///
    /// # Errors
    /// It cannot.
    pub fn opened(&self) -> Result<&Engine, NotReady> {
        self.engine.as_deref().ok_or_else(|| self.not_ready(self.told.clone()))
    }

    /// What is odd about what it says of itself.
    pub fn odd(&self) -> &[String] {
        self.engine.as_ref().map(|engine| engine.odd.as_slice()).unwrap_or_default()
    }

    /// Where its plugin is installed.
    pub fn path(&self) -> &Path {
        self.library.installed()
    }

    /// What is in the way of rendering under these settings, as clients may read it; `None` where nothing is.
    pub fn hindrance(&self, settings: &Engines) -> Option<String> {
        if self.is_allowed(settings) { self.told.clone() } else { self.status(settings).hindrance() }
    }

    /// That it cannot render, for this reason.
    pub(super) fn not_ready(&self, reason: Option<String>) -> NotReady {
        NotReady { engine: self.id.clone(), reason: reason.unwrap_or_else(|| "it was removed a moment ago".into()) }
    }

    /// Whether it is to be looked at again by itself: it cannot render, or did not answer, and what was in the way may have
    /// passed.
    pub(super) fn is_due(&self) -> bool {
        let wait = SHORTEST_WAIT.saturating_mul(1 << self.failures.min(10)).min(LONGEST_WAIT);
        self.failures > 0 && self.looked_at.elapsed() >= wait
    }
}

/// An engine that could be opened.
#[derive(Debug)]
pub struct Engine {
    /// What it says of itself.
    pub description: Description,
    /// Its parameters, ready for checking requests.
    pub parameters: Parameters,
    /// What is odd about what it says, for its author: a sentence each.
    pub odd: Vec<String>,
}

/// Whether an engine can render.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Status {
    /// The engine's own answer.
    Checked(Readiness),
    /// It cannot be opened.
    Incompatible {
        /// A sentence for the operator.
        reason: String,
    },
}

impl Status {
    /// Whether a job can run.
    pub fn is_ready(&self) -> bool {
        matches!(self, Self::Checked(readiness) if readiness.is_ready())
    }

    /// What is in the way, and what the operator can do; `None` where nothing is.
    fn hindrance(&self) -> Option<String> {
        match self {
            Self::Checked(Readiness::Ready { .. }) => None,
            Self::Checked(Readiness::MissingWeights { files, remedy }) => {
                Some(format!("these weights are missing: {}; {remedy}", files.join(", ")))
            }
            Self::Checked(Readiness::Failed { reason, remedy }) => Some(format!("{reason}; {remedy}")),
            Self::Incompatible { reason } => Some(reason.clone()),
        }
    }
}
