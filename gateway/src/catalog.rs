//! The installed engines, from their own descriptions. Each plugin is opened in a short-lived child, never here.

pub mod error;

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::{Arc, PoisonError, RwLock};
use std::time::Duration;

use engine_api::{Description, Readiness, Setup};
use futures::StreamExt;
use tokio::sync::{Mutex, watch};
use tokio::time::Instant;

use crate::catalog::error::{NotReady, UnknownEngine};
use crate::config::{Config, Engines};
use crate::domain::params::{Parameters, nearest};
use crate::host::connection::{Connection, Launcher};
use crate::host::handshake;
use crate::host::protocol::{FromHost, ToHost};

/// How many plugins are opened at a time.
const PARALLEL: usize = 4;
/// A readiness older than this is asked for again when a client looks.
const FRESH: Duration = Duration::from_secs(10);

/// Every plugin found, and what became of it.
pub struct Catalog {
    launcher: Arc<dyn Launcher>,
    entries: RwLock<BTreeMap<String, Arc<Entry>>>,
    scanned: watch::Sender<Option<Instant>>,
    scanning: Mutex<()>,
}

/// One plugin.
#[derive(Debug)]
pub struct Entry {
    /// The engine's id; for a plugin that cannot say, the one in its file's name.
    pub id: String,
    /// The library.
    pub library: PathBuf,
    /// What the engine says of itself; absent if it cannot be opened.
    pub engine: Option<Engine>,
    /// What became of it when it was looked at.
    found: Status,
}

impl Entry {
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
    pub fn is_allowed(&self, settings: &Engines) -> bool {
        let licence = self.engine.as_ref().map(|engine| &engine.description.descriptor.licence);
        !settings.require_commercial_use || licence.is_none_or(|licence| licence.commercial_use)
    }

    /// The engine, if its plugin can be opened.
    ///
    /// # Errors
    /// It cannot.
    pub fn opened(&self) -> Result<&Engine, NotReady> {
        self.engine.as_ref().ok_or_else(|| self.not_ready(&self.found))
    }

    /// Why it cannot render, and what the operator can do.
    fn not_ready(&self, status: &Status) -> NotReady {
        let reason = match status {
            Status::Checked(Readiness::Ready) => "it was removed a moment ago".into(),
            Status::Checked(Readiness::MissingWeights { files, remedy }) => {
                format!("these weights are missing: {}; {remedy}", files.join(", "))
            }
            Status::Checked(Readiness::Failed { reason, remedy }) => format!("{reason}; {remedy}"),
            Status::Incompatible { reason } => reason.clone(),
        };
        NotReady { engine: self.id.clone(), reason }
    }
}

/// An engine that could be opened.
#[derive(Debug)]
pub struct Engine {
    /// What it says of itself.
    pub description: Description,
    /// Its parameters, ready for checking requests.
    pub parameters: Parameters,
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
        *self == Self::Checked(Readiness::Ready)
    }
}

impl Catalog {
    /// An empty catalog; [`Catalog::scan`] fills it.
    pub fn new(launcher: Arc<dyn Launcher>) -> Self {
        Self { launcher, entries: RwLock::default(), scanned: watch::Sender::new(None), scanning: Mutex::default() }
    }

    /// Opens every plugin in the engines folder, a few at a time, and replaces what was known.
    pub async fn scan(&self, config: &Config) {
        let _one_at_a_time = self.scanning.lock().await;
        self.scan_locked(config).await;
    }

    /// Scans again if the last answers are old, so that weights put in place are seen without a restart.
    pub async fn refresh(&self, config: &Config) {
        let _one_at_a_time = self.scanning.lock().await;
        if self.scanned.borrow().is_none_or(|at| at.elapsed() > FRESH) {
            self.scan_locked(config).await;
        }
    }

    /// Waits until the first scan is complete.
    pub async fn ready(&self) {
        // The sender lives as long as `self`, so waiting cannot fail.
        let _ = self.scanned.subscribe().wait_for(Option::is_some).await;
    }

    /// Whether the first scan is complete.
    pub fn is_ready(&self) -> bool {
        self.scanned.borrow().is_some()
    }

    /// Every plugin, by id.
    pub fn entries(&self) -> Vec<Arc<Entry>> {
        self.entries.read().unwrap_or_else(PoisonError::into_inner).values().cloned().collect()
    }

    /// The plugin of an engine that a client names.
    ///
    /// # Errors
    /// There is none; the sentence names those that were meant perhaps.
    pub fn installed(&self, id: &str) -> Result<Arc<Entry>, UnknownEngine> {
        self.entry(id).ok_or_else(|| {
            let entries = self.entries();
            let ids = || entries.iter().map(|entry| entry.id.as_str());
            UnknownEngine(match nearest(id, ids()) {
                Some(near) => format!("there is no engine `{id}`; did you mean `{near}`?"),
                None if entries.is_empty() => "no engine is installed".into(),
                None => format!("there is no engine `{id}`; installed: {}", ids().collect::<Vec<_>>().join(", ")),
            })
        })
    }

    /// The same plugin as it is now, which can render; looks again before it says no.
    ///
    /// # Errors
    /// It cannot.
    pub async fn able(&self, entry: Arc<Entry>, config: &Config) -> Result<Arc<Entry>, NotReady> {
        if entry.status(&config.engines).is_ready() {
            return Ok(entry);
        }
        self.refresh(config).await;
        let entry = self.entry(&entry.id).unwrap_or(entry);
        let status = entry.status(&config.engines);
        if status.is_ready() { Ok(entry) } else { Err(entry.not_ready(&status)) }
    }

