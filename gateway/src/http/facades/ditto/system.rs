//! What Ditto tells of its server and of itself: graphics card, engine, `/`, `/health`, and a lock that is not there.

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
use crate::http::facades::welcome::Welcome;

/// What its document is called after; the original tells no version.
pub(super) const VERSION: &str = "1.0.0";

#[derive(Serialize, ToSchema)]
pub(super) struct SystemInfo {
    cuda_available: bool,
    #[schema(example = "NVIDIA GeForce RTX 4090")]
    gpu_name: Option<String>,
    /// GiB.
    gpu_memory_total: Option<f64>,
    /// GiB.
    gpu_memory_available: Option<f64>,
    model_loaded: bool,
    avatar_enabled: bool,
    is_generating: bool,
    /// What is rendered and waits, in a sentence.
    busy_message: Option<String>,
    /// Always null: pictures are not shown before the video is complete.
    current_frame: Option<String>,
}

/// What the server has
#[utoipa::path(get, path = "/api/avatar/system-info", operation_id = "ditto_system_info", tag = "Ditto", responses((status = 200, body = SystemInfo)))]
pub(super) async fn system_info(State(app): State<Arc<App>>) -> Result<Json<SystemInfo>, Refusal> {
    let gpu = app.gpus.first().await;
    let engine = Renderer::of(&app, FacadeName::Ditto).engine;
    let is_ready = adapt::is_ready(&app, FacadeName::Ditto).await;
    let (running, queued) = (app.jobs.running(&engine).await?.len(), app.jobs.queue_length(&engine).await?);
    let is_generating = running > 0;
    Ok(Json(SystemInfo {
        cuda_available: gpu.is_some(),
        gpu_name: gpu.as_ref().map(|gpu| gpu.name.clone()),
        gpu_memory_total: gpu.as_ref().map(|gpu| gpu.memory_total),
        gpu_memory_available: gpu.map(|gpu| gpu.memory_free),
        model_loaded: is_ready,
        avatar_enabled: is_ready,
        is_generating,
        busy_message: is_generating.then(|| format!("{running} running, {queued} waiting")),
        current_frame: None,
    }))
}

#[derive(Serialize, ToSchema)]
pub(super) struct Unlocked {
    status: &'static str,
    message: &'static str,
}

/// Free the system's lock
///
/// There is none: requests wait in the queue. Clients that free it are told that it is free.
#[utoipa::path(post, path = "/api/avatar/force-unlock", operation_id = "ditto_force_unlock", tag = "Ditto", responses((status = 200, body = Unlocked)))]
pub(super) async fn force_unlock() -> Json<Unlocked> {
    Json(Unlocked { status: "unlocked", message: "System lock forced released" })
}

#[derive(Serialize, ToSchema)]
pub(super) struct Pong {
    message: &'static str,
}

/// Whether anybody is there
#[utoipa::path(get, path = "/api/ping", operation_id = "ditto_ping", tag = "Ditto", responses((status = 200, body = Pong)))]
pub(super) async fn ping() -> Json<Pong> {
    Json(Pong { message: "pong" })
}

/// What this is
#[utoipa::path(get, path = "/", operation_id = "ditto_root", tag = "Ditto", responses((status = 200, body = Welcome)))]
pub(super) async fn root() -> Json<Welcome> {
    Json(Welcome { message: "Ditto avatar API", version: VERSION })
}

#[derive(Serialize, ToSchema)]
pub(super) struct DittoHealth {
    status: &'static str,
    /// Whether the original's writer of scripts is there: never, it is no part of this service.
    gemini_configured: bool,
    avatar_configured: bool,
}

/// Whether a video can be made
#[utoipa::path(get, path = "/health", operation_id = "ditto_health", tag = "Ditto", responses((status = 200, body = DittoHealth)))]
pub(super) async fn health(State(app): State<Arc<App>>) -> Json<DittoHealth> {
    Json(health_of(&app).await)
}

/// Looks at the facade's engine.
pub(super) async fn health_of(app: &App) -> DittoHealth {
    let avatar_configured = adapt::is_ready(app, FacadeName::Ditto).await;
    DittoHealth { status: "healthy", gemini_configured: false, avatar_configured }
}
