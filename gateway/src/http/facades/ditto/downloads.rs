//! What Ditto's clients fetch by its address: photos as they were uploaded, videos and sounds.

use std::sync::Arc;

use axum::extract::{Path, Request, State};
use axum::response::Response;

use crate::app::App;
use crate::blobs::error::BlobError;
use crate::blobs::key::BlobKey;
use crate::http::facades::ditto::{photo, sounds};
use crate::http::facades::error::Refusal;
use crate::http::facades::lookup::{find, find_batch};
use crate::http::facades::{server_files, video};
use crate::http::server::{serve_content, serve_file};

/// Fetch an uploaded photo
#[utoipa::path(
    get, path = "/uploads/{name}", operation_id = "ditto_fetch_photo", tag = "Ditto",
    params(("name" = String, Path, description = "As in `photo_url`")),
    responses((status = 200, body = Vec<u8>, content_type = "image/png"), (status = 404, description = "There is no such file"))
)]
pub(super) async fn photo(
    State(app): State<Arc<App>>,
    Path(name): Path<String>,
    request: Request,
) -> Result<Response, Refusal> {
    let photo = photo::find(&app, &name).await?.filter(|_| name.starts_with("avatar_"));
    upload_content(&app, BlobKey::Photo(photo.ok_or_else(missing)?.id), "image/png", request).await
}

/// Fetch a video, or a sound
#[utoipa::path(
    get, path = "/outputs/{*name}", operation_id = "ditto_fetch_output", tag = "Ditto",
    params(("name" = String, Path, description = "As in `video_url`")),
    responses((status = 200, body = Vec<u8>, content_type = "video/mp4"), (status = 404, description = "There is no such file"))
)]
pub(super) async fn output(
    State(app): State<Arc<App>>,
    Path(name): Path<String>,
    request: Request,
) -> Result<Response, Refusal> {
    let place = server_files::relative_path(&format!("outputs/{name}")).ok_or_else(missing)?;
    if let Some(id) = name.strip_prefix("avatar_").and_then(|name| name.strip_suffix(".mp4")) {
        if let Some(job) = find(&app, id).await? {
            return video::of_job(&app, &job, &name, request).await?.ok_or_else(missing);
        }
        if let Some(batch) = find_batch(&app, id).await? {
            return video::of_batch(&app, &batch, &name, request).await?.ok_or_else(missing);
        }
    }
    if let Some(audio) = sounds::uploaded(&app, &place).await? {
        // As it was sent; what the name says that it is holds for most.
        let media_type = if audio.container == "wav" { "audio/wav" } else { "application/octet-stream" };
        return upload_content(&app, BlobKey::Sound(audio.id), media_type, request).await;
    }
    let file = server_files::find(app.config().files_root(), place).await?.ok_or_else(missing)?;
    Ok(serve_file::serve(&file, request).await)
}

/// Answers with a file of an upload.
async fn upload_content(
    app: &App,
    key: BlobKey,
    media_type: &'static str,
    request: Request,
) -> Result<Response, Refusal> {
    match app.blobs.open(key).await {
        Err(BlobError::NotFound(_)) => Err(missing()),
        content => Ok(serve_content::serve(content?, media_type, request).await?),
    }
}

fn missing() -> Refusal {
    Refusal::not_found("Not Found")
}
