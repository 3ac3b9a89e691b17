//! What is to be tried out, and with what.

use std::path::PathBuf;
use std::time::Duration;

use serde_json::{Map, Value};

use crate::config::Config;
use crate::conformance::materials::OwnInputs;

/// What is to be tried out, and with what.
pub struct Order {
    /// The plugin's file.
    pub library: PathBuf,
    /// The settings, with the engine's table in them.
    pub config: Config,
    /// Options of the engine, over those of its table.
    pub options: Map<String, Value>,
    /// The folder of its weights, in place of the configured one; absolute.
    pub weights: Option<PathBuf>,
    /// Its device, in place of the configured one.
    pub device: Option<String>,
    /// Parameters of every job, unless a check is about them.
    pub params: Map<String, Value>,
    /// Parameters that no check varies.
    pub left_alone: Vec<String>,
    /// Inputs of the author's.
    pub inputs: OwnInputs,
    /// How long a single job, or loading, may take.
    pub patience: Duration,
    /// How many jobs one process renders for the checks of endurance; at least 8.
    pub jobs: u32,
}
