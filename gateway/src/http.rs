//! The HTTP API. This file is its map: every route on one screen, the handlers in the files beside it.

mod artifacts;
mod audio;
mod auth;
mod cors;
mod engines;
mod events;
mod health;
mod jobs;
mod openapi;
mod page;
mod photos;
mod receive;
mod submission;
#[cfg(test)]
mod tests;
mod view;

use std::future::IntoFuture;
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::extract::DefaultBodyLimit;
use axum::http::{Request, StatusCode, Uri};
use axum::middleware::from_fn_with_state;
use axum::response::IntoResponse;
use tokio::net::TcpListener;
use tower::util::option_layer;
use tower_http::catch_panic::CatchPanicLayer;
use tower_http::trace::TraceLayer;
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
    let (router, mut document) = documented().split_for_parts();
    openapi::secure(&mut document);
    let cors = cors::layer(&app.config().server.cors_origins);
    router
        .merge(SwaggerUi::new("/docs").url("/openapi.json", document))
        .fallback(unknown_route)
        .method_not_allowed_fallback(wrong_method)
        .layer(DefaultBodyLimit::max(receive::longest_body(&app.config().limits)))
        .layer(from_fn_with_state(Arc::clone(&app), auth::admit))
        .layer(CatchPanicLayer::custom(|_| {
            ApiError::internal("a handler panicked; see the lines above").into_response()
        }))
        .layer(option_layer(cors))
        .layer(
            TraceLayer::new_for_http()
                .make_span_with(|request: &Request<_>| {
                    tracing::debug_span!("http", method = %request.method(), path = request.uri().path())
                })
                // What failed has been logged with its cause where it was answered.
                .on_failure(()),
        )
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
