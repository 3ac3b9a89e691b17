//! How far a DICE-Talk synthesis is, and its video.

use std::sync::Arc;

use axum::Json;
use axum::extract::{Path, Request, State};
use axum::http::StatusCode;
use axum::response::Response;
use jiff::Timestamp;
use jiff::tz::TimeZone;
use serde::Serialize;
use utoipa::ToSchema;

use crate::app::App;
use crate::domain::job::{Job, State as JobState};
use crate::http::facades::error::Refusal;
use crate::http::facades::lookup::{find, why_not};
use crate::http::facades::phase::Phase;
use crate::http::facades::video;

#[derive(Serialize, ToSchema)]
pub(super) struct Status {
    task_id: String,
    /// `PENDING`, `PROCESSING`, `COMPLETED` or `FAILED`.
    #[schema(example = "PROCESSING")]
    status: &'static str,
    /// 0 to 1.
    progress: f64,
    message: String,
    /// Local time without a zone, as the original gives it.
    created_at: String,
    updated_at: String,
    original_task_id: Option<String>,
    /// Only there if the task has failed: some clients take the very key for a failure.
    #[serde(skip_serializing_if = "Option::is_none")]
    error: Option<String>,
}

/// How far a synthesis is
#[utoipa::path(
    get, path = "/api/v1/synthesis/{task_id}/status", operation_id = "dice_talk_status", tag = "DICE-Talk",
    params(("task_id" = String, Path, description = "What starting it was answered with")),
    responses((status = 200, body = Status), (status = 404, description = "There is no such task"))
)]
pub(super) async fn status(State(app): State<Arc<App>>, Path(id): Path<String>) -> Result<Json<Status>, Refusal> {
    let job = find(&app, &id).await?.ok_or_else(unknown)?;
    let (progress, step) = match Phase::of(&job) {
        Phase::Waiting => (0.0, ""),
        Phase::Loading => (0.1, "Loading models..."),
        Phase::Preparing => (0.2, "Preprocessing image..."),
        Phase::Rendering { fraction, .. } => (0.4 + 0.5 * fraction, "Generating video..."),
        Phase::Finishing => (0.95, "Generating video..."),
        Phase::Done => (1.0, "Synthesis completed successfully"),
    };
    let (status, error) = match job.state {
        JobState::Queued => ("PENDING", None),
        JobState::Running => ("PROCESSING", None),
        JobState::Succeeded => ("COMPLETED", None),
        JobState::Failed | JobState::Canceled => ("FAILED", Some(why_not(&job))),
    };
    let message = error.as_ref().map_or_else(|| step.to_owned(), |error| format!("Synthesis failed: {error}"));
    Ok(Json(Status {
        task_id: job.id.to_string(),
        status,
        progress,
        message,
        created_at: local(job.created_at),
        updated_at: local(changed(&app, &job)),
        original_task_id: None,
        error,
    }))
}

/// Download the video
#[utoipa::path(
    get, path = "/api/v1/synthesis/{task_id}/download", operation_id = "dice_talk_download", tag = "DICE-Talk",
    params(("task_id" = String, Path, description = "What starting it was answered with")),
    responses(
        (status = 200, body = Vec<u8>, content_type = "video/mp4"),
        (status = 400, description = "The task has no video, or not yet"),
        (status = 404, description = "There is no such task"),
    )
)]
pub(super) async fn download(
    State(app): State<Arc<App>>,
    Path(id): Path<String>,
    request: Request,
) -> Result<Response, Refusal> {
    let job = find(&app, &id).await?.ok_or_else(unknown)?;
    if job.state != JobState::Succeeded {
        return Err(Refusal::bad_request("Task not completed yet"));
    }
    let name = format!("{}.mp4", job.id);
    video::of_job(&app, &job, &name, request).await?.ok_or_else(|| Refusal::not_found("Result file not found"))
}

fn unknown() -> Refusal {
    Refusal::with_message(StatusCode::NOT_FOUND, "Task not found")
}

/// When a job last changed: a running one does all the time.
fn changed(app: &App, job: &Job) -> Timestamp {
    match job.state {
        JobState::Queued => job.created_at,
        JobState::Running => app.clock.now(),
        _ => job.finished_at.unwrap_or(job.created_at),
    }
}

/// As Python's `datetime.now().isoformat()` tells it.
fn local(time: Timestamp) -> String {
    time.to_zoned(TimeZone::system()).strftime("%Y-%m-%dT%H:%M:%S%.6f").to_string()
}
