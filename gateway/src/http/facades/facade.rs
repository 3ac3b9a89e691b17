//! What makes a service a facade: all that the gateway knows of one wire format.

use std::sync::Arc;

use async_trait::async_trait;
use axum::Json;
use axum::response::{IntoResponse, Response};
use serde::Serialize;
use serde_json::{Value, json};
use utoipa_axum::router::OpenApiRouter;

use crate::app::App;
use crate::config::FacadeName;
use crate::http::facades::fastapi::detail::Detail;
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

    /// What it tells at `/` in a JSON object, as a part of what the main listener tells there.
    fn welcome(&self) -> Value {
        Value::Null
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
    fn welcomes_other_sites(&self) -> bool {
        true
    }

    /// The body of a 422: every fault of a request's fields.
    fn fields_refused(&self, details: &[Detail]) -> Response {
        #[derive(Serialize)]
        struct Faults<'a> {
            detail: &'a [Detail],
        }
        Json(Faults { detail: details }).into_response()
    }

    /// The body of every other refusal, which is one sentence.
    fn refused(&self, sentence: &str) -> Response {
        Json(json!({"detail": sentence})).into_response()
    }

    /// What went wrong in the gateway and what to do about it, in one sentence.
    fn sentence(&self, problem: &Problem) -> String {
        problem.sentence()
    }
}
