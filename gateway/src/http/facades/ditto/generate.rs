//! Ditto's generations: a photo speaks one sound, or several one after the other.

use std::sync::Arc;

use axum::extract::{Request, State};
use axum::http::StatusCode;
use axum::{Extension, Json};
use serde::Serialize;
use utoipa::ToSchema;

use crate::app::App;
use crate::auth::caller::Caller;
use crate::config::FacadeName;
use crate::http::facades::adapt;
use crate::http::facades::adapt::Renderer;
use crate::http::facades::ditto::params::Given;
use crate::http::facades::ditto::{params, photo, sounds};
use crate::http::facades::error::Refusal;
use crate::http::facades::fastapi::fields::Fields;
use crate::submit;
use crate::submit::quota::look_for_room;
use crate::submit::request::{InputField, JobRequest};

#[derive(ToSchema)]
#[schema(example = json!({
    "photo_id": "01890a5d-ac96-774b-bcce-b302099a8057",
    "audio_path": "./outputs/audio/slide_1.wav",
    "emotion": 4,
}))]
#[allow(dead_code, reason = "only documents the request")]
struct Generation {
    /// What the upload was answered with.
    photo_id: String,
    /// A sound below the configured folder, or the `audio_path` of an upload.
    #[schema(example = "./outputs/audio/slide_1.wav")]
    audio_path: String,
    /// Not heeded: the video is at `video_url`.
    output_path: Option<String>,
    /// 0 angry, 1 disgusted, 2 fear, 3 happy, 4 neutral, 5 sad, 6 surprised, 7 contempt.
    #[schema(minimum = 0, maximum = 7, default = 4)]
    emotion: Option<i64>,
    #[schema(default = 2.3)]
    crop_scale: Option<f64>,
    #[schema(minimum = 10, maximum = 100, default = 50)]
    sampling_steps: Option<i64>,
    /// Frames.
    #[schema(minimum = 0, default = 5)]
    fade_in: Option<i64>,
    /// Frames.
    #[schema(minimum = 0, default = 5)]
    fade_out: Option<i64>,
    /// Seconds.
    preview_duration: Option<f64>,
}

#[derive(Serialize, ToSchema)]
pub(super) struct Generating {
    job_id: String,
    #[schema(example = "processing")]
    status: &'static str,
}

/// Let a photo speak
#[utoipa::path(
    post, path = "/api/avatar/generate", operation_id = "ditto_generate", tag = "Ditto",
    request_body(content = Generation),
    responses(
        (status = 200, body = Generating),
        (status = 404, description = "There is no such photo, or no such sound"),
        (status = 422, description = "A field is missing or of the wrong kind"),
        (status = 503, description = "The engine is not ready; `detail` says what it lacks"),
    )
)]
pub(super) async fn generate(
    State(app): State<Arc<App>>,
    Extension(caller): Extension<Caller>,
    request: Request,
) -> Result<Json<Generating>, Refusal> {
    let mut fields = Fields::of_json(request, &app, caller.client(), &params::NAMES).await?;
    let (photo_id, audio_path) = (fields.text("photo_id"), fields.text("audio_path"));
    let given = params::read(&mut fields);
    let (Some(photo_id), Some(audio_path), true) = (photo_id, audio_path, fields.is_valid()) else {
        return Err(fields.refusal());
    };
    let renderer = ready(&app).await?;
    let request = of_photo(&app, renderer, &caller, &photo_id, given).await?;
    let audio = sounds::find(&app, &[audio_path]).await?.pop();
    let job = submit::submit(&app, JobRequest { audio, ..request }).await?.job;
    Ok(Json(Generating { job_id: job.id.to_string(), status: "processing" }))
}

#[derive(ToSchema)]
#[schema(example = json!({
    "photo_id": "01890a5d-ac96-774b-bcce-b302099a8057",
    "audio_paths": ["./outputs/audio/slide_1.wav", "./outputs/audio/slide_2.wav"],
}))]
#[allow(dead_code, reason = "only documents the request")]
struct BatchGeneration {
    photo_id: String,
    /// Sounds as of a single generation, spoken one after the other in one video.
    audio_paths: Vec<String>,
    #[schema(minimum = 0, maximum = 7, default = 4)]
    emotion: Option<i64>,
}

/// Let a photo speak several sounds, one after the other
#[utoipa::path(
    post, path = "/api/avatar/generate-batch", operation_id = "ditto_generate_batch", tag = "Ditto",
    request_body(content = BatchGeneration),
    responses(
        (status = 200, body = Generating),
        (status = 400, description = "`photo_id` or `audio_paths` is missing"),
        (status = 404, description = "There is no such photo, or no such sound"),
        (status = 503, description = "The engine is not ready; `detail` says what it lacks"),
    )
)]
pub(super) async fn generate_batch(
    State(app): State<Arc<App>>,
    Extension(caller): Extension<Caller>,
    request: Request,
) -> Result<Json<Generating>, Refusal> {
    let mut fields = Fields::of_json(request, &app, caller.client(), &params::NAMES).await?;
    if fields.is_empty("photo_id") {
        return Err(Refusal::bad_request("photo_id is required"));
    }
    if fields.is_empty("audio_paths") {
        return Err(Refusal::bad_request("audio_paths is required"));
    }
    let (photo_id, audio_paths) = (fields.text("photo_id"), fields.texts("audio_paths"));
    let given = params::read(&mut fields);
    let (Some(photo_id), Some(audio_paths), true) = (photo_id, audio_paths, fields.is_valid()) else {
        return Err(fields.refusal());
    };
    look_for_room(&app, caller.key.as_deref(), audio_paths.len(), "audio_paths").await?;
    let renderer = ready(&app).await?;
    let request = of_photo(&app, renderer, &caller, &photo_id, given).await?;
    let sounds = sounds::find(&app, &audio_paths).await?;
    let batch = submit::submit_batch(&app, request, sounds, true).await?;
    Ok(Json(Generating { job_id: batch.id.to_string(), status: "processing" }))
}

/// A request with an uploaded photo.
async fn of_photo(
    app: &App,
    renderer: Renderer,
    caller: &Caller,
    photo_id: &str,
    given: Given,
) -> Result<JobRequest, Refusal> {
    let photo = photo::require(app, photo_id).await?;
    let mut request = JobRequest {
        photo: Some(InputField::uploaded("photo_id", photo.id)),
        ..adapt::request(renderer, caller, given.params)
    };
    request.warnings.extend(given.warnings);
    Ok(request)
}

async fn ready(app: &App) -> Result<Renderer, Refusal> {
    Renderer::ready(app, FacadeName::Ditto).await.map_err(|error| {
        let why = error.sentence();
        Refusal::with_message(StatusCode::SERVICE_UNAVAILABLE, format!("Avatar service not available: {why}"))
    })
}
