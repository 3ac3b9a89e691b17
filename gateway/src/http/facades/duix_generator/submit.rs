//! Submits a job to the generator under a name of the client's.

use std::sync::Arc;

use axum::extract::{Request, State};
use axum::http::StatusCode;
use axum::{Extension, Json};
use serde_json::{Map, Value, json};
use utoipa::ToSchema;

use crate::app::App;
use crate::auth::caller::Caller;
use crate::config::FacadeName;
use crate::domain::translate::{ClientParam, Concept};
use crate::http::facades::adapt;
use crate::http::facades::adapt::Renderer;
use crate::http::facades::duix_generator::answer::{Answer, Data, INTERNAL, KNOWN};
use crate::http::facades::duix_generator::inputs::input;
use crate::http::facades::duix_generator::query::client_name;
use crate::http::facades::error::Refusal;
use crate::http::problem::ApiError;
use crate::http::server::json_body::Members;
use crate::http::server::{json_body, multipart};
use crate::submit;
use crate::submit::request::JobRequest;

/// The longest name of a job, in bytes: a file is called after it.
const LONGEST_CODE: usize = 200;

const NAMES: [&str; 6] = ["audio_url", "video_url", "code", "chaofen", "watermark_switch", "pn"];

/// Its switches, the engine's names for them, and what they are where nothing is said.
const SWITCHES: [(&str, &str, bool); 3] =
    [("chaofen", "super_resolution", false), ("watermark_switch", "watermark", false), ("pn", "ping_pong", true)];

#[derive(ToSchema)]
#[schema(example = json!({
    "audio_url": "speech.wav",
    "video_url": "person.mp4",
    "code": "01890a5d-ac96-774b-bcce-b302099a8057",
}))]
#[allow(dead_code, reason = "only documents the request")]
struct Submission {
    /// The speech: a file in the folder `temp` of the shared folder, a path in the shared folder behind `/code/data/`, or an
    /// address.
    #[schema(example = "speech.wav")]
    audio_url: String,
    /// The video that is redubbed, in the same ways.
    #[schema(example = "person.mp4")]
    video_url: String,
    /// What the client calls the job. The video is called after it.
    #[schema(example = "01890a5d-ac96-774b-bcce-b302099a8057")]
    code: String,
    /// 1 to raise the resolution of the face.
    #[schema(default = 0)]
    chaofen: Option<u8>,
    /// 1 for a watermark.
    #[schema(default = 0)]
    watermark_switch: Option<u8>,
    /// 1 to play the video forwards and backwards where the speech is longer.
    #[schema(default = 1)]
    pn: Option<u8>,
}

/// Make a video
///
/// JSON, whatever its type is said to be. Jobs wait for each other, so nobody is told 10001.
#[utoipa::path(
    post, path = "/easy/submit", operation_id = "duix_generator_submit", tag = "Duix generator",
    request_body(content = Submission),
    responses((status = 200, body = Answer, description = "10000; or 10002: something is missing or cannot be used, 10005: there is a job of this code, 9999: the engine is not ready"))
)]
pub(super) async fn submit(
    State(app): State<Arc<App>>,
    Extension(caller): Extension<Caller>,
    request: Request,
) -> Result<Json<Answer>, Refusal> {
    let body = axum::body::to_bytes(request.into_body(), multipart::JSON_BYTES).await.map_err(multipart::unreadable)?;
    let members = |body: &[u8]| Members::of(body, |name| NAMES.contains(&name));
    let Ok(Some(Members { known: fields, .. })) =
        json_body::read(&app, caller.client(), "body", body, members).await?.0
    else {
        return Err(wrong("the body must be a JSON object"));
    };
    let [audio, video, code] = [text(&fields, "audio_url")?, text(&fields, "video_url")?, text(&fields, "code")?];
    if !is_name(&code) {
        return Err(wrong(format!(
            "code: a file is called after it, so it has {LONGEST_CODE} bytes at most, no slash, and no dot at its beginning"
        )));
    }
    let name = client_name(&code);
    if let Some(earlier) = app.jobs.called(&name).await? {
        if !earlier.state.is_final() {
            return Ok(Json(Answer::failure(KNOWN, "任务已存在，正在执行中")));
        }
        app.jobs.forget_name(earlier.id).await?;
    }
    let renderer = match Renderer::ready(&app, FacadeName::DuixGenerator).await {
        Err(error) if error.status() == StatusCode::SERVICE_UNAVAILABLE => {
            return Ok(Json(Answer::failure(INTERNAL, error.sentence())));
        }
        renderer => renderer?,
    };
    let (audio, video) = (input(&app, "audio_url", &audio, wrong), input(&app, "video_url", &video, wrong));
    let (audio, video) = tokio::try_join!(audio, video)?;
    let request = JobRequest {
        video: Some(video),
        audio: Some(audio),
        client_name: Some(name),
        ..adapt::request(renderer, &caller, switches(&fields))
    };
    submit::submit(&app, request).await.map_err(|error| in_body(error.into()))?;
    Ok(Json(Answer::ok(Data::default())))
}

/// A fault of the request.
fn wrong(why: impl Into<String>) -> Refusal {
    Refusal::with_message(StatusCode::OK, why)
}

/// What is wrong with the files is a fault of the request as well.
fn in_body(error: ApiError) -> Refusal {
    match error.status() {
        StatusCode::UNPROCESSABLE_ENTITY | StatusCode::PAYLOAD_TOO_LARGE => wrong(error.sentence()),
        _ => error.into(),
    }
}

/// A text that must be there, and not be empty.
fn text(fields: &Map<String, Value>, name: &str) -> Result<String, Refusal> {
    match fields.get(name) {
        Some(Value::String(text)) if !text.is_empty() => Ok(text.clone()),
        Some(Value::Number(number)) if name == "code" => Ok(number.to_string()),
        _ => Err(wrong(format!("{name}参数缺失"))),
    }
}

/// Whether a file may be called after a job's name.
fn is_name(code: &str) -> bool {
    let is_plain = |character: char| !matches!(character, '/' | '\\') && !character.is_control();
    code.len() <= LONGEST_CODE && !code.starts_with('.') && code.chars().all(is_plain)
}

/// The switches that are not as they are by themselves. The generator takes anything but 1 for 0.
fn switches(fields: &Map<String, Value>) -> Vec<ClientParam> {
    let is_on = |value: &Value| match value {
        Value::String(text) => text == "1",
        other => *other == json!(1) || *other == json!(true),
    };
    let changed = SWITCHES.into_iter().filter_map(|(name, meaning, usual)| {
        let on = is_on(fields.get(name).filter(|value| !value.is_null())?);
        (on != usual).then(|| ClientParam { name: meaning, concept: Concept::Own, value: json!(on) })
    });
    changed.collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_can_be_called_after_a_job() {
        assert!(["x", "01890a5d-ac96-774b-bcce-b302099a8057", "任务 1", "a..b"].into_iter().all(is_name));
        let long = "x".repeat(201);
        assert!(!["../x", "a/b", "a\\b", ".x", "..", "a\0", "a\n", &long].into_iter().any(is_name));
    }

    #[test]
    fn switches_are_told_where_they_are_unusual() {
        let told = |fields: Value| {
            let params = switches(fields.as_object().unwrap());
            params.into_iter().map(|param| format!("{}={}", param.name, param.value)).collect::<Vec<_>>()
        };
        assert!(told(json!({"chaofen": 0, "watermark_switch": null, "pn": "1"})).is_empty());
        assert_eq!(told(json!({"chaofen": "1", "pn": 0})), ["super_resolution=true", "ping_pong=false"]);
    }
}
