//! The Ditto avatar backend: upload a photo, let it speak a sound that lies on the server, poll for the video.

mod files;
mod params;
mod photo;

use std::sync::Arc;

use axum::extract::{Path, Request, State};
use axum::http::StatusCode;
use axum::{Extension, Json};
use serde::Serialize;
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::app::App;
use crate::auth::caller::Caller;
use crate::catalog::Entry;
use crate::config::Facade;
use crate::domain::job::{Job, State as JobState};
use crate::domain::upload::Photo;
use crate::http::facades::adapt;
use crate::http::facades::adapt::FacadeRequest;
use crate::http::facades::ditto::params::Given;
use crate::http::facades::error::Refusal;
use crate::http::facades::fastapi::Fields;
use crate::http::facades::lookup::{find, find_batch, why_not};
use crate::http::facades::phase::Phase;
use crate::submit::Checked;

/// What its document is called after; the original tells no version.
pub(super) const VERSION: &str = "1.0.0";

pub(super) fn routes() -> OpenApiRouter<Arc<App>> {
    OpenApiRouter::new()
        .routes(routes!(system_info))
        .routes(routes!(photo::upload))
        .routes(routes!(files::upload_audio))
        .routes(routes!(generate))
        .routes(routes!(generate_batch))
        .routes(routes!(force_unlock))
        .routes(routes!(status))
        .routes(routes!(files::uploaded))
        .routes(routes!(files::made))
        .routes(routes!(ping))
}

#[derive(Serialize, ToSchema)]
struct SystemInfo {
    cuda_available: bool,
    #[schema(example = "NVIDIA GeForce RTX 4090")]
    gpu_name: Option<String>,
    /// GiB.
    gpu_memory_total: Option<f64>,
    /// GiB.
    gpu_memory_available: Option<f64>,
    model_loaded: bool,
    avatar_enabled: bool,
    is_generating: bool,
    /// What is rendered and waits, in a sentence.
    busy_message: Option<String>,
    /// Always null: pictures are not shown before the video is complete.
    current_frame: Option<String>,
}

/// What the server has
#[utoipa::path(get, path = "/api/avatar/system-info", operation_id = "ditto_system_info", tag = "Ditto", responses((status = 200, body = SystemInfo)))]
async fn system_info(State(app): State<Arc<App>>) -> Result<Json<SystemInfo>, Refusal> {
    let gpu = app.gpus.first().await;
    let engine = app.config().facades.ditto.engine.clone();
    let is_ready = adapt::is_ready(&app, Facade::Ditto).await;
    let (running, queued) = (app.jobs.running(&engine).await?.len(), app.jobs.queue_length(&engine).await?);
    let is_generating = running > 0;
    Ok(Json(SystemInfo {
        cuda_available: gpu.is_some(),
        gpu_name: gpu.as_ref().map(|gpu| gpu.name.clone()),
        gpu_memory_total: gpu.as_ref().map(|gpu| gpu.memory_total),
        gpu_memory_available: gpu.map(|gpu| gpu.memory_free),
        model_loaded: is_ready,
        avatar_enabled: is_ready,
        is_generating,
        busy_message: is_generating.then(|| format!("{running} running, {queued} waiting")),
        current_frame: None,
    }))
}

