//! The installed engines, from their own descriptions. Each plugin is opened in a short-lived child, never here.

pub mod contract;
mod describe;
pub mod entry;
pub mod error;
mod folder;

use std::collections::BTreeMap;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::{Arc, PoisonError, RwLock};
use std::time::Duration;

use futures::StreamExt;
use tokio::sync::{Mutex, OwnedMutexGuard, watch};
use tokio::time::{Instant, sleep, timeout};

use crate::catalog::describe::{Unknown, describe};
use crate::catalog::entry::{Entry, Status};
use crate::catalog::error::{NotReady, UnknownEngine};
use crate::catalog::folder::{file_id, plugins};
use crate::config::settings::Settings;
use crate::config::{Config, Engines};
use crate::domain::params::nearest;
use crate::host::connection::Launcher;
use crate::host::library::{Library, PluginCopies, Stamp};

/// How many plugins are opened at a time.
const PARALLEL: usize = 4;
/// A readiness older than this is asked for again when a client looks.
const FRESH: Duration = Duration::from_secs(10);
/// How long a client who looks is kept waiting for the answers; a plugin that hangs is waited for elsewhere.
const PATIENCE: Duration = Duration::from_secs(5);
/// Time between two looks at which files there are.
const GLANCE: Duration = Duration::from_secs(1);

/// Every plugin found, and what became of it. Clones share it.
#[derive(Clone)]
pub struct Catalog(Arc<Shared>);

struct Shared {
    launcher: Arc<dyn Launcher>,
    copies: PluginCopies,
    entries: RwLock<BTreeMap<String, Arc<Entry>>>,
    /// When every plugin was last asked.
    asked: watch::Sender<Option<Instant>>,
    /// Counts what was looked at, be it everything or what had changed.
    looks: watch::Sender<u64>,
    looking: Arc<Mutex<()>>,
    /// When the latest comparison with the folder began that a client has asked for.
    compared: Mutex<Option<Instant>>,
}

/// Which plugins are asked.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Asked {
    All,
    /// Those whose file has changed, and those that could not render and may by now.
    Changed,
    /// Those whose file has changed.
    New,
}

/// Why jobs of an engine wait.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Hindrance {
    /// There is no plugin of it that can be opened.
    Gone(String),
    /// It cannot render now.
    NotReady(String),
}

impl Catalog {
    /// An empty catalog; [`Catalog::scan`] fills it.
    pub fn new(launcher: Arc<dyn Launcher>, copies: PluginCopies) -> Self {
        let (asked, looks) = (watch::Sender::new(None), watch::Sender::new(0));
        let (looking, compared) = (Arc::default(), Mutex::default());
        Self(Arc::new(Shared { launcher, copies, entries: RwLock::default(), asked, looks, looking, compared }))
    }

    /// Opens every plugin in the engines folder, a few at a time, and replaces what was known.
    pub async fn scan(&self, config: &Config) {
        let turn = Arc::clone(&self.0.looking).lock_owned().await;
        self.0.look(Asked::All, config, turn).await;
    }

    /// Has old answers asked for again, so that weights put in place are seen without a restart, and sees which plugins have
    /// come. Who looks gets what is known meanwhile: a client waits for no process but those of plugins not known yet.
    pub async fn freshen(&self, config: &Config) {
        let _ = timeout(PATIENCE, self.ready()).await;
        if self.is_old() {
            self.ask_again(config);
        }
        self.notice(config).await;
    }

    /// The same, and waits for the answers, but not for long.
    async fn refresh(&self, config: &Config) {
        let refreshed = async {
            while self.is_old() {
                let mut looks = self.0.looks.subscribe();
                self.ask_again(config);
                // The sender lives as long as `self`, so waiting cannot fail.
                let _ = looks.changed().await;
            }
        };
        let _ = timeout(PATIENCE, refreshed).await;
        self.notice(config).await;
    }

    fn is_old(&self) -> bool {
        self.0.asked.borrow().is_none_or(|at| at.elapsed() > FRESH)
    }

    /// Asks every plugin in a task of its own, unless somebody is asking.
    fn ask_again(&self, config: &Config) {
        if let Ok(turn) = Arc::clone(&self.0.looking).try_lock_owned() {
            let (shared, config) = (Arc::clone(&self.0), config.clone());
            tokio::spawn(async move { shared.look(Asked::All, &config, turn).await });
        }
    }

