//! Asks for a video of a photo and speech.

use std::sync::Arc;

use axum::extract::{Request, State};
use axum::{Extension, Json};
use engine_api::Input;
use serde_json::json;
use utoipa::ToSchema;

use crate::app::App;
use crate::auth::caller::Caller;
use crate::domain::code::Code;
use crate::domain::translate::{ClientParam, Concept};
use crate::domain::upload::{Audio, Photo};
use crate::http::facades::adapt;
use crate::http::facades::error::Refusal;
use crate::http::facades::fastapi::fields::Fields;
use crate::http::facades::fastapi::form::FileField;
use crate::http::facades::openai::model;
use crate::http::facades::openai::speech::{fault, speech, uploaded_photo};
use crate::http::facades::openai::video::Video;
use crate::http::server::media_type::media_type;
use crate::submit;
use crate::submit::request::{InputField, JobRequest};

/// The most pixels of a side that a size may ask for.
const LONGEST_SIDE: u32 = 16_384;

const NAMES: [&str; 9] = [
    "prompt",
    "model",
    "seconds",
    "size",
    "input_reference",
    "input_reference[file_id]",
    "input_reference[image_url]",
    "audio",
    "audio_id",
];

#[derive(ToSchema)]
#[schema(example = json!({"prompt": "A friendly host", "input_reference": "portrait.png", "audio": "speech.wav"}))]
#[allow(dead_code, reason = "only documents the request")]
struct VideoForm {
    /// Not heeded: the video shows who is in the photo, saying what is in the speech. A text alone is refused, until there is
    /// speech synthesis.
    #[schema(example = "A friendly host")]
    prompt: Option<String>,
    /// The portrait. `input_reference[file_id]` may name an earlier upload instead, `input_reference[image_url]` an address.
    #[schema(value_type = Option<String>, format = Binary)]
    input_reference: Option<Vec<u8>>,
    /// The speech: an addition of the gateway's.
    #[schema(value_type = Option<String>, format = Binary)]
    audio: Option<Vec<u8>>,
    /// The speech as the id of an earlier upload.
    #[schema(example = "")]
    audio_id: Option<String>,
    /// An engine. Without it, and for the service's own models, the one that this facade is configured for.
    #[schema(example = "")]
    model: Option<String>,
    /// Width and height, as far as the engine can.
    #[schema(example = "720x1280")]
    size: Option<String>,
    /// Not heeded: the video is as long as the speech.
    #[schema(example = "4")]
    seconds: Option<String>,
}

/// Create a video
///
/// As a form, or as JSON with `input_reference` as an object and `audio_id`.
#[utoipa::path(
    post, path = "/v1/videos", operation_id = "openai_create_video", tag = "OpenAI",
    request_body(content = VideoForm, content_type = "multipart/form-data"),
    responses(
        (status = 200, body = Video),
        (status = 400, description = "What is wrong with the request: `{\"error\": {\"message\", \"type\", \"param\", \"code\"}}`"),
        (status = 503, description = "The engine is not ready; `error.message` says what it lacks"),
    )
)]
pub(super) async fn create(
    State(app): State<Arc<App>>,
    Extension(caller): Extension<Caller>,
    request: Request,
) -> Result<Json<Video>, Refusal> {
    let limits = app.config().limits.clone();
    let mut fields = match media_type(request.headers()).as_str() {
        "application/json" => Fields::of_json(request, &app, caller.client(), &NAMES).await?,
        _ => {
            let files = [FileField::of::<Photo>("input_reference", &limits), FileField::of::<Audio>("audio", &limits)];
            Fields::of_form(request, &app, &files, &NAMES).await?
        }
    };
    let mut warnings = unheeded(&mut fields);
    let size = size(&mut fields)?;
    let named = fields.optional_text("model").filter(|model| !model.is_empty());
    let photo = photo(&mut fields)?;
    let audio = speech(&mut fields);
    if !fields.is_valid() {
        return Err(fields.refusal());
    }
    let audio = audio?;
    let (renderer, warning) = model::renderer(&app, named.as_deref()).await?;
    warnings.extend(warning);
    if photo.is_none() && needs_photo(&app, &renderer.engine) {
        let message = format!("the engine `{}` needs a photo", renderer.engine);
        let remedy = "send the portrait as the file `input_reference`, or the id of an upload from POST /v1/photos as \
                      `input_reference[file_id]`";
        return Err(fault("input_reference", Code::InputMissing, &message, remedy));
    }
    let mut request = JobRequest { photo, audio: Some(audio), ..adapt::request(renderer, &caller, size) };
    request.warnings.extend(warnings);
    let job = submit::submit(&app, request).await?.job;
    Ok(Json(Video::of(&job)))
}

/// The portrait: a file, an earlier upload, or what lies at an address.
fn photo(fields: &mut Fields) -> Result<Option<InputField<Photo>>, Refusal> {
    const FIELD: &str = "input_reference";
    if let Some(file) = fields.optional_file(FIELD) {
        return Ok(Some(InputField::file(FIELD, file.received()?)));
    }
    if let Some(id) = fields.optional_member(FIELD, "file_id") {
        return uploaded_photo(&id).map(Some);
    }
    let address = fields.optional_member(FIELD, "image_url");
    Ok(address.map(|address| InputField::remote(FIELD, address)))
}

/// Whether an engine renders nothing to speech alone: a source video is not to be had here either.
fn needs_photo(app: &App, engine: &str) -> bool {
    let Some(entry) = app.catalog.entry(engine) else { return false };
    let inputs = entry.opened().map(|engine| engine.description.descriptor.inputs.clone()).unwrap_or_default();
    inputs.iter().all(|inputs| inputs != &[Input::Speech])
}

/// What the client has asked for in vain.
fn unheeded(fields: &mut Fields) -> Vec<String> {
    let mut warnings = Vec::new();
    if fields.optional_text("prompt").is_some_and(|prompt| !prompt.trim().is_empty()) {
        warnings
            .push("`prompt` is not heeded: the video shows who is in the photo, saying what is in the speech".into());
    }
    if fields.has("seconds") {
        warnings.push("`seconds` is not heeded: the video is as long as the speech".into());
    }
    warnings
}

/// Width and height, as the engine may have them.
fn size(fields: &mut Fields) -> Result<Vec<ClientParam>, Refusal> {
    let Some(size) = fields.optional_text("size").filter(|size| !matches!(size.as_str(), "" | "auto")) else {
        return Ok(vec![]);
    };
    let side = |text: &str| text.parse().ok().filter(|side| (1..=LONGEST_SIDE).contains(side));
    let sides = size.split_once('x').and_then(|(width, height)| Some((side(width)?, side(height)?)));
    let Some((width, height)) = sides else {
        return Err(fault("size", Code::FieldInvalid, "this is no size", "write it as width and height: 720x1280"));
    };
    let param = |name, concept, side: u32| ClientParam { name, concept, value: json!(side) };
    Ok(vec![param("width", Concept::Width, width), param("height", Concept::Height, height)])
}
