//! `/`: what answers at this address, for programs and people who know nothing of it yet.

use std::collections::BTreeMap;
use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use serde::Serialize;
use utoipa::ToSchema;

use crate::app::App;
use crate::http::facades::FACADES;
use crate::view::address::address;

/// What answers here, and where it is described.
#[derive(Serialize, ToSchema)]
pub(crate) struct About {
    #[schema(example = "avatar-gateway")]
    name: &'static str,
    #[schema(example = "1.0.0")]
    version: &'static str,
    /// The commit that it was built from, where that is known.
    #[schema(example = "1bcb474a4f0e")]
    #[serde(skip_serializing_if = "str::is_empty")]
    commit: &'static str,
    /// Address of the page that explains the routes and tries them.
    #[schema(example = "/docs")]
    docs: String,
    /// Address of the same for reading.
    #[schema(example = "/redoc")]
    reference: String,
    /// Address of the description for programs.
    #[schema(example = "/openapi.json")]
    openapi: String,
    /// Address of what is installed, and of the parameters that each engine takes.
    #[schema(example = "/v1/engines")]
    engines: String,
    /// Address where jobs are sent.
    #[schema(example = "/v1/jobs")]
    jobs: String,
    /// Address that tells whether jobs can be rendered.
    #[schema(example = "/readyz")]
    ready: String,
    /// The other services whose clients are served, with the addresses of their descriptions.
    #[schema(value_type = BTreeMap<String, String>, example = json!({"ditto": "/openapi/ditto.json"}))]
    facades: BTreeMap<&'static str, String>,
}

/// What is this?
///
/// Everyone may ask. The services whose clients are served greet in their own words where they have addresses of their own.
#[utoipa::path(get, path = "/", operation_id = "about", tag = "operations", responses((status = 200, body = About, description = "Its name and version, and the addresses of what describes it")))]
pub(crate) async fn show(State(app): State<Arc<App>>) -> Json<About> {
    let at = |path: &str| address(&app, path);
    Json(About {
        name: env!("CARGO_PKG_NAME"),
        version: env!("CARGO_PKG_VERSION"),
        commit: app.commit,
        docs: at("/docs"),
        reference: at("/redoc"),
        openapi: at("/openapi.json"),
        engines: at("/v1/engines"),
        jobs: at("/v1/jobs"),
        ready: at("/readyz"),
        facades: FACADES.into_iter().map(|facade| (facade.name().as_str(), at(facade.document_path()))).collect(),
    })
}
