//! The settings of the gateway: defaults ⊕ file ⊕ environment ⊕ options, checked once, with all faults at once.
//!
//! `config/default.toml` names every key; it is compiled in.

pub mod destination;
mod engines;
mod facades;
mod fault;
pub mod in_force;
mod kind;
mod layers;
mod reader;
pub mod settings;
mod tables;
mod variables;

use std::net::SocketAddr;
use std::path::{Path, PathBuf};

pub use crate::config::engines::{EngineConfig, Engines};
pub use crate::config::facades::{FacadeConfig, FacadeName, Facades};
pub use crate::config::fault::{ConfigFaults, Fault};
pub use crate::config::layers::Origin;
pub use crate::config::tables::{
    Auth, Fetch, Limits, Log, LogFormat, Photos, Retention, Scheduler, Server, Storage, Synchronous, Webhooks,
};

use crate::config::in_force::InForce;
use crate::config::kind::is_log_filter;
use crate::config::layers::Layers;
use crate::config::reader::{Reader, Report};
use crate::config::variables::is_stray;
use crate::domain::server_paths::{Place, ServerPaths};

/// The file that is read if none is named, in the current folder.
const USUAL_FILE: &str = "avatar-gateway.toml";

/// All settings, checked. All paths are absolute.
#[derive(Debug, Clone, PartialEq)]
pub struct Config {
    /// The API.
    pub server: Server,
    /// What keys may do, unless they say otherwise.
    pub auth: Auth,
    /// Where everything is kept.
    pub storage: Storage,
    /// What uploads may measure.
    pub limits: Limits,
    /// What makes a photo usable.
    pub photos: Photos,
    /// The plugins.
    pub engines: Engines,
    /// The services whose clients are served.
    pub facades: Facades,
    /// How jobs are handed out.
    pub scheduler: Scheduler,
    /// Which addresses of clients may be reached.
    pub fetch: Fetch,
    /// How the ends of jobs are announced.
    pub webhooks: Webhooks,
    /// What is removed by itself.
    pub retention: Retention,
    /// What is logged, and how.
    pub log: Log,
}

/// The settings, and what there is to say of them.
#[derive(Debug, Clone, PartialEq)]
pub struct Loaded {
    /// The settings.
    pub config: Config,
    /// The file that was read.
    pub file: Option<PathBuf>,
    /// Every setting as people are shown it.
    pub settings: Vec<InForce>,
    /// What was written and means nothing; the gateway works without.
    pub warnings: Vec<Fault>,
}

/// What the command line sets; it outranks file and environment. Relative paths start at the current folder.
#[derive(Debug, Clone, Default)]
pub struct Overrides {
    /// `--listen`
    pub listen: Option<String>,
    /// `--data-dir`
    pub data_dir: Option<PathBuf>,
    /// `--engines-dir`
    pub engines_dir: Option<PathBuf>,
}

impl Loaded {
    /// Where a key of a table was written; `None` where the table has its defaults alone.
    pub fn origin(&self, table: &str) -> Option<&Origin> {
        let is_within = |key: &str| key.strip_prefix(table).is_some_and(|name| name.starts_with('.'));
        self.settings.iter().filter(|setting| is_within(&setting.key)).find_map(|setting| setting.origin.as_ref())
    }
}

impl Config {
    /// Reads and checks all settings. Without `file`, `avatar-gateway.toml` in the current folder is read if it is
    /// there. Of `env`, the variables that begin with `AVATAR_GATEWAY__` count, and `RUST_LOG`; see [`environment`].
    ///
    /// # Errors
    /// Everything that keeps them from being used, each with its place and a remedy.
    pub fn load(
        file: Option<&Path>,
        env: impl IntoIterator<Item = (String, String)>,
        overrides: Overrides,
    ) -> Result<Loaded, ConfigFaults> {
        let here = std::env::current_dir().map_err(|error| {
            ConfigFaults::from(Fault::new(
                format!("the current folder cannot be told: {error}"),
                "start the gateway in a folder that exists and that it may read",
            ))
        })?;
        Self::load_in(&here, file, env, overrides)
    }

    /// The settings of an engine: its own table's or, without one, those of all.
    pub fn engine(&self, id: &str) -> EngineConfig {
        self.engines.tables.get(id).unwrap_or(&self.engines.defaults).clone()
    }

    /// The listeners that other machines reach and that let nobody in without a key: their settings' names and addresses.
    pub fn guarded_listeners(&self) -> Vec<(String, SocketAddr)> {
        if self.server.open {
            return vec![];
        }
        let facades = FacadeName::ALL.into_iter().filter_map(|facade| {
            let FacadeConfig { listen, open, .. } = self.facades.of(facade);
            listen.filter(|_| !open).map(|address| (format!("facades.{}.listen", facade.as_str()), address))
        });
        let all = [("server.listen".to_owned(), self.server.listen)].into_iter().chain(facades);
        all.filter(|(_, address)| !address.ip().to_canonical().is_loopback()).collect()
    }

    /// The folder that Ditto's `audio_path` starts at.
    pub fn files_root(&self) -> PathBuf {
        self.facades.files_root.clone().unwrap_or_else(|| self.storage.data_dir.join("ditto"))
    }

    /// The folder that clients of the Duix generator know as `/code/data`.
    pub fn generator_files_root(&self) -> PathBuf {
        self.facades.generator_files_root.clone().unwrap_or_else(|| self.storage.data_dir.join("duix"))
    }

