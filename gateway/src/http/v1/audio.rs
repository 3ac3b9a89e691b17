//! `/v1/audio`: speech. Upload, list, show, fetch, delete.

use std::sync::Arc;

use axum::Json;
use axum::extract::rejection::QueryRejection;
use axum::extract::{Path, Query, Request, State};
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use serde::Deserialize;
use utoipa::{IntoParams, ToSchema};

use crate::app::App;
use crate::domain::id::AudioId;
use crate::domain::upload::Audio;
use crate::http::problem::{ApiError, Problem};
use crate::http::server::multipart;
use crate::http::v1::{pagination, uploads};
use crate::intake::audio;
use crate::view::{AudioPage, AudioView};

/// Speech on its way in.
#[derive(ToSchema)]
#[allow(dead_code, reason = "only documents the request")]
pub(crate) struct AudioUpload {
    /// Anything FFmpeg decodes, whatever its name says: WAV, MP3, M4A, FLAC, Ogg, the sound of a video.
    #[schema(value_type = String, format = Binary)]
    file: Vec<u8>,
}

/// Upload speech
///
/// The sound is decoded from start to end, so its length is the real one. Silence and clipping are warned of.
#[utoipa::path(
    post, path = "/v1/audio", operation_id = "upload_audio", tag = "uploads",
    request_body(content = AudioUpload, content_type = "multipart/form-data"),
    responses(
        (status = 201, body = AudioView, headers(("Location" = String, description = "Address of the sound"))),
        (status = 400, body = Problem, content_type = "application/problem+json"),
        (status = 413, body = Problem, content_type = "application/problem+json"),
        (status = 415, body = Problem, content_type = "application/problem+json"),
        (status = 422, body = Problem, content_type = "application/problem+json"),
        (status = 507, body = Problem, content_type = "application/problem+json"),
    )
)]
pub(crate) async fn upload(State(app): State<Arc<App>>, request: Request) -> Result<impl IntoResponse, ApiError> {
    let limit = app.config().limits.audio_bytes;
    let received = multipart::single_file(request, &app, "audio", limit).await?;
    let refused = |refusal| ApiError::refusal("file", refusal);
    let audio = audio::check(&app, received).await.map_err(refused)?.keep(&app).await.map_err(refused)?;
    let location = [(header::LOCATION, format!("/v1/audio/{}", audio.id))];
    Ok((StatusCode::CREATED, location, Json(AudioView::from(audio))))
}

/// Which speech to list.
#[derive(Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(crate) struct AudioQuery {
    /// Only speech older than this one: `next` of the page before.
    before: Option<AudioId>,
    /// How many, at most.
    #[serde(default = "crate::http::v1::pagination::default_length")]
    #[param(minimum = 1, maximum = 200, default = 50)]
    limit: u32,
}

/// List speech
///
/// Newest first, a page at a time.
#[utoipa::path(
    get, path = "/v1/audio", operation_id = "list_audio", tag = "uploads", params(AudioQuery),
    responses(
        (status = 200, body = AudioPage),
        (status = 422, body = Problem, content_type = "application/problem+json"),
    )
)]
pub(crate) async fn list(
    State(app): State<Arc<App>>,
    query: Result<Query<AudioQuery>, QueryRejection>,
) -> Result<Json<AudioPage>, ApiError> {
    let query = pagination::checked(query, |query| query.limit)?;
    let rows = app.uploads.audios(query.before, query.limit).await?;
    let next = pagination::next(&rows, query.limit, |row| row.id);
    Ok(Json(AudioPage { audio: rows.into_iter().map(AudioView::from).collect(), next }))
}

/// Show speech
#[utoipa::path(
    get, path = "/v1/audio/{id}", operation_id = "show_audio", tag = "uploads",
    params(("id" = AudioId, Path, description = "The sound's id")),
    responses(
        (status = 200, body = AudioView),
        (status = 404, body = Problem, content_type = "application/problem+json"),
    )
)]
pub(crate) async fn show(State(app): State<Arc<App>>, Path(id): Path<String>) -> Result<Json<AudioView>, ApiError> {
    uploads::find(&app, &id).await.map(|row: Audio| Json(row.into()))
}

/// Fetch speech
///
/// The file as it was sent.
#[utoipa::path(
    get, path = "/v1/audio/{id}/content", operation_id = "fetch_audio", tag = "uploads",
    params(("id" = AudioId, Path, description = "The sound's id")),
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
    let row: Audio = uploads::find(&app, &id).await?;
    uploads::serve(&app.blobs.sound(row.id), "application/octet-stream", request).await
}

/// Delete speech
///
/// Jobs that have ended keep their videos; one that a queued, running or held job needs stays.
#[utoipa::path(
    delete, path = "/v1/audio/{id}", operation_id = "delete_audio", tag = "uploads",
    params(("id" = AudioId, Path, description = "The sound's id")),
    responses(
        (status = 204, description = "It is gone"),
        (status = 404, body = Problem, content_type = "application/problem+json"),
        (status = 409, body = Problem, content_type = "application/problem+json"),
    )
)]
pub(crate) async fn delete(State(app): State<Arc<App>>, Path(id): Path<String>) -> Result<StatusCode, ApiError> {
    uploads::delete::<Audio>(&app, &id).await
}
