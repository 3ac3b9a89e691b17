//! Sounds for Ditto's generations: uploads, and files that lie on the server.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use axum::extract::{Request, State};
use axum::{Extension, Json};
use serde::Serialize;
use utoipa::ToSchema;

use crate::app::App;
use crate::auth::caller::Caller;
use crate::domain::fault::excerpt;
use crate::domain::id::AudioId;
use crate::domain::upload::Audio;
use crate::http::facades::error::{Refusal, refused};
use crate::http::facades::fastapi::fields::Fields;
use crate::http::facades::fastapi::form::FileField;
use crate::http::facades::server_files;
use crate::http::problem::ApiError;
use crate::intake::audio;
use crate::intake::upload_kind::UploadKind;
use crate::submit::request::InputField;

/// Where uploaded sounds seem to lie.
const SOUNDS: &str = "outputs/audio";

#[derive(ToSchema)]
#[schema(example = json!({"file": "speech.wav"}))]
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
pub(super) async fn upload(
    State(app): State<Arc<App>>,
    Extension(caller): Extension<Caller>,
    request: Request,
) -> Result<Json<UploadedAudio>, Refusal> {
    let takes = [FileField::of::<Audio>("file", &app.config().limits)];
    let mut fields = Fields::of_form(request, &app, &takes, &[]).await?;
    let Some(part) = fields.file("file") else { return Err(fields.refusal()) };
    let checked = audio::check(&app.intake, caller.client(), part.received()?).await.map_err(refused("file"))?;
    let audio = checked.keep(&app.intake).await.map_err(refused("file"))?;
    Ok(Json(UploadedAudio { audio_path: format!("./{SOUNDS}/{}.wav", audio.id), duration: audio.seconds }))
}

/// The sounds that each `audio_path` means: uploads, or files below the configured folder. Files are copied only once all
/// are found and known to be no more than one request may send.
///
/// # Errors
/// There is none of this name, or the files are too large together.
pub(super) async fn find(app: &Arc<App>, paths: &[String]) -> Result<Vec<InputField<Audio>>, Refusal> {
    let mut sounds = Vec::with_capacity(paths.len());
    for path in paths {
        sounds.push(Sound::find(app, path).await?);
    }
    let limits = app.config().limits.clone();
    let most = limits.image_bytes + limits.audio_bytes + limits.video_bytes;
    let bytes = sounds.iter().map(Sound::bytes).sum::<u64>();
    if bytes > most {
        let most = most >> 20;
        return Err(Refusal::bad_request(format!(
            "the sounds have more than {most} MiB together; send several requests"
        )));
    }
    let mut fields = Vec::with_capacity(sounds.len());
    for sound in sounds {
        fields.push(match sound {
            Sound::Uploaded(id) => InputField::uploaded("audio_path", id),
            Sound::File { path, .. } => {
                InputField::file("audio_path", server_files::receive(app, &path, Audio::limit(&limits)).await?)
            }
        });
    }
    Ok(fields)
}

/// What a path stands for.
enum Sound {
    Uploaded(AudioId),
    File { path: PathBuf, bytes: u64 },
}

impl Sound {
    async fn find(app: &Arc<App>, path: &str) -> Result<Self, Refusal> {
        let unknown = || Refusal::not_found(format!("Audio not found at {}", excerpt(path)));
        let place = server_files::relative_path(path).ok_or_else(unknown)?;
        if let Some(audio) = uploaded(app, &place).await? {
            return Ok(Self::Uploaded(audio.id));
        }
        let path = server_files::find(app.config().files_root(), place).await?.ok_or_else(unknown)?;
        let bytes = tokio::fs::metadata(&path).await?.len();
        Ok(Self::File { path, bytes })
    }

    /// How much is copied for it.
    fn bytes(&self) -> u64 {
        match self {
            Self::Uploaded(_) => 0,
            Self::File { bytes, .. } => *bytes,
        }
    }
}

/// The upload that a path stands for.
pub(super) async fn uploaded(app: &App, place: &Path) -> Result<Option<Audio>, ApiError> {
    let id = place.strip_prefix(SOUNDS).ok().and_then(|name| name.file_stem()?.to_str()?.parse().ok());
    Ok(match id {
        Some(id) => app.uploads.audio(id).await?,
        None => None,
    })
}
