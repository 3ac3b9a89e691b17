//! The Duix Face2Face cloud service: two addresses go in, a video comes out, at once or by a task to poll.
//!
//! Every answer of its own says `success`, whatever its status: its clients look at nothing else.

mod base64;
mod failure;
mod generate;
mod health;
mod request;
pub(super) mod task;

use std::sync::Arc;

use async_trait::async_trait;
use axum::Json;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use serde::Serialize;
use serde_json::{Value, json};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::app::App;
use crate::config::FacadeName;
use crate::http::facades::facade::Facade;
use crate::http::facades::fastapi::validation_error::ValidationError;
use crate::http::problem::ApiError;

/// The service.
pub(super) struct Duix;

/// The body of a refusal.
#[derive(Serialize)]
struct Refused<'a> {
    success: bool,
    error: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    detail: Option<&'a [ValidationError]>,
}

#[async_trait]
impl Facade for Duix {
    fn name(&self) -> FacadeName {
        FacadeName::Duix
    }

    fn title(&self) -> &'static str {
        "Duix Face2Face Service"
    }

    fn version(&self) -> &'static str {
        health::VERSION
    }

    fn document_path(&self) -> &'static str {
        "/openapi/duix.json"
    }

    fn routes(&self) -> OpenApiRouter<Arc<App>> {
        OpenApiRouter::new()
            .routes(routes!(generate::generate))
            .routes(routes!(generate::submit))
            .routes(routes!(task::query))
            .routes(routes!(task::result))
    }

    fn root_routes(&self) -> OpenApiRouter<Arc<App>> {
        OpenApiRouter::new().routes(routes!(health::root)).routes(routes!(health::health))
    }

    async fn health(&self, app: &App) -> Result<Value, ApiError> {
        Ok(json!(health::health_of(app).await?))
    }

    fn allows_cross_origin(&self) -> bool {
        false
    }

    fn validation_answer(&self, errors: &[ValidationError]) -> Response {
        let error = errors.iter().map(ValidationError::summary).collect::<Vec<_>>().join("; ");
        let body = Json(Refused { success: false, error: &error, detail: Some(errors) });
        (StatusCode::UNPROCESSABLE_ENTITY, body).into_response()
    }

    fn error_body(&self, _status: StatusCode, message: &str) -> Response {
        Json(Refused { success: false, error: message, detail: None }).into_response()
    }
}
