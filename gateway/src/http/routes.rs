//! The map of the API: every documented route on one screen, the handlers in the files that it names.

use std::sync::Arc;

use utoipa::openapi::OpenApi;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::app::App;
use crate::http::operations::{about, health, metrics};
use crate::http::v1::{artifacts, audio, engines, events, hold, jobs, photos, source_videos, webhooks};

/// The routes that the OpenAPI document tells of, below what it says `about` them all.
pub(super) fn documented(about: OpenApi) -> OpenApiRouter<Arc<App>> {
    OpenApiRouter::with_openapi(about)
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
        .routes(routes!(about::show))
        .routes(routes!(health::live))
        .routes(routes!(health::ready))
        .routes(routes!(metrics::show))
}
