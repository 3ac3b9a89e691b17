//! A file that is the operator's, and not the gateway's, as an answer.

use std::path::Path;

use axum::extract::Request;
use axum::http::{HeaderValue, header};
use axum::response::{IntoResponse, Response};
use tower::ServiceExt;
use tower_http::services::ServeFile;

/// Answers with a file that is there, as what its name says that it is. Takes ranges and conditions.
pub(crate) async fn serve(file: &Path, request: Request) -> Response {
    let answer = ServeFile::new(file).oneshot(request).await.unwrap_or_else(|never| match never {});
    let mut response = answer.into_response();
    response.headers_mut().insert(header::X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));
    response
}
