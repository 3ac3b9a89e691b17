//! The HTTP API. This file is its map: every route on one screen, the handlers in the files beside it.

mod artifacts;
mod audio;
mod engines;
mod events;
mod health;
mod hold;
mod jobs;
mod openapi;
mod page;
mod photos;
mod receive;
mod submission;
#[cfg(test)]
mod tests;
mod trace;
mod view;

use std::future::IntoFuture;
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::http::{StatusCode, Uri};
use axum::middleware;
use axum::response::IntoResponse;
use tokio::net::TcpListener;
use tower_http::catch_panic::CatchPanicLayer;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;
use utoipa_swagger_ui::SwaggerUi;

use crate::app::App;
use crate::error::ApiError;

pub use openapi::document;
pub(crate) use view::FaceView;

/// How long answers that are under way may take once the app stops.
const DRAIN: Duration = Duration::from_secs(3);

/// Every route of the gateway.
pub fn router(app: Arc<App>) -> Router {
    let (router, document) = documented().split_for_parts();
    router
        .merge(SwaggerUi::new("/docs").url("/openapi.json", document))
        .fallback(unknown_route)
        .method_not_allowed_fallback(wrong_method)
        .layer(CatchPanicLayer::custom(|_| {
            ApiError::internal("a handler panicked; see the lines above").into_response()
        }))
        .layer(middleware::from_fn_with_state(Arc::clone(&app), trace::follow))
        .with_state(app)
}

/// Answers requests until the app stops; streams that are open then are cut.
///
/// # Errors
/// The listener breaks.
pub async fn serve(listener: TcpListener, app: Arc<App>) -> std::io::Result<()> {
    let stop = app.stop.clone();
    let draining = stop.clone();
    let serving = axum::serve(listener, router(app)).with_graceful_shutdown(async move { draining.cancelled().await });
    tokio::select! {
        result = serving.into_future() => result,
        () = async { stop.cancelled().await; tokio::time::sleep(DRAIN).await } => Ok(()),
    }
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
        .routes(routes!(audio::upload))
        .routes(routes!(jobs::submit, jobs::list))
        .routes(routes!(jobs::show))
        .routes(routes!(jobs::cancel))
        .routes(routes!(hold::set, hold::clear))
        .routes(routes!(events::watch))
        .routes(routes!(artifacts::video))
        .routes(routes!(health::live))
        .routes(routes!(health::ready))
}

async fn unknown_route(uri: Uri) -> ApiError {
    ApiError::not_found("route.unknown", format!("there is no {}; see /docs for what there is", uri.path()))
}

async fn wrong_method(uri: Uri) -> ApiError {
    let detail = format!("{} does not take this method; see /docs for what it takes", uri.path());
    ApiError::new(StatusCode::METHOD_NOT_ALLOWED, "route.method", detail)
}
