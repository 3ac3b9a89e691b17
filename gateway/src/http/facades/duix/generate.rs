//! Duix's two ways to make a video: the answer is the video itself, or a task to poll.

use std::sync::Arc;

use axum::extract::{Request, State};
use axum::response::Response;
use axum::{Extension, Json};
use serde::Serialize;
use utoipa::ToSchema;

use crate::app::App;
use crate::auth::caller::Caller;
use crate::domain::id::JobId;
use crate::domain::job::{Job, State as JobState};
use crate::ended;
use crate::http::facades::duix::failure::failed;
use crate::http::facades::duix::{base64, request};
use crate::http::facades::error::Refusal;
use crate::http::facades::lookup::why_not;

/// Make a video and wait for it
///
/// The answer comes when the video is there, which may take minutes. A client that hangs up before cancels the job.
#[utoipa::path(
    post, path = "/api/generate_video", operation_id = "duix_generate", tag = "Duix",
    request_body(content = request::Addresses),
    responses(
        (status = 200, body = base64::VideoData, description = "The video, or `{\"success\": false, \"error\"}`"),
        (status = 422, description = "An address is missing or is none"),
    )
)]
pub(super) async fn generate(
    State(app): State<Arc<App>>,
    Extension(caller): Extension<Caller>,
    request: Request,
) -> Result<Response, Refusal> {
    let id = request::submit(&app, &caller, request).await?.id;
    let job = wait_for_end(&app, id).await?;
    if job.state != JobState::Succeeded {
        return Err(failed(why_not(&job)));
    }
    base64::answer(&app, &job).await
}

#[derive(Serialize, ToSchema)]
pub(super) struct Submitted {
    success: bool,
    task_code: String,
    error: Option<String>,
}

/// Make a video
#[utoipa::path(
    post, path = "/api/submit_task", operation_id = "duix_submit", tag = "Duix",
    request_body(content = request::Addresses),
    responses(
        (status = 200, body = Submitted, description = "A task to poll, or `{\"success\": false, \"error\"}`"),
        (status = 422, description = "An address is missing or is none"),
    )
)]
pub(super) async fn submit(
    State(app): State<Arc<App>>,
    Extension(caller): Extension<Caller>,
    request: Request,
) -> Result<Json<Submitted>, Refusal> {
    let job = request::submit(&app, &caller, request).await?;
    Ok(Json(Submitted { success: true, task_code: job.id.to_string(), error: None }))
}

/// Waits for the end of a job. Whoever stops waiting cancels it: nobody else knows its name.
async fn wait_for_end(app: &Arc<App>, id: JobId) -> Result<Job, Refusal> {
    let mut changes = app.process.job_changes.watch(id);
    let mut canceling = CancelOnDrop { app: Arc::clone(app), id, armed: true };
    loop {
        let job = app.jobs.job(id).await?.ok_or_else(|| failed("the job was deleted"))?;
        if job.state.is_final() {
            canceling.armed = false;
            return Ok(job);
        }
        tokio::select! {
            () = changes.may_have_ended() => {}
            () = app.stop.cancelled() => {
                canceling.armed = false;
                return Err(failed(format!(
                    "the gateway is restarted; the job goes on then, as task_code {id} of /api/query_task"
                )));
            }
        }
    }
}

/// Dropped by a client that has gone, it cancels the job.
struct CancelOnDrop {
    app: Arc<App>,
    id: JobId,
    armed: bool,
}

impl Drop for CancelOnDrop {
    fn drop(&mut self) {
        if !self.armed {
            return;
        }
        let (app, id) = (Arc::clone(&self.app), self.id);
        tokio::spawn(async move {
            tracing::info!(job.id = %id, "whoever waited for the job has gone");
            if let Err(error) = ended::cancel(&app, id).await {
                tracing::error!(job.id = %id, %error, "the job cannot be canceled");
            }
        });
    }
}
