//! A request for a job, in JSON or as one multipart body: read, checked with all faults at once, and made a row.

mod fields;
mod input;
mod placement;

use std::collections::BTreeSet;
use std::sync::Arc;

use axum::extract::Request;
use axum::http::{HeaderMap, header};
use engine_api::Input;
use jiff::SignedDuration;
use serde_json::{Map, Value, json};

use crate::app::App;
use crate::auth::caller::Caller;
use crate::config::destination::Destination;
use crate::digest;
use crate::domain::admission::admit;
use crate::domain::code::Code;
use crate::domain::fault::Fault;
use crate::domain::upload::{Audio, Photo, Video};
use crate::fetch::guard::{BlockedAddress, Guard};
use crate::http::problem::ApiError;
use crate::http::server::multipart;
use crate::intake::error::{Findings, UploadError};
use crate::intake::upload_kind::UploadKind;
use crate::store::jobs::IdempotencyKey;
use crate::submit::input::Source;

pub(crate) use crate::submit::input::{Checked, discard};
pub(crate) use crate::submit::placement::{Accepted, Order};

/// A request as it was read, with what was wrong already then.
#[derive(Default)]
pub(crate) struct Submission {
    engine: Option<String>,
    photo: Option<Source<Photo>>,
    audio: Option<Source<Audio>>,
    video: Option<Source<Video>>,
    params: Map<String, Value>,
    priority: i32,
    max_queue: Option<SignedDuration>,
    webhook_url: Option<String>,
    /// The client's name for the request.
    once: Option<String>,
    /// The inputs that were named at all, also those at fault: nobody is told that these are missing.
    named: BTreeSet<Input>,
    faults: Vec<Fault>,
    /// What the client should know although it is no fault.
    warnings: Vec<String>,
    /// What was found in the photo, if that is at fault.
    findings: Option<Findings>,
}

impl Submission {
    /// Reads a request of either kind.
    pub(crate) async fn read(request: Request, app: &Arc<App>) -> Result<Self, ApiError> {
        let once = once_key(request.headers())?;
        let content_type = request.headers().get(header::CONTENT_TYPE).and_then(|value| value.to_str().ok());
        let essence =
            content_type.unwrap_or_default().split(';').next().unwrap_or_default().trim().to_ascii_lowercase();
        let submission = match essence.as_str() {
            "application/json" => Self::read_json(request).await?,
            "multipart/form-data" => Self::read_multipart(request, app).await?,
            _ => return Err(multipart::unsupported("application/json or multipart/form-data")),
        };
        Ok(Self { once, ..submission })
    }

    /// Checks everything, keeps the files, and writes the job.
    ///
    /// # Errors
    /// All faults together; nothing is kept then.
    pub(crate) async fn accept(mut self, app: &Arc<App>, caller: &Caller) -> Result<Accepted, ApiError> {
        app.catalog.ready().await;
        // Each API key has names of its own for its requests.
        let owner = caller.key.as_ref().map(|key| key.id.to_string()).unwrap_or_default();
        let once = self.once.take().map(|key| IdempotencyKey { key: format!("{owner}:{key}"), request: self.digest() });
        if let Some(once) = &once
            && let Some(earlier) = app.jobs.once(once, app.clock.now()).await?
        {
            return placement::answered(earlier);
        }
        let config = app.config();
        let engine = self.engine.take().unwrap_or_else(|| config.engines.default.clone());
        let entry = match app.catalog.installed(&engine) {
            Ok(entry) => Some(entry),
            Err(unknown) => {
                self.fault("engine", Code::EngineUnknown, unknown.to_string(), "see /v1/engines");
                None
            }
        };
        self.check_webhook(&config.fetch.allow);
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
        let (photo, audio, video) = (self.photo.take(), self.audio.take(), self.video.take());
        let photo = self.check(app, photo).await?;
        let audio = self.check(app, audio).await?;
        let video = self.check(app, video).await?;
        let Some(entry) = entry.filter(|_| self.faults.is_empty()) else { return Err(self.into_error()) };
        let entry = app.catalog.able(entry, &config).await?;
        let now = app.clock.now();
        let order = Order {
            engine: entry,
            photo,
            audio,
            video,
            params: complete,
            warnings: self.warnings,
            priority: self.priority,
            expires_at: self.max_queue.and_then(|wait| now.checked_add(wait).ok()),
            webhook_url: self.webhook_url,
            keep: None,
        };
        order.place(app, caller, once.as_ref()).await
    }

