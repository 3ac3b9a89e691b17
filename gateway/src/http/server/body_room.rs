//! Room on the disk for what a client is about to send: it is promised before a byte of it is read, so that many uploads at
//! once do not together take what none of them would alone.

use std::sync::Arc;

use axum::body::Body;
use axum::extract::{Request, State};
use axum::http::header;
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use futures::StreamExt;

use crate::app::App;
use crate::http::problem::ApiError;

/// Bodies up to this many bytes hold texts alone, or next to nothing.
const SMALL: u64 = 64 << 10;

/// Lets a large body in if what it declares fits on the disk beside all others that are on their way. One that declares
/// nothing is looked at as it is written.
pub(crate) async fn promise(State(app): State<Arc<App>>, request: Request, next: Next) -> Response {
    let length = request.headers().get(header::CONTENT_LENGTH).and_then(|length| length.to_str().ok()?.parse().ok());
    let declared: u64 = length.unwrap_or(0);
    if declared <= SMALL {
        return next.run(request).await;
    }
    match app.space.promise(declared) {
        Ok(mut promise) => {
            let (head, body) = request.into_parts();
            let counted = body.into_data_stream().inspect(move |piece| {
                if let Ok(piece) = piece {
                    promise.came(piece.len() as u64);
                }
            });
            next.run(Request::from_parts(head, Body::from_stream(counted))).await
        }
        Err(full) => ApiError::from(full).into_response(),
    }
}
