//! Files by name, as the original's clients have them: sounds below one folder of the server, photos and videos by
//! their addresses. Nothing outside that folder is read, whatever a name says.

use std::path::{Component, Path, PathBuf};
use std::sync::Arc;

use axum::Json;
use axum::extract::{Path as Route, Request, State};
use axum::response::Response;
use serde::Serialize;
use utoipa::ToSchema;

use crate::app::App;
use crate::blobs::error::BlobError;
use crate::blobs::key::BlobKey;
use crate::domain::upload::Audio;
use crate::http::facades::error::Refusal;
use crate::http::facades::error::refused;
use crate::http::facades::fastapi::fields::Fields;
use crate::http::facades::fastapi::form::FileField;
use crate::http::facades::lookup::{find, find_batch};
use crate::http::facades::video;
use crate::http::problem::ApiError;
use crate::http::server::{serve_content, serve_file};
use crate::intake::audio;
use crate::intake::incoming::{Incoming, Received};
use crate::intake::upload_kind::UploadKind;
use crate::submit::Checked;

/// Where uploaded sounds seem to lie.
const SOUNDS: &str = "outputs/audio";

#[derive(ToSchema)]
#[allow(dead_code, reason = "only documents the request")]
struct AudioForm {
    /// Speech in any usual format.
    #[schema(value_type = String, format = Binary)]
    file: Vec<u8>,
}

#[derive(Serialize, ToSchema)]
pub(super) struct UploadedAudio {
    /// For a generation.
    #[schema(example = "./outputs/audio/01890a5d-ac96-774b-bcce-b302099a8057.wav")]
    audio_path: String,
    /// Seconds.
    duration: f64,
}

/// Upload a sound
///
/// An addition of the gateway: the original takes only sounds that its server has already.
#[utoipa::path(
    post, path = "/api/avatar/upload-audio", operation_id = "ditto_upload_audio", tag = "Ditto",
    request_body(content = AudioForm, content_type = "multipart/form-data"),
    responses(
        (status = 200, body = UploadedAudio),
        (status = 400, description = "It is no sound; `detail` says why"),
        (status = 422, description = "The field `file` is missing"),
    )
)]
pub(super) async fn upload_audio(
    State(app): State<Arc<App>>,
    request: Request,
) -> Result<Json<UploadedAudio>, Refusal> {
    let takes = [FileField::of::<Audio>("file", &app.config().limits)];
    let mut fields = Fields::of_form(request, &app, &takes).await?;
    let Some(part) = fields.file("file") else { return Err(fields.refusal()) };
    let checked = audio::check(&app.intake, part.received()?).await.map_err(refused("file"))?;
    let audio = checked.keep(&app.intake).await.map_err(refused("file"))?;
    Ok(Json(UploadedAudio { audio_path: format!("./{SOUNDS}/{}.wav", audio.id), duration: audio.seconds }))
}

/// The sound that an `audio_path` means: an upload, or a file below the configured folder.
///
/// # Errors
/// There is none, or it is no sound.
pub(super) async fn sound(app: &Arc<App>, path: &str) -> Result<Checked<Audio>, Refusal> {
    let unknown = || Refusal::not_found(format!("Audio not found at {path}"));
    let place = below(path).ok_or_else(unknown)?;
    if let Some(audio) = uploaded_sound(app, &place).await? {
        return Ok(Checked::Uploaded(audio));
    }
    let file = on_server(app, place).await?.ok_or_else(unknown)?;
    let received = taken_in(app, &file).await?;
    Ok(Checked::New(audio::check(&app.intake, received).await.map_err(refused("audio_path"))?))
}

/// Fetch an uploaded photo
#[utoipa::path(
    get, path = "/uploads/{name}", operation_id = "ditto_fetch_photo", tag = "Ditto",
    params(("name" = String, Path, description = "As in `photo_url`")),
    responses((status = 200, body = Vec<u8>, content_type = "image/png"), (status = 404, description = "There is no such file"))
)]
pub(super) async fn uploaded(
    State(app): State<Arc<App>>,
    Route(name): Route<String>,
    request: Request,
) -> Result<Response, Refusal> {
    let photo = crate::http::facades::ditto::photo::find(&app, &name).await?.filter(|_| name.starts_with("avatar_"));
    kept(&app, BlobKey::Photo(photo.ok_or_else(missing)?.id), "image/png", request).await
}

