//! The DICE-Talk API service: start a synthesis, ask how far it is, download it.

mod files;
mod params;

use std::sync::Arc;

use axum::extract::{Path, Request, State};
use axum::http::StatusCode;
use axum::response::Response;
use axum::{Extension, Json};
use jiff::Timestamp;
use jiff::tz::TimeZone;
use serde::Serialize;
use serde_json::json;
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::app::App;
use crate::auth::caller::Caller;
use crate::config::Facade;
use crate::domain::job::{Job, State as JobState};
use crate::domain::translate::{ClientParam, Concept};
use crate::domain::upload::{Audio, Photo};
use crate::http::facades::adapt::FacadeRequest;
use crate::http::facades::error::Refusal;
use crate::http::facades::fastapi::{Fields, FileField};
use crate::http::facades::lookup::{find, why_not};
use crate::http::facades::phase::Phase;
use crate::http::facades::{adapt, video};
use crate::submit::Checked;

/// What the service calls its version.
pub(super) const VERSION: &str = "1.0.0";

/// The order in which the service lists them.
const EMOTIONS: [&str; 8] = ["contempt", "sad", "happy", "surprised", "angry", "disgusted", "fear", "neutral"];

pub(super) fn routes() -> OpenApiRouter<Arc<App>> {
    OpenApiRouter::new()
        .routes(routes!(health))
        .routes(routes!(start))
        .routes(routes!(status))
        .routes(routes!(download))
}

#[derive(Serialize, ToSchema)]
struct Health {
    /// `healthy` once a synthesis can be started.
    status: &'static str,
    gpu_available: bool,
    model_loaded: bool,
    version: &'static str,
}

/// Whether a synthesis can be started
#[utoipa::path(get, path = "/api/health", operation_id = "dice_talk_health", tag = "DICE-Talk", responses((status = 200, body = Health)))]
async fn health(State(app): State<Arc<App>>) -> Json<Health> {
    let model_loaded = adapt::is_ready(&app, Facade::DiceTalk).await;
    let gpu_available = app.gpus.first().await.is_some();
    let status = if model_loaded { "healthy" } else { "unhealthy" };
    Json(Health { status, gpu_available, model_loaded, version: VERSION })
}

#[derive(ToSchema)]
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
struct Started {
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
async fn start(
    State(app): State<Arc<App>>,
    Extension(caller): Extension<Caller>,
    request: Request,
) -> Result<Json<Started>, Refusal> {
    let limits = app.config().limits.clone();
    let files = [FileField::of::<Photo>("image", &limits), FileField::of::<Audio>("audio", &limits)];
    let mut fields = Fields::of_form(request, &app, &files).await?;
    let (image, audio) = (fields.file("image"), fields.file("audio"));
    let emotion = fields.choice("emotion", &EMOTIONS);
    let params = params::read(&mut fields);
    let (Some(image), Some(audio), Some(emotion), true) = (image, audio, emotion, fields.are_sound()) else {
        return Err(fields.refusal());
    };

    let image = files::image(image, &limits)?;
    let audio = files::audio(audio, &limits)?;
    let mut params = params::within_bounds(params)?;
    params.insert(0, ClientParam { name: "emotion", concept: Concept::Emotion, value: json!(emotion) });
    let engine = adapt::engine(&app, Facade::DiceTalk).await?;
    let photo = Checked::New(files::photo(&app, image).await?);
    let audio = Checked::New(files::speech(&app, audio).await?);
    let job = FacadeRequest::of_photo(photo, audio, params).submit(&app, &caller, &engine).await?;
    let message = "Task created successfully";
    Ok(Json(Started { task_id: job.id.to_string(), status: "PENDING", message, original_task_id: None }))
}

#[derive(Serialize, ToSchema)]
struct Status {
    task_id: String,
    /// `PENDING`, `PROCESSING`, `COMPLETED` or `FAILED`.
    #[schema(example = "PROCESSING")]
    status: &'static str,
    /// 0 to 1.
    progress: f64,
    message: String,
    /// Local time without a zone, as the original gives it.
    created_at: String,
    updated_at: String,
    original_task_id: Option<String>,
    /// Only there if the task has failed: some clients take the very key for a failure.
    #[serde(skip_serializing_if = "Option::is_none")]
    error: Option<String>,
}

/// How far a synthesis is
#[utoipa::path(
    get, path = "/api/v1/synthesis/{task_id}/status", operation_id = "dice_talk_status", tag = "DICE-Talk",
    params(("task_id" = String, Path, description = "What starting it was answered with")),
    responses((status = 200, body = Status), (status = 404, description = "There is no such task"))
)]
async fn status(State(app): State<Arc<App>>, Path(id): Path<String>) -> Result<Json<Status>, Refusal> {
    let job = find(&app, &id).await?.ok_or_else(unknown)?;
    let (progress, step) = match Phase::of(&job) {
        Phase::Waiting => (0.0, ""),
        Phase::Loading => (0.1, "Loading models..."),
        Phase::Preparing => (0.2, "Preprocessing image..."),
        Phase::Rendering { fraction, .. } => (0.4 + 0.5 * fraction, "Generating video..."),
        Phase::Finishing => (0.95, "Generating video..."),
        Phase::Done => (1.0, "Synthesis completed successfully"),
    };
    let (status, error) = match job.state {
        JobState::Queued => ("PENDING", None),
        JobState::Running => ("PROCESSING", None),
        JobState::Succeeded => ("COMPLETED", None),
        JobState::Failed | JobState::Canceled => ("FAILED", Some(why_not(&job))),
    };
    let message = error.as_ref().map_or_else(|| step.to_owned(), |error| format!("Synthesis failed: {error}"));
    Ok(Json(Status {
        task_id: job.id.to_string(),
        status,
        progress,
        message,
        created_at: local(job.created_at),
        updated_at: local(changed(&app, &job)),
        original_task_id: None,
        error,
    }))
}

/// Download the video
#[utoipa::path(
    get, path = "/api/v1/synthesis/{task_id}/download", operation_id = "dice_talk_download", tag = "DICE-Talk",
    params(("task_id" = String, Path, description = "What starting it was answered with")),
    responses(
        (status = 200, body = Vec<u8>, content_type = "video/mp4"),
        (status = 400, description = "The task has no video, or not yet"),
        (status = 404, description = "There is no such task"),
    )
)]
async fn download(State(app): State<Arc<App>>, Path(id): Path<String>, request: Request) -> Result<Response, Refusal> {
    let job = find(&app, &id).await?.ok_or_else(unknown)?;
    if job.state != JobState::Succeeded {
        return Err(Refusal::bad("Task not completed yet"));
    }
    let name = format!("{}.mp4", job.id);
    video::of_job(&app, &job, &name, request).await.ok_or_else(|| Refusal::not_found("Result file not found"))
}

fn unknown() -> Refusal {
    Refusal::said(StatusCode::NOT_FOUND, "Task not found")
}

/// When a job last changed: a running one does all the time.
fn changed(app: &App, job: &Job) -> Timestamp {
    match job.state {
        JobState::Queued => job.created_at,
        JobState::Running => app.clock.now(),
        _ => job.finished_at.unwrap_or(job.created_at),
    }
}

/// As Python's `datetime.now().isoformat()` tells it.
fn local(time: Timestamp) -> String {
    time.to_zoned(TimeZone::system()).strftime("%Y-%m-%dT%H:%M:%S%.6f").to_string()
}
