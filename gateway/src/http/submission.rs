//! A request for a job, in JSON or as one multipart body: read, checked with all faults at once, and made a row.

use std::collections::BTreeSet;
use std::str::FromStr;
use std::sync::Arc;

use axum::extract::Request;
use axum::http::{StatusCode, header};
use engine_api::{Input, Readiness};
use serde_json::{Map, Value};

use super::auth::{self, Caller};
use super::{engines, receive};
use crate::app::App;
use crate::catalog::{Entry, Status};
use crate::error::ApiError;
use crate::intake::verdict::Choice;
use crate::intake::{Findings, Received, Refusal, audio, photo};
use crate::job::admission::{Fault, admit};
use crate::job::id::{AudioId, PhotoId};
use crate::job::params::nearest;
use crate::job::{Inputs, Job};
use crate::store::NewJob;
use crate::upload::Photo;

/// The fields of a request for a job.
const FIELDS: [&str; 6] = ["engine", "photo", "photo_id", "audio", "audio_id", "params"];

/// A request as it was read, with what was wrong already then.
#[derive(Default)]
pub(super) struct Submission {
    engine: Option<String>,
    photo: Option<Source<PhotoId>>,
    audio: Option<Source<AudioId>>,
    /// The inputs that were named at all, also those at fault: nobody is told that these are missing.
    named: BTreeSet<Input>,
    params: Map<String, Value>,
    faults: Vec<Fault>,
    /// What the client should know although it is no fault.
    warnings: Vec<String>,
    /// What was found in the photo, if that is at fault.
    findings: Option<Findings>,
}

/// Where an input comes from.
enum Source<Id> {
    /// An earlier upload.
    Uploaded(Id),
    /// A file in this request.
    File(Received),
}

impl Submission {
    /// Reads a request of either kind.
    pub(super) async fn read(request: Request, app: &Arc<App>) -> Result<Self, ApiError> {
        let content_type = request.headers().get(header::CONTENT_TYPE).and_then(|value| value.to_str().ok());
        let essence =
            content_type.unwrap_or_default().split(';').next().unwrap_or_default().trim().to_ascii_lowercase();
        match essence.as_str() {
            "application/json" => Self::read_json(request).await,
            "multipart/form-data" => Self::read_multipart(request, app).await,
            _ => Err(receive::unsupported("application/json or multipart/form-data")),
        }
    }

    async fn read_json(request: Request) -> Result<Self, ApiError> {
        let body = axum::body::to_bytes(request.into_body(), receive::TEXT_BYTES);
        let body = body.await.map_err(|_| receive::too_large())?;
        let malformed = |detail: String| ApiError::new(StatusCode::BAD_REQUEST, "request.malformed", detail);
        let fields: Value =
            serde_json::from_slice(&body).map_err(|error| malformed(format!("the body is not JSON: {error}")))?;
        let Value::Object(fields) = fields else { return Err(malformed("the body must be a JSON object".into())) };
        let mut submission = Self::default();
        for (name, value) in fields {
            if !value.is_null() {
                submission.named.extend(input(&name));
            }
            match (name.as_str(), value) {
                (_, Value::Null) if FIELDS.contains(&name.as_str()) => {}
                ("photo" | "audio", _) => submission.fault(
                    &name,
                    "field.not_a_file",
                    "a JSON request cannot carry a file",
                    format!("give the id of an upload as `{name}_id`, or send multipart/form-data"),
                ),
                ("params", value) => submission.set_params(value),
                (_, Value::String(text)) => submission.set_text(&name, text),
                ("engine" | "photo_id" | "audio_id", _) => {
                    submission.fault(&name, "field.wrong_type", "the field must be a text", "send it as a JSON string");
                }
                _ => submission.unknown(&name),
            }
        }
        Ok(submission)
    }

    async fn read_multipart(request: Request, app: &Arc<App>) -> Result<Self, ApiError> {
        let mut body = receive::multipart(request, app).await?;
        let mut submission = Self::default();
        let mut seen = BTreeSet::new();
        while let Some((name, field)) = receive::next_field(&mut body).await? {
            if FIELDS.contains(&name.as_str()) && !seen.insert(name.clone()) {
                submission.fault(&name, "field.repeated", "the field comes twice", "send it once");
                continue;
            }
            submission.named.extend(input(&name));
            match name.as_str() {
                "photo" => {
                    let file = receive::file(app, field, "photo", "image", app.config().limits.image_bytes).await?;
                    submission.set_photo(Source::File(file));
                }
                "audio" => {
                    let file = receive::file(app, field, "audio", "audio", app.config().limits.audio_bytes).await?;
                    submission.set_audio(Source::File(file));
                }
                "params" => match receive::text(field, "params").await? {
                    text if text.trim().is_empty() => {}
                    text => match serde_json::from_str(&text) {
                        Ok(value) => submission.set_params(value),
                        Err(error) => submission.fault(
                            "params",
                            "field.not_json",
                            format!("the parameters are not JSON: {error}"),
                            "send a JSON object such as {\"seed\": 1}",
                        ),
                    },
                },
                known if FIELDS.contains(&known) => {
                    let text = receive::text(field, known).await?;
                    submission.set_text(known, text);
                }
                _ => submission.unknown(&name),
            }
        }
        Ok(submission)
    }

