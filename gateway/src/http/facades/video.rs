//! The videos of facades' jobs as files to download.

use axum::extract::Request;
use axum::response::Response;

use crate::app::App;
use crate::auth::caller::Caller;
use crate::blobs::content::{Content, LocalContent};
use crate::blobs::error::BlobError;
use crate::blobs::key::BlobKey;
use crate::domain::job::{Batch, Job};
use crate::http::facades::error::Refusal;
use crate::http::problem::ApiError;
use crate::http::server::serve_content;
use crate::intake::convert;
use crate::intake::error::UploadError;

/// Answers with a job's video, named for whoever saves it; `None` if the job has none, or the file is gone.
///
/// # Errors
/// It cannot be read.
pub(super) async fn of_job(app: &App, job: &Job, name: &str, request: Request) -> Result<Option<Response>, Refusal> {
    let Some(key) = key(job) else { return Ok(None) };
    match app.blobs.open(key).await {
        Err(error @ BlobError::NotFound(_)) => {
            tracing::error!(%error, "a video is gone although its job has succeeded");
            Ok(None)
        }
        video => Ok(Some(attachment(video?, name, request).await?)),
    }
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
    let Some(keys) = batch.jobs.iter().map(key).collect::<Option<Vec<_>>>() else { return Ok(None) };
    let client = request.extensions().get::<Caller>().map(Caller::client).unwrap_or_default();
    let whole = match convert::joined(&app.intake, client, &keys).await {
        Err(UploadError::Blob(BlobError::NotFound(_))) => return Ok(None),
        whole => whole.map_err(|refusal| ApiError::refusal("videos", refusal))?,
    };
    // The file is open: it is read to its end although its name goes now.
    let whole = LocalContent::open(whole.to_owned()).await?;
    Ok(Some(attachment(Box::new(whole), name, request).await?))
}

fn key(job: &Job) -> Option<BlobKey> {
    job.artifact.as_ref().map(|artifact| BlobKey::Video(job.id, artifact.attempt))
}

async fn attachment(video: Box<dyn Content>, name: &str, request: Request) -> Result<Response, Refusal> {
    let mut response = serve_content::serve(video, "video/mp4", request).await?;
    serve_content::name(&mut response, name, true);
    Ok(response)
}
