//! `/` and `/health`, which several of the services have: one answer each on a facade's own listener, and on the main one
//! an answer with what all of them tell.

use std::sync::Arc;

use axum::extract::State;
use axum::routing::get;
use axum::{Json, Router};
use serde::Serialize;
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::app::App;
use crate::config::Facade;
use crate::http::facades::error::Refusal;
use crate::http::facades::{adapt, ditto, duix, echomimic};
use crate::http::problem::ApiError;

/// The answers of one facade.
pub(crate) fn alone(facade: Facade) -> OpenApiRouter<Arc<App>> {
    let router = OpenApiRouter::new();
    match facade {
        Facade::DiceTalk => router,
        Facade::Ditto => router.routes(routes!(ditto_root)).routes(routes!(ditto_health)),
        Facade::EchoMimic => router.routes(routes!(echomimic_root)),
        Facade::Duix => router.routes(routes!(duix_root)).routes(routes!(duix_health)),
    }
}

/// The answers of all of them together.
pub(crate) fn together() -> Router<Arc<App>> {
    Router::new().route("/", get(root)).route("/health", get(health))
}

#[derive(Serialize, ToSchema)]
struct Welcome {
    message: &'static str,
    version: &'static str,
}

#[derive(Serialize, ToSchema)]
struct Service {
    service: &'static str,
    version: &'static str,
    status: &'static str,
}

#[derive(Serialize, ToSchema)]
struct DittoHealth {
    status: &'static str,
    /// Whether the original's writer of scripts is there: never, it is no part of this service.
    gemini_configured: bool,
    avatar_configured: bool,
}

const WELCOME: Welcome = Welcome { message: "欢迎使用 EchoMimic API", version: echomimic::VERSION };
const SERVICE: Service = Service { service: "Duix Face2Face Service", version: duix::VERSION, status: "running" };

/// What this is
#[utoipa::path(get, path = "/", operation_id = "echomimic_root", tag = "EchoMimic", responses((status = 200, body = Welcome)))]
async fn echomimic_root() -> Json<Welcome> {
    Json(WELCOME)
}

/// What this is
#[utoipa::path(get, path = "/", operation_id = "duix_root", tag = "Duix", responses((status = 200, body = Service)))]
async fn duix_root() -> Json<Service> {
    Json(SERVICE)
}

/// What this is
#[utoipa::path(get, path = "/", operation_id = "ditto_root", tag = "Ditto", responses((status = 200, body = Welcome)))]
async fn ditto_root() -> Json<Welcome> {
    Json(Welcome { message: "Ditto avatar API", version: ditto::VERSION })
}

/// Whether a video can be made
#[utoipa::path(get, path = "/health", operation_id = "duix_health", tag = "Duix", responses((status = 200, body = duix::Health)))]
async fn duix_health(State(app): State<Arc<App>>) -> Result<Json<duix::Health>, Refusal> {
    Ok(Json(duix::health_of(&app).await?))
}

/// Whether a video can be made
#[utoipa::path(get, path = "/health", operation_id = "ditto_health", tag = "Ditto", responses((status = 200, body = DittoHealth)))]
async fn ditto_health(State(app): State<Arc<App>>) -> Json<DittoHealth> {
    Json(DittoHealth { status: "healthy", gemini_configured: false, avatar_configured: avatar(&app).await })
}

async fn avatar(app: &App) -> bool {
    adapt::is_ready(app, Facade::Ditto).await
}

async fn root() -> Json<impl Serialize> {
    #[derive(Serialize)]
    struct Root {
        message: &'static str,
        #[serde(flatten)]
        service: Service,
    }
    Json(Root { message: WELCOME.message, service: SERVICE })
}

async fn health(State(app): State<Arc<App>>) -> Result<Json<impl Serialize>, ApiError> {
    #[derive(Serialize)]
    struct All {
        #[serde(flatten)]
        duix: duix::Health,
        gemini_configured: bool,
        avatar_configured: bool,
    }
    let duix = duix::health_of(&app).await?;
    Ok(Json(All { duix, gemini_configured: false, avatar_configured: avatar(&app).await }))
}
