//! What every request passes on its way to a handler, in one piece: the pages of other sites, who asks, how fast a body comes
//! and whether there is room for it. A handler that panics is an answer as well.

use std::panic::AssertUnwindSafe;
use std::sync::Arc;

use axum::extract::{Request, State};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use futures::FutureExt;

use crate::app::App;
use crate::config::FacadeName;
use crate::http::problem::ApiError;
use crate::http::server::auth::{self, Rules};
use crate::http::server::{body_room, body_timeout, origins};

/// The door of the gateway's own routes.
pub(crate) async fn admit(State(app): State<Arc<App>>, request: Request, next: Next) -> Response {
    let rules = Rules { open: app.config().server.open, takes_any_key: false };
    pass(&app, rules, true, request, next).await
}

/// What a facade's requests pass through.
#[derive(Clone)]
pub(crate) struct FacadeDoor {
    pub(crate) app: Arc<App>,
    pub(crate) facade: FacadeName,
    /// Clients may send any key where none is needed.
    pub(crate) takes_any_key: bool,
    /// Pages of any site may change things.
    pub(crate) allows_cross_origin: bool,
}

/// The same for a facade, whose clients may need no key.
pub(crate) async fn admit_client(State(door): State<FacadeDoor>, request: Request, next: Next) -> Response {
    let config = door.app.config();
    let open = config.server.open || config.facades.of(door.facade).open;
    let rules = Rules { open, takes_any_key: door.takes_any_key };
    pass(&door.app, rules, !door.allows_cross_origin, request, next).await
}

async fn pass(app: &App, rules: Rules, heeds_origins: bool, request: Request, next: Next) -> Response {
    let answer = async {
        if heeds_origins && let Some(refusal) = origins::refusal(&request, &app.config().server) {
            return refusal.into_response();
        }
        let handled = async |request| match body_room::promised(app, body_timeout::paced(request)) {
            Ok(request) => next.run(request).await,
            Err(full) => full.into_response(),
        };
        auth::pass(app, rules, request, handled).await
    };
    let answered = AssertUnwindSafe(answer).catch_unwind().await;
    answered.unwrap_or_else(|_| ApiError::internal("a handler panicked; see the lines above").into_response())
}
