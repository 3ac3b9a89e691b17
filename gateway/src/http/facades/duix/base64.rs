//! A video as base64 in JSON, made while it is sent: at no time is more than a piece of it in memory.

use std::io;

use axum::body::{Body, Bytes};
use axum::http::header;
use axum::response::{IntoResponse, Response};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use jiff::SignedDuration;
use tokio::io::AsyncReadExt;
use utoipa::ToSchema;

use crate::app::App;
use crate::blobs::content::ContentReader;
use crate::blobs::key::BlobKey;
use crate::domain::job::Job;
use crate::http::facades::duix::failure::failed;
use crate::http::facades::error::Refusal;

/// How much is read at a time, in bytes. Base64 has four characters for three bytes, and a remainder only at the end.
const PIECE: usize = 96 << 10;
const _: () = assert!(PIECE.is_multiple_of(3));

const BEGIN: &str = "{\"success\":true,\"video_data\":\"";

/// A video in an answer.
#[derive(ToSchema)]
#[allow(dead_code, reason = "only documents the answer")]
pub(super) struct VideoData {
    success: bool,
    /// The file in base64.
    video_data: String,
    /// Its size in bytes.
    size: u64,
    #[schema(example = "mp4")]
    format: String,
}

/// Answers with a job's video, which from now on is kept for a while only.
///
/// # Errors
/// The file is gone, or the store fails.
pub(super) async fn answer(app: &App, job: &Job) -> Result<Response, Refusal> {
    let artifact = job.artifact.as_ref().ok_or_else(|| failed("the task has no video"))?;
    let mut video = app.blobs.open(BlobKey::Video(job.id, artifact.attempt)).await.map_err(|error| {
        tracing::error!(%error, job.id = %job.id, "a video is gone although its job has succeeded");
        failed("the video is gone")
    })?;
    let size = video.facts().bytes;
    let video = video.read(0..size).await?;
    let delay = SignedDuration::try_from(app.config().facades.cleanup_delay).unwrap_or(SignedDuration::MAX);
    if let Ok(moment) = app.clock.now().checked_add(delay) {
        // The video is being read: it is sent to its end even if it is removed meanwhile. And it is sent where this cannot
        // be written: the job goes later then, as one that nobody has fetched.
        if let Err(error) = app.jobs.keep_until(job.id, moment).await {
            tracing::warn!(%error, job.id = %job.id, "that the video was fetched cannot be noted");
        }
    }
    let end = format!("\",\"size\":{size},\"format\":\"mp4\"}}");
    let length = BEGIN.len() as u64 + 4 * size.div_ceil(3) + end.len() as u64;
    let body = Body::from_stream(futures::stream::try_unfold(Part::Begin { video, end }, next));
    let head = [(header::CONTENT_TYPE, "application/json".to_owned()), (header::CONTENT_LENGTH, length.to_string())];
    Ok((head, body).into_response())
}

/// What of the answer comes next.
enum Part {
    Begin { video: ContentReader, end: String },
    Video { video: ContentReader, end: String },
    Nothing,
}

async fn next(part: Part) -> io::Result<Option<(Bytes, Part)>> {
    match part {
        Part::Begin { video, end } => Ok(Some((Bytes::from_static(BEGIN.as_bytes()), Part::Video { video, end }))),
        Part::Video { mut video, end } => {
            let mut piece = Vec::with_capacity(PIECE);
            (&mut video).take(PIECE as u64).read_to_end(&mut piece).await?;
            Ok(Some(match piece.is_empty() {
                true => (Bytes::from(end), Part::Nothing),
                false => (Bytes::from(STANDARD.encode(&piece)), Part::Video { video, end }),
            }))
        }
        Part::Nothing => Ok(None),
    }
}