    /// Has plugins that lie in the folder by now be known to whoever asks next. No process is started where the files are
    /// those that are known, and clients who ask while the folder is being read share the next reading.
    async fn notice(&self, config: &Config) {
        let since = Instant::now();
        let noticed = async {
            let mut compared = self.0.compared.lock().await;
            if compared.is_some_and(|began| began > since) {
                return;
            }
            let began = Instant::now();
            if self.0.differs_from(config.engines.dir.clone()).await {
                let turn = Arc::clone(&self.0.looking).lock_owned().await;
                let (shared, config) = (Arc::clone(&self.0), config.clone());
                // A plugin that hangs is waited for elsewhere.
                let _ = tokio::spawn(async move { shared.look(Asked::New, &config, turn).await }).await;
            }
            *compared = Some(began);
        };
        let _ = timeout(PATIENCE, noticed).await;
    }

    /// Looks which plugins have come, changed or gone, and whether those that could not render can by now, for ever.
    pub async fn keep_up(&self, settings: &Settings) {
        loop {
            sleep(GLANCE).await;
            let turn = Arc::clone(&self.0.looking).lock_owned().await;
            self.0.look(Asked::Changed, &settings.current(), turn).await;
        }
    }

    /// Takes an engine for one that cannot render until it has been asked again, which is soon: a process of it said so.
    pub fn doubt(&self, id: &str, reason: &str, config: &Config) {
        let mut entries = self.0.entries.write().unwrap_or_else(PoisonError::into_inner);
        if let Some(entry) = entries.get_mut(id) {
            *entry = Arc::new(entry.doubted(reason, &config.server_paths()));
        }
    }

    /// Waits until the first scan is complete.
    pub async fn ready(&self) {
        // The sender lives as long as `self`, so waiting cannot fail.
        let _ = self.0.asked.subscribe().wait_for(Option::is_some).await;
    }

    /// Whether the first scan is complete.
    pub fn is_ready(&self) -> bool {
        self.0.asked.borrow().is_some()
    }

    /// Every plugin, by id.
    pub fn entries(&self) -> Vec<Arc<Entry>> {
        self.0.entries().values().cloned().collect()
    }

    /// The plugin of an engine that a client names; looks into the folder before it says that there is none.
    ///
    /// # Errors
    /// There is none; the sentence names those that were meant perhaps.
    pub async fn installed(&self, id: &str, config: &Config) -> Result<Arc<Entry>, UnknownEngine> {
        if self.entry(id).is_none() {
            self.notice(config).await;
        }
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
        match entry.hindrance(&config.engines) {
            None => Ok(entry),
            reason => Err(entry.not_ready(reason)),
        }
    }

    /// The plugin of an engine.
    pub fn entry(&self, id: &str) -> Option<Arc<Entry>> {
        self.0.entries().get(id).cloned()
    }

    /// Why no job of an engine is begun; `None` where one may be, or where the engines have yet to be looked at.
    pub fn hindrance(&self, id: &str, settings: &Engines) -> Option<Hindrance> {
        if !self.is_ready() {
            return None;
        }
        let Some(entry) = self.entry(id) else {
            return Some(Hindrance::Gone(format!("no plugin of the engine `{id}` is installed")));
        };
        let reason = entry.hindrance(settings)?;
        Some(match entry.status(settings) {
            Status::Incompatible { .. } => Hindrance::Gone(format!("the engine's plugin cannot be used: {reason}")),
            Status::Checked(_) => Hindrance::NotReady(reason),
        })
    }
}