    /// Checks everything, keeps the files, and writes the job.
    ///
    /// # Errors
    /// All faults together; nothing is kept then.
    pub(super) async fn accept(mut self, app: &Arc<App>, caller: &Caller) -> Result<Job, ApiError> {
        app.catalog.ready().await;
        let engine = self.engine.take().unwrap_or_else(|| app.config().engines.default.clone());
        let entry = app.catalog.entry(&engine);
        if entry.is_none() {
            self.fault("engine", "engine.unknown", engines::unknown(app, &engine), "see /v1/engines");
        }
        let params = std::mem::take(&mut self.params);
        let opened = entry.as_ref().and_then(|entry| entry.engine.as_ref());
        let complete = match opened.map(|e| admit(&e.description.descriptor, &e.parameters, &self.named, params)) {
            Some(Ok(complete)) => complete,
            Some(Err(faults)) => {
                self.faults.extend(faults);
                Map::new()
            }
            None => Map::new(),
        };
        let photo = self.check_photo(app).await?;
        let audio = self.check_audio(app).await?;
        let Some(entry) = entry.filter(|_| self.faults.is_empty()) else { return Err(self.into_error()) };
        let entry = ready(app, entry).await?;
        let _turn = auth::within_quota(app, caller).await?;
        let inputs =
            Inputs { photo_id: keep_photo(app, photo).await?, audio_id: keep_audio(app, audio).await?, video_id: None };
        let job = NewJob {
            id: app.ids.next(),
            engine: entry.id.clone(),
            inputs,
            params: complete,
            max_failures: app.config().engine(&entry.id).attempts,
            warnings: self.warnings,
            priority: 0,
            expires_at: None,
            webhook_url: None,
            key_id: caller.key.as_ref().map(|key| key.id),
        };
        let job = app.jobs.insert(job, app.clock.now()).await?;
        tracing::info!(job.id = %job.id, engine.id = job.engine, "job queued");
        app.wake.notify_one();
        Ok(job)
    }

    async fn check_photo(&mut self, app: &Arc<App>) -> Result<Option<Checked<PhotoId, photo::CheckedPhoto>>, ApiError> {
        match self.photo.take() {
            None => Ok(None),
            Some(Source::Uploaded(id)) => match app.uploads.photo(id).await? {
                Some(photo) => {
                    self.warn_of(&photo);
                    Ok(Some(Checked::Uploaded(id)))
                }
                None => {
                    self.fault("photo_id", "photo.not_found", format!("there is no photo {id}"), "upload it first");
                    Ok(None)
                }
            },
            Some(Source::File(file)) => match photo::check(app, file, Choice::default()).await {
                Ok(checked) => {
                    self.warn_of(checked.photo());
                    Ok(Some(Checked::New(checked)))
                }
                Err(refusal) => self.refused("photo", refusal).map(|()| None),
            },
        }
    }

    async fn check_audio(&mut self, app: &Arc<App>) -> Result<Option<Checked<AudioId, audio::CheckedAudio>>, ApiError> {
        match self.audio.take() {
            None => Ok(None),
            Some(Source::Uploaded(id)) if app.uploads.audio(id).await?.is_some() => Ok(Some(Checked::Uploaded(id))),
            Some(Source::Uploaded(id)) => {
                self.fault("audio_id", "audio.not_found", format!("there is no speech {id}"), "upload it first");
                Ok(None)
            }
            Some(Source::File(file)) => match audio::check(app, file).await {
                Ok(checked) => Ok(Some(Checked::New(checked))),
                Err(refusal) => self.refused("audio", refusal).map(|()| None),
            },
        }
    }

    fn warn_of(&mut self, photo: &Photo) {
        self.warnings.extend(photo.verdict.warnings.iter().map(|warning| warning.message.clone()));
    }

    /// A client's fault joins the others; the gateway's own ends the request.
    fn refused(&mut self, field: &str, refusal: Refusal) -> Result<(), ApiError> {
        match refusal {
            Refusal::Fault { code, message, remedy } => {
                self.fault(field, code, message, remedy);
                Ok(())
            }
            Refusal::Photo(findings) => {
                self.faults.push(findings.fault(field));
                self.findings = Some(*findings);
                Ok(())
            }
            other => Err(ApiError::refusal(field, other)),
        }
    }

