//! Starts a DICE-Talk synthesis of a portrait and speech.

use std::sync::Arc;

use axum::extract::{Request, State};
use axum::{Extension, Json};
use serde::Serialize;
use serde_json::json;
use utoipa::ToSchema;

use crate::app::App;
use crate::auth::caller::Caller;
use crate::config::FacadeName;
use crate::domain::translate::{ClientParam, Concept};
use crate::domain::upload::{Audio, Photo};
use crate::http::facades::adapt;
use crate::http::facades::adapt::Renderer;
use crate::http::facades::dice_talk::{files, params};
use crate::http::facades::error::Refusal;
use crate::http::facades::fastapi::fields::Fields;
use crate::http::facades::fastapi::form::FileField;
use crate::submit;
use crate::submit::request::{InputField, JobRequest};

/// The order in which the service lists the emotions.
const EMOTIONS: [&str; 8] = ["contempt", "sad", "happy", "surprised", "angry", "disgusted", "fear", "neutral"];

#[derive(ToSchema)]
#[schema(example = json!({"image": "portrait.png", "audio": "speech.wav", "emotion": "happy"}))]
#[allow(dead_code, reason = "only documents the request")]
struct SynthesisForm {
    /// Portrait: JPEG or PNG, 10 MiB at most.
    #[schema(value_type = String, format = Binary)]
    image: Vec<u8>,
    /// Speech: WAV or MP3, 50 MiB at most.
    #[schema(value_type = String, format = Binary)]
    audio: Vec<u8>,
    /// `contempt`, `sad`, `happy`, `surprised`, `angry`, `disgusted`, `fear` or `neutral`.
    #[schema(example = "happy")]
    emotion: String,
    /// 0 to 10.
    #[schema(default = 3.0)]
    ref_scale: Option<f64>,
    /// 0 to 10.
    #[schema(default = 6.0)]
    emo_scale: Option<f64>,
    /// Cut the portrait around the face.
    #[schema(default = false)]
    crop: Option<bool>,
    /// 8 to 50.
    #[schema(default = 20)]
    inference_steps: Option<i64>,
    /// Seconds of video, 0.1 to 300.
    #[schema(example = 300.0)]
    duration: Option<f64>,
    /// 8 to 60.
    #[schema(default = 24)]
    fps: Option<i64>,
    /// 0 to 2147483647; 0 for any.
    seed: Option<i64>,
    /// 0.1 to 3.
    #[schema(default = 1.0)]
    dynamic_scale: Option<f64>,
    /// Pixels of the shorter side, 128 to 2048.
    #[schema(default = 256)]
    min_resolution: Option<i64>,
    /// 0.1 to 2.
    #[schema(default = 0.5)]
    expand_ratio: Option<f64>,
}

#[derive(Serialize, ToSchema)]
pub(super) struct Started {
    task_id: String,
    #[schema(example = "PENDING")]
    status: &'static str,
    message: &'static str,
    /// Always null: the same inputs are rendered again, for every task has a video of its own.
    original_task_id: Option<String>,
}

/// Start a synthesis
#[utoipa::path(
    post, path = "/api/v1/synthesis/start", operation_id = "dice_talk_start", tag = "DICE-Talk",
    request_body(content = SynthesisForm, content_type = "multipart/form-data"),
    responses(
        (status = 200, body = Started),
        (status = 400, description = "A file or a number is not taken: `{\"error\", \"detail\"}`"),
        (status = 422, description = "A field is missing or of the wrong kind"),
        (status = 503, description = "The engine is not ready; `error` says what it lacks"),
    )
)]
pub(super) async fn start(
    State(app): State<Arc<App>>,
    Extension(caller): Extension<Caller>,
    request: Request,
) -> Result<Json<Started>, Refusal> {
    let limits = app.config().limits.clone();
    let files = [FileField::of::<Photo>("image", &limits), FileField::of::<Audio>("audio", &limits)];
    let mut fields = Fields::of_form(request, &app, &files, &params::NAMES).await?;
    let (image, audio) = (fields.file("image"), fields.file("audio"));
    let emotion = fields.choice("emotion", &EMOTIONS);
    let params = params::read(&mut fields);
    let (Some(image), Some(audio), Some(emotion), true) = (image, audio, emotion, fields.is_valid()) else {
        return Err(fields.refusal());
    };

    let image = files::image(image, &limits)?;
    let audio = files::audio(audio, &limits)?;
    let mut params = params::within_bounds(params)?;
    params.insert(0, ClientParam { name: "emotion", concept: Concept::Emotion, value: json!(emotion) });
    let renderer = Renderer::ready(&app, FacadeName::DiceTalk).await?;
    let request = JobRequest {
        photo: Some(InputField::file("image", image)),
        audio: Some(InputField::file("audio", audio)),
        ..adapt::request(renderer, &caller, params)
    };
    let job = submit::submit(&app, request).await.map_err(files::refusal)?.job;
    let message = "Task created successfully";
    Ok(Json(Started { task_id: job.id.to_string(), status: "PENDING", message, original_task_id: None }))
}
