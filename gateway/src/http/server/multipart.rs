//! Multipart bodies: files stream to disk under a limit, texts stay short, and what is wrong is said by field.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use axum::extract::multipart::{Field, MultipartError, MultipartRejection};
use axum::extract::{FromRequest, Multipart, Request};
use axum::http::StatusCode;

use crate::app::App;
use crate::config::Limits;
use crate::domain::admission::Fault;
use crate::http::problem::ApiError;
use crate::http::server::body_timeout::TooSlow;
use crate::intake::{Incoming, Received};

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

/// Opens a multipart body.
pub(crate) async fn multipart(request: Request, app: &Arc<App>) -> Result<Multipart, ApiError> {
    Multipart::from_request(request, app).await.map_err(|rejection| match rejection {
        MultipartRejection::InvalidBoundary(_) => unsupported("multipart/form-data"),
        other => ApiError::new(StatusCode::BAD_REQUEST, "request.malformed", other.body_text()),
    })
}

/// The next field with its name.
pub(crate) async fn next_field(body: &mut Multipart) -> Result<Option<(String, Field<'_>)>, ApiError> {
    let field = body.next_field().await.map_err(malformed)?;
    Ok(field.map(|field| (field.name().unwrap_or_default().to_owned(), field)))
}

/// The file of an upload, in the field `file`, and the texts beside it, each at most once: those of these names that were
/// sent. `kind` begins the code of the file's faults: `image`, `audio`.
pub(crate) async fn file_and_texts(
    request: Request,
    app: &Arc<App>,
    kind: &str,
    limit: u64,
    names: &[&str],
) -> Result<(Received, BTreeMap<String, String>), ApiError> {
    let mut body = multipart(request, app).await?;
    let mut received = None;
    let mut texts = BTreeMap::new();
    while let Some((name, field)) = next_field(&mut body).await? {
        if name == "file" && received.is_none() {
            received = Some(file(app, field, "file", kind, limit).await?);
        } else if names.contains(&name.as_str()) && !texts.contains_key(&name) {
            let text = text(field, &name).await?;
            texts.insert(name, text);
        } else {
            let known: String = names.iter().map(|name| format!(", `{name}`")).collect();
            let message = format!("this request takes `file`{known}, each once, and not `{name}` besides");
            let remedy = "send the file in the field `file`, and nothing that the request does not take";
            return Err(ApiError::faults(vec![Fault::new(name, "field.unknown", message, remedy)]));
        }
    }
    let received = received.ok_or_else(|| {
        ApiError::faults(vec![Fault::new(
            "file",
            "field.missing",
            "the field `file` is missing",
            "send the file as multipart/form-data in the field `file`",
        )])
    })?;
    Ok((received, texts))
}

/// Streams a file to disk.
///
/// Refuses it as soon as it is larger than `limit` bytes; nothing of it stays then.
pub(crate) async fn file(
    app: &App,
    mut field: Field<'_>,
    name: &str,
    kind: &str,
    limit: u64,
) -> Result<Received, ApiError> {
    let mut incoming = Incoming::new(&app.scratch)?;
    while let Some(piece) = field.chunk().await.map_err(malformed)? {
        if incoming.bytes() + piece.len() as u64 > limit {
            drain(field).await;
            return Err(ApiError::too_large(Fault::new(
                name,
                format!("{kind}.too_large"),
                format!("the file has more than {} MiB", limit >> 20),
                format!("send a smaller file, or raise `limits.{kind}_mb`"),
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
            return Err(ApiError::too_large(Fault::new(
                name,
                "field.too_large",
                "the text has more than 1 MiB",
                "send a shorter text",
            )));
        }
        bytes.extend_from_slice(&piece);
    }
    String::from_utf8(bytes).map_err(|_| {
        ApiError::faults(vec![Fault::new(name, "field.not_text", "the field is not UTF-8 text", "send it as UTF-8")])
    })
}

/// The error for a body of another kind than is taken.
pub(crate) fn unsupported(expected: &str) -> ApiError {
    ApiError::new(
        StatusCode::UNSUPPORTED_MEDIA_TYPE,
        "request.unsupported_type",
        format!("the Content-Type must be {expected}"),
    )
}

pub(crate) fn malformed(error: MultipartError) -> ApiError {
    if TooSlow::caused(&error) {
        return too_slow();
    }
    if error.status() == StatusCode::PAYLOAD_TOO_LARGE {
        return too_large();
    }
    ApiError::new(
        StatusCode::BAD_REQUEST,
        "request.malformed",
        format!("the multipart body cannot be read: {}", error.body_text()),
    )
}

/// The error for a body that is longer than anything that could be asked for.
pub(crate) fn too_large() -> ApiError {
    ApiError::too_large(Fault::new(
        "body",
        "request.too_large",
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
    ApiError::new(StatusCode::REQUEST_TIMEOUT, "request.too_slow", detail)
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
