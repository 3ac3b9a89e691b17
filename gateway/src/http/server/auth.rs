//! Who asks: finds the key of a request, and refuses what it may not do or does too often.

use std::net::SocketAddr;
use std::sync::Arc;

use axum::extract::{ConnectInfo, Request, State};
use axum::http::request::Parts;
use axum::http::{HeaderMap, HeaderValue, Method, header};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};

use crate::app::App;
use crate::auth::caller::Caller;
use crate::config::FacadeName;
use crate::domain::api_key::Scope;
use crate::domain::code::Code;
use crate::http::problem::ApiError;

/// The pages that explain the gateway, with what they load.
const PAGES: [&str; 2] = ["/docs", "/redoc"];

/// Lets a request pass with its caller, or answers it.
pub(crate) async fn admit(State(app): State<Arc<App>>, request: Request, next: Next) -> Response {
    let rules = Rules { open: app.config().server.open, takes_any_key: false };
    pass(&app, rules, request, next).await
}

/// What a facade's requests pass through.
#[derive(Clone)]
pub(crate) struct FacadeDoor {
    app: Arc<App>,
    facade: FacadeName,
    takes_any_key: bool,
}

impl FacadeDoor {
    /// That of a facade, whose clients may send any key where none is needed.
    pub(crate) fn new(app: &Arc<App>, facade: FacadeName, takes_any_key: bool) -> Self {
        Self { app: Arc::clone(app), facade, takes_any_key }
    }
}

/// The same for a facade, whose clients may need no key.
pub(crate) async fn admit_client(State(door): State<FacadeDoor>, request: Request, next: Next) -> Response {
    let config = door.app.config();
    let open = config.server.open || config.facades.of(door.facade).open;
    pass(&door.app, Rules { open, takes_any_key: door.takes_any_key }, request, next).await
}

/// Who is let in.
#[derive(Clone, Copy)]
struct Rules {
    /// Everyone, without a key.
    open: bool,
    /// Whoever shows a key that there is not, where none is needed.
    takes_any_key: bool,
}

async fn pass(app: &App, rules: Rules, request: Request, next: Next) -> Response {
    let (mut head, body) = request.into_parts();
    match caller(app, rules, &head).await {
        Ok(caller) => {
            head.extensions.insert(caller);
            next.run(Request::from_parts(head, body)).await
        }
        Err(refusal) => refusal,
    }
}

/// Whether everyone may ask for this path.
pub(crate) fn is_public(path: &str) -> bool {
    let below = |page: &str| path.strip_prefix(page).is_some_and(|rest| rest.is_empty() || rest.starts_with('/'));
    matches!(path, "/" | "/livez" | "/readyz" | "/openapi.json")
        || path.starts_with("/openapi/")
        || PAGES.into_iter().any(below)
}

async fn caller(app: &App, rules: Rules, request: &Parts) -> Result<Caller, Response> {
    let (path, now, config) = (request.uri.path(), app.clock.now(), app.config());
    let address = request.extensions.get::<ConnectInfo<SocketAddr>>().map(|connection| connection.0.ip());
    if is_public(path) {
        return Ok(Caller { key: None, address });
    }
    let Some(secret) = secret(&request.headers) else {
        return match is_key_needed(app, rules).await? {
            true => Err(unknown(
                Code::AuthMissing,
                "this needs an API key; send it as `Authorization: Bearer …` or `X-Api-Key`",
            )),
            false => Ok(Caller { key: None, address }),
        };
    };
    let found =
        app.key_cache.key(&*app.keys, secret, now).await.map_err(|error| ApiError::from(error).into_response())?;
    let Some(key) = found else {
        return match rules.takes_any_key && !is_key_needed(app, rules).await? {
            true => Ok(Caller { key: None, address }),
            false => Err(unknown(Code::AuthUnknown, "there is no such API key, or it was revoked")),
        };
    };
    let most = key.requests_per_minute.unwrap_or(config.auth.requests_per_minute);
    if let Err(wait) = app.process.rate_limits.count(key.id, most) {
        let seconds = wait.as_secs_f64().ceil().max(1.0) as u64;
        let detail = format!("this key may send {most} requests a minute; go on in {seconds} s");
        let error = ApiError::new(Code::RateLimited, detail);
        return Err(with_header(error, header::RETRY_AFTER, seconds.into()));
    }
    app.key_cache.note_use(&*app.keys, key.id, now).await;
    let scope = scope(&request.method, path);
    if !rules.open && !key.may(scope) {
        let detail = format!("this API key lacks the scope `{}`", scope.as_str());
        return Err(ApiError::new(Code::AuthScope, detail).into_response());
    }
    Ok(Caller { key: Some(key), address })
}

/// Whether nobody is let in without a key.
async fn is_key_needed(app: &App, rules: Rules) -> Result<bool, Response> {
    let config = app.config();
    if rules.open || !config.guarded_listeners().is_empty() {
        return Ok(!rules.open);
    }
    let needed = app.key_cache.is_needed(config.auth.required, &*app.keys, app.clock.now()).await;
    needed.map_err(|error| ApiError::from(error).into_response())
}

/// The secret that a request shows. A foreign scheme, such as that of a proxy's own log-in, shows none.
fn secret(headers: &HeaderMap) -> Option<&str> {
    let bearer = headers.get(header::AUTHORIZATION).and_then(|value| {
        let (scheme, secret) = value.to_str().ok()?.split_once(' ')?;
        scheme.eq_ignore_ascii_case("bearer").then_some(secret.trim())
    });
    bearer.or_else(|| headers.get("x-api-key").map(|value| value.to_str().unwrap_or_default().trim()))
}

/// What a key must be allowed for this request.
fn scope(method: &Method, path: &str) -> Scope {
    let is_hold = path.starts_with("/v1/jobs/") && path.ends_with("/hold");
    match method {
        _ if path == "/metrics" || is_hold => Scope::Admin,
        &Method::GET | &Method::HEAD => Scope::Read,
        _ => Scope::Submit,
    }
}

fn unknown(code: Code, detail: &str) -> Response {
    let error = ApiError::new(code, detail);
    with_header(error, header::WWW_AUTHENTICATE, HeaderValue::from_static("Bearer"))
}

fn with_header(error: ApiError, name: header::HeaderName, value: HeaderValue) -> Response {
    let mut response = error.into_response();
    response.headers_mut().insert(name, value);
    response
}

#[cfg(test)]
mod tests;
