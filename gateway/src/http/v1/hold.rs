//! `/v1/jobs/{id}/hold`: what must be kept, whatever its age.

use std::sync::Arc;

use axum::Json;
use axum::extract::{Path, State};

use crate::app::App;
use crate::domain::id::JobId;
use crate::http::problem::{ApiError, Problem};
use crate::http::v1::jobs::find;
use crate::view::job::{self as view, JobView};

/// Hold a job
///
/// A held job is not removed, and neither are the uploads it was made from, until the hold is lifted.
#[utoipa::path(
    put, path = "/v1/jobs/{id}/hold", operation_id = "hold_job", tag = "jobs",
    params(("id" = JobId, Path, description = "The job's id")),
    responses((status = 200, body = JobView), (status = 404, body = Problem, content_type = "application/problem+json"))
)]
pub(crate) async fn set(State(app): State<Arc<App>>, Path(id): Path<String>) -> Result<Json<JobView>, ApiError> {
    change(&app, &id, true).await
}

/// Lift the hold of a job
#[utoipa::path(
    delete, path = "/v1/jobs/{id}/hold", operation_id = "release_job", tag = "jobs",
    params(("id" = JobId, Path, description = "The job's id")),
    responses((status = 200, body = JobView), (status = 404, body = Problem, content_type = "application/problem+json"))
)]
pub(crate) async fn clear(State(app): State<Arc<App>>, Path(id): Path<String>) -> Result<Json<JobView>, ApiError> {
    change(&app, &id, false).await
}

async fn change(app: &App, id: &str, hold: bool) -> Result<Json<JobView>, ApiError> {
    let job = find(app, id).await?;
    // It may have been removed since.
    let job = match app.jobs.set_hold(job.id, hold).await? {
        Some(job) => job,
        None => find(app, id).await?,
    };
    tracing::info!(job.id = %job.id, hold, "hold changed");
    app.process.job_changes.publish(job.id);
    Ok(Json(view::one(app, job).await?))
}
