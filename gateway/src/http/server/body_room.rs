//! Room on the disk for what a client is about to send: it is promised before a byte of it is read, so that many uploads at
//! once do not together take what none of them would alone.

use axum::body::Body;
use axum::extract::Request;
use axum::http::header;
use futures::StreamExt;

use crate::app::App;
use crate::http::problem::ApiError;

/// Bodies up to this many bytes hold texts alone, or next to nothing.
const SMALL: u64 = 64 << 10;

/// The request, if what its body declares fits on the disk beside all others that are on their way. One that declares nothing
/// is looked at as it is written.
///
/// # Errors
/// There is no room for it.
pub(crate) fn promised(app: &App, request: Request) -> Result<Request, ApiError> {
    let length = request.headers().get(header::CONTENT_LENGTH).and_then(|length| length.to_str().ok()?.parse().ok());
    let declared: u64 = length.unwrap_or(0);
    if declared <= SMALL {
        return Ok(request);
    }
    let mut promise = app.space.promise(declared)?;
    Ok(request.map(|body| {
        Body::from_stream(body.into_data_stream().inspect(move |piece| {
            if let Ok(piece) = piece {
                promise.came(piece.len() as u64);
            }
        }))
    }))
}
