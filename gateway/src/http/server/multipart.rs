//! Multipart bodies: files stream to disk under a limit, texts stay short, and what is wrong is said by field.

use std::collections::BTreeMap;
use std::error::Error;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use axum::body::{Body, Bytes};
use axum::extract::multipart::{Field, MultipartError, MultipartRejection};
use axum::extract::{FromRequest, Multipart, Request};
use axum::http::StatusCode;
use futures::StreamExt;

use crate::app::App;
use crate::config::Limits;
use crate::domain::code::Code;
use crate::domain::fault::{Fault, excerpt};
use crate::http::problem::ApiError;
use crate::http::server::body_timeout::TooSlow;
use crate::http::server::json_body::BYTE_ORDER_MARK;
use crate::intake::incoming::{Incoming, Received};
use crate::intake::upload_kind::UploadKind;

/// The longest JSON, as a body and as a field, in bytes.
pub(crate) const JSON_BYTES: usize = 1 << 20;
/// The longest text of a field that is no JSON, in bytes: far longer than any word or number.
pub(crate) const TEXT_BYTES: usize = 64 << 10;
/// How long all texts of a form may be together, in bytes.
const ALL_TEXTS_BYTES: usize = 8 << 20;
/// How long a line may be that stands in the place of a file, in bytes: longer than paths are, and no file is so short and
/// a line of text.
const LONGEST_LINE: usize = 1 << 10;
/// How many fields a form may have.
pub(crate) const MOST_FIELDS: usize = 1000;
/// How much of a body is read for the head of a field, in bytes. Far more than a head, because content behind it counts as
/// well: a connection's buffer hands on pieces of 128 KiB and more, and the reader takes two before it looks.
const HEAD_BYTES: usize = 1 << 20;
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

/// A multipart body that is read field by field, within bounds of their number, their heads and their texts. What is
/// neither asked for as a file nor as a text must be skipped, and takes no memory.
pub(crate) struct Form {
    body: Multipart,
    fields: usize,
    /// Bytes of texts so far.
    texts: usize,
    head: HeadGauge,
}

/// One field of a form.
pub(crate) struct FormField<'a> {
    name: String,
    field: Field<'a>,
    texts: &'a mut usize,
}

impl Form {
    /// Opens a multipart body.
    ///
    /// # Errors
    /// It is none.
    pub(crate) async fn open(request: Request, app: &Arc<App>) -> Result<Self, ApiError> {
        let (parts, body) = request.into_parts();
        let head = HeadGauge::default();
        let request = Request::from_parts(parts, head.watch(body));
        let body = Multipart::from_request(request, app).await.map_err(|rejection| match rejection {
            MultipartRejection::InvalidBoundary(_) => unsupported("multipart/form-data"),
            other => ApiError::new(Code::RequestMalformed, other.body_text()),
        })?;
        Ok(Self { body, fields: 0, texts: 0, head })
    }

    /// The next field; none at the end.
    ///
    /// # Errors
    /// It cannot be read, or there are too many.
    pub(crate) async fn next(&mut self) -> Result<Option<FormField<'_>>, ApiError> {
        self.fields += 1;
        self.head.begin();
        let Some(field) = self.body.next_field().await.map_err(malformed)? else { return Ok(None) };
        self.head.end();
        if self.fields > MOST_FIELDS {
            drain(field).await;
            return Err(too_many_fields());
        }
        let name = field.name().unwrap_or_default().to_owned();
        Ok(Some(FormField { name, field, texts: &mut self.texts }))
    }
}

impl<'a> FormField<'a> {
    /// Its name; empty where it has none.
    pub(crate) fn name(&self) -> &str {
        &self.name
    }

