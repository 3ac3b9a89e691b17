//! Which files the DICE-Talk service takes. It went by the type that the client told; most clients tell none, or
//! `application/octet-stream`, so here the content and the ending of the name decide.

use super::super::Refusal;
use super::super::fastapi::{Content, Part};
use crate::config::Limits;
use crate::intake::Received;

const IMAGE_TYPES: &str = "['image/jpeg', 'image/png']";
const AUDIO_TYPES: &str = "['audio/wav', 'audio/mpeg', 'audio/mp3']";
/// What clients say that do not know.
const UNTOLD: &str = "application/octet-stream";

/// A portrait.
///
/// # Errors
/// It is neither JPEG nor PNG, or too large.
pub(super) fn image(part: Part, limits: &Limits) -> Result<Received, Refusal> {
    let is_image = |bytes: &[u8]| bytes.starts_with(b"\x89PNG\r\n\x1a\n") || bytes.starts_with(b"\xff\xd8\xff");
    let told = ["image/jpeg", "image/jpg", "image/pjpeg", "image/png", "image/x-png"];
    let large = format!("Image file too large. Maximum size: {}MB", limits.image_bytes >> 20);
    taken(part, &["jpg", "jpeg", "png"], &told, is_image, ("image", IMAGE_TYPES), large)
}

/// Speech.
///
/// # Errors
/// It is neither WAV nor MP3, or too large.
pub(super) fn audio(part: Part, limits: &Limits) -> Result<Received, Refusal> {
    let is_wav = |bytes: &[u8]| bytes.starts_with(b"RIFF") && bytes.get(8..12) == Some(b"WAVE");
    // MP3 begins with a tag or with a frame, whose first eleven bits are set.
    let is_mp3 =
        |bytes: &[u8]| bytes.starts_with(b"ID3") || matches!(bytes, [0xff, second, ..] if second & 0xe0 == 0xe0);
    let told = [
        "audio/wav",
        "audio/x-wav",
        "audio/wave",
        "audio/vnd.wave",
        "audio/mpeg",
        "audio/mp3",
        "audio/x-mp3",
        "audio/x-mpeg",
    ];
    let large = format!("Audio file too large. Maximum size: {}MB", limits.audio_bytes >> 20);
    taken(part, &["wav", "mp3"], &told, |bytes| is_wav(bytes) || is_mp3(bytes), ("audio", AUDIO_TYPES), large)
}

fn taken(
    part: Part,
    extensions: &[&str],
    told: &[&str],
    is_of_kind: impl Fn(&[u8]) -> bool,
    (kind, allowed): (&str, &str),
    large: String,
) -> Result<Received, Refusal> {
    let wrong = || Refusal::bad(format!("Invalid {kind} file type. Allowed types: {allowed}"));
    let content_type = part.content_type.as_deref().unwrap_or(UNTOLD);
    let content_type = content_type.split(';').next().unwrap_or_default().trim();
    let fits = part.extension().is_none_or(|extension| extensions.contains(&extension.as_str()))
        && (content_type == UNTOLD || told.contains(&content_type));
    if !fits {
        return Err(wrong());
    }
    match part.content {
        Content::TooLarge(_) => Err(Refusal::bad(large)),
        Content::Received(received) if is_of_kind(&received.beginning()?) => Ok(received),
        Content::Received(_) => Err(wrong()),
    }
}