impl Shared {
    fn entries(&self) -> std::sync::RwLockReadGuard<'_, BTreeMap<String, Arc<Entry>>> {
        self.entries.read().unwrap_or_else(PoisonError::into_inner)
    }

    /// Looks at the plugins while it is this look's `turn`.
    async fn look(self: &Arc<Self>, asked: Asked, config: &Config, turn: OwnedMutexGuard<()>) {
        let folder = config.engines.dir.clone();
        let listed = tokio::task::spawn_blocking(move || plugins(&folder)).await.map_err(io::Error::other).flatten();
        match listed {
            Ok(plugins) => self.compare(plugins, asked, config).await,
            // What was known stays: handles may have run out, for instance.
            Err(error) if asked == Asked::All => {
                tracing::warn!(folder = %config.engines.dir.display(), %error, "the engines folder cannot be read");
            }
            Err(_) => {}
        }
        if asked == Asked::All {
            self.asked.send_replace(Some(Instant::now()));
        }
        drop(turn);
        self.looks.send_modify(|looks| *looks += 1);
    }

    /// Whether other plugins lie in the folder than those that are known, or under other stamps.
    async fn differs_from(self: &Arc<Self>, folder: PathBuf) -> bool {
        let known = self.known();
        let differ = move || plugins(&folder).is_ok_and(|plugins| have_changed(&plugins, &known));
        tokio::task::spawn_blocking(differ).await.unwrap_or_default()
    }

    /// Every plugin, by its path.
    fn known(&self) -> Known {
        self.entries().values().map(|entry| (entry.path().to_owned(), Arc::clone(entry))).collect()
    }

    /// Asks those of the plugins that are there which must be asked, and replaces what was known of all of them.
    async fn compare(self: &Arc<Self>, plugins: Vec<Listed>, asked: Asked, config: &Config) {
        let known = self.known();
        let any_changed = have_changed(&plugins, &known);
        let must_be_asked = |plugin: &Listed| {
            let is_due = |entry: &Arc<Entry>| asked == Asked::Changed && entry.is_due();
            let failed = |entry: &Arc<Entry>| is_due(entry) || (any_changed && entry.failures > 0);
            asked == Asked::All || is_changed(plugin, &known) || known.get(&plugin.0).is_some_and(failed)
        };
        if !plugins.iter().any(must_be_asked) && plugins.len() == known.len() {
            return;
        }
        let looks = plugins.into_iter().map(|plugin| {
            let before = known.get(&plugin.0).cloned();
            let keeps = !must_be_asked(&plugin);
            async move {
                match before {
                    Some(before) if keeps => before,
                    before => Arc::new(self.open(plugin.0, plugin.1, before.as_deref(), config).await),
                }
            }
        });
        let looks: Vec<_> = looks.collect();
        let found: Vec<Arc<Entry>> = futures::stream::iter(looks).buffered(PARALLEL).collect().await;
        self.replace(found);
    }

    /// Puts what was found in the place of what was known. Of two plugins of one engine, the first by name is it.
    fn replace(&self, found: Vec<Arc<Entry>>) {
        let mut entries = BTreeMap::<String, Arc<Entry>>::new();
        for mut entry in found {
            if let Some(other) = entries.get(&entry.id) {
                entry = Arc::new(entry.behind(other, |id| entries.contains_key(id)));
            }
            entries.insert(entry.id.clone(), entry);
        }
        let mut known = self.entries.write().unwrap_or_else(PoisonError::into_inner);
        for gone in known.keys().filter(|id| !entries.contains_key(*id)) {
            tracing::warn!(engine.id = gone, "an engine is gone: its plugin is no longer installed");
        }
        *known = entries;
    }

    /// Asks one plugin, of which this was known before.
    async fn open(
        self: &Arc<Self>,
        path: PathBuf,
        stamp: Option<Stamp>,
        before: Option<&Entry>,
        config: &Config,
    ) -> Entry {
        let same = before.filter(|before| stamp.is_some() && before.stamp == stamp && before.library.is_there());
        let id = before.map_or_else(|| file_id(&path), |before| before.id.clone());
        // What lay beside a plugin that could not be opened may not be all that lies there now.
        let library = match same.filter(|same| same.engine.is_some()) {
            Some(same) => Ok(Arc::clone(&same.library)),
            None => self.copy(&path).await,
        };
        let answer = match &library {
            Ok(library) => describe(&*self.launcher, &id, library, config).await,
            Err(error) => Err(Unknown::Unusable(format!("{} cannot be read: {error}", path.display()))),
        };
        if let (Err(Unknown::Unanswered(reason)), Some(same)) = (&answer, same.and_then(Entry::unanswered)) {
            tracing::warn!(engine.id = id, reason, "a plugin did not answer, and is asked again");
            return same;
        }
        // What could not be copied is looked at again.
        let stamp = stamp.filter(|_| library.is_ok());
        let library = library.unwrap_or_else(|_| Arc::new(Library::in_place(&path)));
        let answer = answer.map_err(|unknown| (id, unknown.into_reason()));
        Entry::found(library, stamp, before, answer, &config.server_paths())
    }

    async fn copy(self: &Arc<Self>, path: &Path) -> io::Result<Arc<Library>> {
        let (shared, path) = (Arc::clone(self), path.to_owned());
        let copied = tokio::task::spawn_blocking(move || shared.copies.take(&path));
        copied.await.map_err(io::Error::other).flatten().map(Arc::new)
    }
}

/// A file in the folder of plugins, with its stamp where it can be looked at.
type Listed = (PathBuf, Option<Stamp>);
/// What is known of each.
type Known = BTreeMap<PathBuf, Arc<Entry>>;

fn is_changed((plugin, stamp): &Listed, known: &Known) -> bool {
    known.get(plugin).is_none_or(|entry| entry.stamp != *stamp || !entry.library.is_there())
}

fn have_changed(plugins: &[Listed], known: &Known) -> bool {
    plugins.len() != known.len() || plugins.iter().any(|plugin| is_changed(plugin, known))
}

#[cfg(test)]
mod tests;
