//! What the service tells of itself.

use serde::Serialize;
use utoipa::ToSchema;

use crate::app::App;
use crate::config::Facade;
use crate::http::facades::adapt;
use crate::http::problem::ApiError;

#[derive(Serialize, ToSchema)]
pub(in crate::http::facades) struct Health {
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
pub(in crate::http::facades) async fn health_of(app: &App) -> Result<Health, ApiError> {
    let config = app.config();
    let engine = &config.facades.duix.engine;
    let shared = config.engine(engine).options.get("data_dir").and_then(|folder| folder.as_str()).map(Into::into);
    let data_dir = shared.unwrap_or_else(|| config.storage.data_dir.clone());
    let is_ready = adapt::is_ready(app, Facade::Duix).await;
    let active_tasks = app.jobs.queue_length(engine).await? + app.jobs.running(engine).await?.len() as u64;
    Ok(Health {
        status: if is_ready { "healthy" } else { "unhealthy" },
        data_dir_exists: data_dir.is_dir(),
        data_dir: data_dir.display().to_string(),
        active_tasks,
        timestamp: app.clock.now().as_microsecond() as f64 / 1e6,
    })
}
