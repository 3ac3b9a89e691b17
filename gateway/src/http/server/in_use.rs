//! A connection in use: from the head of a request to the moment when the last of its answer is handed to the connection;
//! and whether all of the request was read by then.

use std::convert::Infallible;
use std::future::{Future, pending};
use std::net::SocketAddr;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll, ready};

use axum::Router;
use axum::body::{Body, Bytes, HttpBody};
use axum::extract::ConnectInfo;
use axum::http::{HeaderValue, Request, Response, header};
use hyper::body::{Frame, Incoming, SizeHint};
use hyper::service::{Service, service_fn};
use tower::ServiceExt;

use crate::http::server::open_connections::{Place, Use};

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
            place.set_body_unread(!request.body().is_end_stream());
            let watching = Arc::clone(&place);
            let mut request = request.map(|body| Body::new(WatchedBody { body, place: watching }));
            request.extensions_mut().insert(ConnectInfo(address));
            let mut response = routes.oneshot(request).await?;
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

/// The body of a request: its place knows whether all of it was read.
struct WatchedBody {
    body: Incoming,
    place: Arc<Place>,
}

impl HttpBody for WatchedBody {
    type Data = Bytes;
    type Error = hyper::Error;

    fn poll_frame(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Result<Frame<Bytes>, hyper::Error>>> {
        let frame = ready!(Pin::new(&mut self.body).poll_frame(cx));
        if frame.is_none() || self.body.is_end_stream() {
            self.place.set_body_unread(false);
        }
        Poll::Ready(frame)
    }

    fn is_end_stream(&self) -> bool {
        self.body.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.body.size_hint()
    }
}