    /// What its head says besides.
    pub(crate) fn head(&self) -> &Field<'a> {
        &self.field
    }

    /// Streams it to the disk.
    ///
    /// # Errors
    /// It is larger than its limit, at once when it passes that; nothing of it stays then.
    pub(crate) async fn file(self, app: &App, limit: FileLimit) -> Result<Received, ApiError> {
        self.received(app, limit, &mut Vec::new()).await
    }

    /// Streams it to the disk; none where a page sent the field as it was left: without content and without the name of a
    /// file. One that holds such a name in the place of the file is a fault.
    ///
    /// # Errors
    /// As of [`Self::file`].
    pub(crate) async fn file_itself(
        self,
        app: &App,
        limit: FileLimit,
    ) -> Result<Result<Option<Received>, Fault>, ApiError> {
        let is_text = self.field.file_name().is_none() && self.field.content_type().is_none();
        let has_name = self.field.file_name().is_some_and(|name| !name.is_empty());
        let (name, mut beginning) = (self.name.clone(), Vec::new());
        let received = self.received(app, limit, &mut beginning).await?;
        Ok(match one_line(&beginning).filter(|_| is_text) {
            None => Ok((has_name || !beginning.is_empty()).then_some(received)),
            Some(text) => {
                let text = excerpt(text);
                let message = format!("the field holds the text `{text}`, and no file");
                let remedy = format!("send the file itself; curl does with an `@`: -F {name}=@{text}");
                Err(Fault::new(name, Code::FieldNotAFile, message, remedy))
            }
        })
    }

    /// Streams it to the disk, and notes as much of its beginning as a line may be long.
    async fn received(mut self, app: &App, limit: FileLimit, beginning: &mut Vec<u8>) -> Result<Received, ApiError> {
        let mut incoming = Incoming::new(&app.scratch)?;
        while let Some(piece) = self.chunk().await? {
            let room = (LONGEST_LINE + 1).saturating_sub(beginning.len());
            beginning.extend_from_slice(&piece[..room.min(piece.len())]);
            if incoming.bytes() + piece.len() as u64 > limit.bytes {
                drain(self.field).await;
                return Err(ApiError::fault(Fault::new(
                    self.name,
                    limit.code,
                    format!("the file has more than {} MiB", limit.bytes >> 20),
                    format!("send a smaller file, or raise `limits.{}_mb`", limit.kind),
                )));
            }
            incoming.write(&piece).await?;
        }
        Ok(incoming.complete().await?)
    }

    /// Reads it as a text of so many bytes at most.
    ///
    /// # Errors
    /// It is none, or too long, or all texts of the form are.
    pub(crate) async fn text(mut self, most: usize) -> Result<String, ApiError> {
        let mut bytes = Vec::new();
        while let Some(piece) = self.chunk().await? {
            *self.texts += piece.len();
            let too_long = match (bytes.len() + piece.len() > most, *self.texts > ALL_TEXTS_BYTES) {
                (true, _) => format!("the text has more than {} KiB", most >> 10),
                (_, true) => format!("the texts of the form have more than {} MiB together", ALL_TEXTS_BYTES >> 20),
                _ => {
                    bytes.extend_from_slice(&piece);
                    continue;
                }
            };
            drain(self.field).await;
            return Err(ApiError::fault(Fault::new(self.name, Code::FieldTooLarge, too_long, "send a shorter text")));
        }
        if bytes.starts_with(BYTE_ORDER_MARK) {
            bytes.drain(..BYTE_ORDER_MARK.len());
        }
        String::from_utf8(bytes).map_err(|_| {
            let (message, remedy) = ("the field is not UTF-8 text", "send it as UTF-8");
            ApiError::faults(vec![Fault::new(self.name, Code::FieldNotText, message, remedy)])
        })
    }

    /// Reads past it.
    ///
    /// # Errors
    /// It cannot be read.
    pub(crate) async fn skip(mut self) -> Result<(), ApiError> {
        while self.chunk().await?.is_some() {}
        Ok(())
    }

    /// Reads past as much of it as lets its sender read a refusal.
    pub(crate) async fn drain(self) {
        drain(self.field).await;
    }

    async fn chunk(&mut self) -> Result<Option<Bytes>, ApiError> {
        self.field.chunk().await.map_err(malformed)
    }
}

