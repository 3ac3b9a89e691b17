//! The Duix generator, as the programs that drive it know it: files lie in a folder that both share, a job is submitted under
//! a name of the client's and asked about until its end, and the video lies in the folder then.
//!
//! Every answer has a code of its own, whatever its status: its clients look at nothing else.

mod answer;
mod inputs;
mod query;
mod results;
mod submit;

use std::sync::Arc;

use axum::Json;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::app::App;
use crate::config::FacadeName;
use crate::http::facades::duix_generator::answer::{Answer, INTERNAL, WRONG_PARAMETERS};
use crate::http::facades::facade::Facade;

/// The service.
pub(super) struct DuixGenerator;

impl Facade for DuixGenerator {
    fn name(&self) -> FacadeName {
        FacadeName::DuixGenerator
    }

    fn title(&self) -> &'static str {
        "Duix generator"
    }

    fn version(&self) -> &'static str {
        "1.0.0"
    }

    fn document_path(&self) -> &'static str {
        "/openapi/duix-generator.json"
    }

    fn routes(&self) -> OpenApiRouter<Arc<App>> {
        OpenApiRouter::new().routes(routes!(submit::submit)).routes(routes!(query::query))
    }

    fn allows_cross_origin(&self) -> bool {
        false
    }

    /// What is wrong with a request comes in the body of a 200.
    fn error_body(&self, status: StatusCode, message: &str) -> Response {
        let code = if status == StatusCode::OK { WRONG_PARAMETERS } else { INTERNAL };
        Json(Answer::failure(code, message)).into_response()
    }
}