#[derive(ToSchema)]
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
struct Generating {
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
async fn generate(
    State(app): State<Arc<App>>,
    Extension(caller): Extension<Caller>,
    request: Request,
) -> Result<Json<Generating>, Refusal> {
    let mut fields = Fields::of_json(request).await?;
    let (photo_id, audio_path) = (fields.text("photo_id"), fields.text("audio_path"));
    let given = params::read(&mut fields);
    let (Some(photo_id), Some(audio_path), true) = (photo_id, audio_path, fields.are_sound()) else {
        return Err(fields.refusal());
    };
    let engine = ready(&app).await?;
    let photo = photo::of_generation(&app, &photo_id).await?;
    let request = to_speak(&app, photo, &audio_path, given).await?;
    let job = request.submit(&app, &caller, &engine).await?;
    Ok(Json(Generating { job_id: job.id.to_string(), status: "processing" }))
}

#[derive(ToSchema)]
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
async fn generate_batch(
    State(app): State<Arc<App>>,
    Extension(caller): Extension<Caller>,
    request: Request,
) -> Result<Json<Generating>, Refusal> {
    let mut fields = Fields::of_json(request).await?;
    if fields.is_empty("photo_id") {
        return Err(Refusal::bad("photo_id is required"));
    }
    if fields.is_empty("audio_paths") {
        return Err(Refusal::bad("audio_paths is required"));
    }
    let (photo_id, audio_paths) = (fields.text("photo_id"), fields.texts("audio_paths"));
    let given = params::read(&mut fields);
    let (Some(photo_id), Some(audio_paths), true) = (photo_id, audio_paths, fields.are_sound()) else {
        return Err(fields.refusal());
    };
    let engine = ready(&app).await?;
    let photo = photo::of_generation(&app, &photo_id).await?;
    let mut requests = Vec::with_capacity(audio_paths.len());
    for audio_path in &audio_paths {
        requests.push(to_speak(&app, photo.clone(), audio_path, given.clone()).await?);
    }
    let batch = FacadeRequest::submit_all(requests, true, &app, &caller, &engine).await?;
    Ok(Json(Generating { job_id: batch.id.to_string(), status: "processing" }))
}

/// The request that a photo speaks one sound.
async fn to_speak(app: &Arc<App>, photo: Photo, audio_path: &str, given: Given) -> Result<FacadeRequest, Refusal> {
    let audio = files::sound(app, audio_path).await?;
    let request = FacadeRequest::of_photo(Checked::Uploaded(photo), audio, given.params);
    Ok(FacadeRequest { warnings: given.warnings, ..request })
}

async fn ready(app: &App) -> Result<Arc<Entry>, Refusal> {
    adapt::engine(app, Facade::Ditto).await.map_err(|error| {
        let why = error.sentence();
        Refusal::said(StatusCode::SERVICE_UNAVAILABLE, format!("Avatar service not available: {why}"))
    })
}

#[derive(Serialize, ToSchema)]
struct Unlocked {
    status: &'static str,
    message: &'static str,
}

/// Free the system's lock
///
/// There is none: requests wait in the queue. Clients that free it are told that it is free.
#[utoipa::path(post, path = "/api/avatar/force-unlock", operation_id = "ditto_force_unlock", tag = "Ditto", responses((status = 200, body = Unlocked)))]
async fn force_unlock() -> Json<Unlocked> {
    Json(Unlocked { status: "unlocked", message: "System lock forced released" })
}

#[derive(Serialize, ToSchema)]
struct Status {
    job_id: String,
    /// `processing`, `completed` or `failed`.
    status: &'static str,
    /// 0 to 100.
    progress: u8,
    message: String,
    /// Where the video is, once there is one.
    video_url: Option<String>,
    /// Why there is none.
    error: Option<String>,
    /// Seconds that rendering took.
    duration: Option<f64>,
    /// Always null.
    current_frame: Option<String>,
}

/// How far a job is
#[utoipa::path(
    get, path = "/api/avatar/job/{job_id}/status", operation_id = "ditto_status", tag = "Ditto",
    params(("job_id" = String, Path, description = "What the generation was answered with")),
    responses((status = 200, body = Status), (status = 404, description = "There is no such job"))
)]
async fn status(State(app): State<Arc<App>>, Path(id): Path<String>) -> Result<Json<Status>, Refusal> {
    if let Some(job) = find(&app, &id).await? {
        return Ok(Json(status_of(id, std::slice::from_ref(&job))));
    }
    let batch = find_batch(&app, &id).await?;
    batch.map(|batch| Json(status_of(id, &batch.jobs))).ok_or_else(|| Refusal::not_found("Job not found"))
}

/// What is told of one job, or of several that are one to the client.
fn status_of(job_id: String, jobs: &[Job]) -> Status {
    let failed = jobs.iter().find(|job| matches!(job.state, JobState::Failed | JobState::Canceled));
    let is_done = jobs.iter().all(|job| job.state == JobState::Succeeded);
    let parts: Vec<(f64, String)> = jobs.iter().map(step).collect();
    let progress = (parts.iter().map(|(percent, _)| percent).sum::<f64>() / parts.len().max(1) as f64) as u8;
    let error = failed.map(why_not);
    let (status, message) = match (&error, is_done) {
        (Some(error), _) => ("failed", error.clone()),
        (None, true) => ("completed", "Avatar video generated successfully".to_owned()),
        // Of several, the first that is not through yet.
        (None, false) => {
            let at = jobs.iter().position(|job| !job.state.is_final()).unwrap_or_default();
            ("processing", parts[at].1.clone())
        }
    };
    let seconds = |job: &Job| {
        let (start, end) = (job.started_at?, job.finished_at?);
        Some(start.duration_until(end).as_secs_f64())
    };
    Status {
        video_url: is_done.then(|| format!("/outputs/avatar_{job_id}.mp4")),
        duration: is_done.then(|| jobs.iter().filter_map(seconds).sum()),
        job_id,
        status,
        progress,
        message,
        error,
        current_frame: None,
    }
}

/// Percent and step of one job, as the original names its steps.
fn step(job: &Job) -> (f64, String) {
    match Phase::of(job) {
        Phase::Waiting => (0.0, "Starting avatar generation...".to_owned()),
        Phase::Loading => (10.0, "初始化 SDK...".to_owned()),
        Phase::Preparing => (30.0, "處理音訊...".to_owned()),
        // What is done between frames is not told in frames.
        Phase::Rendering { total: 0, fraction, .. } => (50.0 + 40.0 * fraction, "處理音訊...".to_owned()),
        Phase::Rendering { done: 0, total, .. } => (50.0, format!("開始推理 ({total} 幀)...")),
        Phase::Rendering { done, total, fraction } => {
            (50.0 + 40.0 * fraction, format!("正在生成影片幀: {done}/{total}"))
        }
        Phase::Finishing => (90.0, "合併音訊影片...".to_owned()),
        Phase::Done => (100.0, "生成完成".to_owned()),
    }
}

#[derive(Serialize, ToSchema)]
struct Pong {
    message: &'static str,
}

/// Whether anybody is there
#[utoipa::path(get, path = "/api/ping", operation_id = "ditto_ping", tag = "Ditto", responses((status = 200, body = Pong)))]
async fn ping() -> Json<Pong> {
    Json(Pong { message: "pong" })
}
