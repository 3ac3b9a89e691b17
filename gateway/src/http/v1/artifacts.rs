//! `/v1/jobs/{id}/video` and `/thumbnail`: what a job has made.

use std::sync::Arc;

use axum::extract::{Path, Request, State};
use axum::http::Uri;
use axum::response::Response;
use serde::Deserialize;
use utoipa::IntoParams;

use crate::app::App;
use crate::blobs::error::BlobError;
use crate::blobs::key::BlobKey;
use crate::domain::code::Code;
use crate::domain::id::JobId;
use crate::domain::job::{Artifact, Job, State as JobState};
use crate::http::problem::{ApiError, Problem};
use crate::http::server::serve_content;
use crate::http::v1::jobs::find;
use crate::http::v1::query;

/// Fetch the video
///
/// H.264 and AAC in MP4, laid out for playback while it loads. Takes `Range`, `If-Range` and
/// `If-None-Match`, and answers `HEAD`.
#[utoipa::path(
    get, path = "/v1/jobs/{id}/video", operation_id = "fetch_video", tag = "jobs",
    params(("id" = JobId, Path, description = "The job's id"), VideoQuery),
    responses(
        (status = 200, body = Vec<u8>, content_type = "video/mp4"),
        (status = 206, body = Vec<u8>, content_type = "video/mp4"),
        (status = 304, description = "The client has it already"),
        (status = 404, body = Problem, content_type = "application/problem+json"),
        (status = 409, body = Problem, content_type = "application/problem+json"),
        (status = 416, description = "The range lies outside the video", body = Problem, content_type = "application/problem+json"),
        (status = 422, body = Problem, content_type = "application/problem+json"),
    )
)]
pub(crate) async fn video(
    State(app): State<Arc<App>>,
    Path(id): Path<String>,
    uri: Uri,
    request: Request,
) -> Result<Response, ApiError> {
    let query: VideoQuery = query::read(&uri)?;
    let job = find(&app, &id).await?;
    let video = match app.blobs.open(BlobKey::Video(job.id, finished(&job)?.attempt)).await {
        // A job that was deleted since it was looked up is one that is not there.
        Err(gone @ BlobError::NotFound(_)) => return Err(find(&app, &id).await.err().unwrap_or_else(|| gone.into())),
        video => video?,
    };
    let mut response = serve_content::serve(video, "video/mp4", request).await?;
    serve_content::name(&mut response, &format!("{}-{}.mp4", job.engine, job.id), query.download);
    Ok(response)
}

/// How to fetch a video.
#[derive(Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(crate) struct VideoQuery {
    /// Let browsers save it instead of showing it.
    #[serde(default)]
    #[param(default = false)]
    download: bool,
}

impl query::Known for VideoQuery {
    const TAKES: &'static [query::Takes] =
        &[query::Takes { name: "download", what: "true or false", words: &["true", "false"] }];
}

/// Fetch a picture of the video
///
/// A JPEG of its beginning, 512 pixels long at most.
#[utoipa::path(
    get, path = "/v1/jobs/{id}/thumbnail", operation_id = "fetch_thumbnail", tag = "jobs",
    params(("id" = JobId, Path, description = "The job's id")),
    responses(
        (status = 200, body = Vec<u8>, content_type = "image/jpeg"),
        (status = 206, body = Vec<u8>, content_type = "image/jpeg"),
        (status = 304, description = "The client has it already"),
        (status = 404, body = Problem, content_type = "application/problem+json"),
        (status = 409, body = Problem, content_type = "application/problem+json"),
        (status = 416, description = "The range lies outside the picture", body = Problem, content_type = "application/problem+json"),
    )
)]
pub(crate) async fn thumbnail(
    State(app): State<Arc<App>>,
    Path(id): Path<String>,
    request: Request,
) -> Result<Response, ApiError> {
    let job = find(&app, &id).await?;
    let picture = match app.blobs.open(BlobKey::Thumbnail(job.id, finished(&job)?.attempt)).await {
        Err(BlobError::NotFound(_)) => {
            find(&app, &id).await?;
            return Err(ApiError::new(Code::ThumbnailNone, "no picture could be made of this job's video"));
        }
        picture => picture?,
    };
    let mut response = serve_content::serve(picture, "image/jpeg", request).await?;
    serve_content::name(&mut response, &format!("{}-{}.jpg", job.engine, job.id), false);
    Ok(response)
}

/// What a job has made, or an error that says why there is nothing.
fn finished(job: &Job) -> Result<&Artifact, ApiError> {
    job.artifact.as_ref().ok_or_else(|| {
        let (code, why) = match (job.state, &job.error) {
            (JobState::Failed, Some(error)) => (Code::JobFailed, format!("the job failed: {}", error.message)),
            (JobState::Canceled, _) => (Code::JobCanceled, "the job was canceled".into()),
            _ => (Code::JobNotFinished, format!("the job is {}; watch its state", job.state.as_str())),
        };
        ApiError::new(code, why)
    })
}
