//! For load balancers and supervisors.

use std::sync::Arc;

use axum::extract::State;

use crate::app::App;
use crate::domain::code::{Code, kinds};
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
/// Ready once the engines have been looked at and the database answers, while any engine can render, and while nothing is
/// missing that jobs need: where no job is begun for lack of space, for instance, it is not, and says so.
#[utoipa::path(
    get, path = "/readyz", tag = "operations",
    responses(
        (status = 200, body = String, content_type = "text/plain"),
        (status = 503, body = Problem, content_type = "application/problem+json"),
    )
)]
pub(crate) async fn ready(State(app): State<Arc<App>>) -> Result<&'static str, ApiError> {
    let unready = |code, detail: &str| Err(ApiError::unavailable(code, detail));
    if app.draining.is_cancelled() || app.stop.is_cancelled() {
        return unready(Code::GatewayStopping, "the gateway is shutting down");
    }
    if !app.catalog.is_ready() {
        return unready(Code::GatewayStarting, "the engines are still being looked at");
    }
    if let Err(error) = app.jobs.queue_length("").await {
        tracing::error!(%error, "the database does not answer");
        return unready(kinds::of_shortage(error.shortage), &error.shortage.to_string());
    }
    if let Some(pause) = app.process.pauses.all().into_iter().next() {
        let whose = pause.engine.map_or_else(|| "no job is".into(), |engine| format!("no job of {engine} is"));
        return unready(kinds::of_shortage(pause.shortage), &format!("{whose} begun: {}", pause.reason));
    }
    let config = app.config();
    let hindrances =
        app.catalog.entries().into_iter().map(|entry| (entry.id.clone(), entry.hindrance(&config.engines)));
    let hindrances: Vec<_> = hindrances.collect();
    if hindrances.iter().all(|(_, hindrance)| hindrance.is_some()) {
        let reasons = hindrances.into_iter().map(|(id, reason)| format!("`{id}`: {}", reason.unwrap_or_default()));
        let reasons = reasons.collect::<Vec<_>>().join("; ");
        let detail = if reasons.is_empty() {
            "no engine is installed".into()
        } else {
            format!("no engine can render: {reasons}")
        };
        return unready(Code::EngineNotReady, &detail);
    }
    Ok("ready\n")
}
