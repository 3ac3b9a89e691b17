//! Forms, with or without files. Files go to the disk as they come; what nobody asked for is read and forgotten.

use std::collections::BTreeMap;
use std::sync::Arc;

use axum::body::Body;
use axum::extract::Request;
use axum::extract::multipart::Field;
use axum::http::{StatusCode, header};

use crate::app::App;
use crate::config::Limits;
use crate::http::problem::ApiError;
use crate::http::server::media_type::media_type;
use crate::http::server::multipart;
use crate::http::server::multipart::{FileLimit, Form, FormField};
use crate::intake::incoming::Received;
use crate::intake::upload_kind::UploadKind;
use crate::submit::quota::too_many;

/// A field that takes files.
pub(crate) struct FileField<'a> {
    /// Its name.
    name: &'a str,
    /// How large they may be.
    limit: FileLimit,
    /// How many there may be; where it is one, the last one counts.
    most: usize,
}

impl<'a> FileField<'a> {
    /// A field for files of one kind, as large as the gateway takes them.
    pub(crate) fn of<K: UploadKind>(name: &'a str, limits: &Limits) -> Self {
        Self { name, limit: FileLimit::of::<K>(limits), most: 1 }
    }

    /// The same field for several files, each of which makes a job.
    pub(crate) fn several(self, limits: &Limits) -> Self {
        Self { most: limits.batch_jobs, ..self }
    }
}

/// A file as it was sent.
pub(crate) struct Part {
    /// What its sender calls it; empty where it has no name.
    pub(crate) file_name: String,
    /// What its sender takes it for, in lower case.
    pub(crate) content_type: Option<String>,
    /// What came of it.
    pub(crate) content: Content,
}

/// What came of a file.
pub(crate) enum Content {
    /// It is there.
    Received(Received),
    /// It is larger than its field allows; the error says so in the gateway's own words.
    TooLarge(ApiError),
}

impl Part {
    /// The ending of its name in lower case, without the dot.
    pub(crate) fn extension(&self) -> Option<String> {
        let (stem, extension) = self.file_name.rsplit_once('.')?;
        (!stem.is_empty()).then(|| extension.to_lowercase())
    }

    /// The file, unless it is too large.
    ///
    /// # Errors
    /// It is.
    pub(crate) fn received(self) -> Result<Received, ApiError> {
        match self.content {
            Content::Received(received) => Ok(received),
            Content::TooLarge(error) => Err(error),
        }
    }
}

type Texts = BTreeMap<String, String>;
type Files = BTreeMap<String, Vec<Part>>;

/// Reads the texts of a form that have these names, and its files. A body of another kind is an empty one. Of several
/// texts of a name the last one counts.
pub(super) async fn read(
    request: Request,
    app: &Arc<App>,
    takes: &[FileField<'_>],
    texts: &[&str],
) -> Result<(Texts, Files), ApiError> {
    // A text in the place of a file is told as one.
    let is_text = |name: &str| texts.contains(&name) || takes.iter().any(|takes| takes.name == name);
    match media_type(request.headers()).as_str() {
        "multipart/form-data" => multipart(request, app, takes, is_text).await,
        "application/x-www-form-urlencoded" => Ok((urlencoded(request.into_body(), is_text).await?, Files::new())),
        _ => Ok((Texts::new(), Files::new())),
    }
}

async fn urlencoded(body: Body, is_text: impl Fn(&str) -> bool) -> Result<Texts, ApiError> {
    let body = axum::body::to_bytes(body, multipart::JSON_BYTES).await.map_err(multipart::unreadable)?;
    let mut texts = Texts::new();
    for (place, (name, text)) in url::form_urlencoded::parse(&body).enumerate() {
        if place == multipart::MOST_FIELDS {
            return Err(multipart::too_many_fields());
        }
        if is_text(&name) {
            texts.insert(name.into_owned(), text.into_owned());
        }
    }
    Ok(texts)
}

async fn multipart(
    request: Request,
    app: &Arc<App>,
    takes: &[FileField<'_>],
    is_text: impl Fn(&str) -> bool,
) -> Result<(Texts, Files), ApiError> {
    let mut form = Form::open(request, app).await?;
    let (mut texts, mut files) = (Texts::new(), Files::new());
    while let Some(field) = form.next().await? {
        let name = field.name().to_owned();
        match (file_name(field.head()), takes.iter().find(|takes| takes.name == name)) {
            (Some(file_name), Some(takes)) => {
                let files: &mut Vec<Part> = files.entry(name).or_default();
                if takes.most == 1 {
                    files.clear();
                }
                if files.len() == takes.most {
                    field.drain().await;
                    return Err(ApiError::faults(vec![too_many(takes.name, takes.most)]));
                }
                files.push(part(app, field, file_name, takes.limit).await?);
            }
            (None, _) if is_text(&name) => {
                texts.insert(name, field.text(multipart::TEXT_BYTES).await?);
            }
            _ => field.skip().await?,
        }
    }
    Ok((texts, files))
}

/// What a field's sender calls it, if it is a file. Not every name is UTF-8: programs on Windows send that of the user's
/// language. Only the ending counts, so the rest may stay unreadable.
fn file_name(field: &Field<'_>) -> Option<String> {
    field.file_name().map(str::to_owned).or_else(|| named(field.headers().get(header::CONTENT_DISPOSITION)?.as_bytes()))
}

/// The name of a file in a header that is not as it should be: not UTF-8, or `filename*`.
fn named(disposition: &[u8]) -> Option<String> {
    let text = String::from_utf8_lossy(disposition);
    let (_, name) = text.split_once("filename=").or_else(|| text.split_once("filename*="))?;
    let name = match name.strip_prefix('"') {
        Some(quoted) => quoted.split('"').next(),
        None => name.split(';').next(),
    };
    name.map(|name| name.trim().to_owned())
}

async fn part(app: &App, field: FormField<'_>, file_name: String, limit: FileLimit) -> Result<Part, ApiError> {
    let content_type = field.head().content_type().map(str::to_ascii_lowercase);
    let content = match field.file(app, limit).await {
        Ok(received) => Content::Received(received),
        // The services look at all fields before they complain of a size.
        Err(error) if error.status() == StatusCode::PAYLOAD_TOO_LARGE => Content::TooLarge(error),
        Err(error) => return Err(error),
    };
    Ok(Part { file_name, content_type, content })
}
