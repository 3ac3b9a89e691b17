//! The fields of a request for a job, from JSON or from a form.

use std::collections::BTreeSet;
use std::sync::Arc;

use axum::extract::Request;
use engine_api::Input;
use jiff::SignedDuration;
use serde_json::Value;

use crate::app::App;
use crate::domain::code::Code;
use crate::domain::params::nearest;
use crate::domain::upload::{Audio, Photo, Video};
use crate::http::problem::ApiError;
use crate::http::server::multipart;
use crate::http::server::multipart::FileLimit;
use crate::intake::upload_kind::UploadKind;
use crate::submit::Submission;
use crate::submit::input::Source;

/// The fields of a request for a job.
const FIELDS: [&str; 11] = [
    "engine",
    "photo",
    "photo_id",
    "audio",
    "audio_id",
    "video",
    "video_id",
    "params",
    "priority",
    "max_queue_seconds",
    "webhook_url",
];

/// The longest wait that a client may set, in seconds: a week.
const LONGEST_WAIT: f64 = 604_800.0;

impl Submission {
    pub(crate) async fn read_json(request: Request) -> Result<Self, ApiError> {
        let body = axum::body::to_bytes(request.into_body(), multipart::TEXT_BYTES);
        let body = body.await.map_err(multipart::unreadable)?;
        let malformed = |detail: String| ApiError::new(Code::RequestMalformed, detail);
        let fields: Value =
            serde_json::from_slice(&body).map_err(|error| malformed(format!("the body is not JSON: {error}")))?;
        let Value::Object(fields) = fields else { return Err(malformed("the body must be a JSON object".into())) };
        let mut submission = Self::default();
        for (name, value) in fields {
            if !value.is_null() {
                submission.named.extend(input(&name));
            }
            match (name.as_str(), value) {
                (known, Value::Null) if FIELDS.contains(&known) => {}
                ("photo" | "audio" | "video", _) => submission.fault(
                    &name,
                    Code::FieldNotAFile,
                    "a JSON request cannot carry a file",
                    format!("give the id of an upload as `{name}_id`, or send multipart/form-data"),
                ),
                ("params", value) => submission.set_params(value),
                ("priority" | "max_queue_seconds", value) => submission.set_number(&name, &value),
                (_, Value::String(text)) => submission.set_text(&name, text),
                (known, _) if FIELDS.contains(&known) => {
                    submission.fault(
                        &name,
                        Code::FieldWrongType,
                        "the field must be a text",
                        "send it as a JSON string",
                    );
                }
                _ => submission.unknown(&name),
            }
        }
        Ok(submission)
    }

    pub(crate) async fn read_multipart(request: Request, app: &Arc<App>) -> Result<Self, ApiError> {
        let limits = app.config().limits.clone();
        let mut body = multipart::multipart(request, app).await?;
        let mut submission = Self::default();
        let mut seen = BTreeSet::new();
        while let Some((name, field)) = multipart::next_field(&mut body).await? {
            if FIELDS.contains(&name.as_str()) && !seen.insert(name.clone()) {
                submission.fault(&name, Code::FieldRepeated, "the field comes twice", "send it once");
                continue;
            }
            submission.named.extend(input(&name));
            match name.as_str() {
                "photo" => {
                    let file = multipart::file(app, field, "photo", FileLimit::of::<Photo>(&limits)).await?;
                    submission.set(|to| &mut to.photo, Source::File(file));
                }
                "audio" => {
                    let file = multipart::file(app, field, "audio", FileLimit::of::<Audio>(&limits)).await?;
                    submission.set(|to| &mut to.audio, Source::File(file));
                }
                "video" => {
                    let file = multipart::file(app, field, "video", FileLimit::of::<Video>(&limits)).await?;
                    submission.set(|to| &mut to.video, Source::File(file));
                }
                known if FIELDS.contains(&known) => match (known, multipart::text(field, known).await?) {
                    ("params" | "priority" | "max_queue_seconds", text) if text.trim().is_empty() => {}
                    ("params", text) => match serde_json::from_str(&text) {
                        Ok(value) => submission.set_params(value),
                        Err(error) => submission.fault(
                            "params",
                            Code::FieldNotJson,
                            format!("the parameters are not JSON: {error}"),
                            "send a JSON object such as {\"seed\": 1}",
                        ),
                    },
                    ("priority" | "max_queue_seconds", text) => {
                        submission.set_number(known, &serde_json::from_str(&text).unwrap_or(Value::String(text)));
                    }
                    (_, text) => submission.set_text(known, text),
                },
                _ => submission.unknown(&name),
            }
        }
        Ok(submission)
    }

