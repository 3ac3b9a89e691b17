//! For load balancers and supervisors.

use std::sync::Arc;

use axum::extract::State;

use crate::app::App;
use crate::domain::code::Code;
use crate::http::problem::{ApiError, Problem};

/// Is the process alive?
///
/// Answers at once, whatever the engines do.
#[utoipa::path(get, path = "/livez", tag = "operations", responses((status = 200, body = String, content_type = "text/plain")))]
pub(crate) async fn live() -> &'static str {
    "ok\n"
}

/// Can it take jobs?
///
/// Ready once the engines have been looked at and the database answers.
#[utoipa::path(
    get, path = "/readyz", tag = "operations",
    responses(
        (status = 200, body = String, content_type = "text/plain"),
        (status = 503, body = Problem, content_type = "application/problem+json"),
    )
)]
pub(crate) async fn ready(State(app): State<Arc<App>>) -> Result<&'static str, ApiError> {
    let unready = |code, detail: &str| Err(ApiError::new(code, detail));
    if app.draining.is_cancelled() || app.stop.is_cancelled() {
        return unready(Code::GatewayStopping, "the gateway is shutting down");
    }
    if !app.catalog.is_ready() {
        return unready(Code::GatewayStarting, "the engines are still being looked at");
    }
    if let Err(error) = app.jobs.queue_length("").await {
        tracing::error!(%error, "the database does not answer");
        return unready(Code::GatewayDatabase, "the database does not answer");
    }
    Ok("ready\n")
}
