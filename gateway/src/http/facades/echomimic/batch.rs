//! Tasks with several sounds: a video of each, and all of them as one.

use std::sync::Arc;

use axum::extract::{Path, Request, State};
use axum::response::Response;
use axum::{Extension, Json};
use utoipa::ToSchema;

use crate::app::App;
use crate::auth::caller::Caller;
use crate::config::Facade;
use crate::domain::job::{Batch, Job, State as JobState};
use crate::domain::translate::ClientParam;
use crate::domain::upload::{Audio, Photo};
use crate::http::facades::adapt::FacadeRequest;
use crate::http::facades::echomimic::{Submitted, Task, gone, not_yet, output_file, params, status, unknown};
use crate::http::facades::error::Refusal;
use crate::http::facades::error::refused;
use crate::http::facades::fastapi::{Fields, FileField, path_number};
use crate::http::facades::lookup::find_batch;
use crate::http::facades::{adapt, video};
use crate::intake::audio;
use crate::intake::audio::CheckedAudio;
use crate::submit::{Checked, discard};

#[derive(ToSchema)]
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
pub(super) async fn generate(
    State(app): State<Arc<App>>,
    Extension(caller): Extension<Caller>,
    request: Request,
) -> Result<Json<Submitted>, Refusal> {
    let limits = app.config().limits.clone();
    let takes = [FileField::of::<Photo>("reference_image", &limits), FileField::of::<Audio>("audio_files", &limits)];
    let mut fields = Fields::of_form(request, &app, &takes).await?;
    let (image, sounds) = (fields.file("reference_image"), fields.files("audio_files"));
    let params = params::read(&mut fields);
    let combine = fields.flag("combine_videos").unwrap_or(true);
    let (Some(image), Some(sounds), true) = (image, sounds, fields.are_sound()) else { return Err(fields.refusal()) };
    adapt::engine(&app, Facade::EchoMimic).await?;
    let photo = adapt::photo(&app, image.received()?).await.map_err(refused("reference_image"))?;
    let mut checked = Vec::with_capacity(sounds.len());
    for sound in sounds {
        checked.push(audio::check(&app, sound.received()?).await.map_err(refused("audio_files"))?);
    }
    // Everything is checked: now the photo is kept, once for all.
    let photo = photo.keep(&app).await.map_err(refused("reference_image"))?;
    let placed = place(&app, &caller, &photo, checked, &params, combine).await;
    if placed.is_err() {
        discard(&app, photo.id).await;
    }
    Ok(Json(Submitted { task_id: placed?.id.to_string(), status: "pending" }))
}

/// Writes a job of the photo for each sound.
async fn place(
    app: &Arc<App>,
    caller: &Caller,
    photo: &Photo,
    sounds: Vec<CheckedAudio>,
    params: &[ClientParam],
    combine: bool,
) -> Result<Batch, Refusal> {
    let engine = adapt::engine(app, Facade::EchoMimic).await?;
    let requests = sounds
        .into_iter()
        .map(|sound| FacadeRequest::of_photo(Checked::Uploaded(photo.clone()), Checked::New(sound), params.to_vec()));
    FacadeRequest::submit_all(requests.collect(), combine, app, caller, &engine).await
}

/// Download one of the videos
#[utoipa::path(
    get, path = "/download_segment/{task_id}/{segment_index}", operation_id = "echomimic_download_segment", tag = "EchoMimic",
    params(
        ("task_id" = String, Path, description = "What the request was answered with"),
        ("segment_index" = i64, Path, description = "Its place, from 0"),
    ),
    responses(
        (status = 200, body = Vec<u8>, content_type = "video/mp4"),
        (status = 404, description = "There is no such task, or no such video in it"),
        (status = 422, description = "The place is no number"),
    )
)]
pub(super) async fn download_segment(
    State(app): State<Arc<App>>,
    Path((id, place)): Path<(String, String)>,
    request: Request,
) -> Result<Response, Refusal> {
    let place = path_number("segment_index", &place)?;
    let batch = find_batch(&app, &id).await?.ok_or_else(unknown)?;
    if batch.jobs.iter().all(|job| job.artifact.is_none()) {
        return Err(Refusal::not_found("没有可用的视频片段"));
    }
    let job = usize::try_from(place).ok().and_then(|place| batch.jobs.get(place));
    let job = job.filter(|job| job.artifact.is_some());
    let job = job.ok_or_else(|| Refusal::not_found(format!("片段 {place} 不存在")))?;
    let name = format!("echomimic_{}_segment_{place}.mp4", batch.id);
    video::of_job(&app, job, &name, request).await.ok_or_else(gone)
}

/// Download all videos as one
#[utoipa::path(
    get, path = "/download_combined/{task_id}", operation_id = "echomimic_download_combined", tag = "EchoMimic",
    params(("task_id" = String, Path, description = "What the request was answered with")),
    responses(
        (status = 200, body = Vec<u8>, content_type = "video/mp4"),
        (status = 404, description = "There is no such task, or its videos are not to be had as one"),
    )
)]
pub(super) async fn download_combined(
    State(app): State<Arc<App>>,
    Path(id): Path<String>,
    request: Request,
) -> Result<Response, Refusal> {
    let batch = find_batch(&app, &id).await?.ok_or_else(unknown)?;
    combined(&app, &batch, request).await
}

/// The videos as one, for those who ask for the task's video.
pub(super) async fn download(app: &App, batch: &Batch, request: Request) -> Result<Response, Refusal> {
    match summary(batch).0 {
        "completed" => combined(app, batch, request).await,
        status => Err(not_yet(status)),
    }
}

async fn combined(app: &App, batch: &Batch, request: Request) -> Result<Response, Refusal> {
    let none = || Refusal::not_found("没有合并的视频文件");
    if !batch.combine {
        return Err(none());
    }
    let name = format!("echomimic_{}_combined.mp4", batch.id);
    video::of_batch(app, batch, &name, request).await?.ok_or_else(none)
}

/// What is told of a task with several sounds.
pub(super) fn status_of(task_id: String, batch: &Batch) -> Task {
    let (status, error) = summary(batch);
    let output = |job: &Job| job.artifact.is_some().then(|| output_file(job));
    let whole = (status == "completed" && batch.combine).then(|| format!("output/videos/{}_combined.mp4", batch.id));
    Task {
        task_id,
        status,
        output_file: whole.clone(),
        error,
        output_files: Some(batch.jobs.iter().map(output).collect()),
        combined_output_file: Some(whole),
    }
}

fn summary(batch: &Batch) -> (&'static str, Option<String>) {
    let all = |state: JobState| batch.jobs.iter().all(|job| job.state == state);
    let failed = batch.jobs.iter().find(|job| matches!(job.state, JobState::Failed | JobState::Canceled));
    match failed {
        Some(job) => status(job),
        None if all(JobState::Succeeded) => ("completed", None),
        None if all(JobState::Queued) => ("pending", None),
        None => ("processing", None),
    }
}
