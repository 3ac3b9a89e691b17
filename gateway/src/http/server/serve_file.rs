//! Files as answers: whole, in ranges, or not at all where the client has them already.

use std::path::Path;

use axum::body::Body;
use axum::extract::Request;
use axum::http::{HeaderValue, Method, header};
use axum::response::{IntoResponse, Response};
use tower::ServiceExt;
use tower_http::services::ServeFile;

/// Answers with a file that is there. Takes `Range`, `If-Range`, `If-None-Match`, `If-Modified-Since` and `HEAD`.
pub(crate) async fn serve(file: &Path, media_type: &'static str, mut request: Request) -> Response {
    // A part of a file that has changed since would not fit to the parts that the client has.
    if let Some(condition) = request.headers_mut().remove(header::IF_RANGE)
        && !holds(file, &condition).await
    {
        request.headers_mut().remove(header::RANGE);
    }
    let mut response = serve_by_name(file, request).await;
    if response.status().is_success() {
        response.headers_mut().insert(header::CONTENT_TYPE, HeaderValue::from_static(media_type));
    }
    response
}

/// Answers with a file that is there, as what its name says that it is.
pub(crate) async fn serve_by_name(file: &Path, request: Request) -> Response {
    let mut response = send(file, request).await;
    // Browsers must not take a client's file for something that runs.
    response.headers_mut().insert(header::X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));
    response
}

/// Names the file for whoever saves it; `attachment` keeps a browser from showing it.
pub(crate) fn name(response: &mut Response, name: &str, attachment: bool) {
    let kind = if attachment { "attachment" } else { "inline" };
    let value = HeaderValue::try_from(format!("{kind}; filename=\"{name}\""));
    response.headers_mut().insert(header::CONTENT_DISPOSITION, value.expect("names are made of ids"));
}

/// Whether the client's idea of the file is the file as it is: its ETag, or the time of its last change.
async fn holds(file: &Path, condition: &HeaderValue) -> bool {
    let question = Request::builder().method(Method::HEAD).body(Body::empty()).expect("a plain request is one");
    let answer = send(file, question).await;
    [header::ETAG, header::LAST_MODIFIED].iter().any(|name| answer.headers().get(name) == Some(condition))
}

async fn send(file: &Path, request: Request) -> Response {
    ServeFile::new(file).oneshot(request).await.unwrap_or_else(|never| match never {}).into_response()
}
