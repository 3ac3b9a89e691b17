//! A connection in use: from the head of a request to the moment when the last of its answer is handed to the connection.

use std::convert::Infallible;
use std::future::{Future, pending};
use std::net::SocketAddr;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};

use axum::Router;
use axum::body::{Body, Bytes, HttpBody};
use axum::extract::ConnectInfo;
use axum::http::{HeaderValue, Request, Response, header};
use hyper::body::{Frame, Incoming, SizeHint};
use hyper::service::{Service, service_fn};
use tower::ServiceExt;

use crate::http::server::open_connections::{Place, Use};
use crate::http::server::unread_body;

/// Answers requests from this address by these routes, and marks the connection as in use meanwhile.
pub(crate) fn service(
    routes: Router,
    address: SocketAddr,
    place: Arc<Place>,
) -> impl Service<
    Request<Incoming>,
    Response = Response<Body>,
    Error = Infallible,
    Future = impl Future<Output = Result<Response<Body>, Infallible>> + Send,
> {
    service_fn(move |request: Request<Incoming>| {
        let (routes, used, place) = (routes.clone(), place.begin_use(), Arc::clone(&place));
        async move {
            // A connection that has given way ends now, and what came at the last moment is not begun.
            let Some(used) = used else { return pending().await };
            let (head, body) = request.into_parts();
            let is_asked_for = head.headers.contains_key(header::EXPECT);
            let (body, rest) = unread_body::watch(body, Arc::clone(&place), is_asked_for);
            let mut request = Request::from_parts(head, Body::new(body));
            request.extensions_mut().insert(ConnectInfo(address));
            let mut response = routes.oneshot(request).await?;
            rest.discard();
            if place.is_body_unread() {
                // The rest of the body will not be told from a next request, which the client should send elsewhere.
                response.headers_mut().insert(header::CONNECTION, HeaderValue::from_static("close"));
            }
            Ok(response.map(|body| Body::new(UsedBody { body, _used: used })))
        }
    })
}

/// The body of an answer: while it is there, its connection is not idle.
struct UsedBody {
    body: Body,
    _used: Use,
}

impl HttpBody for UsedBody {
    type Data = Bytes;
    type Error = axum::Error;

    fn poll_frame(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Result<Frame<Bytes>, axum::Error>>> {
        Pin::new(&mut self.body).poll_frame(cx)
    }

    fn is_end_stream(&self) -> bool {
        self.body.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.body.size_hint()
    }
}