    /// The plugin of an engine.
    pub fn entry(&self, id: &str) -> Option<Arc<Entry>> {
        self.entries.read().unwrap_or_else(PoisonError::into_inner).get(id).cloned()
    }

    async fn scan_locked(&self, config: &Config) {
        let libraries = libraries(&config.engines.dir);
        let found: Vec<Entry> = futures::stream::iter(libraries)
            .map(|library| self.open(library, config))
            .buffered(PARALLEL)
            .collect()
            .await;
        let mut entries = BTreeMap::<String, Arc<Entry>>::new();
        for mut entry in found {
            if let Some(other) = entries.get(&entry.id) {
                let reason = format!("{} is already the engine `{}`", other.library.display(), entry.id);
                entry.id = file_id(&entry.library);
                entry.engine = None;
                entry.found = Status::Incompatible { reason };
            }
            entries.entry(entry.id.clone()).or_insert_with(|| Arc::new(entry));
        }
        *self.entries.write().unwrap_or_else(PoisonError::into_inner) = entries;
        self.scanned.send_replace(Some(Instant::now()));
    }

    async fn open(&self, library: PathBuf, config: &Config) -> Entry {
        let id = file_id(&library);
        match self.describe(&id, &library, config).await {
            Ok((engine, readiness)) => {
                let id = engine.description.descriptor.id.clone();
                Entry { id, library, engine: Some(engine), found: Status::Checked(readiness) }
            }
            Err(reason) => {
                tracing::warn!(engine.id = id, library = %library.display(), reason, "a plugin cannot be used");
                Entry { id, library, engine: None, found: Status::Incompatible { reason } }
            }
        }
    }

    async fn describe(&self, id: &str, library: &Path, config: &Config) -> Result<(Engine, Readiness), String> {
        let mut host = self.launcher.launch(id, library).map_err(|error| format!("no process for it: {error}"))?;
        let patience = config.engine(id).start;
        let first = handshake::word(&mut *host, Instant::now() + patience, patience).await;
        first.and_then(|word| handshake::hello(&word)).map_err(|error| error.to_string())?;
        // The first question is for the id under which the engine is configured, the second for that configuration.
        let (description, _) = ask(&mut *host, None, patience).await?;
        let engine = config.engine(&description.descriptor.id);
        let (description, readiness) = ask(&mut *host, Some(engine.setup()), engine.start).await?;
        host.shut_down().await;
        let parameters = Parameters::new(&description)?;
        let readiness = readiness.ok_or("it did not say whether it is ready")?;
        Ok((Engine { description, parameters }, readiness))
    }
}

async fn ask(
    host: &mut dyn Connection,
    setup: Option<Setup>,
    patience: Duration,
) -> Result<(Description, Option<Readiness>), String> {
    host.send(&ToHost::Describe { setup }).await;
    let limit = Instant::now() + patience;
    loop {
        match handshake::word(host, limit, patience).await {
            Ok(FromHost::Described { description, readiness }) => return Ok((*description, readiness)),
            Ok(FromHost::Incompatible { reason }) => return Err(reason),
            Ok(FromHost::Failed { error }) => return Err(error.to_string()),
            Ok(_) => {}
            Err(error) => return Err(error.to_string()),
        }
    }
}

/// The plugins in a folder, in the order of their names.
fn libraries(folder: &Path) -> Vec<PathBuf> {
    let is_library =
        |path: &PathBuf| path.extension().is_some_and(|extension| extension == "so" || extension == "dylib");
    match std::fs::read_dir(folder) {
        Ok(files) => {
            let mut libraries: Vec<_> = files.flatten().map(|file| file.path()).filter(is_library).collect();
            libraries.sort();
            libraries
        }
        Err(error) => {
            tracing::warn!(folder = %folder.display(), %error, "the engines folder cannot be read");
            vec![]
        }
    }
}

/// The id in a plugin's file name: `libengine_dice_talk.so` is `dice-talk`.
fn file_id(library: &Path) -> String {
    let stem = library.file_stem().map(|stem| stem.to_string_lossy().replace('_', "-")).unwrap_or_default();
    let stem = stem.trim_start_matches("lib").trim_start_matches("engine-");
    if stem.is_empty() { "unnamed".into() } else { stem.into() }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_name_gives_the_id() {
        assert_eq!(file_id(Path::new("/x/libengine_dice_talk.so")), "dice-talk");
        assert_eq!(file_id(Path::new("broken.so")), "broken");
    }

    /// `cargo xtask engine` puts ONNX Runtime there, with libraries that are no plugins.
    #[test]
    fn folders_beside_the_plugins_are_not_searched() {
        let folder = tempfile::tempdir().unwrap();
        let runtime = folder.path().join("onnxruntime");
        std::fs::create_dir(&runtime).unwrap();
        for name in ["libonnxruntime.so.1.31.1", "libonnxruntime_providers_shared.so"] {
            std::fs::write(runtime.join(name), "").unwrap();
        }
        std::fs::write(folder.path().join("libengine_net.so"), "").unwrap();
        assert_eq!(libraries(folder.path()), [folder.path().join("libengine_net.so")]);
    }
}
