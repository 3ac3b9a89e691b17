//! The EchoMimic service: one portrait, one or several sounds, a task to poll and a video to download.

mod download;
mod generate;
mod params;
mod task;
mod welcome;

use std::sync::Arc;

use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::app::App;
use crate::config::FacadeName;
use crate::http::facades::facade::Facade;

/// The service.
pub(super) struct EchoMimic;

impl Facade for EchoMimic {
    fn name(&self) -> FacadeName {
        FacadeName::EchoMimic
    }

    fn title(&self) -> &'static str {
        "EchoMimic API"
    }

    fn version(&self) -> &'static str {
        welcome::VERSION
    }

    fn document_path(&self) -> &'static str {
        "/openapi/echomimic.json"
    }

    fn routes(&self) -> OpenApiRouter<Arc<App>> {
        OpenApiRouter::new()
            .routes(routes!(generate::generate))
            .routes(routes!(generate::generate_multi))
            .routes(routes!(task::task))
            .routes(routes!(download::download))
            .routes(routes!(download::download_segment))
            .routes(routes!(download::download_combined))
            .routes(routes!(download::output))
    }

    fn root_routes(&self) -> OpenApiRouter<Arc<App>> {
        OpenApiRouter::new().routes(routes!(welcome::root))
    }

    fn file_folders(&self) -> &'static [&'static str] {
        &["/output/"]
    }
}
