//! Multipart bodies: files stream to disk under a limit, texts stay short, and what is wrong is said by field.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use axum::extract::multipart::{Field, MultipartError, MultipartRejection};
use axum::extract::{FromRequest, Multipart, Request};
use axum::http::StatusCode;

use crate::app::App;
use crate::config::Limits;
use crate::domain::code::Code;
use crate::domain::fault::Fault;
use crate::http::problem::ApiError;
use crate::http::server::body_timeout::TooSlow;
use crate::intake::incoming::{Incoming, Received};
use crate::intake::upload_kind::UploadKind;

/// The longest text field, and the longest JSON body, in bytes.
pub(crate) const TEXT_BYTES: usize = 1 << 20;
/// How much of a body that is refused is still read, and for how long, so that the client gets to read the answer:
/// most send the whole body before they look.
const DRAIN_BYTES: u64 = 256 << 20;
const DRAIN_TIME: Duration = Duration::from_secs(10);

/// The longest body that anything is read of: the largest files of one job, and what is drained of larger ones.
pub(crate) fn longest_body(limits: &Limits) -> usize {
    usize::try_from(limits.image_bytes + limits.audio_bytes + limits.video_bytes + DRAIN_BYTES).unwrap_or(usize::MAX)
}

/// How large a file of one kind may be, and what is said of a larger one.
#[derive(Debug, Clone, Copy)]
pub(crate) struct FileLimit {
    bytes: u64,
    /// The code of a larger one.
    code: Code,
    /// What the setting is called after: `limits.image_mb` for `image`.
    kind: &'static str,
}

impl FileLimit {
    /// Of the files of one kind of upload.
    pub(crate) fn of<K: UploadKind>(limits: &Limits) -> Self {
        Self { bytes: K::limit(limits), code: K::TOO_LARGE, kind: K::FILE }
    }
}

/// Opens a multipart body.
pub(crate) async fn multipart(request: Request, app: &Arc<App>) -> Result<Multipart, ApiError> {
    Multipart::from_request(request, app).await.map_err(|rejection| match rejection {
        MultipartRejection::InvalidBoundary(_) => unsupported("multipart/form-data"),
        other => ApiError::new(Code::RequestMalformed, other.body_text()),
    })
}

/// The next field with its name.
pub(crate) async fn next_field(body: &mut Multipart) -> Result<Option<(String, Field<'_>)>, ApiError> {
    let field = body.next_field().await.map_err(malformed)?;
    Ok(field.map(|field| (field.name().unwrap_or_default().to_owned(), field)))
}

/// The file of an upload, in the field `file`, and the texts beside it, each at most once: those of these names that were
/// sent.
pub(crate) async fn file_and_texts(
    request: Request,
    app: &Arc<App>,
    limit: FileLimit,
    names: &[&str],
) -> Result<(Received, BTreeMap<String, String>), ApiError> {
    let mut body = multipart(request, app).await?;
    let mut received = None;
    let mut texts = BTreeMap::new();
    while let Some((name, field)) = next_field(&mut body).await? {
        if name == "file" && received.is_none() {
            received = Some(file(app, field, "file", limit).await?);
        } else if names.contains(&name.as_str()) && !texts.contains_key(&name) {
            let text = text(field, &name).await?;
            texts.insert(name, text);
        } else {
            let known: String = names.iter().map(|name| format!(", `{name}`")).collect();
            let message = format!("this request takes `file`{known}, each once, and not `{name}` besides");
            let remedy = "send the file in the field `file`, and nothing that the request does not take";
            return Err(ApiError::faults(vec![Fault::new(name, Code::FieldUnknown, message, remedy)]));
        }
    }
    let received = received.ok_or_else(|| {
        ApiError::faults(vec![Fault::new(
            "file",
            Code::FieldMissing,
            "the field `file` is missing",
            "send the file as multipart/form-data in the field `file`",
        )])
    })?;
    Ok((received, texts))
}

/// Streams a file to disk.
///
/// Refuses it as soon as it passes its limit; nothing of it stays then.
pub(crate) async fn file(app: &App, mut field: Field<'_>, name: &str, limit: FileLimit) -> Result<Received, ApiError> {
    let mut incoming = Incoming::new(&app.scratch)?;
    while let Some(piece) = field.chunk().await.map_err(malformed)? {
        if incoming.bytes() + piece.len() as u64 > limit.bytes {
            drain(field).await;
            return Err(ApiError::fault(Fault::new(
                name,
                limit.code,
                format!("the file has more than {} MiB", limit.bytes >> 20),
                format!("send a smaller file, or raise `limits.{}_mb`", limit.kind),
            )));
        }
        incoming.write(&piece).await?;
    }
    Ok(incoming.complete().await?)
}

/// Reads a short text field.
pub(crate) async fn text(mut field: Field<'_>, name: &str) -> Result<String, ApiError> {
    let mut bytes = Vec::new();
    while let Some(piece) = field.chunk().await.map_err(malformed)? {
        if bytes.len() + piece.len() > TEXT_BYTES {
            drain(field).await;
            return Err(ApiError::fault(Fault::new(
                name,
                Code::FieldTooLarge,
                "the text has more than 1 MiB",
                "send a shorter text",
            )));
        }
        bytes.extend_from_slice(&piece);
    }
    String::from_utf8(bytes).map_err(|_| {
        ApiError::faults(vec![Fault::new(name, Code::FieldNotText, "the field is not UTF-8 text", "send it as UTF-8")])
    })
}

/// The error for a body of another kind than is taken.
pub(crate) fn unsupported(expected: &str) -> ApiError {
    ApiError::new(Code::RequestUnsupportedType, format!("the Content-Type must be {expected}"))
}

pub(crate) fn malformed(error: MultipartError) -> ApiError {
    if TooSlow::caused(&error) {
        return too_slow();
    }
    if error.status() == StatusCode::PAYLOAD_TOO_LARGE {
        return too_large();
    }
    ApiError::new(Code::RequestMalformed, format!("the multipart body cannot be read: {}", error.body_text()))
}

/// The error for a body that is longer than anything that could be asked for.
pub(crate) fn too_large() -> ApiError {
    ApiError::fault(Fault::new(
        "body",
        Code::RequestTooLarge,
        "the request is larger than the files of one job may be",
        "send less; JSON bodies have at most 1 MiB",
    ))
}

/// The error for a body that cannot be read to its end.
pub(crate) fn unreadable(error: axum::Error) -> ApiError {
    if TooSlow::caused(&error) { too_slow() } else { too_large() }
}

fn too_slow() -> ApiError {
    let detail =
        "the body came too slowly: after 30 s it must come with 4 KiB a second; try again on a better connection";
    ApiError::new(Code::RequestTooSlow, detail)
}

async fn drain(mut field: Field<'_>) {
    let drained = async {
        let mut read = 0;
        while let Ok(Some(piece)) = field.chunk().await {
            read += piece.len() as u64;
            if read > DRAIN_BYTES {
                break;
            }
        }
    };
    // Whether it ends in time or not, the answer follows.
    let _ = tokio::time::timeout(DRAIN_TIME, drained).await;
}
