//! DICE-Talk's `/api/health`: whether a synthesis can be started.

use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use serde::Serialize;
use utoipa::ToSchema;

use crate::app::App;
use crate::config::FacadeName;
use crate::http::facades::adapt;

/// What the service calls its version.
pub(super) const VERSION: &str = "1.0.0";

#[derive(Serialize, ToSchema)]
pub(super) struct Health {
    /// `healthy` once a synthesis can be started.
    status: &'static str,
    gpu_available: bool,
    model_loaded: bool,
    version: &'static str,
}

/// Whether a synthesis can be started
#[utoipa::path(get, path = "/api/health", operation_id = "dice_talk_health", tag = "DICE-Talk", responses((status = 200, body = Health)))]
pub(super) async fn health(State(app): State<Arc<App>>) -> Json<Health> {
    let model_loaded = adapt::is_ready(&app, FacadeName::DiceTalk).await;
    let gpu_available = app.gpus.first().await.is_some();
    let status = if model_loaded { "healthy" } else { "unhealthy" };
    Json(Health { status, gpu_available, model_loaded, version: VERSION })
}
