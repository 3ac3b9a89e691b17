//! `/docs`: the documents as a page to read and to try, and the documents themselves. All links are relative, so that they hold
//! below whatever path a proxy puts the gateway.

use std::sync::Arc;

use axum::extract::{Path, State};
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use axum::{Json, Router};
use utoipa::openapi::OpenApi;
use utoipa::openapi::server::Server;
use utoipa_swagger_ui::{Config, Url};

use crate::app::App;
use crate::http::problem::ApiError;

/// A document that the page shows.
pub(crate) struct Shown {
    /// What the page calls it.
    pub(crate) name: &'static str,
    /// Where it is, seen from the page: `../openapi.json`.
    pub(crate) link: &'static str,
    pub(crate) document: OpenApi,
}

impl Shown {
    /// Where it is.
    fn path(&self) -> &'static str {
        self.link.trim_start_matches("..")
    }
}

/// The page about these documents, of which it opens the first, and the documents.
pub(crate) fn router(documents: Vec<Shown>) -> Router<Arc<App>> {
    let urls = documents.iter().enumerate().map(|(place, shown)| Url::with_primary(shown.name, shown.link, place == 0));
    let config = Arc::new(Config::new(urls));
    let page = async move |path: Option<Path<String>>| {
        let Some(Path(path)) = path else { return file("", config) };
        file(&path, config)
    };
    let router = Router::new()
        .route("/docs", get(async || (StatusCode::SEE_OTHER, [(header::LOCATION, "docs/")])))
        .route("/docs/", get(page.clone()))
        .route("/docs/{*file}", get(page));
    documents.into_iter().fold(router, |router, shown| {
        let path = shown.path();
        let document = Arc::new(shown.document);
        router.route(path, get(async move |State(app): State<Arc<App>>| Json(placed(&document, path, &app))))
    })
}

/// A file of the page.
fn file(path: &str, config: Arc<Config<'static>>) -> Response {
    match utoipa_swagger_ui::serve(path, config) {
        Ok(Some(file)) => {
            let mut response = ([(header::CONTENT_TYPE, file.content_type)], file.bytes).into_response();
            // Spelt so by the library.
            if file.gzpipped {
                response.headers_mut().insert(header::CONTENT_ENCODING, header::HeaderValue::from_static("gzip"));
            }
            response
        }
        Ok(None) => StatusCode::NOT_FOUND.into_response(),
        Err(error) => ApiError::internal(error).into_response(),
    }
}

/// A document with the address of what it tells of: `server.public_url`, or else as it is seen from the document.
fn placed(document: &OpenApi, path: &str, app: &App) -> OpenApi {
    let root = if path.matches('/').count() == 1 { "." } else { ".." };
    let url = app.config().server.public_url.clone().unwrap_or_else(|| root.to_owned());
    let mut placed = document.clone();
    placed.servers = Some(vec![Server::new(url)]);
    placed
}
