//! The commands of the binary, one file each. Errors end up on stderr with a remedy; stdout is for results.

#![allow(clippy::print_stdout, reason = "this is where the binary talks to people")]

pub mod backup;
pub mod check;
mod client;
pub mod completions;
pub mod config;
pub mod doctor;
pub mod engines;
mod findings;
mod interrupt;
mod job_progress;
mod job_text;
pub mod jobs;
pub mod keys;
pub mod man;
pub mod models;
mod out;
pub mod probe;
mod progress;
pub mod restore;
pub mod serve;
pub mod submit;
mod table;
mod values;
mod video_file;

use std::io;
use std::path::PathBuf;
use std::process::ExitCode;
use std::sync::Arc;

use futures::FutureExt;
use tokio::runtime::Runtime;

use crate::catalog::Catalog;
use crate::catalog::entry::Entry;
use crate::config::{Config, ConfigFaults, Loaded, Overrides, environment};
use crate::host::library::PluginCopies;
use crate::host::process::ChildProcesses;
use crate::worker::Worker;

/// The options of every command that reads the configuration.
#[derive(Debug, Clone, Default, clap::Args)]
pub struct ConfigOptions {
    /// Configuration file [default: avatar-gateway.toml, if there is one]
    #[arg(long, value_name = "FILE")]
    config: Option<PathBuf>,
    /// Data folder, instead of storage.data_dir
    #[arg(long, value_name = "DIR")]
    data_dir: Option<PathBuf>,
    /// Folder of the plugins, instead of engines.dir
    #[arg(long, value_name = "DIR")]
    engines_dir: Option<PathBuf>,
}

/// Tells everything that is wrong with a command line; the exit status is the one of unknown options.
fn mistake(consequence: &str, mistakes: &[String]) -> ExitCode {
    let mistakes: String = mistakes.iter().map(|mistake| format!("\n  {mistake}")).collect();
    out::note(&format!("error: {consequence}:{mistakes}"));
    ExitCode::from(2)
}

/// What commands run on that do one thing and end.
struct OneThread(Runtime);

impl OneThread {
    /// Does the work. Boxed, it is compiled once, and not for each way of the library to poll it.
    fn block_on<T>(&self, work: impl Future<Output = T>) -> T {
        self.0.block_on(work.boxed_local())
    }
}

/// A thread of its own for a command.
///
/// # Errors
/// The system has no handles left for it.
fn runtime() -> io::Result<OneThread> {
    tokio::runtime::Builder::new_current_thread().enable_all().build().map(OneThread)
}

/// The installed engines, each asked in a short-lived child.
///
/// # Errors
/// The program that the children run is not there.
async fn catalog(config: &Config) -> io::Result<Catalog> {
    let catalog = Catalog::new(Arc::new(ChildProcesses::new(Worker::find()?)), PluginCopies::none());
    catalog.scan(config).await;
    Ok(catalog)
}

/// Every installed engine.
///
/// # Errors
/// As [`catalog`].
async fn installed(config: &Config) -> io::Result<Vec<Arc<Entry>>> {
    Ok(catalog(config).await?.entries())
}

impl ConfigOptions {
    /// Reads the settings with these options, and `listen`, on top.
    fn read(self, listen: Option<String>) -> Result<Loaded, ConfigFaults> {
        let overrides = Overrides { listen, data_dir: self.data_dir, engines_dir: self.engines_dir };
        Config::load(self.config.as_deref(), environment(), overrides)
    }

    /// Reads the settings for a command that does one thing and ends, and tells at once what is strange about them.
    fn load(self, listen: Option<String>) -> Result<Config, ConfigFaults> {
        let Loaded { config, warnings, .. } = self.read(listen)?;
        warnings.iter().for_each(|warning| eprintln!("warning: {warning}"));
        Ok(config)
    }
}
