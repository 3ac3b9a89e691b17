//! The Ditto avatar backend: upload a photo, let it speak a sound that lies on the server, poll for the video.

mod downloads;
mod generate;
mod params;
mod photo;
mod sounds;
mod status;
mod system;

use std::sync::Arc;

use async_trait::async_trait;
use serde_json::{Value, json};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::app::App;
use crate::config::FacadeName;
use crate::http::facades::facade::Facade;
use crate::http::problem::ApiError;

/// The service.
pub(super) struct Ditto;

#[async_trait]
impl Facade for Ditto {
    fn name(&self) -> FacadeName {
        FacadeName::Ditto
    }

    fn title(&self) -> &'static str {
        "Ditto avatar API"
    }

    fn version(&self) -> &'static str {
        system::VERSION
    }

    fn document_path(&self) -> &'static str {
        "/openapi/ditto.json"
    }

    fn routes(&self) -> OpenApiRouter<Arc<App>> {
        OpenApiRouter::new()
            .routes(routes!(system::system_info))
            .routes(routes!(photo::upload))
            .routes(routes!(sounds::upload))
            .routes(routes!(generate::generate))
            .routes(routes!(generate::generate_batch))
            .routes(routes!(system::force_unlock))
            .routes(routes!(status::status))
            .routes(routes!(downloads::photo))
            .routes(routes!(downloads::output))
            .routes(routes!(system::ping))
    }

    fn root_routes(&self) -> OpenApiRouter<Arc<App>> {
        OpenApiRouter::new().routes(routes!(system::root)).routes(routes!(system::health))
    }

    async fn health(&self, app: &App) -> Result<Value, ApiError> {
        Ok(json!(system::health_of(app).await))
    }

    fn file_folders(&self) -> &'static [&'static str] {
        &["/uploads/", "/outputs/"]
    }
}
