//! `[engines]` and the tables in it: which plugins there are, and how each is run.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::time::Duration;

use serde_json::{Map, Value};

use crate::config::kind::{engine_id, flag, folder, integer, seconds, text, word};
use crate::config::reader::{Reader, default_keys};

/// `[engines]` and the tables in it.
#[derive(Debug, Clone, PartialEq)]
pub struct Engines {
    /// Folder of the plugins.
    pub dir: PathBuf,
    /// Engine of the requests that name none.
    pub default: String,
    /// Whether engines are refused that may not be used commercially.
    pub require_commercial_use: bool,
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
    /// What it takes turns on with all engines of the same word: one job of all of them runs at once.
    pub takes_turns_on: Option<String>,
    /// Fewest pixels across of the face in a photo that it renders; 0 for as many as every photo must have.
    pub min_face_pixels: u32,
    /// How long an idle host is kept.
    pub idle_stop: Duration,
    /// How long a host may take for each of its first answers.
    pub start: Duration,
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

impl Engines {
    /// Whether `[engines]` has a setting of this name, in whose place no engine's table can stand.
    pub fn is_setting(name: &str) -> bool {
        default_keys("engines").iter().any(|key| key == name)
    }

    pub(super) fn read(reader: &mut Reader, base: &Path) -> Self {
        let dir = reader.value("engines.dir", folder(base));
        let default = reader.value("engines.default", engine_id());
        let require_commercial_use = reader.value("engines.require_commercial_use", flag());
        let defaults = EngineConfig::read(reader, "engines", base, None);
        let mut tables = BTreeMap::new();
        for id in reader.engine_tables() {
            let engine = EngineConfig::read(reader, &format!("engines.{id}"), base, Some(&defaults));
            tables.insert(id, engine);
        }
        Self { dir, default, require_commercial_use, defaults, tables }
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
            takes_turns_on: reader.value_or(&key("takes_turns_on"), word(), all.map(|all| all.takes_turns_on.clone())),
            min_face_pixels: reader.value_or(
                &key("min_face_pixels"),
                integer(0..=4_096),
                all.map(|all| all.min_face_pixels),
            ),
            idle_stop: reader.value_or(
                &key("idle_stop_seconds"),
                seconds(0.0..=86_400.0),
                all.map(|all| all.idle_stop),
            ),
            start: reader.value_or(&key("start_seconds"), seconds(0.1..=3_600.0), all.map(|all| all.start)),
            stall: reader.value_or(&key("stall_seconds"), seconds(0.1..=86_400.0), all.map(|all| all.stall)),
            attempts: reader.value_or(&key("attempts"), integer(1..=10), all.map(|all| all.attempts)),
            options: all.map(|_| reader.rest(table)).unwrap_or_default(),
        }
    }
}
