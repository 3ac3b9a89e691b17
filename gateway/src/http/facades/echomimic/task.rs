//! The state of an EchoMimic task, with one sound or several.

use std::sync::Arc;

use axum::Json;
use axum::extract::{Path, State};
use serde::Serialize;
use utoipa::ToSchema;

use crate::app::App;
use crate::domain::job::{Batch, Job, State as JobState};
use crate::http::facades::error::Refusal;
use crate::http::facades::lookup::{find, find_batch, why_not};

#[derive(Serialize, ToSchema)]
pub(super) struct Task {
    task_id: String,
    /// `pending`, `processing`, `completed` or `failed`.
    #[schema(example = "processing")]
    status: &'static str,
    /// Where the video is below this address, once there is one.
    output_file: Option<String>,
    /// Why there is none.
    error: Option<String>,
    /// Of a task with several sounds: where each video is.
    #[serde(skip_serializing_if = "Option::is_none")]
    output_files: Option<Vec<Option<String>>>,
    /// Of such a task: where all of them are as one.
    #[serde(skip_serializing_if = "Option::is_none")]
    combined_output_file: Option<Option<String>>,
}

/// How far a task is
#[utoipa::path(
    get, path = "/task/{task_id}", operation_id = "echomimic_task", tag = "EchoMimic",
    params(("task_id" = String, Path, description = "What the request was answered with")),
    responses((status = 200, body = Task), (status = 404, description = "There is no such task"))
)]
pub(super) async fn task(State(app): State<Arc<App>>, Path(id): Path<String>) -> Result<Json<Task>, Refusal> {
    if let Some(job) = find(&app, &id).await? {
        let (status, error) = status(&job);
        let output_file = job.artifact.is_some().then(|| output_file(&job));
        return Ok(Json(Task {
            task_id: id,
            status,
            output_file,
            error,
            output_files: None,
            combined_output_file: None,
        }));
    }
    let batch = find_batch(&app, &id).await?.ok_or_else(unknown)?;
    Ok(Json(batch_task(id, &batch)))
}

/// The status of a task with several sounds.
fn batch_task(task_id: String, batch: &Batch) -> Task {
    let (status, error) = batch_status(batch);
    let output = |job: &Job| job.artifact.is_some().then(|| output_file(job));
    let whole = (status == "completed" && batch.combine).then(|| format!("output/videos/{}_combined.mp4", batch.id));
    Task {
        task_id,
        status,
        output_file: whole.clone(),
        error,
        output_files: Some(batch.jobs.iter().map(output).collect()),
        combined_output_file: Some(whole),
    }
}

/// The word for the state of all jobs together, and why one of them failed.
pub(super) fn batch_status(batch: &Batch) -> (&'static str, Option<String>) {
    let all = |state: JobState| batch.jobs.iter().all(|job| job.state == state);
    let failed = batch.jobs.iter().find(|job| matches!(job.state, JobState::Failed | JobState::Canceled));
    match failed {
        Some(job) => status(job),
        None if all(JobState::Succeeded) => ("completed", None),
        None if all(JobState::Queued) => ("pending", None),
        None => ("processing", None),
    }
}

/// Where the original would have the video.
fn output_file(job: &Job) -> String {
    format!("output/videos/{}_with_audio.mp4", job.id)
}

/// The word for a job's state, and why it failed.
pub(super) fn status(job: &Job) -> (&'static str, Option<String>) {
    match job.state {
        JobState::Queued => ("pending", None),
        JobState::Running => ("processing", None),
        JobState::Succeeded => ("completed", None),
        JobState::Failed | JobState::Canceled => ("failed", Some(why_not(job))),
    }
}

/// The refusal of an id that no task has.
pub(super) fn unknown() -> Refusal {
    Refusal::not_found("任务不存在")
}
