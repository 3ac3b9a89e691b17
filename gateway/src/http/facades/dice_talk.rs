//! The DICE-Talk API service: start a synthesis, ask how far it is, download it.

mod files;
mod health;
mod params;
mod start;
mod task;

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
use crate::http::problem::Problem;

/// The service.
pub(super) struct DiceTalk;

impl Facade for DiceTalk {
    fn name(&self) -> FacadeName {
        FacadeName::DiceTalk
    }

    fn title(&self) -> &'static str {
        "DICE-Talk API"
    }

    fn version(&self) -> &'static str {
        health::VERSION
    }

    fn document_path(&self) -> &'static str {
        "/openapi/dice-talk.json"
    }

    fn routes(&self) -> OpenApiRouter<Arc<App>> {
        OpenApiRouter::new()
            .routes(routes!(health::health))
            .routes(routes!(start::start))
            .routes(routes!(task::status))
            .routes(routes!(task::download))
    }

    fn error_body(&self, _status: StatusCode, message: &str) -> Response {
        #[derive(Serialize)]
        struct Refused<'a> {
            error: &'a str,
            detail: Option<()>,
        }
        Json(Refused { error: message, detail: None }).into_response()
    }

    fn message(&self, problem: &Problem) -> String {
        if problem.status == StatusCode::INTERNAL_SERVER_ERROR.as_u16() {
            return "Internal server error".to_owned();
        }
        problem.sentence()
    }
}
