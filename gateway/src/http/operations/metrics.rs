//! `/metrics`, for Prometheus.

use std::collections::BTreeMap;
use std::sync::Arc;

use axum::extract::State;
use axum::http::{HeaderName, header};

use crate::app::App;
use crate::domain::job;
use crate::metrics::{Hosts, Snapshot};
use crate::store::error::StoreResult;

/// Show the metrics
///
/// Jobs by state and engine, their ends and failures, durations of their stages, engines' processes, webhooks, the data
/// folder, requests, and the gateway's own process; in Prometheus's text format.
#[utoipa::path(
    get, path = "/metrics", operation_id = "show_metrics", tag = "operations",
    responses((status = 200, body = String, content_type = "text/plain"))
)]
pub(crate) async fn show(State(app): State<Arc<App>>) -> ([(HeaderName, &'static str); 1], String) {
    let counted = known(app.jobs.counts().await).unwrap_or_default();
    let now = app.clock.now();
    let oldest = known(app.jobs.oldest_queued().await).unwrap_or_default().into_iter();
    let oldest: Vec<_> =
        oldest.map(|(engine, since)| (engine, now.duration_since(since).as_secs_f64().max(0.0))).collect();
    let mut hosts = BTreeMap::<String, Hosts>::new();
    for (engine, memory) in app.launcher.running() {
        let of_engine = hosts.entry(engine).or_default();
        of_engine.count += 1;
        of_engine.memory += memory;
    }
    let hosts: Vec<_> = hosts.into_iter().collect();
    let (config, engines) = (app.config(), app.catalog.entries());
    // Engines that jobs wait for and that are gone are told as well.
    let waiting = counted.iter().filter(|(_, state, _)| *state == job::State::Queued);
    let waiting = waiting.map(|(engine, ..)| (engine.as_str(), false));
    let installed = engines.iter().map(|entry| (entry.id.as_str(), entry.hindrance(&config.engines).is_none()));
    let pauses = |id: &str| Some(app.process.pauses.of(id)?.shortage);
    let text = app.metrics.text(&Snapshot {
        jobs: &counted,
        oldest: &oldest,
        ready: waiting.chain(installed).collect(),
        paused: engines.iter().filter_map(|entry| Some((entry.id.as_str(), pauses(&entry.id)?))).collect(),
        hosts: &hosts,
        pending_webhooks: known(app.webhooks.pending().await),
        free: app.space.free().bytes,
    });
    ([(header::CONTENT_TYPE, "text/plain; version=0.0.4; charset=utf-8")], text)
}

/// What the store has told. The other series are told even so: that the database is away is one of them.
fn known<T>(asked: StoreResult<T>) -> Option<T> {
    asked.inspect_err(|error| tracing::warn!(%error, "series are missing in the metrics")).ok()
}
