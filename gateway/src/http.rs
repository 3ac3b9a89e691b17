//! The HTTP API. This file is its map: every route on one screen, the handlers in the files beside it.

mod docs;
mod facades;
mod operations;
pub mod problem;
pub(crate) mod server;
#[cfg(test)]
mod tests;
pub(crate) mod v1;

use std::sync::Arc;

use axum::Router;
use axum::http::Uri;
use axum::middleware;
use axum::response::IntoResponse;
use tower::util::option_layer;
use tower_http::catch_panic::CatchPanicLayer;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;
use utoipa_swagger_ui::{SwaggerUi, Url};

use crate::app::App;
use crate::domain::code::Code;
use crate::http::docs::openapi;
use crate::http::docs::redoc;
use crate::http::facades::facade::Facade;
use crate::http::operations::health;
use crate::http::operations::metrics;
use crate::http::problem::ApiError;
use crate::http::server::auth;
use crate::http::server::body_timeout;
use crate::http::server::cors;
use crate::http::server::request_id;
use crate::http::v1::artifacts;
use crate::http::v1::audio;
use crate::http::v1::engines;
use crate::http::v1::events;
use crate::http::v1::hold;
use crate::http::v1::jobs;
use crate::http::v1::photos;
use crate::http::v1::source_videos;
use crate::http::v1::webhooks;

pub use crate::http::docs::openapi::document;
pub(crate) use crate::http::facades::FACADES;
pub use crate::http::server::connections::serve;

/// Every route of the gateway.
pub fn router(app: Arc<App>) -> Router {
    let (router, mut document) = documented().split_for_parts();
    openapi::complete(&mut document);
    let pages = SwaggerUi::new("/docs").url(Url::with_primary("gateway", "/openapi.json", true), document);
    let pages = facades::documents().fold(pages, |pages, (url, document)| pages.url(url, document));
    let cors = cors::layer(&app.config().server.cors_origins);
    router
        .merge(pages)
        .merge(redoc::router())
        .fallback(unknown_route)
        .method_not_allowed_fallback(wrong_method)
        .layer(middleware::from_fn(body_timeout::keep))
        .layer(middleware::from_fn_with_state(Arc::clone(&app), auth::admit))
        .layer(CatchPanicLayer::custom(|_| {
            ApiError::internal("a handler panicked; see the lines above").into_response()
        }))
        .layer(option_layer(cors))
        .merge(facades::together(&app))
        .layer(middleware::from_fn_with_state(Arc::clone(&app), request_id::follow))
        .with_state(app)
}

/// The routes of one facade alone.
pub(crate) fn facade_router(facade: &'static dyn Facade, app: Arc<App>) -> Router {
    facades::alone(facade, app)
}

/// The routes that the OpenAPI document tells of.
fn documented() -> OpenApiRouter<Arc<App>> {
    OpenApiRouter::with_openapi(openapi::about())
        .routes(routes!(engines::list_at_root))
        .routes(routes!(engines::show_at_root))
        .routes(routes!(engines::schema_at_root))
        .routes(routes!(engines::list))
        .routes(routes!(engines::show))
        .routes(routes!(engines::schema))
        .routes(routes!(photos::upload, photos::list))
        .routes(routes!(photos::show, photos::delete))
        .routes(routes!(photos::content))
        .routes(routes!(audio::upload, audio::list))
        .routes(routes!(audio::show, audio::delete))
        .routes(routes!(audio::content))
        .routes(routes!(source_videos::upload, source_videos::list))
        .routes(routes!(source_videos::show, source_videos::delete))
        .routes(routes!(source_videos::content))
        .routes(routes!(jobs::submit, jobs::list))
        .routes(routes!(jobs::show, jobs::delete))
        .routes(routes!(jobs::cancel))
        .routes(routes!(hold::set, hold::clear))
        .routes(routes!(events::watch))
        .routes(routes!(webhooks::show))
        .routes(routes!(artifacts::video))
        .routes(routes!(artifacts::thumbnail))
        .routes(routes!(health::live))
        .routes(routes!(health::ready))
        .routes(routes!(metrics::show))
}

async fn unknown_route(uri: Uri) -> ApiError {
    ApiError::new(Code::RouteUnknown, format!("there is no {}; see /docs for what there is", uri.path()))
}

async fn wrong_method(uri: Uri) -> ApiError {
    let detail = format!("{} does not take this method; see /docs for what it takes", uri.path());
    ApiError::new(Code::RouteMethod, detail)
}
