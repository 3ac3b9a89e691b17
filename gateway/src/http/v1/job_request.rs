//! A request for a job as `/v1/jobs` takes it, in JSON or as one form: what is wrong with its fields is told together.

use std::collections::BTreeSet;
use std::sync::Arc;

use axum::extract::Request;
use axum::http::HeaderMap;
use jiff::SignedDuration;
use serde_json::Value;

use crate::app::App;
use crate::auth::caller::Caller;
use crate::domain::client::Client;
use crate::domain::code::Code;
use crate::domain::fault::{Fault, excerpt};
use crate::domain::metadata;
use crate::domain::upload::{Audio, Photo, Video};
use crate::http::problem::ApiError;
use crate::http::server::media_type::media_type;
use crate::http::server::multipart::{FileLimit, Form};
use crate::http::server::{json_body, multipart};
use crate::http::v1::flag::Flag;
use crate::http::v1::unknown_field::unknown_field;
use crate::http::v1::{job_metadata, job_webhook, json_object};
use crate::intake::incoming::Received;
use crate::intake::upload_kind::UploadKind;
use crate::submit::request::{InputField, JobRequest, Params, Source};

/// The fields of a request for a job.
const FIELDS: [&str; 17] = [
    "engine",
    "photo",
    "photo_id",
    "photo_url",
    "audio",
    "audio_id",
    "audio_url",
    "video",
    "video_id",
    "video_url",
    "params",
    "priority",
    "max_queue_seconds",
    "metadata",
    "webhook_url",
    "webhook_events",
    "strict",
];

/// The longest wait that a client may set, in seconds: a week.
const LONGEST_WAIT: f64 = 604_800.0;

/// The longest text but that of `params`, in bytes: the longest address that is of use.
const LONGEST_TEXT: usize = 8 << 10;

/// Reads a request of either kind.
///
/// # Errors
/// The body cannot be read at all, or a file is too large. What is wrong with single fields stands in the request.
pub(super) async fn read(request: Request, app: &Arc<App>, caller: &Caller) -> Result<JobRequest, ApiError> {
    let idempotency_key = idempotency_key(request.headers());
    let mut read = match media_type(request.headers()).as_str() {
        "application/json" => of_json(request, app, caller.client()).await?,
        "multipart/form-data" => of_form(request, app, caller.client()).await?,
        _ => return Err(multipart::unsupported("application/json or multipart/form-data")),
    };
    job_webhook::look_for_address(&mut read);
    match idempotency_key {
        Ok(key) => read.idempotency_key = key,
        Err(fault) => read.faults.put_first(fault),
    }
    Ok(JobRequest { key: caller.key.clone(), client: caller.client(), ..read })
}

/// The client's name for the request, if it gives one.
fn idempotency_key(headers: &HeaderMap) -> Result<Option<String>, Fault> {
    let Some(value) = headers.get("idempotency-key") else { return Ok(None) };
    match value.to_str() {
        Ok(key) if (1..=255).contains(&key.len()) => Ok(Some(key.to_owned())),
        _ => Err(Fault::new(
            "Idempotency-Key",
            Code::IdempotencyInvalid,
            "the key must consist of 1 to 255 visible ASCII characters",
            "send a UUID, for instance",
        )),
    }
}

async fn of_json(request: Request, app: &App, client: Client) -> Result<JobRequest, ApiError> {
    let (members, turn) = json_object::read(app, client, request, |name| FIELDS.contains(&name)).await?;
    let mut reading = Reading::default();
    reading.request.turn = turn;
    for (name, value) in members.known.into_iter().filter(|(_, value)| !value.is_null()) {
        reading.mention(&name);
        match (name.as_str(), value) {
            ("photo" | "audio" | "video", _) => reading.fault(
                &name,
                Code::FieldNotAFile,
                "a JSON request cannot carry a file",
                format!(
                    "give its address as `{name}_url`, the id of an upload as `{name}_id`, or send multipart/form-data"
                ),
            ),
            ("params", value) => reading.set_params(value),
            ("priority" | "max_queue_seconds", value) => reading.set_number(&name, &value),
            ("metadata", value) => {
                reading.request.metadata = metadata::read(value, &mut reading.request.faults);
            }
            ("webhook_events", value) => {
                reading.request.webhook_events = job_webhook::of_json(value, &mut reading.request.faults);
            }
            ("strict", value) => reading.set_strict(value.as_bool()),
            (_, Value::String(text)) => reading.set_text(&name, text),
            _ => reading.fault(&name, Code::FieldWrongType, "the field must be a text", "send it as a JSON string"),
        }
    }
    members.unknown.iter().for_each(|name| reading.unknown(name));
    reading.request.faults.add_untold(members.more_unknown);
    Ok(reading.request)
}

