//! What is left of a request's body when the request is answered. It is read on and thrown away for a while, because many
//! clients send all of a body before they look for an answer, and a connection that is closed meanwhile takes the answer
//! back from them.

use std::future::poll_fn;
use std::pin::Pin;
use std::sync::{Arc, Mutex, PoisonError};
use std::task::{Context, Poll, ready};
use std::time::Duration;

use axum::body::{Bytes, HttpBody};
use hyper::body::{Frame, Incoming, SizeHint};
use tokio::time::{Instant, timeout_at};

use crate::http::server::open_connections::Place;

/// So many bytes are thrown away at most …
const MOST: u64 = 256 << 20;
/// … for so long: a photo of 6 MB from a phone that sends a megabit a second …
const LONGEST: Duration = Duration::from_secs(60);
/// … and not while nothing comes. A client that has its answer and sends no more may wait for the connection's end.
const SILENCE: Duration = Duration::from_secs(5);

/// The body of a request: its place knows whether all of it was read, and what nobody reads any more is left behind.
pub(super) struct WatchedBody {
    body: Option<Incoming>,
    is_begun: bool,
    place: Arc<Place>,
    left: Rest,
}

/// Where the rest of a body is left.
#[derive(Clone)]
pub(super) struct Rest {
    body: Arc<Mutex<Option<Incoming>>>,
    place: Arc<Place>,
    /// Whether the client sends its body only once it is asked to, which is when somebody begins to read.
    is_asked_for: bool,
}

/// Watches how much of a body is read.
pub(super) fn watch(body: Incoming, place: Arc<Place>, is_asked_for: bool) -> (WatchedBody, Rest) {
    place.set_body_unread(!body.is_end_stream());
    let rest = Rest { body: Arc::default(), place: Arc::clone(&place), is_asked_for };
    (WatchedBody { body: Some(body), is_begun: false, place, left: rest.clone() }, rest)
}

impl HttpBody for WatchedBody {
    type Data = Bytes;
    type Error = hyper::Error;

    fn poll_frame(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Result<Frame<Bytes>, hyper::Error>>> {
        self.is_begun = true;
        let Some(body) = &mut self.body else { return Poll::Ready(None) };
        let frame = ready!(Pin::new(&mut *body).poll_frame(cx));
        if frame.is_none() || body.is_end_stream() {
            self.place.set_body_unread(false);
        }
        Poll::Ready(frame)
    }

    fn is_end_stream(&self) -> bool {
        self.body.as_ref().is_none_or(HttpBody::is_end_stream)
    }

    fn size_hint(&self) -> SizeHint {
        self.body.as_ref().map_or_else(SizeHint::new, HttpBody::size_hint)
    }
}

impl Drop for WatchedBody {
    fn drop(&mut self) {
        let is_coming = self.is_begun || !self.left.is_asked_for;
        *self.left.body.lock().unwrap_or_else(PoisonError::into_inner) = self.body.take().filter(|_| is_coming);
    }
}

impl Rest {
    /// Throws away what is left, beside the answer, if nobody reads it any more. Until then, the connection is not closed.
    pub(super) fn discard(self) {
        let left = self.body.lock().unwrap_or_else(PoisonError::into_inner).take();
        let Some(mut body) = left.filter(|body| !body.is_end_stream()) else { return };
        tokio::spawn(async move {
            let end = Instant::now() + LONGEST;
            let mut bytes = 0;
            while bytes <= MOST {
                let due = end.min(Instant::now() + SILENCE);
                match timeout_at(due, poll_fn(|cx| Pin::new(&mut body).poll_frame(cx))).await {
                    Ok(Some(Ok(frame))) => bytes += frame.data_ref().map_or(0, |data| data.len() as u64),
                    Ok(None) => return self.place.set_body_unread(false),
                    // It broke off, or it takes too long.
                    Ok(Some(Err(_))) | Err(_) => return,
                }
            }
        });
    }
}
