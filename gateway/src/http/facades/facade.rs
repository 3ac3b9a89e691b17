//! The trait of a facade: all that the gateway has to know of one wire format.

use std::sync::Arc;

use async_trait::async_trait;
use axum::Json;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use serde::Serialize;
use serde_json::{Value, json};
use utoipa_axum::router::OpenApiRouter;

use crate::app::App;
use crate::config::FacadeName;
use crate::http::facades::fastapi::validation_error::ValidationError;
use crate::http::problem::{ApiError, Problem};

/// A service whose clients are served. What is written here holds for a service made with FastAPI; one that differs says
/// so.
#[async_trait]
pub(crate) trait Facade: Send + Sync {
    /// Its name, and its table of the configuration.
    fn name(&self) -> FacadeName;

    /// What its document is called.
    fn title(&self) -> &'static str;

    /// What it calls its version.
    fn version(&self) -> &'static str;

    /// Where the main listener has its document.
    fn document_path(&self) -> &'static str;

    /// The routes that no other facade has.
    fn routes(&self) -> OpenApiRouter<Arc<App>>;

    /// `/` and `/health` of its own listener; several services have them.
    fn root_routes(&self) -> OpenApiRouter<Arc<App>> {
        OpenApiRouter::new()
    }

    /// What it tells at `/health` in a JSON object, as a part of what the main listener tells there.
    ///
    /// # Errors
    /// The store fails.
    async fn health(&self, _app: &App) -> Result<Value, ApiError> {
        Ok(Value::Null)
    }

    /// The folders of its paths where files lie: HEAD is answered there and nowhere else.
    fn file_folders(&self) -> &'static [&'static str] {
        &[]
    }

    /// Whether pages of other sites may ask.
    fn allows_cross_origin(&self) -> bool {
        true
    }

    /// Whether its clients cannot but send a key: where none is needed, any is as good as none.
    fn takes_any_key(&self) -> bool {
        false
    }

    /// The answer to a request with faults of its fields: every one of them.
    fn validation_answer(&self, errors: &[ValidationError]) -> Response {
        #[derive(Serialize)]
        struct ValidationErrors<'a> {
            detail: &'a [ValidationError],
        }
        (StatusCode::UNPROCESSABLE_ENTITY, Json(ValidationErrors { detail: errors })).into_response()
    }

    /// The body of every other refusal, which is one sentence.
    fn error_body(&self, _status: StatusCode, message: &str) -> Response {
        Json(json!({"detail": message})).into_response()
    }

    /// The body of a refusal that is the gateway's own.
    fn problem_body(&self, status: StatusCode, problem: &Problem) -> Response {
        self.error_body(status, &self.message(problem))
    }

    /// What went wrong in the gateway and what to do about it, in one sentence.
    fn message(&self, problem: &Problem) -> String {
        problem.sentence()
    }
}
