//! The speech of a video: a field of ours. The service speaks a text; here is nobody yet who could.

use crate::domain::code::Code;
use crate::domain::fault::Fault;
use crate::domain::id::{AudioId, PhotoId};
use crate::domain::upload::{Audio, Photo};
use crate::http::facades::error::Refusal;
use crate::http::facades::fastapi::fields::Fields;
use crate::http::problem::ApiError;
use crate::submit::request::InputField;

/// The speech of a request: a file, or the id of an upload.
///
/// # Errors
/// There is none: a text alone cannot be spoken.
pub(super) fn speech(fields: &mut Fields) -> Result<InputField<Audio>, Refusal> {
    if let Some(file) = fields.optional_file("audio") {
        return Ok(InputField::file("audio", file.received()?));
    }
    let Some(id) = fields.optional_text("audio_id") else {
        let message = "there is no speech, and a prompt cannot be spoken: this gateway has no speech synthesis yet";
        let remedy = "send the speech as the file `audio`, or an upload's id from POST /v1/audio as `audio_id`";
        return Err(fault("audio", Code::InputMissing, message, remedy));
    };
    let id: AudioId = id.parse().map_err(|_| not_an_id("audio_id", "POST /v1/audio"))?;
    Ok(InputField::uploaded("audio_id", id))
}

/// The photo of an earlier upload, by what a request has in `input_reference`.
///
/// # Errors
/// It is no id.
pub(super) fn uploaded_photo(id: &str) -> Result<InputField<Photo>, Refusal> {
    let id: PhotoId = id.parse().map_err(|_| not_an_id("input_reference", "POST /v1/photos"))?;
    Ok(InputField::uploaded("input_reference", id))
}

fn not_an_id(field: &str, from: &str) -> Refusal {
    fault(field, Code::FieldNotAnId, "this is no id", &format!("send the `id` that {from} was answered with"))
}

/// What is wrong with one field.
pub(super) fn fault(field: &str, code: Code, message: &str, remedy: &str) -> Refusal {
    ApiError::faults(vec![Fault::new(field, code, message, remedy)]).into()
}