    fn into_error(self) -> ApiError {
        let error = ApiError::faults(self.faults);
        match self.findings {
            Some(findings) => error.with_findings(findings),
            None => error,
        }
    }

    fn set_text(&mut self, name: &str, text: String) {
        match name {
            "engine" if text.is_empty() => {}
            "engine" => self.engine = Some(text),
            "photo_id" => {
                if let Some(id) = self.id(name, &text) {
                    self.set_photo(Source::Uploaded(id));
                }
            }
            "audio_id" => {
                if let Some(id) = self.id(name, &text) {
                    self.set_audio(Source::Uploaded(id));
                }
            }
            _ => self.unknown(name),
        }
    }

    fn id<Id: FromStr>(&mut self, name: &str, text: &str) -> Option<Id> {
        let id = text.parse().ok();
        if id.is_none() {
            self.fault(name, "field.not_an_id", "this is no id", "send the `id` that the upload was answered with");
        }
        id
    }

    fn set_photo(&mut self, source: Source<PhotoId>) {
        if self.photo.replace(source).is_some() {
            self.ambiguous("photo");
        }
    }

    fn set_audio(&mut self, source: Source<AudioId>) {
        if self.audio.replace(source).is_some() {
            self.ambiguous("audio");
        }
    }

    fn set_params(&mut self, value: Value) {
        match value {
            Value::Object(params) => self.params = params,
            _ => self.fault(
                "params",
                "field.wrong_type",
                "the parameters must be a JSON object",
                "send an object such as {\"seed\": 1}",
            ),
        }
    }

    fn ambiguous(&mut self, name: &str) {
        self.fault(
            name,
            "input.ambiguous",
            format!("both `{name}` and `{name}_id` are given"),
            "give the file or the id, not both",
        );
    }

    fn unknown(&mut self, name: &str) {
        let remedy = match nearest(name, FIELDS.into_iter()) {
            Some(near) => format!("did you mean `{near}`?"),
            None => format!("the fields are {}", FIELDS.join(", ")),
        };
        self.fault(name, "field.unknown", format!("there is no field `{name}`"), remedy);
    }

    fn fault(&mut self, field: &str, code: &str, message: impl Into<String>, remedy: impl Into<String>) {
        self.faults.push(Fault::new(field, code, message, remedy));
    }
}

/// The input that a field is about.
fn input(field: &str) -> Option<Input> {
    match field {
        "photo" | "photo_id" => Some(Input::Portrait),
        "audio" | "audio_id" => Some(Input::Speech),
        _ => None,
    }
}

/// An input that may be used.
enum Checked<Id, New> {
    Uploaded(Id),
    New(New),
}

async fn keep_photo(
    app: &App,
    checked: Option<Checked<PhotoId, photo::CheckedPhoto>>,
) -> Result<Option<PhotoId>, ApiError> {
    match checked {
        None => Ok(None),
        Some(Checked::Uploaded(id)) => Ok(Some(id)),
        Some(Checked::New(photo)) => {
            photo.keep(app).await.map(|photo| Some(photo.id)).map_err(|refusal| ApiError::refusal("photo", refusal))
        }
    }
}

async fn keep_audio(
    app: &App,
    checked: Option<Checked<AudioId, audio::CheckedAudio>>,
) -> Result<Option<AudioId>, ApiError> {
    match checked {
        None => Ok(None),
        Some(Checked::Uploaded(id)) => Ok(Some(id)),
        Some(Checked::New(audio)) => {
            audio.keep(app).await.map(|audio| Some(audio.id)).map_err(|refusal| ApiError::refusal("audio", refusal))
        }
    }
}

/// The engine's entry if it can render; looks again before it says no.
async fn ready(app: &App, entry: Arc<Entry>) -> Result<Arc<Entry>, ApiError> {
    if entry.status.is_ready() {
        return Ok(entry);
    }
    app.catalog.refresh(&app.config()).await;
    match app.catalog.entry(&entry.id) {
        Some(entry) if entry.status.is_ready() => Ok(entry),
        Some(entry) => Err(not_ready(&entry)),
        None => Err(not_ready(&entry)),
    }
}

/// Says why an engine cannot render, and what the operator can do.
pub(super) fn not_ready(entry: &Entry) -> ApiError {
    let detail = match &entry.status {
        Status::Checked(Readiness::Ready) => "it was removed a moment ago".into(),
        Status::Checked(Readiness::MissingWeights { files, remedy }) => {
            format!("these weights are missing: {}; {remedy}", files.join(", "))
        }
        Status::Checked(Readiness::Failed { reason, remedy }) => format!("{reason}; {remedy}"),
        Status::Incompatible { reason } => reason.clone(),
    };
    let detail = format!("the engine `{}` cannot render: {detail}", entry.id);
    ApiError::new(StatusCode::SERVICE_UNAVAILABLE, "engine.not_ready", detail)
}
