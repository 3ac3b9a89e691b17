//! The videos of facades' jobs as files to download.

use std::path::Path;

use axum::extract::Request;
use axum::response::Response;

use crate::app::App;
use crate::domain::job::{Batch, Job};
use crate::http::facades::error::Refusal;
use crate::http::problem::ApiError;
use crate::http::server::serve_file;
use crate::intake::convert;

/// Answers with a job's video, named for whoever saves it; `None` if the job has none, or the file is gone.
pub(super) async fn of_job(app: &App, job: &Job, name: &str, request: Request) -> Option<Response> {
    let file = app.blobs.video(job.id, job.artifact.as_ref()?.attempt);
    if !file.is_file() {
        tracing::error!(file = %file.display(), "a video is gone although its job has succeeded");
        return None;
    }
    Some(attachment(&file, name, request).await)
}

/// Answers with the videos of a batch as one, which is made now; `None` as long as one of them is missing.
///
/// # Errors
/// They cannot be joined.
pub(super) async fn of_batch(
    app: &App,
    batch: &Batch,
    name: &str,
    request: Request,
) -> Result<Option<Response>, Refusal> {
    let files = batch.jobs.iter().map(|job| Some(app.blobs.video(job.id, job.artifact.as_ref()?.attempt)));
    let Some(files) = files.collect::<Option<Vec<_>>>() else { return Ok(None) };
    let whole = convert::joined(app, &files).await.map_err(|refusal| ApiError::refusal("videos", refusal))?;
    // The answer has the file open: it is read to its end although its name goes now.
    Ok(Some(attachment(&whole, name, request).await))
}

async fn attachment(file: &Path, name: &str, request: Request) -> Response {
    let mut response = serve_file::serve(file, "video/mp4", request).await;
    serve_file::name(&mut response, name, true);
    response
}
