//! The media type of a request's body, from its head.

use axum::http::{HeaderMap, header};

/// The type and subtype of `Content-Type` in lower case, without parameters; empty without one.
pub(crate) fn media_type(headers: &HeaderMap) -> String {
    let value = headers.get(header::CONTENT_TYPE).and_then(|value| value.to_str().ok()).unwrap_or_default();
    value.split(';').next().unwrap_or_default().trim().to_ascii_lowercase()
}
