//! What `doctor` would find, told by the log of the gateway that runs with it.

use std::sync::Arc;

use crate::app::App;
use crate::cli::findings::{self, Finding, access, engines, machine};
use crate::config::Loaded;
use crate::domain::job::State;
use crate::intake::probe::decoders::Decoders;

/// Tells what is strange about the settings themselves.
pub(super) fn on_settings(loaded: &Loaded) {
    findings::log(&loaded.warnings.iter().map(Finding::strange).collect::<Vec<_>>());
}

/// Tells of engines that are missing or cannot render, once all have been looked at.
pub(super) async fn on_engines(app: &App, loaded: &Loaded) {
    app.catalog.ready().await;
    // A database that does not answer is told elsewhere.
    let counts = app.jobs.counts().await.unwrap_or_default();
    let queued = counts.into_iter().filter(|(_, state, _)| *state == State::Queued);
    let waiting: Vec<(String, u64)> = queued.map(|(engine, _, jobs)| (engine, jobs)).collect();
    findings::log(&engines::all(loaded, &app.catalog.entries(), &waiting));
}

/// Tells what the machine lacks, and whether anybody is let in.
pub(super) async fn on_machine(app: Arc<App>, decoders: Arc<Decoders>) {
    let config = app.config();
    let mut found = vec![machine::handles(&config), machine::ffmpeg(&decoders).await];
    found.extend(machine::disk(&config));
    if let (Ok(keys), Ok(was_made)) = (app.keys.valid_keys().await, app.keys.was_key_made().await) {
        found.push(access::keys(&config, keys.len(), was_made));
    }
    findings::log(&found);
}
