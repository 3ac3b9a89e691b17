//! `/v1/jobs`: submit, list, show, cancel.

use std::sync::Arc;

use axum::extract::rejection::QueryRejection;
use axum::extract::{Path, Query, Request, State};
use axum::http::{StatusCode, header};
use axum::response::IntoResponse;
use axum::{Extension, Json};
use serde::Deserialize;
use utoipa::{IntoParams, ToSchema};

use super::auth::Caller;
use super::page;
use super::submission::Submission;
use super::view::{JobPage, JobView};
use crate::app::App;
use crate::error::{ApiError, Problem};
use crate::job::id::{AudioId, JobId, PhotoId};
use crate::job::{self, Job};
use crate::store::JobFilter;

/// A job made from earlier uploads.
#[derive(ToSchema)]
#[allow(dead_code, reason = "only documents the request")]
pub(super) struct JobRequest {
    /// The engine; the configured default if left out.
    #[schema(example = "puppet")]
    engine: Option<String>,
    /// The portrait.
    photo_id: Option<PhotoId>,
    /// The speech.
    audio_id: Option<AudioId>,
    /// The engine's parameters; see its schema.
    #[schema(value_type = Option<Object>, example = json!({"seed": 1}))]
    params: Option<serde_json::Value>,
}

/// A job with its files in one request.
#[derive(ToSchema)]
#[allow(dead_code, reason = "only documents the request")]
pub(super) struct JobForm {
    /// The engine; the configured default if left out.
    engine: Option<String>,
    /// The portrait as a file.
    #[schema(value_type = Option<String>, format = Binary)]
    photo: Option<Vec<u8>>,
    /// The portrait as the id of an earlier upload.
    photo_id: Option<PhotoId>,
    /// The speech as a file.
    #[schema(value_type = Option<String>, format = Binary)]
    audio: Option<Vec<u8>>,
    /// The speech as the id of an earlier upload.
    audio_id: Option<AudioId>,
    /// The engine's parameters as JSON; see its schema.
    #[schema(example = "{\"seed\": 1}")]
    params: Option<String>,
}

/// Submit a job
///
/// With the ids of earlier uploads as JSON, or with the files themselves as multipart/form-data. Whatever can be
/// refused is refused here, with every fault at once.
#[utoipa::path(
    post, path = "/v1/jobs", operation_id = "submit_job", tag = "jobs",
    request_body(content((JobRequest = "application/json"), (JobForm = "multipart/form-data"))),
    responses(
        (status = 202, body = JobView, headers(("Location" = String, description = "Address of the job"))),
        (status = 400, body = Problem, content_type = "application/problem+json"),
        (status = 413, body = Problem, content_type = "application/problem+json"),
        (status = 415, body = Problem, content_type = "application/problem+json"),
        (status = 422, body = Problem, content_type = "application/problem+json"),
        (status = 503, body = Problem, content_type = "application/problem+json"),
        (status = 507, body = Problem, content_type = "application/problem+json"),
    )
)]
pub(super) async fn submit(
    State(app): State<Arc<App>>,
    Extension(caller): Extension<Caller>,
    request: Request,
) -> Result<impl IntoResponse, ApiError> {
    let job = Submission::read(request, &app).await?.accept(&app, &caller).await?;
    let location = [(header::LOCATION, format!("/v1/jobs/{}", job.id))];
    Ok((StatusCode::ACCEPTED, location, Json(view(&app, job).await?)))
}

/// Which jobs to list.
#[derive(Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(super) struct JobQuery {
    /// Only jobs in this state.
    state: Option<job::State>,
    /// Only jobs of this engine.
    engine: Option<String>,
    /// Only jobs older than this one: `next` of the page before.
    before: Option<JobId>,
    /// How many, at most.
    #[serde(default = "page::default_length")]
    #[param(minimum = 1, maximum = 200, default = 50)]
    limit: u32,
}

/// List jobs
///
/// Newest first, a page at a time.
#[utoipa::path(
    get, path = "/v1/jobs", operation_id = "list_jobs", tag = "jobs", params(JobQuery),
    responses((status = 200, body = JobPage), (status = 422, body = Problem, content_type = "application/problem+json"))
)]
pub(super) async fn list(
    State(app): State<Arc<App>>,
    query: Result<Query<JobQuery>, QueryRejection>,
) -> Result<Json<JobPage>, ApiError> {
    let query = page::checked(query, |query| query.limit)?;
    let filter = JobFilter { state: query.state, engine: query.engine, before: query.before, limit: query.limit };
    let rows = app.jobs.jobs(&filter).await?;
    let next = page::next(&rows, filter.limit, |job| job.id);
    let mut jobs = Vec::with_capacity(rows.len());
    for job in rows {
        jobs.push(view(&app, job).await?);
    }
    Ok(Json(JobPage { jobs, next }))
}

/// Show a job
#[utoipa::path(
    get, path = "/v1/jobs/{id}", operation_id = "show_job", tag = "jobs",
    params(("id" = JobId, Path, description = "The job's id")),
    responses((status = 200, body = JobView), (status = 404, body = Problem, content_type = "application/problem+json"))
)]
pub(super) async fn show(State(app): State<Arc<App>>, Path(id): Path<String>) -> Result<Json<JobView>, ApiError> {
    let job = find(&app, &id).await?;
    view(&app, job).await.map(Json)
}

/// Cancel a job
///
/// A queued job is canceled at once. A running one is told to end and is `canceled` within moments: watch its
/// state. One that has ended stays as it is.
#[utoipa::path(
    post, path = "/v1/jobs/{id}/cancel", operation_id = "cancel_job", tag = "jobs",
    params(("id" = JobId, Path, description = "The job's id")),
    responses((status = 202, body = JobView), (status = 404, body = Problem, content_type = "application/problem+json"))
)]
pub(super) async fn cancel(
    State(app): State<Arc<App>>,
    Path(id): Path<String>,
) -> Result<(StatusCode, Json<JobView>), ApiError> {
    let job = find(&app, &id).await?;
    app.jobs.request_cancel(job.id, app.clock.now()).await?;
    app.feed.publish(job.id);
    let job = find(&app, &id).await?;
    Ok((StatusCode::ACCEPTED, Json(view(&app, job).await?)))
}

/// The job of an id given by a client.
pub(super) async fn find(app: &App, id: &str) -> Result<Job, ApiError> {
    let job = match id.parse::<JobId>() {
        Ok(id) => app.jobs.job(id).await?,
        Err(_) => None,
    };
    job.ok_or_else(|| ApiError::not_found("job.not_found", format!("there is no job {id}")))
}

/// A job as clients see it.
pub(super) async fn view(app: &App, job: Job) -> Result<JobView, ApiError> {
    let position = match job.state {
        job::State::Queued => app.jobs.queue_position(job.id).await?,
        _ => None,
    };
    let config = app.config();
    let base = config.server.public_url.as_deref().unwrap_or_default();
    Ok(JobView::new(job, position, base.trim_end_matches('/')))
}