async fn of_form(request: Request, app: &Arc<App>, client: Client) -> Result<JobRequest, ApiError> {
    let limits = app.config().limits.clone();
    let mut form = Form::open(request, app).await?;
    let mut reading = Reading::default();
    let mut seen = BTreeSet::new();
    let mut params = None;
    while let Some(field) = form.next().await? {
        let Some(name) = FIELDS.into_iter().find(|known| *known == field.name()) else {
            reading.unknown(&excerpt(field.name()));
            field.skip().await?;
            continue;
        };
        if !seen.insert(name) {
            reading.fault(name, Code::FieldRepeated, "the field comes twice", "send it once");
            field.skip().await?;
            continue;
        }
        match name {
            "photo" => {
                let file = field.file_itself(app, FileLimit::of::<Photo>(&limits)).await?;
                reading.set_file(|to| &mut to.photo, file);
            }
            "audio" => {
                let file = field.file_itself(app, FileLimit::of::<Audio>(&limits)).await?;
                reading.set_file(|to| &mut to.audio, file);
            }
            "video" => {
                let file = field.file_itself(app, FileLimit::of::<Video>(&limits)).await?;
                reading.set_file(|to| &mut to.video, file);
            }
            "params" => params = Some(field.text(multipart::JSON_BYTES).await?),
            _ => {
                let text = field.text(multipart::TEXT_BYTES).await?;
                // Browsers send what was left empty as well.
                if !text.trim().is_empty() {
                    reading.mention(name);
                    reading.set_form_text(name, text);
                }
            }
        }
    }
    if let Some(params) = params.filter(|params| !params.trim().is_empty()) {
        // Once all has come, so that nobody waits for a turn that a slow client has.
        let read = |json: &[u8]| serde_json::from_slice(json);
        let (params, turn) = json_body::read(app, client, "params", params.into(), read).await?;
        reading.set_form_params(params);
        reading.request.turn = turn;
    }
    Ok(reading.request)
}

/// A request whose fields are read one after the other.
#[derive(Default)]
struct Reading {
    request: JobRequest,
}

impl Reading {
    /// Notes that an input is given, whatever comes of its field.
    fn mention(&mut self, name: &str) {
        let to = &mut self.request;
        match name {
            "photo" | "photo_id" | "photo_url" => unreadable_unless_read(&mut to.photo),
            "audio" | "audio_id" | "audio_url" => unreadable_unless_read(&mut to.audio),
            "video" | "video_id" | "video_url" => unreadable_unless_read(&mut to.video),
            _ => {}
        }
    }

    fn set_form_params(&mut self, params: serde_json::Result<Value>) {
        match params {
            Ok(value) => self.set_params(value),
            Err(error) => self.fault(
                "params",
                Code::FieldNotJson,
                format!("the parameters are not JSON: {error}"),
                "send a JSON object such as {\"seed\": 1}",
            ),
        }
    }

    fn set_form_text(&mut self, name: &str, text: String) {
        match name {
            "strict" => self.set_strict(text.trim().parse().ok().map(|Flag(strict)| strict)),
            "metadata" if text.len() <= LONGEST_TEXT => {
                self.request.metadata = job_metadata::of_form(&text, &mut self.request.faults);
            }
            "webhook_events" if text.len() <= LONGEST_TEXT => {
                self.request.webhook_events = job_webhook::of_form(&text, &mut self.request.faults);
            }
            "priority" | "max_queue_seconds" => {
                self.set_number(name, &serde_json::from_str(&text).unwrap_or(Value::String(text)));
            }
            _ => self.set_text(name, text),
        }
    }

