//! Which pages of other sites may use the API from a browser.

use std::time::Duration;

use axum::http::{HeaderName, HeaderValue, Method, header};
use tower_http::cors::{AllowOrigin, CorsLayer};

use crate::http::server::auth::RATE_HEADERS;

/// How long a browser may remember the answer to its preflight.
const REMEMBERED: Duration = Duration::from_mins(10);

/// Answers preflights and marks answers; `None` if no page of another site is welcome.
pub(crate) fn layer(origins: &[String]) -> Option<CorsLayer> {
    if origins.is_empty() {
        return None;
    }
    let origins = match origins.iter().any(|origin| origin == "*") {
        true => AllowOrigin::any(),
        false => AllowOrigin::list(origins.iter().filter_map(|origin| HeaderValue::from_str(origin).ok())),
    };
    let layer = CorsLayer::new()
        .allow_origin(origins)
        .allow_methods([Method::GET, Method::HEAD, Method::POST, Method::PUT, Method::PATCH, Method::DELETE])
        .allow_headers([
            header::AUTHORIZATION,
            HeaderName::from_static("x-api-key"),
            header::CONTENT_TYPE,
            HeaderName::from_static("idempotency-key"),
            HeaderName::from_static("last-event-id"),
            HeaderName::from_static("prefer"),
            HeaderName::from_static("x-request-id"),
            header::RANGE,
            header::IF_RANGE,
            header::IF_MATCH,
            header::IF_NONE_MATCH,
            header::IF_MODIFIED_SINCE,
            header::IF_UNMODIFIED_SINCE,
        ])
        .expose_headers(exposed().collect::<Vec<_>>())
        .max_age(REMEMBERED);
    Some(layer)
}

/// What pages may read of an answer's head.
fn exposed() -> impl Iterator<Item = HeaderName> {
    let own = [
        header::LOCATION,
        header::ETAG,
        header::ACCEPT_RANGES,
        header::CONTENT_RANGE,
        header::RETRY_AFTER,
        header::CONTENT_DISPOSITION,
        HeaderName::from_static("x-request-id"),
        HeaderName::from_static("idempotent-replayed"),
        HeaderName::from_static("preference-applied"),
    ];
    own.into_iter().chain(RATE_HEADERS)
}
