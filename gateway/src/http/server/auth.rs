//! Who asks: finds the key of a request, refuses what it may not do or does too often, and tells how much it may still send.

use std::net::SocketAddr;
use std::time::Duration;

use axum::extract::{ConnectInfo, Request};
use axum::http::request::Parts;
use axum::http::{HeaderMap, HeaderName, HeaderValue, Method, header};
use axum::response::{IntoResponse, Response};

use crate::app::App;
use crate::auth::caller::Caller;
use crate::domain::api_key::{Key, Scope};
use crate::domain::code::Code;
use crate::http::problem::ApiError;
use crate::process::rate_limits::Share;

/// The pages that explain the gateway, with what they load.
const PAGES: [&str; 2] = ["/docs", "/redoc"];

/// What is told of a key's limit in each answer that counts against it: requests a minute, how many are left, and the
/// seconds until there is one more.
pub(crate) const RATE_HEADERS: [HeaderName; 3] = [
    HeaderName::from_static("ratelimit-limit"),
    HeaderName::from_static("ratelimit-remaining"),
    HeaderName::from_static("ratelimit-reset"),
];

/// Who is let in.
#[derive(Clone, Copy)]
pub(crate) struct Rules {
    /// Everyone, without a key.
    pub(crate) open: bool,
    /// Whoever shows a key that there is not, where none is needed.
    pub(crate) takes_any_key: bool,
}

/// Lets a request go on with its caller, or answers it.
pub(crate) async fn pass(
    app: &App,
    rules: Rules,
    request: Request,
    go_on: impl AsyncFnOnce(Request) -> Response,
) -> Response {
    let (mut head, body) = request.into_parts();
    let caller = match caller(app, rules, &head).await {
        Ok(caller) => caller,
        Err(refusal) => return refusal,
    };
    let Some(key) = caller.key.clone() else {
        head.extensions.insert(caller);
        return go_on(Request::from_parts(head, body)).await;
    };
    let most = key.requests_per_minute.unwrap_or(app.config().auth.requests_per_minute);
    let counted = app.process.rate_limits.count(key.id, most);
    let mut response = match counted {
        Err(share) => too_much(share),
        Ok(_) => match admitted(app, rules, &head, &key).await {
            Err(refusal) => refusal,
            Ok(()) => {
                head.extensions.insert(caller);
                go_on(Request::from_parts(head, body)).await
            }
        },
    };
    if let Some(share) = counted.unwrap_or_else(Some) {
        tell(share, response.headers_mut());
    }
    response
}

/// Whether everyone may ask for this path.
pub(crate) fn is_public(path: &str) -> bool {
    let below = |page: &str| path.strip_prefix(page).is_some_and(|rest| rest.is_empty() || rest.starts_with('/'));
    matches!(path, "/" | "/livez" | "/readyz" | "/openapi.json")
        || path.starts_with("/openapi/")
        || PAGES.into_iter().any(below)
}

async fn caller(app: &App, rules: Rules, request: &Parts) -> Result<Caller, Response> {
    let path = request.uri.path();
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
    let found = app.key_cache.key(&*app.keys, secret, app.clock.now()).await;
    match found.map_err(|error| ApiError::from(error).into_response())? {
        Some(key) => Ok(Caller { key: Some(key), address }),
        None if rules.takes_any_key && !is_key_needed(app, rules).await? => Ok(Caller { key: None, address }),
        None => Err(unknown(Code::AuthUnknown, "there is no such API key, or it was revoked")),
    }
}

/// Notes that the key was used, which it must be allowed to.
async fn admitted(app: &App, rules: Rules, request: &Parts, key: &Key) -> Result<(), Response> {
    app.key_cache.note_use(&*app.keys, key.id, app.clock.now()).await;
    let scope = scope(&request.method, request.uri.path());
    if !rules.open && !key.may(scope) {
        let detail = format!("this API key lacks the scope `{}`", scope.as_str());
        return Err(ApiError::new(Code::AuthScope, detail).into_response());
    }
    Ok(())
}

/// The answer to one request too many.
fn too_much(share: Share) -> Response {
    let seconds = seconds(share.next);
    let detail = format!("this key may send {} requests a minute; go on in {seconds} s", share.per_minute);
    with_header(ApiError::new(Code::RateLimited, detail), header::RETRY_AFTER, seconds.into())
}

/// How much the key may still send, in the words of the drafts for such fields up to the sixth: those that count single
/// requests, as clients read them.
fn tell(share: Share, headers: &mut HeaderMap) {
    let values = [share.per_minute.into(), share.left.into(), seconds(share.next)];
    for (name, value) in RATE_HEADERS.into_iter().zip(values) {
        headers.insert(name, value.into());
    }
}

/// Whole seconds after which it is true.
fn seconds(wait: Duration) -> u64 {
    wait.as_secs_f64().ceil().max(1.0) as u64
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

fn with_header(error: ApiError, name: HeaderName, value: HeaderValue) -> Response {
    let mut response = error.into_response();
    response.headers_mut().insert(name, value);
    response
}

#[cfg(test)]
mod tests;