    fn set_text(&mut self, name: &str, text: String) {
        match name {
            _ if text.len() > LONGEST_TEXT => {
                let message = format!("the text has more than {LONGEST_TEXT} bytes");
                self.fault(name, Code::FieldTooLarge, message, "send a shorter text");
            }
            "engine" | "webhook_url" if text.is_empty() => {}
            "engine" => self.request.engine = Some(text),
            "webhook_url" => self.request.webhook_url = Some(text),
            "photo_id" => self.set_id("photo_id", &text, |to| &mut to.photo),
            "photo_url" => self.set(|to| &mut to.photo, InputField::remote("photo_url", text)),
            "audio_id" => self.set_id("audio_id", &text, |to| &mut to.audio),
            "audio_url" => self.set(|to| &mut to.audio, InputField::remote("audio_url", text)),
            "video_id" => self.set_id("video_id", &text, |to| &mut to.video),
            "video_url" => self.set(|to| &mut to.video, InputField::remote("video_url", text)),
            _ => self.unknown(name),
        }
    }

    fn set_number(&mut self, name: &str, value: &Value) {
        let remedy = if name == "priority" {
            match value.as_i64().and_then(|number| i32::try_from(number).ok()).filter(|n| (-10..=10).contains(n)) {
                Some(number) => {
                    self.request.priority = number;
                    return;
                }
                None => "send a whole number from -10 to 10; higher ones come first",
            }
        } else {
            let seconds = value.as_f64().filter(|seconds| *seconds > 0.0 && *seconds <= LONGEST_WAIT);
            self.request.max_queue = seconds.and_then(|seconds| SignedDuration::try_from_secs_f64(seconds).ok());
            if self.request.max_queue.is_some() {
                return;
            }
            "send a number of seconds above 0 and up to 604800, a week"
        };
        self.fault(name, Code::FieldInvalid, format!("{} cannot be taken", excerpt(&value.to_string())), remedy);
    }

    fn set_strict(&mut self, value: Option<bool>) {
        match value {
            Some(strict) => self.request.strict = strict,
            None => {
                self.fault("strict", Code::FieldInvalid, "this is neither true nor false", "send `true` or `false`");
            }
        }
    }

    fn set_id<K: UploadKind>(
        &mut self,
        name: &'static str,
        text: &str,
        input: impl FnOnce(&mut JobRequest) -> &mut Option<InputField<K>>,
    ) {
        match text.parse() {
            Ok(id) => self.set(input, InputField::uploaded(name, id)),
            Err(_) => {
                let remedy = "send the `id` that the upload was answered with";
                self.fault(name, Code::FieldNotAnId, "this is no id", remedy);
            }
        }
    }

    fn set_file<K: UploadKind>(
        &mut self,
        input: impl FnOnce(&mut JobRequest) -> &mut Option<InputField<K>>,
        file: Result<Option<Received>, Fault>,
    ) {
        match file {
            Ok(Some(file)) => self.set(input, InputField::file(K::FIELD, file)),
            Ok(None) => {}
            Err(fault) => {
                self.mention(K::FIELD);
                self.request.faults.add(|| fault);
            }
        }
    }

    fn set<K: UploadKind>(
        &mut self,
        input: impl FnOnce(&mut JobRequest) -> &mut Option<InputField<K>>,
        field: InputField<K>,
    ) {
        let name = field.name;
        let before = input(&mut self.request).replace(field);
        if let Some(before) = before.filter(|before| !matches!(before.source, Source::Unreadable)) {
            let (first, second) = (before.name.min(name), before.name.max(name));
            let message = format!("both `{first}` and `{second}` are given");
            self.fault(K::FIELD, Code::InputAmbiguous, message, "give the file, its address or its id alone");
        }
    }

    fn set_params(&mut self, value: Value) {
        match value {
            Value::Object(params) => self.request.params = Params::Named(params),
            _ => self.fault(
                "params",
                Code::FieldWrongType,
                "the parameters must be a JSON object",
                "send an object such as {\"seed\": 1}",
            ),
        }
    }

    fn unknown(&mut self, name: &str) {
        self.request.faults.add(|| unknown_field(name, &FIELDS));
    }

    fn fault(&mut self, field: &str, code: Code, message: impl Into<String>, remedy: impl Into<String>) {
        self.request.faults.add(|| Fault::new(field, code, message, remedy));
    }
}

fn unreadable_unless_read<K: UploadKind>(input: &mut Option<InputField<K>>) {
    input.get_or_insert_with(|| InputField::unreadable(K::FIELD));
}
