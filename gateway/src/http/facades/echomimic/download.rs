//! Downloads of an EchoMimic task: each video by itself, and all of them as one.

use std::sync::Arc;

use axum::extract::{Path, Request, State};
use axum::response::Response;

use crate::app::App;
use crate::domain::job::{Batch, State as JobState};
use crate::http::facades::echomimic::task::{batch_status, status, unknown};
use crate::http::facades::error::Refusal;
use crate::http::facades::fastapi::number::path_number;
use crate::http::facades::lookup::{find, find_batch};
use crate::http::facades::video;

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
pub(super) async fn download(
    State(app): State<Arc<App>>,
    Path(id): Path<String>,
    request: Request,
) -> Result<Response, Refusal> {
    let Some(job) = find(&app, &id).await? else {
        // A task with several sounds has its video as a whole here, too.
        let batch = find_batch(&app, &id).await?.ok_or_else(unknown)?;
        return whole(&app, &batch, request).await;
    };
    if job.state != JobState::Succeeded {
        return Err(not_yet(status(&job).0));
    }
    let name = format!("echomimic_{}.mp4", job.id);
    video::of_job(&app, &job, &name, request).await?.ok_or_else(gone)
}

/// Fetch a video by the place that `output_file` tells
#[utoipa::path(
    get, path = "/output/{*name}", operation_id = "echomimic_fetch_output", tag = "EchoMimic",
    params(("name" = String, Path, description = "As in `output_file`, behind `output/`")),
    responses((status = 200, body = Vec<u8>, content_type = "video/mp4"), (status = 404, description = "There is no such file"))
)]
pub(super) async fn output(
    State(app): State<Arc<App>>,
    Path(name): Path<String>,
    request: Request,
) -> Result<Response, Refusal> {
    let missing = || Refusal::not_found("Not Found");
    let name = name.strip_prefix("videos/").ok_or_else(missing)?;
    if let Some(id) = name.strip_suffix("_with_audio.mp4") {
        let job = find(&app, id).await?.ok_or_else(missing)?;
        return video::of_job(&app, &job, name, request).await?.ok_or_else(missing);
    }
    let id = name.strip_suffix("_combined.mp4").ok_or_else(missing)?;
    let batch: Batch = find_batch(&app, id).await?.filter(|batch| batch.combine).ok_or_else(missing)?;
    video::of_batch(&app, &batch, name, request).await?.ok_or_else(missing)
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
    video::of_job(&app, job, &name, request).await?.ok_or_else(gone)
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
async fn whole(app: &App, batch: &Batch, request: Request) -> Result<Response, Refusal> {
    match batch_status(batch).0 {
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

fn not_yet(status: &str) -> Refusal {
    Refusal::bad_request(format!("任务状态: {status}, 不可下载"))
}

fn gone() -> Refusal {
    Refusal::not_found("视频文件不存在")
}
