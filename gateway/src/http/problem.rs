//! The only error that answers a request: RFC 9457 problem details with a stable code and every fault at once.

use std::sync::Arc;

use avatar_media::faces::Face;
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use serde::Serialize;
use utoipa::ToSchema;

use crate::blobs::error::BlobError;
use crate::catalog::error::{NotReady, UnknownEngine};
use crate::domain::code::{Code, Seen, kinds};
use crate::domain::fault::{Fault, Faults};
use crate::domain::shortage::Shortage;
use crate::domain::upload::verdict::Verdict;
use crate::intake::error::{Findings, UploadError};
use crate::store::error::StoreError;
use crate::submit::error::SubmitError;
use crate::view::upload::FaceView;

/// A request that is not answered as hoped.
#[derive(Debug)]
pub struct ApiError {
    status: StatusCode,
    problem: Box<Problem>,
}

/// The body of an error: `application/problem+json`.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct Problem {
    /// Always `about:blank`: what went wrong is told by `code`.
    #[serde(rename = "type")]
    #[schema(example = "about:blank")]
    pub kind: &'static str,
    /// The status in words.
    #[schema(example = "Unprocessable Entity")]
    pub title: &'static str,
    /// The HTTP status.
    #[schema(example = 422)]
    pub status: u16,
    /// Stable code for programs.
    #[schema(value_type = String, example = "request.invalid")]
    pub code: Code,
    /// A sentence for people.
    #[schema(example = "the request has 1 fault")]
    pub detail: String,
    /// Every fault found in the request, or the first hundred; empty where the fault is not the request's.
    pub errors: Vec<Fault>,
    /// The request's id, by which the log and `x-request-id` name it.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(example = "01890a5d-ac96-774b-bcce-b302099a8057")]
    pub request_id: Option<String>,
    /// The faces in a photo that is refused, best first; absent elsewhere.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<Vec<FaceView>>)]
    pub faces: Option<Vec<Face>>,
    /// What is thought of a photo that is refused; absent elsewhere.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub verdict: Option<Verdict>,
}

impl Problem {
    /// All faults with their remedies in one text; the detail where there are none.
    pub fn sentence(&self) -> String {
        if matches!(&*self.errors, [fault] if fault.message == self.detail) {
            return self.detail.clone();
        }
        let faults = self.errors.iter().map(|fault| format!("{}: {}; {}", fault.field, fault.message, fault.remedy));
        match faults.collect::<Vec<_>>() {
            faults if faults.is_empty() => self.detail.clone(),
            faults => faults.join(". "),
        }
    }
}

impl ApiError {
    /// An error that is no fault of a field, under the code's own status. Where it is the request's, it is told as a fault
    /// as well, with the code's remedy.
    pub fn new(code: Code, detail: impl Into<String>) -> Self {
        let mut error = Self::with_status(own_status(code), code, detail);
        if error.status.is_client_error() {
            let message = error.problem.detail.clone();
            error.problem.errors = vec![Fault::new(place(code), code, message, uncapitalised(code.entry().remedy))];
        }
        error
    }

    /// The gateway as a whole is not there for requests (503), whatever this code's own status is.
    pub fn unavailable(code: Code, detail: impl Into<String>) -> Self {
        Self::with_status(StatusCode::SERVICE_UNAVAILABLE, code, detail)
    }

    fn with_status(status: StatusCode, code: Code, detail: impl Into<String>) -> Self {
        let title = status.canonical_reason().unwrap_or("Error");
        let detail = detail.into();
        Self {
            status,
            problem: Box::new(Problem {
                kind: "about:blank",
                title,
                status: status.as_u16(),
                code,
                detail,
                errors: vec![],
                request_id: None,
                faces: None,
                verdict: None,
            }),
        }
    }

    /// Faults of the request's fields. One alone gives its code to the whole.
    pub fn faults(faults: impl Into<Faults>) -> Self {
        Self::with_faults(StatusCode::UNPROCESSABLE_ENTITY, faults.into())
    }

    /// A fault that ends the request at once, under its code's own status: a body or file over its limit.
    pub fn fault(fault: Fault) -> Self {
        Self::with_faults(own_status(fault.code), vec![fault].into())
    }

    fn with_faults(status: StatusCode, faults: Faults) -> Self {
        let (code, detail) = match (faults.told(), faults.count()) {
            ([fault], 1) => (fault.code, format!("{}: {}", fault.field, fault.message)),
            (told, count) if count > told.len() as u64 => (
                Code::RequestInvalid,
                format!("the request has {count} faults, of which these are the first {}", told.len()),
            ),
            (_, count) => (Code::RequestInvalid, format!("the request has {count} faults")),
        };
        let mut error = Self::with_status(status, code, detail);
        error.problem.errors = faults.into_told();
        error
    }

    /// The gateway could not do its part. The cause goes to the log, not to the client.
    pub fn internal(cause: impl std::fmt::Display) -> Self {
        tracing::error!(%cause, "a request failed");
        Self::new(Code::GatewayInternal, "the gateway could not do this; its log says why")
    }

    /// Something that the gateway lacks for the moment. The cause goes into the log, not to the client.
    pub fn short(shortage: Shortage, cause: impl std::fmt::Display) -> Self {
        tracing::error!(%cause, "a request failed: {shortage}");
        Self::new(kinds::of_shortage(shortage), shortage.to_string())
    }

