//! The HTTP API: its routes, the facades of other services and the pages about them, with what stands around them all.

mod docs;
mod facades;
mod operations;
pub mod problem;
mod routes;
pub(crate) mod server;
#[cfg(test)]
mod tests;
pub(crate) mod v1;

use std::sync::Arc;

use axum::Router;
use axum::http::Uri;
use axum::middleware;
use tower::util::option_layer;

use crate::app::App;
use crate::domain::code::Code;
use crate::http::docs::swagger::Shown;
use crate::http::docs::{openapi, redoc, swagger};
use crate::http::facades::facade::Facade;
use crate::http::problem::ApiError;
use crate::http::routes::documented;
use crate::http::server::{cors, door, request_id};

pub use crate::http::docs::openapi::document;
pub(crate) use crate::http::facades::FACADES;
pub use crate::http::server::connections::{Doors, serve};

/// Every route of the gateway.
pub fn router(app: Arc<App>) -> Router {
    let (router, mut document) = documented(openapi::about()).split_for_parts();
    openapi::complete(&mut document);
    let own = Shown { name: "gateway", link: "../openapi.json", document };
    let pages = swagger::router([own].into_iter().chain(facades::documents()).collect());
    let cors = cors::layer(&app.config().server.cors_origins);
    router
        .merge(pages)
        .merge(redoc::router())
        .fallback(unknown_route)
        .method_not_allowed_fallback(wrong_method)
        .layer(middleware::from_fn_with_state(Arc::clone(&app), door::admit))
        .layer(option_layer(cors))
        .merge(facades::together(&app))
        .layer(middleware::from_fn_with_state(Arc::clone(&app), request_id::follow))
        .with_state(app)
}

/// The routes of one facade alone.
pub(crate) fn facade_router(facade: &'static dyn Facade, app: Arc<App>) -> Router {
    facades::alone(facade, app)
}

async fn unknown_route(uri: Uri) -> ApiError {
    ApiError::new(Code::RouteUnknown, format!("there is no {}; see /docs for what there is", uri.path()))
}

async fn wrong_method(uri: Uri) -> ApiError {
    let detail = format!("{} does not take this method; see /docs for what it takes", uri.path());
    ApiError::new(Code::RouteMethod, detail)
}
