//! `/engines`: what is installed, whether it can render, and which parameters it takes.

use std::collections::BTreeMap;
use std::sync::Arc;

use axum::Json;
use axum::extract::{Path, State};
use serde::Serialize;
use serde_json::Value;
use utoipa::ToSchema;

use crate::app::App;
use crate::domain::job;
use crate::http::problem::{ApiError, Problem};
use crate::view::engine::EngineView;

/// The installed engines.
#[derive(Serialize, ToSchema)]
pub(crate) struct EngineList {
    /// Sorted by id.
    engines: Vec<EngineView>,
}

/// List the engines
///
/// Every plugin found, whether it can render, how many jobs wait for it, and the schema of its parameters; and the engines
/// that jobs wait for although they are not installed.
#[utoipa::path(get, path = "/v1/engines", operation_id = "list_engines", tag = "engines", responses((status = 200, body = EngineList)))]
pub(crate) async fn list(State(app): State<Arc<App>>) -> Result<Json<EngineList>, ApiError> {
    app.catalog.freshen(&app.config()).await;
    let mut waiting = queued(app.jobs.counts().await?);
    let config = app.config();
    let default = &config.engines.default;
    let entries = app.catalog.entries();
    let mut engines: Vec<EngineView> = Vec::new();
    for entry in &entries {
        let length = waiting.remove(&entry.id).unwrap_or_default();
        engines.push(EngineView::new(entry, entry.status(&config.engines), default, length));
    }
    engines.extend(waiting.into_iter().map(|(id, length)| EngineView::gone(&id, default, length)));
    engines.sort_by(|one, other| one.id().cmp(other.id()));
    Ok(Json(EngineList { engines }))
}

/// Show an engine
#[utoipa::path(
    get, path = "/v1/engines/{id}", operation_id = "show_engine", tag = "engines",
    params(("id" = String, Path, description = "The engine's id", example = "puppet")),
    responses((status = 200, body = EngineView), (status = 404, body = Problem, content_type = "application/problem+json"))
)]
pub(crate) async fn show(State(app): State<Arc<App>>, Path(id): Path<String>) -> Result<Json<EngineView>, ApiError> {
    let config = app.config();
    app.catalog.freshen(&config).await;
    let (queue_length, default) = (app.jobs.queue_length(&id).await?, &config.engines.default);
    Ok(Json(match app.catalog.installed(&id, &config).await {
        Ok(entry) => EngineView::new(&entry, entry.status(&config.engines), default, queue_length),
        Err(_) if queue_length > 0 => EngineView::gone(&id, default, queue_length),
        Err(unknown) => return Err(unknown.into()),
    }))
}

/// Show an engine's parameters
///
/// A JSON Schema (draft 2020-12) with defaults and ranges.
#[utoipa::path(
    get, path = "/v1/engines/{id}/schema", operation_id = "show_engine_schema", tag = "engines",
    params(("id" = String, Path, description = "The engine's id", example = "puppet")),
    responses(
        (status = 200, body = Object, content_type = "application/schema+json"),
        (status = 404, body = Problem, content_type = "application/problem+json"),
        (status = 503, body = Problem, content_type = "application/problem+json"),
    )
)]
pub(crate) async fn schema(
    State(app): State<Arc<App>>,
    Path(id): Path<String>,
) -> Result<([(axum::http::HeaderName, &'static str); 1], Json<Value>), ApiError> {
    app.catalog.ready().await;
    let entry = app.catalog.installed(&id, &app.config()).await?;
    let engine = entry.opened()?;
    let kind = [(axum::http::header::CONTENT_TYPE, "application/schema+json")];
    Ok((kind, Json(engine.parameters.schema().clone())))
}

/// List the engines (short address)
#[utoipa::path(get, path = "/engines", operation_id = "list_engines_at_root", tag = "engines", responses((status = 200, body = EngineList)))]
pub(crate) async fn list_at_root(state: State<Arc<App>>) -> Result<Json<EngineList>, ApiError> {
    list(state).await
}

/// Show an engine (short address)
#[utoipa::path(
    get, path = "/engines/{id}", operation_id = "show_engine_at_root", tag = "engines",
    params(("id" = String, Path, description = "The engine's id", example = "puppet")),
    responses((status = 200, body = EngineView), (status = 404, body = Problem, content_type = "application/problem+json"))
)]
pub(crate) async fn show_at_root(state: State<Arc<App>>, id: Path<String>) -> Result<Json<EngineView>, ApiError> {
    show(state, id).await
}

/// Show an engine's parameters (short address)
#[utoipa::path(
    get, path = "/engines/{id}/schema", operation_id = "show_engine_schema_at_root", tag = "engines",
    params(("id" = String, Path, description = "The engine's id", example = "puppet")),
    responses(
        (status = 200, body = Object, content_type = "application/schema+json"),
        (status = 404, body = Problem, content_type = "application/problem+json"),
        (status = 503, body = Problem, content_type = "application/problem+json"),
    )
)]
pub(crate) async fn schema_at_root(
    state: State<Arc<App>>,
    id: Path<String>,
) -> Result<([(axum::http::HeaderName, &'static str); 1], Json<Value>), ApiError> {
    schema(state, id).await
}

/// How many jobs are queued for each engine that has any.
fn queued(counts: Vec<(String, job::State, u64)>) -> BTreeMap<String, u64> {
    let queued = counts.into_iter().filter(|(_, state, _)| *state == job::State::Queued);
    queued.map(|(engine, _, count)| (engine, count)).collect()
}
