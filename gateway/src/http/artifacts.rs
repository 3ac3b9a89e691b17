//! `/v1/jobs/{id}/video`: the finished video, whole or in ranges.

use std::sync::Arc;

use axum::extract::{Path, Request, State};
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use tower::ServiceExt;
use tower_http::services::ServeFile;

use super::jobs::find;
use crate::app::App;
use crate::error::{ApiError, Problem};
use crate::job::State as JobState;
use crate::job::id::JobId;

/// Fetch the video
///
/// H.264 and AAC in MP4, laid out for playback while it loads. Takes `Range` and answers `HEAD`.
#[utoipa::path(
    get, path = "/v1/jobs/{id}/video", operation_id = "fetch_video", tag = "jobs",
    params(("id" = JobId, Path, description = "The job's id")),
    responses(
        (status = 200, body = Vec<u8>, content_type = "video/mp4"),
        (status = 206, body = Vec<u8>, content_type = "video/mp4"),
        (status = 304, description = "The client has it already"),
        (status = 404, body = Problem, content_type = "application/problem+json"),
        (status = 409, body = Problem, content_type = "application/problem+json"),
        (status = 416, description = "The range lies outside the video"),
    )
)]
pub(super) async fn video(
    State(app): State<Arc<App>>,
    Path(id): Path<String>,
    request: Request,
) -> Result<Response, ApiError> {
    let job = find(&app, &id).await?;
    let Some(artifact) = &job.artifact else {
        let (code, why) = match (job.state, &job.error) {
            (JobState::Failed, Some(error)) => ("job.failed", format!("the job failed: {}", error.message)),
            (JobState::Canceled, _) => ("job.canceled", "the job was canceled".into()),
            _ => ("job.not_finished", format!("the job is {}; watch its state", job.state.as_str())),
        };
        return Err(ApiError::new(StatusCode::CONFLICT, code, why));
    };
    let file = app.blobs.video(job.id, artifact.attempt);
    if !file.is_file() {
        return Err(ApiError::internal(format!("{} is gone although its job has succeeded", file.display())));
    }
    let served = ServeFile::new(&file).oneshot(request).await;
    let mut response = served.unwrap_or_else(|never| match never {}).into_response();
    if let Ok(name) = HeaderValue::try_from(format!("inline; filename=\"{}.mp4\"", job.id)) {
        response.headers_mut().insert(header::CONTENT_DISPOSITION, name);
    }
    Ok(response)
}
