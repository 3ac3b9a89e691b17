//! What every request is followed by: its id, in each line of the log, in the answer, and in the body of one that is a
//! problem.

use std::sync::Arc;
use std::time::Instant;

use axum::extract::{DefaultBodyLimit, MatchedPath, Request, State};
use axum::http::{HeaderMap, HeaderName, HeaderValue};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use tracing::Instrument;
use uuid::Uuid;

use crate::app::App;
use crate::http::problem;
use crate::http::server::{hosts, multipart};

/// Names a request, in what a client sends and in what it gets.
const REQUEST_ID: HeaderName = HeaderName::from_static("x-request-id");

/// The longest id that is taken from a client.
const LONGEST_ID: usize = 64;

/// Gives the request its id and the limit of its body, which a reload may have changed, and answers it unless it is meant for
/// somebody else.
pub(crate) async fn follow(State(app): State<Arc<App>>, mut request: Request, next: Next) -> Response {
    let start = Instant::now();
    let id = given(request.headers()).unwrap_or_else(|| made(app.ids.next()));
    // The most important level, so that no filter takes the id from the lines that it lets pass.
    let span = tracing::error_span!(
        "http", request_id = id.to_str().ok(), method = %request.method(), path = request.uri().path()
    );
    let config = app.config();
    DefaultBodyLimit::max(multipart::longest_body(&config.limits)).apply(&mut request);
    let method = request.method().clone();
    let route = request.extensions().get::<MatchedPath>().cloned();
    let answering = async {
        let response = match hosts::refusal(&request, &config.server) {
            None => next.run(request).await,
            Some(refusal) => refusal.into_response(),
        };
        let route = route.as_ref().map_or("unknown", MatchedPath::as_str);
        app.metrics.answered(method.as_str(), route, response.status().as_str(), start.elapsed());
        tracing::debug!(status = response.status().as_u16(), "answered");
        response
    };
    let mut response = problem::with_id(answering.instrument(span).await, &id);
    response.headers_mut().insert(REQUEST_ID, id);
    response
}

/// The id that the client has chosen, if it can stand in a log.
fn given(headers: &HeaderMap) -> Option<HeaderValue> {
    let id = headers.get(&REQUEST_ID)?;
    let is_plain = id.as_bytes().iter().all(|byte| byte.is_ascii_alphanumeric() || b"._-".contains(byte));
    (is_plain && (1..=LONGEST_ID).contains(&id.len())).then(|| id.clone())
}

/// An id of the gateway's own.
fn made(id: Uuid) -> HeaderValue {
    let mut text = Uuid::encode_buffer();
    HeaderValue::from_str(id.hyphenated().encode_lower(&mut text)).expect("it is plain text")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_plain_ids_are_taken() {
        let long = "x".repeat(65);
        for (id, taken) in [("a.B_9-", true), (&long[1..], true), (&long, false), ("", false), ("a b", false)] {
            let headers = HeaderMap::from_iter([(REQUEST_ID, HeaderValue::try_from(id).unwrap())]);
            assert_eq!(given(&headers).is_some_and(|given| given == id), taken, "{id:?}");
        }
        assert_eq!(given(&HeaderMap::new()), None);
    }
}
