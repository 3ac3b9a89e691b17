//! Which files the DICE-Talk service takes. It went by the type that the client sent; most clients send none, or
//! `application/octet-stream`, so here the ending of the name counts as well, and in the end the content.

use std::sync::Arc;

use crate::app::App;
use crate::config::Limits;
use crate::domain::code::Code;
use crate::http::facades::adapt;
use crate::http::facades::error::Refusal;
use crate::http::facades::fastapi::form::{Content, Part};
use crate::intake::audio;
use crate::intake::audio::CheckedAudio;
use crate::intake::error::UploadError;
use crate::intake::incoming::Received;
use crate::intake::photo::CheckedPhoto;

/// The type that clients send that know none.
const UNKNOWN_TYPE: &str = "application/octet-stream";

/// What a file may be called, and how it is refused otherwise.
struct UploadKind {
    field: &'static str,
    extensions: &'static [&'static str],
    types: &'static [&'static str],
    wrong: &'static str,
}

const IMAGE: UploadKind = UploadKind {
    field: "image",
    extensions: &["jpg", "jpeg", "png"],
    types: &["image/jpeg", "image/jpg", "image/pjpeg", "image/png", "image/x-png"],
    wrong: "Invalid image file type. Allowed types: ['image/jpeg', 'image/png']",
};
const AUDIO: UploadKind = UploadKind {
    field: "audio",
    extensions: &["wav", "mp3"],
    types: &[
        "audio/wav",
        "audio/x-wav",
        "audio/wave",
        "audio/vnd.wave",
        "audio/mpeg",
        "audio/mp3",
        "audio/x-mp3",
        "audio/x-mpeg",
    ],
    wrong: "Invalid audio file type. Allowed types: ['audio/wav', 'audio/mpeg', 'audio/mp3']",
};

/// A portrait by its name and size.
///
/// # Errors
/// It is called something else than JPEG or PNG, or too large.
pub(super) fn image(part: Part, limits: &Limits) -> Result<Received, Refusal> {
    IMAGE.taken(part, || format!("Image file too large. Maximum size: {}MB", limits.image_bytes >> 20))
}

/// Speech by its name and size.
///
/// # Errors
/// It is called something else than WAV or MP3, or too large.
pub(super) fn audio(part: Part, limits: &Limits) -> Result<Received, Refusal> {
    AUDIO.taken(part, || format!("Audio file too large. Maximum size: {}MB", limits.audio_bytes >> 20))
}

/// A portrait by its content.
///
/// # Errors
/// It is no picture, or shows no usable face.
pub(super) async fn photo(app: &Arc<App>, file: Received) -> Result<CheckedPhoto, Refusal> {
    adapt::photo(app, file).await.map_err(|refused| IMAGE.refusal(refused, Code::ImageUnsupported))
}

/// Speech by its content.
///
/// # Errors
/// It is no sound.
pub(super) async fn speech(app: &Arc<App>, file: Received) -> Result<CheckedAudio, Refusal> {
    audio::check(&app.intake, file).await.map_err(|refused| AUDIO.refusal(refused, Code::AudioUndecodable))
}

impl UploadKind {
    fn taken(&self, part: Part, large: impl FnOnce() -> String) -> Result<Received, Refusal> {
        let content_type = part.content_type.as_deref().unwrap_or(UNKNOWN_TYPE);
        let content_type = content_type.split(';').next().unwrap_or_default().trim();
        let fits = part.extension().is_none_or(|extension| self.extensions.contains(&extension.as_str()))
            && (content_type == UNKNOWN_TYPE || self.types.contains(&content_type));
        if !fits {
            return Err(Refusal::bad_request(self.wrong));
        }
        match part.content {
            Content::TooLarge(_) => Err(Refusal::bad_request(large())),
            Content::Received(received) => Ok(received),
        }
    }

    /// Content of another kind is told as the original tells another type.
    fn refusal(&self, refused: UploadError, other_kind: Code) -> Refusal {
        match refused {
            UploadError::Fault { code, .. } if code == other_kind => Refusal::bad_request(self.wrong),
            other => Refusal::upload(self.field, other),
        }
    }
}
