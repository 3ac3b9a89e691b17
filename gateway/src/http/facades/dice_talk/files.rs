//! Which files the DICE-Talk service takes. It went by the type that the client sent; most clients send none, or
//! `application/octet-stream`, so here the ending of the name counts as well, and in the end the content.

use crate::config::Limits;
use crate::domain::code::Code;
use crate::http::facades::error::Refusal;
use crate::http::facades::fastapi::form::{Content, Part};
use crate::intake::incoming::Received;
use crate::submit::error::SubmitError;

/// The type that clients send that know none.
const UNKNOWN_TYPE: &str = "application/octet-stream";

/// What a file may be called, and how it is refused otherwise.
struct UploadKind {
    field: &'static str,
    extensions: &'static [&'static str],
    types: &'static [&'static str],
    /// The code of content that is of another kind.
    other_kind: Code,
    wrong: &'static str,
}

const IMAGE: UploadKind = UploadKind {
    field: "image",
    extensions: &["jpg", "jpeg", "png"],
    types: &["image/jpeg", "image/jpg", "image/pjpeg", "image/png", "image/x-png"],
    other_kind: Code::ImageUnsupported,
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
    other_kind: Code::AudioUndecodable,
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

/// What a request with such files is refused with. Content of another kind is told as the original tells another type.
pub(super) fn refusal(error: SubmitError) -> Refusal {
    let first = match &error {
        SubmitError::Refused { faults, .. } => faults.told().first(),
        _ => None,
    };
    let wrong =
        |kind: &UploadKind| first.is_some_and(|first| first.field == kind.field && first.code == kind.other_kind);
    match [IMAGE, AUDIO].into_iter().find(wrong) {
        Some(kind) => Refusal::bad_request(kind.wrong),
        None => error.into(),
    }
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
}
