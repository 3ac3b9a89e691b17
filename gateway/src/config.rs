//! The settings of the gateway: defaults ⊕ file ⊕ environment ⊕ options, checked once, with all faults at once.
//!
//! `config/default.toml` names every key; it is compiled in.

mod facades;
mod fault;
mod kind;
mod layers;
mod reader;

use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::time::Duration;

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

pub use crate::config::facades::{Facade, FacadeConfig, Facades};
pub use crate::config::fault::ConfigFaults;

use crate::config::fault::Fault;
use crate::config::kind::{
    address, choice, destination, engine_id, flag, folder, integer, list, log_filter, milliseconds, number, origin,
    seconds, text, url, webhook_secret,
};
use crate::config::layers::Layers;
use crate::config::reader::Reader;
use crate::domain::webhook_signature::Secret;
use crate::fetch::guard::Destination;

/// Every key with its default and a comment.
const DEFAULTS: &str = include_str!("../../config/default.toml");

/// The file that is read if none is named, in the current folder.
const USUAL_FILE: &str = "avatar-gateway.toml";

/// Bytes in what the configuration calls a megabyte.
const MIB: u64 = 1 << 20;
/// Bytes in what it calls a gigabyte.
const GIB: f64 = (1u64 << 30) as f64;
const DAY: Duration = Duration::from_hours(24);

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

/// `[server]`
#[derive(Debug, Clone, PartialEq)]
pub struct Server {
    /// Address of the API.
    pub listen: SocketAddr,
    /// Whether everyone is let in without a key.
    pub open: bool,
    /// The origins whose pages may use the API from a browser; one of them may be `*`.
    pub cors_origins: Vec<String>,
    /// Where clients reach the API, without a slash at the end; `None` for relative links.
    pub public_url: Option<String>,
}

/// `[auth]`
#[derive(Debug, Clone, PartialEq)]
pub struct Auth {
    /// Most requests a minute of a key that says nothing of it; 0 for any number.
    pub requests_per_minute: u32,
    /// Most queued jobs of a key that says nothing of it; 0 for any number.
    pub queued_jobs: u32,
}

/// `[storage]`
#[derive(Debug, Clone, PartialEq)]
pub struct Storage {
    /// Folder of the database, the uploads and the videos.
    pub data_dir: PathBuf,
}

/// `[limits]`
#[derive(Debug, Clone, PartialEq)]
pub struct Limits {
    /// Largest photo in bytes.
    pub image_bytes: u64,
    /// Largest speech file in bytes.
    pub audio_bytes: u64,
    /// Largest source video in bytes.
    pub video_bytes: u64,
    /// Most pixels of a photo, width times height.
    pub image_pixels: u64,
    /// Longest speech.
    pub audio_length: Duration,
    /// Longest source video.
    pub video_length: Duration,
}

/// `[photos]`; children that judge pictures are given it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Photos {
    /// Least pixels of the shorter side.
    pub min_side: u32,
    /// Pixels of the shorter side below which there is a warning; no less than `min_side`.
    pub good_side: u32,
    /// Least share of the photo that the face's box covers, in percent.
    pub min_face_percent: f32,
    /// Share below which there is a warning; no less than `min_face_percent`.
    pub good_face_percent: f32,
    /// The detector's score from which a face is not doubtful.
    pub sure_score: f32,
}

/// `[engines]` and the tables in it.
#[derive(Debug, Clone, PartialEq)]
pub struct Engines {
    /// Folder of the plugins.
    pub dir: PathBuf,
    /// Engine of the requests that name none.
    pub default: String,
    /// The settings of the engines without a table.
    pub defaults: EngineConfig,
    /// The settings of the others, by engine id; what their tables leave out is from `defaults`.
    pub tables: BTreeMap<String, EngineConfig>,
}

/// The settings of one engine.
#[derive(Debug, Clone, PartialEq)]
pub struct EngineConfig {
    /// `"auto"`, `"cpu"`, `"cuda:0"` …: what the operator wrote.
    pub device: String,
    /// Folder of the engine's weights.
    pub weights: Option<PathBuf>,
    /// How many of its jobs run at once; at least 1.
    pub instances: u32,
    /// How long an idle host is kept.
    pub idle_stop: Duration,
    /// How long a host may go without progress, while loading or rendering.
    pub stall: Duration,
    /// How many attempts at a job may fail; at least 1.
    pub attempts: u32,
    /// The remaining keys of the table, which are the engine's own.
    pub options: Map<String, Value>,
}

impl EngineConfig {
    /// What of it the engine itself gets to see; its host adds where the plugin lies.
    pub fn setup(&self) -> engine_api::Setup {
        engine_api::Setup {
            weights: self.weights.clone(),
            device: self.device.clone(),
            plugin_dir: None,
            options: self.options.clone(),
        }
    }
}

