//! The request that uploads a file, which comes as a form, or lies at an address that comes as JSON.

use std::collections::BTreeMap;
use std::sync::Arc;

use axum::extract::Request;
use serde_json::Value;

use crate::app::App;
use crate::domain::client::Client;
use crate::domain::code::Code;
use crate::domain::fault::{Fault, Faults};
use crate::http::problem::ApiError;
use crate::http::server::media_type::media_type;
use crate::http::server::multipart::{self, FileLimit};
use crate::http::v1::json_object;
use crate::http::v1::unknown_field::unknown_field;
use crate::intake::error::UploadError;
use crate::intake::incoming::Received;
use crate::intake::upload_kind::UploadKind;

/// The field that names the file's address.
const URL: &str = "url";

/// A file, and what was said of it.
pub(super) struct Sent {
    pub(super) file: Received,
    /// The field that it came in: faults of the file name it.
    pub(super) field: &'static str,
    /// The texts beside it.
    pub(super) texts: BTreeMap<String, String>,
}

/// Reads a request of either kind, with the texts of these names.
///
/// # Errors
/// All that is wrong with it; or the file cannot be had.
pub(super) async fn read<K: UploadKind>(
    app: &Arc<App>,
    client: Client,
    request: Request,
    names: &[&'static str],
) -> Result<Sent, ApiError> {
    match media_type(request.headers()).as_str() {
        "multipart/form-data" => {
            let limit = FileLimit::of::<K>(&app.config().limits);
            let (file, texts) = multipart::file_and_texts(request, app, limit, names).await?;
            Ok(Sent { file, field: "file", texts })
        }
        "application/json" => {
            let (address, texts) = address(app, client, request, names).await?;
            let fetched = app.remote_files.fetch::<K>(client, &address).await;
            let file = fetched.map_err(|error| match error {
                // As of one that is sent.
                UploadError::Fault { code, message, remedy } if code == K::TOO_LARGE => {
                    ApiError::fault(Fault::new(URL, code, message, remedy))
                }
                error => ApiError::refusal(URL, error),
            })?;
            Ok(Sent { file, field: URL, texts })
        }
        _ => Err(multipart::unsupported("multipart/form-data or application/json")),
    }
}

/// The address of a file in JSON, and what stands beside it.
async fn address(
    app: &App,
    client: Client,
    request: Request,
    names: &[&'static str],
) -> Result<(String, BTreeMap<String, String>), ApiError> {
    let known: Vec<&'static str> = [&[URL], names].concat();
    let names = known.clone();
    let (members, _turn) = json_object::read(app, client, request, move |name| names.contains(&name)).await?;
    let mut faults = Faults::default();
    let mut texts = BTreeMap::new();
    for (name, value) in members.known {
        match value {
            Value::Null => {}
            Value::String(text) => drop(texts.insert(name, text)),
            Value::Bool(_) | Value::Number(_) if name != URL => drop(texts.insert(name, value.to_string())),
            _ => faults
                .add(|| Fault::new(name, Code::FieldWrongType, "the field must be a text", "send it as a JSON string")),
        }
    }
    for name in &members.unknown {
        faults.add(|| unknown_field(name, &known));
    }
    faults.add_untold(members.more_unknown);
    let address = texts.remove(URL);
    if address.is_none() && !faults.told().iter().any(|fault| fault.field == URL) {
        let remedy = "send the address of the file, or the file itself as multipart/form-data in the field `file`";
        faults.add(|| Fault::new(URL, Code::FieldMissing, "the field `url` is missing", remedy));
    }
    match address {
        Some(address) if faults.is_empty() => Ok((address, texts)),
        _ => Err(ApiError::faults(faults)),
    }
}
