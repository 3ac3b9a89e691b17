//! What FastAPI's router answers where no handler does.

use axum::Json;
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use serde_json::json;

/// The answer to an unknown path.
pub(crate) async fn unknown_route() -> Response {
    (StatusCode::NOT_FOUND, Json(json!({"detail": "Not Found"}))).into_response()
}

/// The answer to a method that a path does not take; it takes `allowed`.
pub(crate) fn wrong_method(allowed: &str) -> Response {
    let body = Json(json!({"detail": "Method Not Allowed"}));
    (StatusCode::METHOD_NOT_ALLOWED, [(header::ALLOW, allowed)], body).into_response()
}