    fn set_text(&mut self, name: &str, text: String) {
        match name {
            "engine" if text.is_empty() => {}
            "engine" => self.engine = Some(text),
            "webhook_url" if text.is_empty() => {}
            "webhook_url" => self.webhook_url = Some(text),
            "photo_id" => self.set_id(name, &text, |to| &mut to.photo),
            "audio_id" => self.set_id(name, &text, |to| &mut to.audio),
            "video_id" => self.set_id(name, &text, |to| &mut to.video),
            _ => self.unknown(name),
        }
    }

    fn set_number(&mut self, name: &str, value: &Value) {
        let taken = match name {
            "priority" => match value.as_i64().filter(|number| (-10..=10).contains(number)) {
                Some(number) => {
                    self.priority = number as i32;
                    true
                }
                None => false,
            },
            _ => {
                let seconds = value.as_f64().filter(|seconds| *seconds > 0.0 && *seconds <= LONGEST_WAIT);
                self.max_queue = seconds.and_then(|seconds| SignedDuration::try_from_secs_f64(seconds).ok());
                self.max_queue.is_some()
            }
        };
        if !taken {
            let remedy = match name {
                "priority" => "send a whole number from -10 to 10; higher ones come first",
                _ => "send a number of seconds above 0 and up to 604800, a week",
            };
            self.fault(name, Code::FieldInvalid, format!("{value} cannot be taken"), remedy);
        }
    }

    fn set_id<K: UploadKind>(
        &mut self,
        name: &str,
        text: &str,
        input: impl FnOnce(&mut Self) -> &mut Option<Source<K>>,
    ) {
        match text.parse() {
            Ok(id) => self.set(input, Source::Uploaded(id)),
            Err(_) => {
                let remedy = "send the `id` that the upload was answered with";
                self.fault(name, Code::FieldNotAnId, "this is no id", remedy);
            }
        }
    }

    fn set<K: UploadKind>(&mut self, input: impl FnOnce(&mut Self) -> &mut Option<Source<K>>, source: Source<K>) {
        if input(self).replace(source).is_some() {
            self.fault(
                K::FIELD,
                Code::InputAmbiguous,
                format!("both `{0}` and `{0}_id` are given", K::FIELD),
                "give the file or the id, not both",
            );
        }
    }

    fn set_params(&mut self, value: Value) {
        match value {
            Value::Object(params) => self.params = params,
            _ => self.fault(
                "params",
                Code::FieldWrongType,
                "the parameters must be a JSON object",
                "send an object such as {\"seed\": 1}",
            ),
        }
    }

    fn unknown(&mut self, name: &str) {
        let remedy = match nearest(name, FIELDS.into_iter()) {
            Some(near) => format!("did you mean `{near}`?"),
            None => format!("the fields are {}", FIELDS.join(", ")),
        };
        self.fault(name, Code::FieldUnknown, format!("there is no field `{name}`"), remedy);
    }
}

/// The input that a field is about.
fn input(field: &str) -> Option<Input> {
    match field {
        "photo" | "photo_id" => Some(Photo::INPUT),
        "audio" | "audio_id" => Some(Audio::INPUT),
        "video" | "video_id" => Some(Video::INPUT),
        _ => None,
    }
}
