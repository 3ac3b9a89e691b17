//! Duix's tasks: how far one is, and its video.

use std::sync::Arc;

use axum::Json;
use axum::extract::{Request, State};
use axum::response::Response;
use serde::Serialize;
use utoipa::ToSchema;

use crate::app::App;
use crate::domain::id::JobId;
use crate::domain::job::{Job, State as JobState};
use crate::http::facades::duix::base64;
use crate::http::facades::duix::failure::failed;
use crate::http::facades::error::Refusal;
use crate::http::facades::fastapi::fields::Fields;
use crate::http::facades::lookup::{find, why_not};
use crate::http::facades::phase::Phase;

/// The generator's codes: the service hands them through.
const OK: u32 = 10_000;
const UNKNOWN_TASK: u32 = 10_004;

#[derive(Serialize, ToSchema)]
pub(super) struct Queried {
    success: bool,
    /// 10000, or 10004 for a task that there is none of.
    code: u32,
    data: TaskData,
    error: Option<String>,
}

#[derive(Default, Serialize, ToSchema)]
pub(super) struct TaskData {
    #[serde(skip_serializing_if = "Option::is_none")]
    code: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    msg: Option<String>,
    /// 0 to 100.
    #[serde(skip_serializing_if = "Option::is_none")]
    progress: Option<u8>,
    /// Of a finished task, what `get_result` takes as `filename`.
    #[serde(skip_serializing_if = "Option::is_none")]
    result: Option<String>,
    /// 1 while it runs, 2 once there is a video, 3 if there will be none.
    #[serde(skip_serializing_if = "Option::is_none")]
    status: Option<u8>,
}

/// How far a task is
///
/// The end of a task may be asked for as often as one likes.
#[utoipa::path(
    get, path = "/api/query_task", operation_id = "duix_query", tag = "Duix",
    params(("task_code" = String, Query, description = "What the submission was answered with")),
    responses((status = 200, body = Queried), (status = 422, description = "`task_code` is missing"))
)]
pub(super) async fn query(State(app): State<Arc<App>>, request: Request) -> Result<Json<Queried>, Refusal> {
    let mut fields = Fields::of_query(request.uri().query());
    let Some(task_code) = fields.text("task_code") else { return Err(fields.refusal()) };
    let job = find(&app, &task_code).await?;
    let code = if job.is_some() { OK } else { UNKNOWN_TASK };
    let data = job.as_ref().map(status_of).unwrap_or_default();
    Ok(Json(Queried { success: true, code, data, error: None }))
}

/// How far a job is, as the generator tells it.
pub(crate) struct Told {
    /// 1 while it runs, 2 once there is a video, 3 if there will be none.
    pub(crate) status: u8,
    /// 0 to 100.
    pub(crate) progress: u8,
    /// What it is at, or why there will be no video.
    pub(crate) msg: String,
}

/// Of a job.
pub(crate) fn told(job: &Job) -> Told {
    let (progress, step) = match Phase::of(job) {
        Phase::Waiting => (0, ""),
        Phase::Loading => (10, "文件下载完成"),
        Phase::Preparing => (20, "音频特征提取完成"),
        Phase::Rendering { fraction, .. } => (20 + (70.0 * fraction) as u8, "音频特征提取完成"),
        Phase::Finishing => (90, "视频处理完成"),
        Phase::Done => (100, "任务完成"),
    };
    let (status, progress, msg) = match job.state {
        JobState::Queued | JobState::Running => (1, progress, step.to_owned()),
        JobState::Succeeded => (2, progress, step.to_owned()),
        JobState::Failed | JobState::Canceled => (3, 0, why_not(job)),
    };
    Told { status, progress, msg }
}

fn status_of(job: &Job) -> TaskData {
    let Told { status, progress, msg } = told(job);
    let result = if job.state == JobState::Succeeded { result_name(job.id) } else { String::new() };
    TaskData {
        code: Some(job.id.to_string()),
        msg: Some(msg),
        progress: Some(progress),
        result: Some(result),
        status: Some(status),
    }
}

/// Get the video of a task
#[utoipa::path(
    get, path = "/api/get_result", operation_id = "duix_result", tag = "Duix",
    params(
        ("filename" = Option<String>, Query, description = "The task's `result`; `result_filename` is taken as well"),
        ("task_code" = Option<String>, Query, description = "What the submission was answered with"),
    ),
    responses(
        (status = 200, body = base64::VideoData, description = "The video, or `{\"success\": false, \"error\"}`"),
        (status = 422, description = "Neither name is given"),
    )
)]
pub(super) async fn result(State(app): State<Arc<App>>, request: Request) -> Result<Response, Refusal> {
    let mut fields = Fields::of_query(request.uri().query());
    // The service's own guide calls it otherwise than its code does.
    let filename = match fields.optional_text("filename") {
        Some(filename) => filename,
        None => match fields.optional_text("result_filename") {
            Some(filename) => filename,
            None => {
                fields.text("filename");
                return Err(fields.refusal());
            }
        },
    };
    let name = filename.rsplit('/').next().unwrap_or_default();
    let named = name.strip_suffix("-r.mp4").unwrap_or_default();
    let task_code = fields.optional_text("task_code").filter(|code| !code.is_empty());
    let missing = || failed(format!("there is no result {filename}"));
    // A name of another task than the one that is told is a mistake, or an attempt.
    if task_code.as_ref().is_some_and(|code| code != named) {
        return Err(missing());
    }
    let job = find(&app, named).await?.ok_or_else(missing)?;
    match job.state {
        JobState::Succeeded => base64::answer(&app, &job).await,
        JobState::Failed | JobState::Canceled => Err(failed(why_not(&job))),
        JobState::Queued | JobState::Running => Err(failed("the task has not ended; query it until its status is 2")),
    }
}

/// What the generator calls the video of a task.
fn result_name(id: JobId) -> String {
    format!("/{id}-r.mp4")
}
