//! OpenAI's videos: create one, ask how far it is, list, download, delete. A model is an engine here, and the speech is a
//! field of ours, because that service takes none.

mod content;
mod create;
mod model;
mod speech;
mod video;
mod videos;

use std::sync::Arc;

use axum::Json;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use serde::Serialize;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::app::App;
use crate::config::FacadeName;
use crate::http::facades::facade::Facade;
use crate::http::facades::fastapi::validation_error::ValidationError;
use crate::http::problem::Problem;

/// The service.
pub(super) struct OpenAi;

/// The body of a refusal.
#[derive(Serialize)]
struct Refused<'a> {
    error: Refusal<'a>,
}

#[derive(Serialize)]
struct Refusal<'a> {
    message: &'a str,
    #[serde(rename = "type")]
    kind: &'static str,
    /// The field at fault.
    param: Option<&'a str>,
    code: Option<&'a str>,
}

impl Facade for OpenAi {
    fn name(&self) -> FacadeName {
        FacadeName::OpenAi
    }

    fn title(&self) -> &'static str {
        "OpenAI videos API"
    }

    fn version(&self) -> &'static str {
        "1"
    }

    fn document_path(&self) -> &'static str {
        "/openapi/openai.json"
    }

    fn routes(&self) -> OpenApiRouter<Arc<App>> {
        OpenApiRouter::new()
            .routes(routes!(create::create, videos::list))
            .routes(routes!(videos::retrieve, videos::delete))
            .routes(routes!(content::download))
    }

    fn file_folders(&self) -> &'static [&'static str] {
        &["/v1/videos/"]
    }

    fn allows_cross_origin(&self) -> bool {
        false
    }

    /// Its libraries refuse to start without a key.
    fn takes_any_key(&self) -> bool {
        true
    }

    fn validation_answer(&self, errors: &[ValidationError]) -> Response {
        let message = errors.iter().map(ValidationError::summary).collect::<Vec<_>>().join("; ");
        let param = errors.first().and_then(|error| error.loc.last()?.as_str());
        let body = refused(StatusCode::BAD_REQUEST, &message, param, None);
        (StatusCode::BAD_REQUEST, body).into_response()
    }

    fn error_body(&self, status: StatusCode, message: &str) -> Response {
        refused(status, message, None, None)
    }

    fn problem_body(&self, status: StatusCode, problem: &Problem) -> Response {
        let param = problem.errors.first().map(|fault| fault.field.as_str());
        refused(status, &self.message(problem), param, Some(problem.code.as_str()))
    }
}

/// A refusal as the service words it.
fn refused(status: StatusCode, message: &str, param: Option<&str>, code: Option<&str>) -> Response {
    let kind = match status {
        StatusCode::TOO_MANY_REQUESTS => "rate_limit_error",
        status if status.is_server_error() => "server_error",
        _ => "invalid_request_error",
    };
    Json(Refused { error: Refusal { message, kind, param, code } }).into_response()
}