/// `[scheduler]`
#[derive(Debug, Clone, PartialEq)]
pub struct Scheduler {
    /// How long a lease lasts without a heartbeat.
    pub lease: Duration,
    /// Time between two heartbeats; a third of `lease` at most.
    pub heartbeat: Duration,
    /// How long an engine may take to stop a canceled job by itself.
    pub cancel_grace: Duration,
    /// How long a job waits after a failure of its engine's backend.
    pub backoff: Duration,
    /// How long running jobs may go on once the gateway is told to stop.
    pub drain: Duration,
}

/// `[fetch]`
#[derive(Debug, Clone, PartialEq)]
pub struct Fetch {
    /// What is let through besides public addresses.
    pub allow: Vec<Destination>,
    /// Most bytes of a file that is fetched.
    pub max_bytes: u64,
    /// How long that may take.
    pub timeout: Duration,
}

/// `[webhooks]`
#[derive(Debug, Clone, PartialEq)]
pub struct Webhooks {
    /// What announcements are signed with; `None` for one that is made and kept in the data folder.
    pub secret: Option<Secret>,
    /// How long a receiver may take.
    pub timeout: Duration,
    /// The wait after the first attempt that fails; four times as long after each further one.
    pub backoff: Duration,
    /// How many attempts are made; at least 1.
    pub attempts: u32,
}

/// `[retention]`
#[derive(Debug, Clone, PartialEq)]
pub struct Retention {
    /// Age from which jobs that have ended are removed; zero for never.
    pub jobs: Duration,
    /// Age from which uploads that nothing needs are removed; zero for never.
    pub uploads: Duration,
    /// Bytes that uploads and results may take together; 0 for any number.
    pub bytes: u64,
    /// Time between two sweeps.
    pub sweep: Duration,
}

/// `[log]`
#[derive(Debug, Clone, PartialEq)]
pub struct Log {
    /// For whom lines are written.
    pub format: LogFormat,
    /// Which lines are written, in the syntax of `RUST_LOG`.
    pub filter: String,
}

/// For whom lines are written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum LogFormat {
    /// For people.
    Pretty,
    /// For machines: one JSON object a line.
    Json,
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

impl Config {
    /// Reads and checks all settings. Without `file`, `avatar-gateway.toml` in the current folder is read if it is
    /// there. Of `env`, the variables that begin with `AVATAR_GATEWAY__` count; see [`environment`].
    ///
    /// # Errors
    /// Everything that is wrong, each with its place and a remedy.
    pub fn load(
        file: Option<&Path>,
        env: impl IntoIterator<Item = (String, String)>,
        overrides: Overrides,
    ) -> Result<Self, ConfigFaults> {
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
        let facades = Facade::ALL.into_iter().filter_map(|facade| {
            let FacadeConfig { listen, open, .. } = self.facades.of(facade);
            listen.filter(|_| !open).map(|address| (format!("facades.{}.listen", facade.name()), address))
        });
        let all = [("server.listen".to_owned(), self.server.listen)].into_iter().chain(facades);
        all.filter(|(_, address)| !address.ip().to_canonical().is_loopback()).collect()
    }

    /// The folder that Ditto's `audio_path` starts at.
    pub fn files_root(&self) -> PathBuf {
        self.facades.files_root.clone().unwrap_or_else(|| self.storage.data_dir.join("ditto"))
    }

    fn load_in(
        here: &Path,
        file: Option<&Path>,
        env: impl IntoIterator<Item = (String, String)>,
        overrides: Overrides,
    ) -> Result<Self, ConfigFaults> {
        let usual = here.join(USUAL_FILE);
        let file = file.map(|file| here.join(file)).or_else(|| usual.exists().then_some(usual));
        let base = file.as_deref().and_then(Path::parent).unwrap_or(here);

        let mut faults = Vec::new();
        let mut layers = Layers::default();
        if let Some(file) = &file {
            faults.extend(layers.add_file(file).err());
        }
        layers.add_environment(env);
        if let Some(listen) = overrides.listen {
            layers.add_option("server.listen", "--listen", listen);
        }

        let mut reader = Reader::new(layers, faults);
        let mut config = Self::read(&mut reader, base);
        if let Some(folder) = overrides.data_dir {
            config.storage.data_dir = here.join(folder);
        }
        if let Some(folder) = overrides.engines_dir {
            config.engines.dir = here.join(folder);
        }
        config.check(&mut reader);
        reader.finish().map(|()| config)
    }

