//! What Duix tells of itself at `/` and `/health`.

use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use serde::Serialize;
use utoipa::ToSchema;

use crate::app::App;
use crate::config::FacadeName;
use crate::http::facades::adapt;
use crate::http::facades::adapt::Renderer;
use crate::http::facades::error::Refusal;
use crate::http::problem::ApiError;

/// What the service calls its version.
pub(super) const VERSION: &str = "1.0.0";

#[derive(Serialize, ToSchema)]
pub(super) struct Service {
    service: &'static str,
    version: &'static str,
    status: &'static str,
}

/// What this is
#[utoipa::path(get, path = "/", operation_id = "duix_root", tag = "Duix", responses((status = 200, body = Service)))]
pub(super) async fn root() -> Json<Service> {
    Json(Service { service: "Duix Face2Face Service", version: VERSION, status: "running" })
}

/// Whether a video can be made
#[utoipa::path(get, path = "/health", operation_id = "duix_health", tag = "Duix", responses((status = 200, body = Health)))]
pub(super) async fn health(State(app): State<Arc<App>>) -> Result<Json<Health>, Refusal> {
    Ok(Json(health_of(&app).await?))
}

#[derive(Serialize, ToSchema)]
pub(super) struct Health {
    /// `healthy` once a video can be made.
    status: &'static str,
    /// The folder that the generator shares, or the gateway's own.
    data_dir: String,
    data_dir_exists: bool,
    /// Jobs that run or wait.
    active_tasks: u64,
    /// Seconds since 1970.
    timestamp: f64,
}

/// Looks at the facade's engine and its folder.
///
/// # Errors
/// The store fails.
pub(super) async fn health_of(app: &App) -> Result<Health, ApiError> {
    let config = app.config();
    let engine = Renderer::of(app, FacadeName::Duix).engine;
    let shared = config.engine(&engine).options.get("data_dir").and_then(|folder| folder.as_str()).map(Into::into);
    let data_dir = shared.unwrap_or_else(|| config.storage.data_dir.clone());
    let is_ready = adapt::is_ready(app, FacadeName::Duix).await;
    let active_tasks = app.jobs.queue_length(&engine).await? + app.jobs.running(&engine).await?.len() as u64;
    Ok(Health {
        status: if is_ready { "healthy" } else { "unhealthy" },
        data_dir_exists: data_dir.is_dir(),
        data_dir: data_dir.display().to_string(),
        active_tasks,
        timestamp: app.clock.now().as_microsecond() as f64 / 1e6,
    })
}