    /// The operator's folders, whose paths clients do not read.
    pub fn server_paths(&self) -> ServerPaths {
        let weights = self.engines.tables.values().filter_map(|engine| engine.weights.as_deref());
        let files = [&self.facades.files_root, &self.facades.generator_files_root].into_iter().flatten();
        let files = files.map(|folder| (Place::Files, folder.as_path()));
        let own = [(Place::Data, &*self.storage.data_dir), (Place::Engines, &*self.engines.dir)];
        ServerPaths::new(own.into_iter().chain(weights.map(|folder| (Place::Weights, folder))).chain(files))
    }

    fn load_in(
        here: &Path,
        file: Option<&Path>,
        env: impl IntoIterator<Item = (String, String)>,
        overrides: Overrides,
    ) -> Result<Loaded, ConfigFaults> {
        let usual = here.join(USUAL_FILE);
        let file = file.map(|file| here.join(file)).or_else(|| usual.exists().then_some(usual));
        let base = file.as_deref().and_then(Path::parent).unwrap_or(here);

        let mut faults = Vec::new();
        let mut layers = Layers::default();
        if let Some(file) = &file {
            faults.extend(layers.add_file(file).err());
        }
        let env: Vec<(String, String)> = env.into_iter().collect();
        layers.add_environment(&env);
        let rust_log = env.iter().find(|(name, filter)| name == "RUST_LOG" && !filter.is_empty());
        let (heard, broken) =
            rust_log.map(|(_, filter)| filter).into_iter().partition::<Vec<_>, _>(|f| is_log_filter(f));
        heard.iter().for_each(|filter| layers.add_variable("log.filter", "RUST_LOG", filter));
        if let Some(listen) = overrides.listen {
            layers.add_option("server.listen", "--listen", listen);
        }

        let mut reader = Reader::new(layers, faults);
        let mut config = Self::read(&mut reader, base);
        if let Some(folder) = overrides.data_dir {
            config.storage.data_dir = here.join(folder);
            reader.overrule("storage.data_dir", "--data-dir", &config.storage.data_dir);
        }
        if let Some(folder) = overrides.engines_dir {
            config.engines.dir = here.join(folder);
            reader.overrule("engines.dir", "--engines-dir", &config.engines.dir);
        }
        config.check(&mut reader);
        for filter in broken {
            reader.warning(Fault::new(
                format!("environment variable RUST_LOG: {filter:?} is no filter, and log.filter holds in its place"),
                "write one such as \"info\" or \"info,avatar_gateway=debug\", or unset it",
            ));
        }
        let strays: Vec<String> = env.into_iter().map(|(name, _)| name).filter(|name| is_stray(name)).collect();
        reader.warn_of_strays(&strays);
        let Report { settings, warnings } = reader.finish()?;
        Ok(Loaded { config, file, settings, warnings })
    }

    fn read(reader: &mut Reader, base: &Path) -> Self {
        Self {
            server: Server::read(reader),
            auth: Auth::read(reader),
            storage: Storage::read(reader, base),
            limits: Limits::read(reader),
            photos: Photos::read(reader, base),
            engines: Engines::read(reader, base),
            scheduler: Scheduler::read(reader),
            facades: Facades::read(reader, base),
            fetch: Fetch::read(reader),
            webhooks: Webhooks::read(reader),
            retention: Retention::read(reader),
            log: Log::read(reader),
        }
    }

    /// What no key shows by itself.
    fn check(&self, reader: &mut Reader) {
        let Photos { min_side, good_side, .. } = self.photos;
        if good_side < min_side {
            reader.fault(
                "photos.good_side",
                format!("photos below {min_side} pixels are refused, so none below {good_side} could be warned of"),
                "set it to photos.min_side or more",
            );
        }
        if let Some(folder) = &self.photos.mediapipe {
            for file in avatar_mediapipe::FILES.map(|name| folder.join(name)).into_iter().filter(|file| !file.is_file())
            {
                reader.fault(
                    "photos.mediapipe",
                    format!("there is no {}", file.display()),
                    "put both networks there, or leave it empty",
                );
            }
        }
        let Storage { reserve, low_water, .. } = self.storage;
        if low_water < reserve {
            reader.fault(
                "storage.low_water_mb",
                format!(
                    "{} MiB would be promised to new jobs that storage.reserve_mb keeps",
                    (reserve - low_water) >> 20
                ),
                "set it to storage.reserve_mb or more",
            );
        }
        if self.server.open && self.auth.required == Some(true) {
            reader.fault(
                "auth.required",
                "every request would need a key, and server.open lets everyone in without one".to_owned(),
                "set server.open to false, or this to \"auto\"",
            );
        }
        let Scheduler { lease, heartbeat, .. } = self.scheduler;
        if heartbeat * 3 > lease {
            reader.fault(
                "scheduler.heartbeat_milliseconds",
                format!("heartbeats every {heartbeat:?} would let a lease of {lease:?} run out"),
                format!("set it to {} at most, or scheduler.lease_seconds higher", (lease / 3).as_millis()),
            );
        }
    }
}

/// The process's environment as [`Config::load`] takes it. A variable that is not Unicode is read as far as it is,
/// so that one of the gateway's own shows up in a fault instead of being passed over.
pub fn environment() -> impl Iterator<Item = (String, String)> {
    std::env::vars_os().map(|(name, value)| (name.to_string_lossy().into_owned(), value.to_string_lossy().into_owned()))
}

#[cfg(test)]
mod tests;
