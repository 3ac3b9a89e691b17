//! `/v1/audio`: speech.

use std::sync::Arc;

use axum::Json;
use axum::extract::{Request, State};
use axum::http::{StatusCode, header};
use axum::response::IntoResponse;
use utoipa::ToSchema;

use super::receive;
use super::view::AudioView;
use crate::app::App;
use crate::error::{ApiError, Problem};
use crate::intake::audio;

/// Speech on its way in.
#[derive(ToSchema)]
#[allow(dead_code, reason = "only documents the request")]
pub(super) struct AudioUpload {
    /// Anything FFmpeg decodes, whatever its name says: WAV, MP3, M4A, FLAC, Ogg, the sound of a video.
    #[schema(value_type = String, format = Binary)]
    file: Vec<u8>,
}

/// Upload speech
///
/// The sound is decoded from start to end, so its length is the real one.
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
pub(super) async fn upload(State(app): State<Arc<App>>, request: Request) -> Result<impl IntoResponse, ApiError> {
    let received = receive::single_file(request, &app, "audio", app.config().limits.audio_bytes).await?;
    let refused = |refusal| ApiError::refusal("file", refusal);
    let audio = audio::check(&app, received).await.map_err(refused)?.keep(&app).await.map_err(refused)?;
    let location = [(header::LOCATION, format!("/v1/audio/{}", audio.id))];
    Ok((StatusCode::CREATED, location, Json(AudioView::from(audio))))
}