    fn read(reader: &mut Reader, base: &Path) -> Self {
        Self {
            server: Server {
                listen: reader.value("server.listen", address()),
                open: reader.value("server.open", flag()),
                cors_origins: reader.value("server.cors_origins", list(origin())),
                public_url: reader.value("server.public_url", url()),
            },
            auth: Auth {
                requests_per_minute: reader.value("auth.requests_per_minute", integer(0..=1_000_000)),
                queued_jobs: reader.value("auth.queued_jobs", integer(0..=1_000_000)),
            },
            storage: Storage { data_dir: reader.value("storage.data_dir", folder(base)) },
            limits: Limits {
                image_bytes: MIB * reader.value("limits.image_mb", integer(1..=1_000)),
                audio_bytes: MIB * reader.value("limits.audio_mb", integer(1..=10_000)),
                video_bytes: MIB * reader.value("limits.video_mb", integer(1..=100_000)),
                image_pixels: reader.value("limits.image_pixels", integer(10_000..=1_000_000_000)),
                audio_length: reader.value("limits.audio_seconds", seconds(1.0..=86_400.0)),
                video_length: reader.value("limits.video_seconds", seconds(1.0..=86_400.0)),
            },
            photos: Photos {
                min_side: reader.value("photos.min_side", integer(40..=4_096)),
                good_side: reader.value("photos.good_side", integer(40..=4_096)),
                // A crop around the face has it cover an eighth: whatever asked for more would refuse that too.
                min_face_percent: reader.value("photos.min_face_percent", number(0.0..=12.0)),
                good_face_percent: reader.value("photos.good_face_percent", number(0.0..=12.0)),
                sure_score: reader.value("photos.sure_score", number(0.0..=100.0)),
            },
            engines: Engines::read(reader, base),
            scheduler: Scheduler {
                lease: reader.value("scheduler.lease_seconds", seconds(0.1..=3_600.0)),
                heartbeat: reader.value("scheduler.heartbeat_milliseconds", milliseconds(10..=60_000)),
                cancel_grace: reader.value("scheduler.cancel_grace_seconds", seconds(0.0..=600.0)),
                backoff: reader.value("scheduler.backoff_seconds", seconds(0.0..=3_600.0)),
                drain: reader.value("scheduler.drain_seconds", seconds(0.0..=86_400.0)),
            },
            facades: Facades::read(reader, base),
            fetch: Fetch {
                allow: reader.value("fetch.allow", list(destination())),
                max_bytes: MIB * reader.value("fetch.max_mb", integer(1..=100_000)),
                timeout: reader.value("fetch.timeout_seconds", seconds(0.1..=86_400.0)),
            },
            webhooks: Webhooks {
                secret: reader.value("webhooks.secret", webhook_secret()),
                timeout: reader.value("webhooks.timeout_seconds", seconds(0.1..=300.0)),
                backoff: reader.value("webhooks.backoff_seconds", seconds(0.0..=3_600.0)),
                attempts: reader.value("webhooks.attempts", integer(1..=100)),
            },
            retention: Retention {
                jobs: DAY.mul_f64(reader.value("retention.jobs_days", number(0.0..=36_500.0)).into()),
                uploads: DAY.mul_f64(reader.value("retention.uploads_days", number(0.0..=36_500.0)).into()),
                bytes: (f64::from(reader.value("retention.max_gb", number(0.0..=1_000_000.0))) * GIB) as u64,
                sweep: reader.value("retention.sweep_seconds", seconds(0.1..=86_400.0)),
            },
            log: Log {
                format: reader.value("log.format", choice(&[("pretty", LogFormat::Pretty), ("json", LogFormat::Json)])),
                filter: reader.value("log.filter", log_filter()),
            },
        }
    }

    /// What no key shows by itself.
    fn check(&self, reader: &mut Reader) {
        let Photos { min_side, good_side, min_face_percent, good_face_percent, .. } = self.photos;
        if good_side < min_side {
            reader.fault(
                "photos.good_side",
                format!("photos below {min_side} pixels are refused, so none below {good_side} could be warned of"),
                "set it to photos.min_side or more",
            );
        }
        if good_face_percent < min_face_percent {
            reader.fault(
                "photos.good_face_percent",
                format!("faces below {min_face_percent} % are refused, so none below {good_face_percent} % could be warned of"),
                "set it to photos.min_face_percent or more",
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

impl Engines {
    fn read(reader: &mut Reader, base: &Path) -> Self {
        let dir = reader.value("engines.dir", folder(base));
        let default = reader.value("engines.default", engine_id());
        let defaults = EngineConfig::read(reader, "engines", base, None);
        let mut tables = BTreeMap::new();
        for id in reader.engine_tables() {
            let engine = EngineConfig::read(reader, &format!("engines.{id}"), base, Some(&defaults));
            tables.insert(id, engine);
        }
        Self { dir, default, defaults, tables }
    }
}

impl EngineConfig {
    /// Reads the table of one engine over the settings of `all`, or those settings themselves.
    fn read(reader: &mut Reader, table: &str, base: &Path, all: Option<&Self>) -> Self {
        let key = |name: &str| format!("{table}.{name}");
        Self {
            device: reader.value_or(&key("device"), text(), all.map(|all| all.device.clone())),
            weights: all.and_then(|_| reader.given(&key("weights"), &folder(base))),
            instances: reader.value_or(&key("instances"), integer(1..=64), all.map(|all| all.instances)),
            idle_stop: reader.value_or(
                &key("idle_stop_seconds"),
                seconds(0.0..=86_400.0),
                all.map(|all| all.idle_stop),
            ),
            stall: reader.value_or(&key("stall_seconds"), seconds(0.1..=86_400.0), all.map(|all| all.stall)),
            attempts: reader.value_or(&key("attempts"), integer(1..=10), all.map(|all| all.attempts)),
            options: all.map(|_| reader.rest(table)).unwrap_or_default(),
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
