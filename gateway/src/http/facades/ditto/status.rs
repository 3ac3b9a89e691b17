//! The status of a Ditto generation.

use std::sync::Arc;

use axum::Json;
use axum::extract::{Path, State};
use serde::Serialize;
use utoipa::ToSchema;

use crate::app::App;
use crate::domain::job::{Job, State as JobState};
use crate::http::facades::error::Refusal;
use crate::http::facades::lookup::{find, find_batch, why_not};
use crate::http::facades::phase::Phase;

#[derive(Serialize, ToSchema)]
pub(super) struct Status {
    job_id: String,
    /// `processing`, `completed` or `failed`.
    status: &'static str,
    /// 0 to 100.
    progress: u8,
    message: String,
    /// Where the video is, once there is one.
    video_url: Option<String>,
    /// Why there is none.
    error: Option<String>,
    /// Seconds that rendering took.
    duration: Option<f64>,
    /// Always null.
    current_frame: Option<String>,
}

/// How far a job is
#[utoipa::path(
    get, path = "/api/avatar/job/{job_id}/status", operation_id = "ditto_status", tag = "Ditto",
    params(("job_id" = String, Path, description = "What the generation was answered with")),
    responses((status = 200, body = Status), (status = 404, description = "There is no such job"))
)]
pub(super) async fn status(State(app): State<Arc<App>>, Path(id): Path<String>) -> Result<Json<Status>, Refusal> {
    if let Some(job) = find(&app, &id).await? {
        return Ok(Json(status_of(id, std::slice::from_ref(&job))));
    }
    let batch = find_batch(&app, &id).await?;
    batch.map(|batch| Json(status_of(id, &batch.jobs))).ok_or_else(|| Refusal::not_found("Job not found"))
}

/// The status of one job, or of several that are one to the client.
fn status_of(job_id: String, jobs: &[Job]) -> Status {
    let failed = jobs.iter().find(|job| matches!(job.state, JobState::Failed | JobState::Canceled));
    let is_done = jobs.iter().all(|job| job.state == JobState::Succeeded);
    let parts: Vec<(f64, String)> = jobs.iter().map(step).collect();
    let progress = (parts.iter().map(|(percent, _)| percent).sum::<f64>() / parts.len().max(1) as f64) as u8;
    let error = failed.map(why_not);
    let (status, message) = match (&error, is_done) {
        (Some(error), _) => ("failed", error.clone()),
        (None, true) => ("completed", "Avatar video generated successfully".to_owned()),
        // Of several, the first that is not through yet.
        (None, false) => {
            let at = jobs.iter().position(|job| !job.state.is_final()).unwrap_or_default();
            ("processing", parts[at].1.clone())
        }
    };
    let seconds = |job: &Job| {
        let (start, end) = (job.started_at?, job.finished_at?);
        Some(start.duration_until(end).as_secs_f64())
    };
    Status {
        video_url: is_done.then(|| format!("/outputs/avatar_{job_id}.mp4")),
        duration: is_done.then(|| jobs.iter().filter_map(seconds).sum()),
        job_id,
        status,
        progress,
        message,
        error,
        current_frame: None,
    }
}

/// Percent and step of one job, as the original names its steps.
fn step(job: &Job) -> (f64, String) {
    match Phase::of(job) {
        Phase::Waiting => (0.0, "Starting avatar generation...".to_owned()),
        Phase::Loading => (10.0, "初始化 SDK...".to_owned()),
        Phase::Preparing => (30.0, "處理音訊...".to_owned()),
        // What is done between frames is not told in frames.
        Phase::Rendering { total: 0, fraction, .. } => (50.0 + 40.0 * fraction, "處理音訊...".to_owned()),
        Phase::Rendering { done: 0, total, .. } => (50.0, format!("開始推理 ({total} 幀)...")),
        Phase::Rendering { done, total, fraction } => {
            (50.0 + 40.0 * fraction, format!("正在生成影片幀: {done}/{total}"))
        }
        Phase::Finishing => (90.0, "合併音訊影片...".to_owned()),
        Phase::Done => (100.0, "生成完成".to_owned()),
    }
}
