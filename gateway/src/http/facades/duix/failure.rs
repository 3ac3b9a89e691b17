//! Failures as Duix's clients read them: in the body, whatever the status is.

use axum::http::StatusCode;

use crate::http::facades::error::Refusal;
use crate::http::problem::ApiError;

/// A failure in the body of a 200.
pub(super) fn failed(why: impl Into<String>) -> Refusal {
    Refusal::with_message(StatusCode::OK, why)
}

/// What is wrong with the client's request is told in the body of a 200, what is wrong with the gateway by its status.
pub(super) fn in_body(error: ApiError) -> Refusal {
    match error.status() {
        StatusCode::UNPROCESSABLE_ENTITY | StatusCode::PAYLOAD_TOO_LARGE | StatusCode::SERVICE_UNAVAILABLE => {
            failed(error.sentence())
        }
        _ => Refusal::Gateway(error),
    }
}
