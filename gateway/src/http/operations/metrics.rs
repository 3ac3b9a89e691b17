//! `/metrics`, for Prometheus.

use std::sync::Arc;

use axum::extract::State;
use axum::http::{HeaderName, header};

use crate::app::App;
use crate::domain::job;

/// Show the metrics
///
/// Jobs by state and engine, durations of their stages, engines' processes, requests; in Prometheus's text format.
#[utoipa::path(
    get, path = "/metrics", tag = "operations",
    responses((status = 200, body = String, content_type = "text/plain"))
)]
pub(crate) async fn show(State(app): State<Arc<App>>) -> ([(HeaderName, &'static str); 1], String) {
    // The other series are told even so: that the database is away is one of them.
    let counted = app.jobs.counts().await.unwrap_or_else(|error| {
        tracing::warn!(%error, "the jobs are missing in the metrics");
        vec![]
    });
    let kind = [(header::CONTENT_TYPE, "text/plain; version=0.0.4; charset=utf-8")];
    let engines = app.catalog.entries();
    let paused =
        engines.iter().filter_map(|entry| Some((entry.id.as_str(), app.process.pauses.of(&entry.id)?.shortage)));
    // Engines that jobs wait for and that are gone are told as well.
    let config = app.config();
    let waiting = counted
        .iter()
        .filter(|(_, state, _)| *state == job::State::Queued)
        .map(|(engine, ..)| (engine.as_str(), false));
    let installed = engines.iter().map(|entry| (entry.id.as_str(), entry.hindrance(&config.engines).is_none()));
    app.metrics.engines_are_ready(waiting.chain(installed));
    (kind, app.metrics.text(&counted, paused))
}
