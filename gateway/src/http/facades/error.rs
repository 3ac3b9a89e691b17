//! Refusals of facades' requests, which one layer puts into the form of the facade.

use std::sync::Arc;

use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};

use crate::http::facades::facade::Facade;
use crate::http::facades::fastapi::validation_error::ValidationError;
use crate::http::problem::{ApiError, Problem};
use crate::intake;

/// Why a request is not answered as hoped.
pub(crate) enum Refusal {
    /// Its fields are wrong: a 422.
    Unprocessable(Vec<ValidationError>),
    /// A message of the facade itself.
    Message(StatusCode, String),
    /// The gateway's own error, whose form is changed.
    Gateway(ApiError),
}

impl Refusal {
    /// A message of the facade itself.
    pub(crate) fn with_message(status: StatusCode, message: impl Into<String>) -> Self {
        Self::Message(status, message.into())
    }

    /// A 400 with a message of the facade itself.
    pub(crate) fn bad_request(message: impl Into<String>) -> Self {
        Self::with_message(StatusCode::BAD_REQUEST, message)
    }

    /// A 404 with a message of the facade itself.
    pub(crate) fn not_found(message: impl Into<String>) -> Self {
        Self::with_message(StatusCode::NOT_FOUND, message)
    }

    /// An upload in the field `field` that is not taken.
    pub(crate) fn upload(field: &str, refusal: intake::error::UploadError) -> Self {
        Self::Gateway(ApiError::refusal(field, refusal))
    }
}

impl<E: Into<ApiError>> From<E> for Refusal {
    fn from(error: E) -> Self {
        Self::Gateway(error.into())
    }
}

/// For `map_err`: an upload in the field `field` that is not taken.
pub(crate) fn refused(field: &'static str) -> impl Fn(intake::error::UploadError) -> Refusal {
    move |refusal| Refusal::upload(field, refusal)
}

/// The faults of a request's fields, on their way to [`in_form_of`].
#[derive(Clone)]
struct ValidationErrors(Arc<[ValidationError]>);

/// A facade's own message, on its way to [`in_form_of`].
#[derive(Clone)]
struct Message(String);

impl IntoResponse for Refusal {
    fn into_response(self) -> Response {
        match self {
            Self::Unprocessable(errors) => {
                let mut response = StatusCode::UNPROCESSABLE_ENTITY.into_response();
                response.extensions_mut().insert(ValidationErrors(errors.into()));
                response
            }
            Self::Message(status, message) => {
                let mut response = status.into_response();
                response.extensions_mut().insert(Message(message));
                response
            }
            Self::Gateway(error) => error.into_response(),
        }
    }
}

/// Puts a refusal into the facade's form; other answers stay as they are.
pub(crate) fn in_form_of(facade: &dyn Facade, mut response: Response) -> Response {
    let extensions = response.extensions_mut();
    let mut formed = if let Some(ValidationErrors(errors)) = extensions.remove() {
        facade.validation_answer(&errors)
    } else if let Some(Message(message)) = extensions.remove() {
        (response.status(), facade.error_body(response.status(), &message)).into_response()
    } else if let Some(problem) = extensions.remove::<Arc<Problem>>() {
        let status = match response.status() {
            // To these clients a 422 is about the form of a request alone.
            StatusCode::UNPROCESSABLE_ENTITY => StatusCode::BAD_REQUEST,
            other => other,
        };
        (status, facade.problem_body(status, &problem)).into_response()
    } else {
        return response;
    };
    // What stands in the head holds in any form: WWW-Authenticate, Retry-After.
    for (name, value) in response.headers() {
        if name != header::CONTENT_LENGTH && !formed.headers().contains_key(name) {
            formed.headers_mut().insert(name.clone(), value.clone());
        }
    }
    formed
}