    /// Whether the webhook's address may be reached. What its name resolves to is looked at when it is.
    fn check_webhook(&mut self, allow: &[Destination]) {
        let Some(text) = &self.webhook_url else { return };
        let Err(refused) = Guard::new(allow).read(text) else { return };
        let (code, remedy) = match refused {
            BlockedAddress::Invalid(_) => (Code::WebhookInvalid, "send an address such as https://example.org/hook"),
            BlockedAddress::NotPublic(_) => {
                (Code::WebhookRefused, "send a public address; the operator can let others through with `fetch.allow`")
            }
        };
        self.fault("webhook_url", code, refused.to_string(), remedy);
    }

    /// Looks an input up, or checks the file that was sent.
    async fn check<K: UploadKind>(
        &mut self,
        app: &Arc<App>,
        source: Option<Source<K>>,
    ) -> Result<Option<Checked<K>>, ApiError> {
        let checked = match source {
            None => return Ok(None),
            Some(Source::Uploaded(id)) => match K::find(&*app.uploads, id).await? {
                Some(row) => Checked::Uploaded(row),
                None => {
                    let field = format!("{}_id", K::FIELD);
                    self.fault(&field, K::NOT_FOUND, format!("there is no {} {id}", K::NOUN), "upload it first");
                    return Ok(None);
                }
            },
            Some(Source::File(file)) => match K::check(&app.intake, file).await {
                Ok(checked) => Checked::New(checked),
                Err(refusal) => return self.refused(K::FIELD, refusal).map(|()| None),
            },
        };
        self.warnings.extend(checked.warnings());
        Ok(Some(checked))
    }

    /// A client's fault joins the others; the gateway's own ends the request.
    fn refused(&mut self, field: &str, refusal: UploadError) -> Result<(), ApiError> {
        match refusal {
            UploadError::Fault { code, message, remedy } => {
                self.fault(field, code, message, remedy);
                Ok(())
            }
            UploadError::Photo(findings) => {
                self.faults.push(findings.fault(field));
                self.findings = Some(*findings);
                Ok(())
            }
            other => Err(ApiError::refusal(field, other)),
        }
    }

    /// SHA-256 of what is asked for, whichever way the request was written.
    fn digest(&self) -> String {
        let asked = json!({
            "engine": self.engine,
            "photo": self.photo.as_ref().map(Source::identity),
            "audio": self.audio.as_ref().map(Source::identity),
            "video": self.video.as_ref().map(Source::identity),
            "params": self.params,
            "priority": self.priority,
            "webhook_url": self.webhook_url,
            "max_queue_seconds": self.max_queue.map(|wait| wait.as_secs_f64()),
            "faults": self.faults,
        });
        digest::of_bytes(sorted(&asked).as_bytes())
    }

    fn into_error(self) -> ApiError {
        let error = ApiError::faults(self.faults);
        match self.findings {
            Some(findings) => error.with_findings(findings),
            None => error,
        }
    }

    fn fault(&mut self, field: &str, code: Code, message: impl Into<String>, remedy: impl Into<String>) {
        self.faults.push(Fault::new(field, code, message, remedy));
    }
}

/// The client's name for the request, if it gives one.
fn once_key(headers: &HeaderMap) -> Result<Option<String>, ApiError> {
    let Some(value) = headers.get("idempotency-key") else { return Ok(None) };
    match value.to_str() {
        Ok(key) if (1..=255).contains(&key.len()) => Ok(Some(key.to_owned())),
        _ => Err(ApiError::faults(vec![Fault::new(
            "Idempotency-Key",
            Code::IdempotencyInvalid,
            "the key must consist of 1 to 255 visible ASCII characters",
            "send a UUID, for instance",
        )])),
    }
}

/// JSON in one way alone, whatever the order of the members was.
fn sorted(value: &Value) -> String {
    match value {
        Value::Object(members) => {
            let mut members: Vec<_> = members.iter().collect();
            members.sort_by_key(|(name, _)| *name);
            let members = members.into_iter().map(|(name, value)| format!("{}:{}", json!(name), sorted(value)));
            format!("{{{}}}", members.collect::<Vec<_>>().join(","))
        }
        Value::Array(items) => format!("[{}]", items.iter().map(sorted).collect::<Vec<_>>().join(",")),
        plain => plain.to_string(),
    }
}
