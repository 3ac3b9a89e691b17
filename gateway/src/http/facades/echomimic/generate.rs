//! Makes an EchoMimic video of one sound, or one of each of several.

use std::sync::Arc;

use axum::extract::{Request, State};
use axum::{Extension, Json};
use serde::Serialize;
use utoipa::ToSchema;

use crate::app::App;
use crate::auth::caller::Caller;
use crate::config::FacadeName;
use crate::domain::upload::{Audio, Photo};
use crate::http::facades::adapt;
use crate::http::facades::adapt::Renderer;
use crate::http::facades::echomimic::params;
use crate::http::facades::error::Refusal;
use crate::http::facades::fastapi::fields::Fields;
use crate::http::facades::fastapi::form::FileField;
use crate::http::problem::ApiError;
use crate::submit;
use crate::submit::request::{InputField, JobRequest};

#[derive(ToSchema)]
#[schema(example = json!({"reference_image": "portrait.png", "audio_file": "speech.wav", "steps": 6}))]
#[allow(dead_code, reason = "only documents the request")]
struct VideoForm {
    /// The portrait.
    #[schema(value_type = String, format = Binary)]
    reference_image: Vec<u8>,
    /// The speech.
    #[schema(value_type = String, format = Binary)]
    audio_file: Vec<u8>,
    #[schema(default = 512)]
    width: Option<i64>,
    #[schema(default = 512)]
    height: Option<i64>,
    /// Frames, at most.
    #[schema(default = 1200)]
    length: Option<i64>,
    /// Below 0 for any.
    #[schema(default = 420)]
    seed: Option<i64>,
    #[schema(default = 0.1)]
    facemask_dilation_ratio: Option<f64>,
    #[schema(default = 0.5)]
    facecrop_dilation_ratio: Option<f64>,
    #[schema(default = 12)]
    context_frames: Option<i64>,
    #[schema(default = 3)]
    context_overlap: Option<i64>,
    #[schema(default = 1.0)]
    cfg: Option<f64>,
    #[schema(default = 6)]
    steps: Option<i64>,
    #[schema(default = 16000)]
    sample_rate: Option<i64>,
    #[schema(default = 24)]
    fps: Option<i64>,
    /// Not heeded: the configuration says where the engine runs.
    #[schema(default = "cuda")]
    device: Option<String>,
}

#[derive(Serialize, ToSchema)]
pub(super) struct Submitted {
    task_id: String,
    #[schema(example = "pending")]
    status: &'static str,
}

/// Make a video
#[utoipa::path(
    post, path = "/generate_video", operation_id = "echomimic_generate", tag = "EchoMimic",
    request_body(content = VideoForm, content_type = "multipart/form-data"),
    responses(
        (status = 200, body = Submitted),
        (status = 400, description = "A file cannot be used; `detail` says why"),
        (status = 422, description = "A field is missing or of the wrong kind"),
        (status = 503, description = "The engine is not ready; `detail` says what it lacks"),
    )
)]
pub(super) async fn generate(
    State(app): State<Arc<App>>,
    Extension(caller): Extension<Caller>,
    request: Request,
) -> Result<Json<Submitted>, Refusal> {
    let limits = app.config().limits.clone();
    let takes = [FileField::of::<Photo>("reference_image", &limits), FileField::of::<Audio>("audio_file", &limits)];
    let mut fields = Fields::of_form(request, &app, &takes, &params::NAMES).await?;
    let (image, audio) = (fields.file("reference_image"), fields.file("audio_file"));
    let params = params::read(&mut fields);
    let (Some(image), Some(audio), true) = (image, audio, fields.is_valid()) else { return Err(fields.refusal()) };
    let renderer = Renderer::ready(&app, FacadeName::EchoMimic).await?;
    let request = JobRequest {
        photo: Some(InputField::file("reference_image", image.received()?)),
        audio: Some(InputField::file("audio_file", audio.received()?)),
        ..adapt::request(renderer, &caller, params)
    };
    let job = submit::submit(&app, request).await?.job;
    Ok(Json(Submitted { task_id: job.id.to_string(), status: "pending" }))
}

#[derive(ToSchema)]
#[schema(example = json!({"reference_image": "portrait.png", "audio_files": ["one.wav", "two.wav"]}))]
#[allow(dead_code, reason = "only documents the request")]
struct VideosForm {
    /// The portrait.
    #[schema(value_type = String, format = Binary)]
    reference_image: Vec<u8>,
    /// The sounds, in the order in which they are spoken.
    #[schema(value_type = Vec<String>, format = Binary)]
    audio_files: Vec<Vec<u8>>,
    /// Whether all videos are to be had as one.
    #[schema(default = true)]
    combine_videos: Option<bool>,
    #[schema(default = 512)]
    width: Option<i64>,
    #[schema(default = 512)]
    height: Option<i64>,
    #[schema(default = 6)]
    steps: Option<i64>,
}

/// Make a video of each of several sounds
///
/// Takes the parameters of a single video as well.
#[utoipa::path(
    post, path = "/generate_multi_videos", operation_id = "echomimic_generate_multi", tag = "EchoMimic",
    request_body(content = VideosForm, content_type = "multipart/form-data"),
    responses(
        (status = 200, body = Submitted),
        (status = 400, description = "A file cannot be used; `detail` says why"),
        (status = 422, description = "A field is missing or of the wrong kind"),
        (status = 503, description = "The engine is not ready; `detail` says what it lacks"),
    )
)]
pub(super) async fn generate_multi(
    State(app): State<Arc<App>>,
    Extension(caller): Extension<Caller>,
    request: Request,
) -> Result<Json<Submitted>, Refusal> {
    let limits = app.config().limits.clone();
    let takes = [
        FileField::of::<Photo>("reference_image", &limits),
        FileField::of::<Audio>("audio_files", &limits).several(&limits),
    ];
    let mut fields = Fields::of_form(request, &app, &takes, &params::NAMES).await?;
    let (image, sounds) = (fields.file("reference_image"), fields.files("audio_files"));
    let params = params::read(&mut fields);
    let combine = fields.flag("combine_videos").unwrap_or(true);
    let (Some(image), Some(sounds), true) = (image, sounds, fields.is_valid()) else { return Err(fields.refusal()) };
    let renderer = Renderer::ready(&app, FacadeName::EchoMimic).await?;
    let request = JobRequest {
        photo: Some(InputField::file("reference_image", image.received()?)),
        ..adapt::request(renderer, &caller, params)
    };
    let sounds = sounds.into_iter().map(|sound| Ok(InputField::file("audio_files", sound.received()?)));
    let sounds = sounds.collect::<Result<Vec<_>, ApiError>>()?;
    let batch = submit::submit_batch(&app, request, sounds, combine).await?;
    Ok(Json(Submitted { task_id: batch.id.to_string(), status: "pending" }))
}
