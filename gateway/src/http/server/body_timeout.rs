//! The pace at which bodies are read. A client that trickles is given up, so that it holds neither a file nor a
//! connection; one that hurries does not get ahead of the disk.

use std::error::Error;
use std::time::Duration;

use axum::body::{Body, HttpBody};
use axum::extract::Request;
use futures::{Stream, StreamExt};
use tokio::time::{Instant, timeout_at};

/// So long a body may take whatever its size …
const PATIENCE: Duration = Duration::from_secs(30);
/// … and so many bytes must come each second after that. Mobile phones at the edge of a cell manage this.
pub(crate) const LEAST_RATE: f64 = 4096.0;

/// The body came too slowly.
#[derive(Debug, thiserror::Error)]
#[error("the body came more slowly than 4 KiB a second")]
pub(crate) struct TooSlow;

impl TooSlow {
    /// Whether this is what went wrong underneath.
    pub(crate) fn caused(error: &(dyn Error + 'static)) -> bool {
        std::iter::successors(Some(error), |&error: &&(dyn Error + 'static)| error.source())
            .any(|error| error.is::<Self>())
    }
}

/// The request, whose body is read at this pace if it has one.
pub(crate) fn paced(request: Request) -> Request {
    if request.body().is_end_stream() {
        return request;
    }
    request.map(|body| Body::from_stream(in_time(body.into_data_stream(), PATIENCE)))
}

/// The same bytes, until they come too slowly.
fn in_time<S, B, E>(body: S, patience: Duration) -> impl Stream<Item = Result<B, Box<dyn Error + Send + Sync>>>
where
    S: Stream<Item = Result<B, E>> + Unpin,
    B: AsRef<[u8]>,
    E: Error + Send + Sync + 'static,
{
    let start = Instant::now() + patience;
    futures::stream::unfold(Some((body, 0)), move |reading| async move {
        let (mut body, bytes) = reading?;
        // The reader of forms takes all that is ready into memory before it hands any of it on: so only one piece is
        // ever ready. Without this, fast clients fill the memory with what waits for the disk.
        tokio::task::yield_now().await;
        let due = start + Duration::from_secs_f64(bytes as f64 / LEAST_RATE);
        match timeout_at(due, body.next()).await {
            Ok(None) => None,
            Ok(Some(Ok(piece))) => {
                let bytes = bytes + piece.as_ref().len();
                Some((Ok(piece), Some((body, bytes))))
            }
            Ok(Some(Err(error))) => Some((Err(error.into()), None)),
            Err(_) => Some((Err(TooSlow.into()), None)),
        }
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A body of so many pieces, one a second.
    fn pieces(count: usize, bytes: usize) -> impl Stream<Item = std::io::Result<Vec<u8>>> + Unpin {
        Box::pin(futures::stream::iter(0..count).then(move |_| async move {
            tokio::time::sleep(Duration::from_secs(1)).await;
            Ok(vec![0; bytes])
        }))
    }

    async fn arrived(count: usize, bytes: usize) -> (usize, bool) {
        let read: Vec<_> = in_time(pieces(count, bytes), PATIENCE).collect().await;
        let slow = read.last().is_some_and(|last| last.as_ref().is_err_and(|error| TooSlow::caused(&**error)));
        (read.iter().flatten().count(), slow)
    }

    #[tokio::test(start_paused = true)]
    async fn a_body_that_trickles_is_given_up() {
        assert_eq!(arrived(20, 1).await, (20, false), "it is through before patience ends");
        assert_eq!(arrived(1000, 1).await, (30, true));
        assert_eq!(arrived(1000, 5000).await, (1000, false), "slow and steady");
    }
}