/// Fetch a video, or a sound
#[utoipa::path(
    get, path = "/outputs/{*name}", operation_id = "ditto_fetch_output", tag = "Ditto",
    params(("name" = String, Path, description = "As in `video_url`")),
    responses((status = 200, body = Vec<u8>, content_type = "video/mp4"), (status = 404, description = "There is no such file"))
)]
pub(super) async fn made(
    State(app): State<Arc<App>>,
    Route(name): Route<String>,
    request: Request,
) -> Result<Response, Refusal> {
    let place = below(&format!("outputs/{name}")).ok_or_else(missing)?;
    if let Some(id) = name.strip_prefix("avatar_").and_then(|name| name.strip_suffix(".mp4")) {
        if let Some(job) = find(&app, id).await? {
            return video::of_job(&app, &job, &name, request).await?.ok_or_else(missing);
        }
        if let Some(batch) = find_batch(&app, id).await? {
            return video::of_batch(&app, &batch, &name, request).await?.ok_or_else(missing);
        }
    }
    if let Some(audio) = uploaded_sound(&app, &place).await? {
        return kept(&app, BlobKey::Speech(audio.id), "audio/wav", request).await;
    }
    let file = on_server(&app, place).await?.ok_or_else(missing)?;
    Ok(serve_file::serve(&file, request).await)
}

/// Answers with a file of an upload.
async fn kept(app: &App, key: BlobKey, media_type: &'static str, request: Request) -> Result<Response, Refusal> {
    match app.blobs.open(key).await {
        Err(BlobError::NotFound(_)) => Err(missing()),
        content => Ok(serve_content::serve(content?, media_type, request).await?),
    }
}

fn missing() -> Refusal {
    Refusal::not_found("Not Found")
}

/// A name of the client as a path without a way out: `./outputs/a.wav`, `/outputs/a.wav` and `outputs\a.wav` are one.
fn below(name: &str) -> Option<PathBuf> {
    if name.contains('\0') {
        return None;
    }
    let name = name.replace('\\', "/");
    let mut place = PathBuf::new();
    for component in Path::new(name.trim_start_matches('/')).components() {
        match component {
            Component::Normal(part) => place.push(part),
            Component::CurDir => {}
            _ => return None,
        }
    }
    (place.components().next().is_some()).then_some(place)
}

/// The upload that a path stands for.
async fn uploaded_sound(app: &App, place: &Path) -> Result<Option<Audio>, ApiError> {
    let id = place.strip_prefix(SOUNDS).ok().and_then(|name| name.file_stem()?.to_str()?.parse().ok());
    Ok(match id {
        Some(id) => app.uploads.audio(id).await?,
        None => None,
    })
}

/// The operator's file at this place.
async fn on_server(app: &App, place: PathBuf) -> Result<Option<PathBuf>, ApiError> {
    let root = app.config().files_root();
    Ok(tokio::task::spawn_blocking(move || confined(&root, &place)).await.map_err(std::io::Error::other)?)
}

/// The file at this place below the folder, if it is one and no link leads out. Blocks on the disk.
fn confined(root: &Path, place: &Path) -> Option<PathBuf> {
    let (root, file) = (root.canonicalize().ok()?, root.join(place).canonicalize().ok()?);
    (file.starts_with(&root) && file.is_file()).then_some(file)
}

/// A file of the server as if it had been sent: whatever becomes of it there, the job has its own.
async fn taken_in(app: &App, file: &Path) -> Result<Received, Refusal> {
    let limit = Audio::limit(&app.config().limits);
    let mut source = tokio::fs::File::open(file).await?;
    if source.metadata().await?.len() > limit {
        return Err(Refusal::bad_request(format!(
            "the sound has more than {} MiB; raise `limits.audio_mb`",
            limit >> 20
        )));
    }
    let mut incoming = Incoming::new(&app.scratch)?;
    let mut piece = vec![0; 1 << 16];
    loop {
        match tokio::io::AsyncReadExt::read(&mut source, &mut piece).await? {
            0 => return Ok(incoming.complete().await?),
            read => incoming.write(&piece[..read]).await?,
        }
    }
}

#[cfg(test)]
mod tests {
    use std::fs;
    use std::os::unix::fs::symlink;

    use super::*;

    #[test]
    fn a_path_means_a_file_below_the_folder_or_nothing() {
        let folder = tempfile::tempdir().unwrap();
        let root = folder.path().join("root");
        fs::create_dir_all(root.join("outputs/audio")).unwrap();
        let sound = root.join("outputs/audio/test.wav");
        fs::write(&sound, "sound").unwrap();
        fs::write(folder.path().join("secret"), "secret").unwrap();
        symlink(folder.path(), root.join("outputs/out")).unwrap();
        let found = |name: &str| below(name).and_then(|place| confined(&root, &place));
        let sound = Some(sound.canonicalize().unwrap());
        for name in [
            "./outputs/audio/test.wav",
            "outputs/audio/test.wav",
            "/outputs/audio/test.wav",
            "\\outputs\\audio\\test.wav",
            "outputs//audio/./test.wav",
        ] {
            assert_eq!(found(name), sound, "{name}");
        }
        for name in [
            "",
            ".",
            "/",
            "../secret",
            "outputs/../../secret",
            "outputs/../outputs/audio/test.wav",
            "outputs/out/secret",
            "outputs/audio",
            "outputs/audio/other.wav",
            "..\\secret",
            "outputs/audio/test.wav\0",
            "/etc/passwd",
        ] {
            assert_eq!(found(name), None, "{name:?}");
        }
    }
}