    /// An upload that is not taken, sent in the field `field`.
    pub fn refusal(field: &str, refusal: UploadError) -> Self {
        match refusal {
            UploadError::Fault { code, message, remedy } => {
                Self::faults(vec![Fault::new(field, code, message, remedy)])
            }
            UploadError::Photo(findings) => Self::faults(vec![findings.fault(field)]).with_findings(*findings),
            UploadError::Io(error) => error.into(),
            UploadError::Blob(error) => error.into(),
            UploadError::Store(error) => error.into(),
        }
    }

    /// Its HTTP status.
    pub fn status(&self) -> StatusCode {
        self.status
    }

    /// What went wrong and what to do about it, in one text for people.
    pub fn sentence(&self) -> String {
        self.problem.sentence()
    }

    /// The same error, with what was found in the photo.
    #[must_use]
    pub fn with_findings(mut self, findings: Findings) -> Self {
        self.problem.faces = Some(findings.faces);
        self.problem.verdict = Some(findings.verdict);
        self
    }
}

/// The status of an answer that is about this code alone: the first that the registry has for it. One that is seen in no
/// answer of its own is the gateway's fault here.
fn own_status(code: Code) -> StatusCode {
    let status = code.entry().seen.iter().find_map(|seen| match seen {
        Seen::Status(status) => StatusCode::from_u16(*status).ok(),
        Seen::Job | Seen::Warning => None,
    });
    status.unwrap_or(StatusCode::INTERNAL_SERVER_ERROR)
}

/// What of a request an error is about that is no fault of a field.
fn place(code: Code) -> &'static str {
    match code {
        Code::AuthMissing | Code::AuthScope | Code::AuthUnknown | Code::QuotaQueuedJobs | Code::RateLimited => {
            "Authorization"
        }
        Code::HostUnknown => "Host",
        Code::IdempotencyConflict => "Idempotency-Key",
        Code::OriginForeign => "Origin",
        Code::RangeUnsatisfiable => "Range",
        Code::RequestMalformed | Code::RequestTooSlow => "body",
        Code::RequestUnsupportedType => "Content-Type",
        Code::RouteMethod => "method",
        Code::RouteUnknown => "path",
        _ => "id",
    }
}

/// A remedy as it stands behind a fault.
fn uncapitalised(remedy: &str) -> String {
    let mut letters = remedy.chars();
    letters.next().map_or_else(String::new, |first| first.to_lowercase().chain(letters).collect())
}

/// Puts the request's id into the answer, if that is a problem.
pub(crate) fn with_id(mut response: Response, id: &HeaderValue) -> Response {
    if let Some(problem) = response.extensions_mut().remove::<Arc<Problem>>() {
        let problem = Problem { request_id: id.to_str().ok().map(str::to_owned), ..Arc::unwrap_or_clone(problem) };
        *response.body_mut() = serde_json::to_vec(&problem).expect("a problem is plain data").into();
        response.headers_mut().remove(header::CONTENT_LENGTH);
    }
    response
}

impl From<SubmitError> for ApiError {
    fn from(error: SubmitError) -> Self {
        let detail = error.to_string();
        match error {
            SubmitError::Refused { faults, findings } => {
                let error = Self::faults(faults);
                match findings {
                    Some(findings) => error.with_findings(*findings),
                    None => error,
                }
            }
            SubmitError::NotReady(error) => error.into(),
            SubmitError::QuotaUsed { .. } => Self::new(Code::QuotaQueuedJobs, detail),
            SubmitError::IdempotencyConflict => Self::new(Code::IdempotencyConflict, detail),
            SubmitError::Io(error) => error.into(),
            SubmitError::Blob(error) => error.into(),
            SubmitError::Store(error) => error.into(),
        }
    }
}

impl From<UnknownEngine> for ApiError {
    fn from(error: UnknownEngine) -> Self {
        Self::new(Code::EngineUnknown, error.to_string())
    }
}

impl From<NotReady> for ApiError {
    fn from(error: NotReady) -> Self {
        Self::new(Code::EngineNotReady, error.to_string())
    }
}

impl From<StoreError> for ApiError {
    fn from(error: StoreError) -> Self {
        Self::short(error.shortage, error)
    }
}

impl From<std::io::Error> for ApiError {
    fn from(error: std::io::Error) -> Self {
        match Shortage::of_io(&error) {
            Some(shortage) => Self::short(shortage, error),
            None => Self::internal(error),
        }
    }
}

impl From<BlobError> for ApiError {
    fn from(error: BlobError) -> Self {
        match error.shortage() {
            Some(shortage) => Self::short(shortage, error),
            None => Self::internal(error),
        }
    }
}

impl IntoResponse for ApiError {
    fn into_response(self) -> Response {
        let body = axum::Json(&self.problem);
        let mut response = (self.status, body).into_response();
        response.headers_mut().insert(header::CONTENT_TYPE, HeaderValue::from_static("application/problem+json"));
        // For whoever has to put it in other words: the facades.
        response.extensions_mut().insert(Arc::<Problem>::from(self.problem));
        response
    }
}

#[cfg(test)]
mod tests {
    use std::io;

    use rustix::io::Errno;

    use super::*;

    #[test]
    fn what_is_short_is_told_and_other_causes_are_not() {
        let statuses = |error: fn() -> io::Error| {
            let (of_disk, of_blobs): (ApiError, ApiError) = (error().into(), BlobError::from(error()).into());
            [of_disk.status().as_u16(), of_blobs.status().as_u16()]
        };
        assert_eq!(statuses(|| Errno::NOSPC.into()), [507, 507]);
        assert_eq!(statuses(|| Errno::MFILE.into()), [503, 503]);
        assert_eq!(statuses(|| Errno::ACCESS.into()), [500, 500]);
    }
}
