//! The facades: clients that were written for four other services are served here unchanged, by jobs like all others.
//!
//! A facade is its routes and its words. Every one is on the main listener; on its own, if it has one, it has exactly
//! the routes of its original, with `/docs`.

mod adapt;
mod cors;
mod dice_talk;
mod ditto;
mod duix;
mod echomimic;
mod error;
mod fastapi;
mod lookup;
mod params;
mod phase;
mod root;
mod video;

use std::collections::BTreeMap;
use std::sync::{Arc, LazyLock};

use axum::Router;
use axum::extract::{MatchedPath, Request, State};
use axum::http::Method;
use axum::middleware::{self, Next};
use axum::response::{IntoResponse, Response};
use tower_http::catch_panic::CatchPanicLayer;
use utoipa::openapi::{InfoBuilder, OpenApi, OpenApiBuilder};
use utoipa_axum::router::OpenApiRouter;

use crate::app::App;
use crate::config::Facade;
use crate::http::docs::redoc;
use crate::http::problem::ApiError;
use crate::http::server::{auth, body_timeout, request_id};

/// All facades, for the main listener: where several have the same path, one answer holds what each of them tells.
pub(super) fn together(app: &Arc<App>) -> Router<Arc<App>> {
    let front = dressed(Facade::EchoMimic, root::together(), app);
    Facade::ALL
        .into_iter()
        .fold(front, |router, facade| router.merge(dressed(facade, routes(facade).split_for_parts().0, app)))
}

/// One facade as its original is, for a listener of its own.
pub(super) fn alone(facade: Facade, app: Arc<App>) -> Router {
    let (router, document) = whole(facade).split_for_parts();
    let router = dressed(facade, router.fallback(fastapi::unknown_route), &app);
    let pages = utoipa_swagger_ui::SwaggerUi::new("/docs").url("/openapi.json", document);
    router
        .merge(pages)
        .merge(redoc::router())
        .layer(middleware::from_fn_with_state(Arc::clone(&app), request_id::follow))
        .with_state(app)
}

/// Where the main listener has the document of one facade.
pub(super) fn document_path(facade: Facade) -> &'static str {
    match facade {
        Facade::DiceTalk => "/openapi/dice-talk.json",
        Facade::Ditto => "/openapi/ditto.json",
        Facade::EchoMimic => "/openapi/echomimic.json",
        Facade::Duix => "/openapi/duix.json",
    }
}

/// The document of one facade.
pub(super) fn document(facade: Facade) -> OpenApi {
    whole(facade).into_openapi()
}

fn whole(facade: Facade) -> OpenApiRouter<Arc<App>> {
    let (title, version) = match facade {
        Facade::DiceTalk => ("DICE-Talk API", dice_talk::VERSION),
        Facade::Ditto => ("Ditto avatar API", ditto::VERSION),
        Facade::EchoMimic => ("EchoMimic API", echomimic::VERSION),
        Facade::Duix => ("Duix Face2Face Service", duix::VERSION),
    };
    let description = "Served by the avatar gateway: see docs/facades.md for what differs from the original.";
    let info = InfoBuilder::new().title(title).version(version).description(Some(description)).build();
    let about = OpenApiBuilder::new().info(info).build();
    OpenApiRouter::with_openapi(about).merge(routes(facade)).merge(root::alone(facade))
}

/// Which methods a route takes: the router itself would count HEAD among them.
fn methods_of(route: &str) -> &'static str {
    static METHODS: LazyLock<BTreeMap<String, &'static str>> = LazyLock::new(|| {
        let paths = Facade::ALL.into_iter().flat_map(|facade| document(facade).paths.paths);
        paths.map(|(path, item)| (path, if item.post.is_some() { "POST" } else { "GET" })).collect()
    });
    METHODS.get(route).copied().unwrap_or("GET")
}

/// The routes that no other facade has.
fn routes(facade: Facade) -> OpenApiRouter<Arc<App>> {
    match facade {
        Facade::DiceTalk => dice_talk::routes(),
        Facade::Ditto => ditto::routes(),
        Facade::EchoMimic => echomimic::routes(),
        Facade::Duix => duix::routes(),
    }
}

/// Routes with what stands around them: who is let in, and the words for what goes wrong.
fn dressed(facade: Facade, router: Router<Arc<App>>, app: &Arc<App>) -> Router<Arc<App>> {
    router
        .method_not_allowed_fallback(fastapi::wrong_method)
        .layer(middleware::from_fn(body_timeout::keep))
        .layer(middleware::from_fn_with_state((Arc::clone(app), facade), auth::admit_client))
        .layer(CatchPanicLayer::custom(|_| {
            ApiError::internal("a handler panicked; see the lines above").into_response()
        }))
        .layer(middleware::from_fn_with_state(facade, speak))
}

/// Gives every answer the form that the facade's clients know.
async fn speak(State(facade): State<Facade>, request: Request, next: Next) -> Response {
    // The Duix service lets no page of another site in.
    let origin = cors::origin(&request).filter(|_| facade != Facade::Duix);
    if let Some(answer) = origin.as_ref().and_then(|origin| cors::preflight(origin, &request)) {
        return answer;
    }
    let reader = origin.map(|origin| cors::reader(&origin, &request));
    // These services answer HEAD nowhere but where files lie.
    let is_file = ["/uploads/", "/outputs/", "/output/"].iter().any(|folder| request.uri().path().starts_with(folder));
    let mut response = match request.extensions().get::<MatchedPath>() {
        Some(route) if request.method() == Method::HEAD && !is_file => fastapi::wrong_method(route.clone()).await,
        _ => error::in_words_of(facade, next.run(request).await),
    };
    if let Some(reader) = reader {
        cors::mark(&mut response, reader);
    }
    response
}
