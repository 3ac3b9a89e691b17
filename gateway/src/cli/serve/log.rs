//! The log of a running gateway, whose filter can be changed, and which nothing waits for.

use std::backtrace::{Backtrace, BacktraceStatus};
use std::io::IsTerminal;
use std::panic;
use std::sync::Arc;
use std::thread;
use std::time::Duration;

use anyhow::Context;
use tracing_subscriber::EnvFilter;

use crate::cli::serve::log_writer::LogWriter;
use crate::config;
use crate::config::LogFormat;

/// How long the last lines may take to be written.
const FLUSHING: Duration = Duration::from_secs(1);

/// Changes which lines are written.
pub(super) type Filter = Box<dyn Fn(&str) -> anyhow::Result<()> + Send + Sync>;

/// The log. Dropped, it has written what it can.
#[derive(Clone)]
pub(super) struct Log(Arc<LogWriter>);

impl Log {
    /// Starts the log on stderr.
    ///
    /// # Errors
    /// The filter cannot be read, or there is a log already.
    pub(super) fn start(settings: &config::Log) -> anyhow::Result<(Self, Filter)> {
        let writer = LogWriter::to(std::io::stderr(), |lines| {
            tracing::warn!(lines, "the log could not be written for a while, and lines of it are lost");
        });
        let writer = Arc::new(writer.context("no thread can be started for the log")?);
        let lines = tracing_subscriber::fmt()
            .with_env_filter(parsed(&settings.filter)?)
            .with_writer(Arc::clone(&writer))
            .log_internal_errors(false);
        let filter: Filter = match settings.format {
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
        };
        log_panics();
        Ok((Self(writer), filter))
    }

    /// Writes what waits, as far as that is possible in a moment.
    pub(super) fn flush(&self) {
        self.0.flush(FLUSHING);
    }
}

impl Drop for Log {
    fn drop(&mut self) {
        self.flush();
    }
}

/// Has panics told by the log: by itself, a panic writes to stderr and waits for whoever reads that.
fn log_panics() {
    panic::set_hook(Box::new(|panic| {
        let place = panic.location().map(ToString::to_string);
        let backtrace = Backtrace::capture();
        let backtrace = (backtrace.status() == BacktraceStatus::Captured).then(|| backtrace.to_string());
        let thread = thread::current();
        let words = panic.payload_as_str().unwrap_or("without words");
        tracing::error!(thread = thread.name(), place, backtrace, "panicked: {words}");
    }));
}

fn parsed(filter: &str) -> anyhow::Result<EnvFilter> {
    EnvFilter::try_new(filter).with_context(|| format!("log.filter = {filter:?} is no filter; try \"info\""))
}