/// A field's content as a line of text, if it is no more than that.
fn one_line(content: &[u8]) -> Option<&str> {
    let text = std::str::from_utf8(content).ok().filter(|text| text.len() <= LONGEST_LINE)?.trim();
    (!text.is_empty() && !text.contains(char::is_control)).then_some(text)
}

/// Counts what is read of a body while its reader looks for the head of a field: the reader holds the head, and what stands
/// before the first one, in memory until it has found the end, however far that is.
#[derive(Clone, Default)]
struct HeadGauge(Arc<Mutex<Option<usize>>>);

/// The head of a field is longer than any that is meant well.
#[derive(Debug, thiserror::Error)]
#[error("the head of a field, or what stands before the first, has more than 1 MiB")]
struct HeadTooLong;

impl HeadGauge {
    /// A head is looked for from here on.
    fn begin(&self) {
        *self.locked() = Some(0);
    }

    /// It has been found; the content of a field is handed on as it comes, and not counted.
    fn end(&self) {
        *self.locked() = None;
    }

    /// The same body, until too much of it is read for a head.
    fn watch(&self, body: Body) -> Body {
        let gauge = self.clone();
        let pieces = body.into_data_stream().map(move |piece| -> Result<Bytes, Box<dyn Error + Send + Sync>> {
            let piece = piece?;
            if let Some(read) = gauge.locked().as_mut() {
                if *read > HEAD_BYTES {
                    return Err(HeadTooLong.into());
                }
                *read += piece.len();
            }
            Ok(piece)
        });
        Body::from_stream(pieces)
    }

    fn locked(&self) -> MutexGuard<'_, Option<usize>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// The file of an upload, in the field `file`, and the texts beside it, each at most once: those of these names that were
/// sent.
pub(crate) async fn file_and_texts(
    request: Request,
    app: &Arc<App>,
    limit: FileLimit,
    names: &[&str],
) -> Result<(Received, BTreeMap<String, String>), ApiError> {
    let mut form = Form::open(request, app).await?;
    let mut received = None;
    let mut texts = BTreeMap::new();
    while let Some(field) = form.next().await? {
        let name = field.name().to_owned();
        if name == "file" && received.is_none() {
            received = field.file_itself(app, limit).await?.map_err(|fault| ApiError::faults(vec![fault]))?;
        } else if names.contains(&name.as_str()) && !texts.contains_key(&name) {
            texts.insert(name, field.text(TEXT_BYTES).await?);
        } else {
            let (name, known) = (excerpt(&name), names.iter().map(|name| format!(", `{name}`")).collect::<String>());
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

/// The error for a body of another kind than is taken.
pub(crate) fn unsupported(expected: &str) -> ApiError {
    ApiError::new(Code::RequestUnsupportedType, format!("the Content-Type must be {expected}"))
}

fn malformed(error: MultipartError) -> ApiError {
    if TooSlow::caused(&error) {
        return too_slow();
    }
    if error.status() == StatusCode::PAYLOAD_TOO_LARGE {
        return too_large();
    }
    if let Some(too_long) = causes(&error).find(|error| error.is::<HeadTooLong>()) {
        return ApiError::new(Code::RequestMalformed, format!("the multipart body is not read on: {too_long}"));
    }
    ApiError::new(Code::RequestMalformed, format!("the multipart body cannot be read: {}", error.body_text()))
}

/// The error for a form with more fields than any request takes.
pub(crate) fn too_many_fields() -> ApiError {
    let message = format!("the form has more than {MOST_FIELDS} fields");
    let remedy = "send only the fields that the request takes";
    ApiError::fault(Fault::new("body", Code::RequestTooManyFields, message, remedy))
}

/// An error with all that lies below it.
fn causes<'a>(error: &'a (dyn Error + 'static)) -> impl Iterator<Item = &'a (dyn Error + 'static)> {
    std::iter::successors(Some(error), |&error: &&'a (dyn Error + 'static)| error.source())
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
