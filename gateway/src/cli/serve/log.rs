//! The log of a running gateway, whose filter can be changed.

use std::io::IsTerminal;

use anyhow::Context;
use tracing_subscriber::EnvFilter;

use crate::config::{Log, LogFormat};

/// Changes which lines are written.
pub(super) type Filter = Box<dyn Fn(&str) -> anyhow::Result<()> + Send + Sync>;

/// Starts the log on stderr.
///
/// # Errors
/// The filter cannot be read, or there is a log already.
pub(super) fn start(log: &Log) -> anyhow::Result<Filter> {
    let lines = tracing_subscriber::fmt().with_env_filter(parsed(&log.filter)?).with_writer(std::io::stderr);
    Ok(match log.format {
        LogFormat::Pretty => {
            let ansi = std::io::stderr().is_terminal();
            let lines = lines.with_target(false).with_ansi(ansi).with_filter_reloading();
            let handle = lines.reload_handle();
            lines.init();
            Box::new(move |filter| Ok(handle.reload(parsed(filter)?)?))
        }
        LogFormat::Json => {
            let lines = lines.json().flatten_event(true).with_filter_reloading();
            let handle = lines.reload_handle();
            lines.init();
            Box::new(move |filter| Ok(handle.reload(parsed(filter)?)?))
        }
    })
}

fn parsed(filter: &str) -> anyhow::Result<EnvFilter> {
    EnvFilter::try_new(filter).with_context(|| format!("log.filter = {filter:?} is no filter; try \"info\""))
}
