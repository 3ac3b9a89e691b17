//! `/redoc`: the API's document as a page to read, from files that are part of this program.

use std::sync::Arc;

use axum::Router;
use axum::http::{HeaderName, header};
use axum::response::Html;
use axum::routing::get;

use crate::app::App;

/// ReDoc 2.5.4; its licence and those of its parts lie beside it.
const SCRIPT: &[u8] = include_bytes!("../../../assets/redoc/redoc.standalone.js.gz");
const PAGE: &str = include_str!("../../../assets/redoc/page.html");
/// ReDoc shows a logo from its makers' server unless the browser is told to load nothing from elsewhere.
const ONLY_FROM_HERE: &str = "default-src 'none'; script-src 'self'; style-src 'unsafe-inline'; img-src 'self' data:; \
                              connect-src 'self'; worker-src blob:";

/// The page and its script.
pub(crate) fn router() -> Router<Arc<App>> {
    Router::new().route("/redoc", get(page)).route("/redoc/redoc.standalone.js", get(script))
}

async fn page() -> ([(HeaderName, &'static str); 1], Html<&'static str>) {
    ([(header::CONTENT_SECURITY_POLICY, ONLY_FROM_HERE)], Html(PAGE))
}

/// Always compressed, as it lies in the program: every browser can undo it.
async fn script() -> ([(HeaderName, &'static str); 3], &'static [u8]) {
    let headers = [
        (header::CONTENT_TYPE, "text/javascript; charset=utf-8"),
        (header::CONTENT_ENCODING, "gzip"),
        (header::CACHE_CONTROL, "public, max-age=3600"),
    ];
    (headers, SCRIPT)
}
