//! `/v1/videos`: source videos. Upload, list, show, fetch, delete.

use std::sync::Arc;

use axum::Json;
use axum::extract::rejection::QueryRejection;
use axum::extract::{Path, Query, Request, State};
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use serde::Deserialize;
use utoipa::{IntoParams, ToSchema};

use crate::app::App;
use crate::domain::id::VideoId;
use crate::domain::upload::Video;
use crate::http::problem::{ApiError, Problem};
use crate::http::server::multipart;
use crate::http::v1::{pagination, uploads};
use crate::intake::video;
use crate::view::{VideoPage, VideoView};

/// A source video on its way in.
#[derive(ToSchema)]
#[allow(dead_code, reason = "only documents the request")]
pub(crate) struct VideoUpload {
    /// MP4, MOV, MKV, WebM or AVI, whatever its name says.
    #[schema(value_type = String, format = Binary)]
    file: Vec<u8>,
}

/// Upload a source video
///
/// Engines that redub a person start from it. It is read from start to end and its first second is decoded.
#[utoipa::path(
    post, path = "/v1/videos", operation_id = "upload_source_video", tag = "uploads",
    request_body(content = VideoUpload, content_type = "multipart/form-data"),
    responses(
        (status = 201, body = VideoView, headers(("Location" = String, description = "Address of the video"))),
        (status = 400, body = Problem, content_type = "application/problem+json"),
        (status = 413, body = Problem, content_type = "application/problem+json"),
        (status = 415, body = Problem, content_type = "application/problem+json"),
        (status = 422, body = Problem, content_type = "application/problem+json"),
        (status = 507, body = Problem, content_type = "application/problem+json"),
    )
)]
pub(crate) async fn upload(State(app): State<Arc<App>>, request: Request) -> Result<impl IntoResponse, ApiError> {
    let limit = app.config().limits.video_bytes;
    let received = multipart::single_file(request, &app, "video", limit).await?;
    let refused = |refusal| ApiError::refusal("file", refusal);
    let video = video::check(&app, received).await.map_err(refused)?.keep(&app).await.map_err(refused)?;
    let location = [(header::LOCATION, format!("/v1/videos/{}", video.id))];
    Ok((StatusCode::CREATED, location, Json(VideoView::from(video))))
}

/// Which source videos to list.
#[derive(Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(crate) struct VideoQuery {
    /// Only source videos older than this one: `next` of the page before.
    before: Option<VideoId>,
    /// How many, at most.
    #[serde(default = "crate::http::v1::pagination::default_length")]
    #[param(minimum = 1, maximum = 200, default = 50)]
    limit: u32,
}

/// List source videos
///
/// Newest first, a page at a time.
#[utoipa::path(
    get, path = "/v1/videos", operation_id = "list_source_videos", tag = "uploads", params(VideoQuery),
    responses(
        (status = 200, body = VideoPage),
        (status = 422, body = Problem, content_type = "application/problem+json"),
    )
)]
pub(crate) async fn list(
    State(app): State<Arc<App>>,
    query: Result<Query<VideoQuery>, QueryRejection>,
) -> Result<Json<VideoPage>, ApiError> {
    let query = pagination::checked(query, |query| query.limit)?;
    let rows = app.uploads.videos(query.before, query.limit).await?;
    let next = pagination::next(&rows, query.limit, |row| row.id);
    Ok(Json(VideoPage { videos: rows.into_iter().map(VideoView::from).collect(), next }))
}

/// Show a source video
#[utoipa::path(
    get, path = "/v1/videos/{id}", operation_id = "show_source_video", tag = "uploads",
    params(("id" = VideoId, Path, description = "The video's id")),
    responses(
        (status = 200, body = VideoView),
        (status = 404, body = Problem, content_type = "application/problem+json"),
    )
)]
pub(crate) async fn show(State(app): State<Arc<App>>, Path(id): Path<String>) -> Result<Json<VideoView>, ApiError> {
    uploads::find(&app, &id).await.map(|row: Video| Json(row.into()))
}

/// Fetch a source video
///
/// The file as it was sent.
#[utoipa::path(
    get, path = "/v1/videos/{id}/content", operation_id = "fetch_source_video", tag = "uploads",
    params(("id" = VideoId, Path, description = "The video's id")),
    responses(
        (status = 200, body = Vec<u8>, content_type = "application/octet-stream"),
        (status = 206, body = Vec<u8>, content_type = "application/octet-stream"),
        (status = 304, description = "The client has it already"),
        (status = 404, body = Problem, content_type = "application/problem+json"),
        (status = 416, description = "The range lies outside the file"),
    )
)]
pub(crate) async fn content(
    State(app): State<Arc<App>>,
    Path(id): Path<String>,
    request: Request,
) -> Result<Response, ApiError> {
    let row: Video = uploads::find(&app, &id).await?;
    uploads::serve(&app.blobs.source_video(row.id), "application/octet-stream", request).await
}

/// Delete a source video
///
/// Jobs that have ended keep their videos; one that a queued, running or held job needs stays.
#[utoipa::path(
    delete, path = "/v1/videos/{id}", operation_id = "delete_source_video", tag = "uploads",
    params(("id" = VideoId, Path, description = "The video's id")),
    responses(
        (status = 204, description = "It is gone"),
        (status = 404, body = Problem, content_type = "application/problem+json"),
        (status = 409, body = Problem, content_type = "application/problem+json"),
    )
)]
pub(crate) async fn delete(State(app): State<Arc<App>>, Path(id): Path<String>) -> Result<StatusCode, ApiError> {
    uploads::delete::<Video>(&app, &id).await
}
