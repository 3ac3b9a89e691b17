//! `/metrics`, for Prometheus.

use std::sync::Arc;

use axum::extract::State;
use axum::http::{HeaderName, header};

use crate::app::App;
use crate::http::problem::ApiError;

/// Show the metrics
///
/// Jobs by state and engine, durations of their stages, engines' processes, requests; in Prometheus's text format.
#[utoipa::path(
    get, path = "/metrics", tag = "operations",
    responses((status = 200, body = String, content_type = "text/plain"))
)]
pub(crate) async fn show(State(app): State<Arc<App>>) -> Result<([(HeaderName, &'static str); 1], String), ApiError> {
    let counted = app.jobs.counts().await?;
    let kind = [(header::CONTENT_TYPE, "text/plain; version=0.0.4; charset=utf-8")];
    Ok((kind, app.metrics.text(&counted)))
}
