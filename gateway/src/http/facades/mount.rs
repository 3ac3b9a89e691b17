//! The routes of a facade with what stands around them: who is let in, and the form of what goes wrong.

use std::sync::Arc;

use axum::Router;
use axum::extract::{MatchedPath, Request, State};
use axum::http::Method;
use axum::middleware::{self, Next};
use axum::response::Response;

use crate::app::App;
use crate::http::facades::document::Methods;
use crate::http::facades::facade::Facade;
use crate::http::facades::fastapi::router::wrong_method;
use crate::http::facades::{cors, error};
use crate::http::server::door::{self, FacadeDoor};

/// The routes, ready to be merged with others.
pub(super) fn mounted(facade: &'static dyn Facade, router: Router<Arc<App>>, app: &Arc<App>) -> Router<Arc<App>> {
    let methods = Methods::of(facade);
    let allowed = methods.clone();
    let door = FacadeDoor {
        app: Arc::clone(app),
        facade: facade.name(),
        takes_any_key: facade.takes_any_key(),
        allows_cross_origin: facade.allows_cross_origin(),
    };
    router
        .method_not_allowed_fallback(async move |path: MatchedPath| wrong_method(allowed.allowed(path.as_str())))
        .layer(middleware::from_fn_with_state(door, door::admit_client))
        .layer(middleware::from_fn_with_state((facade, methods), answer_in_form))
}

/// Gives every answer the form that the facade's clients know.
async fn answer_in_form(
    State((facade, methods)): State<(&'static dyn Facade, Methods)>,
    request: Request,
    next: Next,
) -> Response {
    let origin = cors::origin(&request).filter(|_| facade.allows_cross_origin());
    if let Some(answer) = origin.as_ref().and_then(|origin| cors::preflight(origin, &request)) {
        return answer;
    }
    let allowed_origin = origin.map(|origin| cors::allowed_origin(&origin, &request));
    let is_file = facade.file_folders().iter().any(|folder| request.uri().path().starts_with(folder));
    let mut response = match request.extensions().get::<MatchedPath>() {
        Some(path) if request.method() == Method::HEAD && !is_file => wrong_method(methods.allowed(path.as_str())),
        _ => error::in_form_of(facade, next.run(request).await),
    };
    if let Some(origin) = allowed_origin {
        cors::allow(&mut response, origin);
    }
    response
}
