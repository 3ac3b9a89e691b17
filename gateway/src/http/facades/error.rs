//! What a request of a facade's client is refused with, on its way into the form of that facade.

use std::sync::Arc;

use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};

use crate::http::facades::facade::Facade;
use crate::http::facades::fastapi::detail::Detail;
use crate::http::problem::{ApiError, Problem};
use crate::intake;

/// Why a request is not answered as hoped.
pub(crate) enum Refusal {
    /// Its fields are wrong: a 422.
    Unprocessable(Vec<Detail>),
    /// The facade's own words.
    Said(StatusCode, String),
    /// The gateway's own error, whose form is changed.
    Gateway(ApiError),
}

impl Refusal {
    /// The facade's own words.
    pub(crate) fn said(status: StatusCode, words: impl Into<String>) -> Self {
        Self::Said(status, words.into())
    }

    /// A 400 in the facade's own words.
    pub(crate) fn bad(words: impl Into<String>) -> Self {
        Self::said(StatusCode::BAD_REQUEST, words)
    }

    /// A 404 in the facade's own words.
    pub(crate) fn not_found(words: impl Into<String>) -> Self {
        Self::said(StatusCode::NOT_FOUND, words)
    }

    /// An upload in the field `field` that is not taken.
    pub(crate) fn upload(field: &str, refusal: intake::UploadError) -> Self {
        Self::Gateway(ApiError::refusal(field, refusal))
    }
}

impl<E: Into<ApiError>> From<E> for Refusal {
    fn from(error: E) -> Self {
        Self::Gateway(error.into())
    }
}

/// For `map_err`: an upload in the field `field` that is not taken.
pub(crate) fn refused(field: &'static str) -> impl Fn(intake::UploadError) -> Refusal {
    move |refusal| Refusal::upload(field, refusal)
}

/// The faults of a request's fields, on their way to [`in_form_of`].
#[derive(Clone)]
struct Faults(Arc<[Detail]>);

/// A facade's own words, on their way to [`in_form_of`].
#[derive(Clone)]
struct Words(String);

impl IntoResponse for Refusal {
    fn into_response(self) -> Response {
        match self {
            Self::Unprocessable(details) => {
                let mut response = StatusCode::UNPROCESSABLE_ENTITY.into_response();
                response.extensions_mut().insert(Faults(details.into()));
                response
            }
            Self::Said(status, words) => {
                let mut response = status.into_response();
                response.extensions_mut().insert(Words(words));
                response
            }
            Self::Gateway(error) => error.into_response(),
        }
    }
}

/// Puts a refusal into the facade's form; other answers stay as they are.
pub(crate) fn in_form_of(facade: &dyn Facade, mut response: Response) -> Response {
    let extensions = response.extensions_mut();
    let mut formed = if let Some(Faults(details)) = extensions.remove() {
        (StatusCode::UNPROCESSABLE_ENTITY, facade.fields_refused(&details)).into_response()
    } else if let Some(Words(words)) = extensions.remove() {
        (response.status(), facade.refused(&words)).into_response()
    } else if let Some(problem) = extensions.remove::<Arc<Problem>>() {
        let status = match response.status() {
            // To these clients a 422 is about the form of a request alone.
            StatusCode::UNPROCESSABLE_ENTITY => StatusCode::BAD_REQUEST,
            other => other,
        };
        (status, facade.refused(&facade.sentence(&problem))).into_response()
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
