//! The EchoMimic service: one portrait, one or several sounds, a task to poll and a video to download.

mod batch;
mod params;

use std::sync::Arc;

use axum::extract::{Path, Request, State};
use axum::response::Response;
use axum::{Extension, Json};
use serde::Serialize;
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::app::App;
use crate::auth::caller::Caller;
use crate::config::Facade;
use crate::domain::job::{Batch, Job, State as JobState};
use crate::domain::upload::{Audio, Photo};
use crate::http::facades::adapt::FacadeRequest;
use crate::http::facades::error::Refusal;
use crate::http::facades::error::refused;
use crate::http::facades::fastapi::{Fields, FileField};
use crate::http::facades::lookup::{find, find_batch, why_not};
use crate::http::facades::{adapt, video};
use crate::intake::audio;
use crate::submit::Checked;

/// What the service calls its version.
pub(super) const VERSION: &str = "1.0";

pub(super) fn routes() -> OpenApiRouter<Arc<App>> {
    OpenApiRouter::new()
        .routes(routes!(generate))
        .routes(routes!(batch::generate))
        .routes(routes!(task))
        .routes(routes!(download))
        .routes(routes!(batch::download_segment))
        .routes(routes!(batch::download_combined))
        .routes(routes!(output))
}

#[derive(ToSchema)]
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
struct Submitted {
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
async fn generate(
    State(app): State<Arc<App>>,
    Extension(caller): Extension<Caller>,
    request: Request,
) -> Result<Json<Submitted>, Refusal> {
    let limits = app.config().limits.clone();
    let takes = [FileField::of::<Photo>("reference_image", &limits), FileField::of::<Audio>("audio_file", &limits)];
    let mut fields = Fields::of_form(request, &app, &takes).await?;
    let (image, audio) = (fields.file("reference_image"), fields.file("audio_file"));
    let params = params::read(&mut fields);
    let (Some(image), Some(audio), true) = (image, audio, fields.are_sound()) else { return Err(fields.refusal()) };
    let engine = adapt::engine(&app, Facade::EchoMimic).await?;
    let photo = Checked::New(adapt::photo(&app, image.received()?).await.map_err(refused("reference_image"))?);
    let audio = Checked::New(audio::check(&app, audio.received()?).await.map_err(refused("audio_file"))?);
    let job = FacadeRequest::of_photo(photo, audio, params).submit(&app, &caller, &engine).await?;
    Ok(Json(Submitted { task_id: job.id.to_string(), status: "pending" }))
}

#[derive(Serialize, ToSchema)]
struct Task {
    task_id: String,
    /// `pending`, `processing`, `completed` or `failed`.
    #[schema(example = "processing")]
    status: &'static str,
    /// Where the video is below this address, once there is one.
    output_file: Option<String>,
    /// Why there is none.
    error: Option<String>,
    /// Of a task with several sounds: where each video is.
    #[serde(skip_serializing_if = "Option::is_none")]
    output_files: Option<Vec<Option<String>>>,
    /// Of such a task: where all of them are as one.
    #[serde(skip_serializing_if = "Option::is_none")]
    combined_output_file: Option<Option<String>>,
}

/// How far a task is
#[utoipa::path(
    get, path = "/task/{task_id}", operation_id = "echomimic_task", tag = "EchoMimic",
    params(("task_id" = String, Path, description = "What the request was answered with")),
    responses((status = 200, body = Task), (status = 404, description = "There is no such task"))
)]
async fn task(State(app): State<Arc<App>>, Path(id): Path<String>) -> Result<Json<Task>, Refusal> {
    if let Some(job) = find(&app, &id).await? {
        let (status, error) = status(&job);
        let output_file = job.artifact.is_some().then(|| output_file(&job));
        return Ok(Json(Task {
            task_id: id,
            status,
            output_file,
            error,
            output_files: None,
            combined_output_file: None,
        }));
    }
    let batch = find_batch(&app, &id).await?.ok_or_else(unknown)?;
    Ok(Json(batch::status_of(id, &batch)))
}

/// Download the video
#[utoipa::path(
    get, path = "/download/{task_id}", operation_id = "echomimic_download", tag = "EchoMimic",
    params(("task_id" = String, Path, description = "What the request was answered with")),
    responses(
        (status = 200, body = Vec<u8>, content_type = "video/mp4"),
        (status = 400, description = "The task has no video, or not yet"),
        (status = 404, description = "There is no such task"),
    )
)]
async fn download(State(app): State<Arc<App>>, Path(id): Path<String>, request: Request) -> Result<Response, Refusal> {
    let Some(job) = find(&app, &id).await? else {
        // A task with several sounds has its video as a whole here, too.
        let batch = find_batch(&app, &id).await?.ok_or_else(unknown)?;
        return batch::download(&app, &batch, request).await;
    };
    if job.state != JobState::Succeeded {
        return Err(not_yet(status(&job).0));
    }
    let name = format!("echomimic_{}.mp4", job.id);
    video::of_job(&app, &job, &name, request).await.ok_or_else(gone)
}

/// Fetch a video by the place that `output_file` tells
#[utoipa::path(
    get, path = "/output/{*name}", operation_id = "echomimic_fetch_output", tag = "EchoMimic",
    params(("name" = String, Path, description = "As in `output_file`, behind `output/`")),
    responses((status = 200, body = Vec<u8>, content_type = "video/mp4"), (status = 404, description = "There is no such file"))
)]
async fn output(State(app): State<Arc<App>>, Path(name): Path<String>, request: Request) -> Result<Response, Refusal> {
    let missing = || Refusal::not_found("Not Found");
    let name = name.strip_prefix("videos/").ok_or_else(missing)?;
    if let Some(id) = name.strip_suffix("_with_audio.mp4") {
        let job = find(&app, id).await?.ok_or_else(missing)?;
        return video::of_job(&app, &job, name, request).await.ok_or_else(missing);
    }
    let id = name.strip_suffix("_combined.mp4").ok_or_else(missing)?;
    let batch: Batch = find_batch(&app, id).await?.filter(|batch| batch.combine).ok_or_else(missing)?;
    video::of_batch(&app, &batch, name, request).await?.ok_or_else(missing)
}

/// Where the original would have the video.
fn output_file(job: &Job) -> String {
    format!("output/videos/{}_with_audio.mp4", job.id)
}

/// The word for a job's state, and why it failed.
fn status(job: &Job) -> (&'static str, Option<String>) {
    match job.state {
        JobState::Queued => ("pending", None),
        JobState::Running => ("processing", None),
        JobState::Succeeded => ("completed", None),
        JobState::Failed | JobState::Canceled => ("failed", Some(why_not(job))),
    }
}

fn unknown() -> Refusal {
    Refusal::not_found("任务不存在")
}

fn not_yet(status: &str) -> Refusal {
    Refusal::bad(format!("任务状态: {status}, 不可下载"))
}

fn gone() -> Refusal {
    Refusal::not_found("视频文件不存在")
}
