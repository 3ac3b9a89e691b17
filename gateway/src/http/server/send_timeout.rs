//! The pace at which answers are taken. A client that does not read is given up, so that it holds neither a file nor a
//! connection; one that reads slowly and steadily gets all of it.

use std::error::Error;
use std::io;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll, ready};
use std::time::Duration;

use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::time::{Instant, Sleep, sleep};

use crate::http::server::body_timeout::LEAST_RATE;
use crate::http::server::open_connections::{Place, Use};

/// So long a client may be behind the least rate. The system says that there is room again only once a third of its buffer
/// is; see [`SEND_BUFFER`].
const PATIENCE: Duration = Duration::from_secs(60);
/// So long a client is heard of whose request there is more than is read and thrown away. Without that, the system would take
/// the answer back from it when the connection is closed.
const LINGER: Duration = Duration::from_secs(2);
/// Bytes that the system keeps of an answer on its way, about. Left alone, it would keep megabytes for each client that
/// does not read, and tell of a slow one's progress once in minutes.
pub(crate) const SEND_BUFFER: usize = 256 << 10;

/// The client does not take its answer.
#[derive(Debug, thiserror::Error)]
#[error("the client has read less than 4 KiB a second of its answer for too long")]
pub(crate) struct Unread;

impl Unread {
    /// Whether this is what went wrong underneath.
    pub(crate) fn caused(error: &(dyn Error + 'static)) -> bool {
        let causes = std::iter::successors(Some(error), |&error: &&(dyn Error + 'static)| error.source());
        causes
            .filter_map(|error| error.downcast_ref::<io::Error>())
            .any(|error| error.get_ref().is_some_and(|inner| inner.is::<Self>()))
    }
}

/// A connection whose answers are read at this pace.
pub(crate) struct Paced<S> {
    stream: S,
    place: Arc<Place>,
    waiting: Option<Waiting>,
    /// For how long the client has been waited for, less the time that what it took was worth.
    behind: Duration,
    lingering: Option<Pin<Box<Sleep>>>,
}

/// The wait for a client that has taken nothing since then.
struct Waiting {
    since: Instant,
    patience: Pin<Box<Sleep>>,
    /// An answer that is still being sent is no idle connection.
    _used: Option<Use>,
}

impl<S> Paced<S> {
    pub(crate) fn new(stream: S, place: Arc<Place>) -> Self {
        Self { stream, place, waiting: None, behind: Duration::ZERO, lingering: None }
    }

    /// Takes note of what came of writing.
    fn heed(&mut self, cx: &mut Context<'_>, written: Poll<io::Result<usize>>) -> Poll<io::Result<usize>> {
        let Poll::Ready(written) = written else {
            let (place, patience) = (&self.place, PATIENCE.saturating_sub(self.behind));
            let waiting = self.waiting.get_or_insert_with(|| Waiting {
                since: Instant::now(),
                patience: Box::pin(sleep(patience)),
                _used: place.begin_use(),
            });
            ready!(waiting.patience.as_mut().poll(cx));
            return Poll::Ready(Err(io::Error::new(io::ErrorKind::TimedOut, Unread)));
        };
        if let Some(waiting) = self.waiting.take() {
            self.behind += waiting.since.elapsed();
        }
        let bytes = *written.as_ref().unwrap_or(&0);
        self.behind = self.behind.saturating_sub(Duration::from_secs_f64(bytes as f64 / LEAST_RATE));
        Poll::Ready(written)
    }
}

impl<S: AsyncRead + Unpin> AsyncRead for Paced<S> {
    fn poll_read(mut self: Pin<&mut Self>, cx: &mut Context<'_>, into: &mut ReadBuf<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_read(cx, into)
    }
}

impl<S: AsyncRead + AsyncWrite + Unpin> AsyncWrite for Paced<S> {
    fn poll_write(mut self: Pin<&mut Self>, cx: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        let written = Pin::new(&mut self.stream).poll_write(cx, bytes);
        self.heed(cx, written)
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        pieces: &[io::IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        let written = Pin::new(&mut self.stream).poll_write_vectored(cx, pieces);
        self.heed(cx, written)
    }

    fn is_write_vectored(&self) -> bool {
        self.stream.is_write_vectored()
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_flush(cx)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        if self.lingering.is_none() {
            ready!(Pin::new(&mut self.stream).poll_shutdown(cx))?;
            if !self.place.is_body_unread() {
                return Poll::Ready(Ok(()));
            }
        }
        let Self { stream, lingering, .. } = &mut *self;
        let lingering = lingering.get_or_insert_with(|| Box::pin(sleep(LINGER)));
        while lingering.as_mut().poll(cx).is_pending() {
            let mut unread = [0; 4096];
            let mut unread = ReadBuf::new(&mut unread);
            ready!(Pin::new(&mut *stream).poll_read(cx, &mut unread))?;
            if unread.filled().is_empty() {
                break;
            }
        }
        Poll::Ready(Ok(()))
    }
}

#[cfg(test)]
mod tests {
    use tokio::io::{AsyncReadExt, AsyncWriteExt};

    use super::*;
    use crate::http::server::open_connections::OpenConnections;

    /// Sends a megabyte to a client that reads so many bytes every so many seconds; says whether all of it was taken, and
    /// after how many seconds that was known.
    async fn sent(bytes: usize, seconds: u64) -> (bool, u64) {
        let (mut client, server) = tokio::io::duplex(64 << 10);
        let place = Arc::new(OpenConnections::default()).admit(1).await.unwrap();
        let mut server = Paced::new(server, Arc::new(place));
        let reading = tokio::spawn(async move {
            let mut buffer = vec![0; bytes.max(1)];
            loop {
                tokio::time::sleep(Duration::from_secs(seconds)).await;
                if bytes > 0 && client.read_exact(&mut buffer).await.is_err() {
                    return;
                }
            }
        });
        let start = Instant::now();
        let written = server.write_all(&vec![7; 1 << 20]).await;
        reading.abort();
        if let Err(error) = &written {
            assert!(Unread::caused(error), "{error}");
        }
        (written.is_ok(), start.elapsed().as_secs())
    }

    #[tokio::test(start_paused = true)]
    async fn a_client_that_does_not_read_is_given_up() {
        assert_eq!(sent(0, 1).await, (false, 60));
        let (whole, seconds) = sent(1000, 1).await;
        assert!(!whole && (60..100).contains(&seconds), "a trickle is no reading: {seconds} s");
    }

    #[tokio::test(start_paused = true)]
    async fn slow_and_steady_clients_get_all_of_it() {
        assert!(sent(5000, 1).await.0);
        assert!(sent(60_000, 14).await.0, "in large pieces");
        assert!(sent(1 << 19, 0).await.0);
    }

    #[tokio::test]
    async fn an_answer_on_its_way_is_no_idle_connection() {
        let connections = Arc::new(OpenConnections::default());
        let place = Arc::new(connections.admit(1).await.unwrap());
        let (mut client, server) = tokio::io::duplex(10);
        let mut server = Paced::new(server, place);
        let mut writing = Box::pin(server.write_all(&[7; 20]));
        assert!(futures::poll!(&mut writing).is_pending());
        assert!(!connections.one_gives_way());
        let mut read = [0; 20];
        let (taken, written) = futures::join!(client.read_exact(&mut read), writing);
        assert!(taken.is_ok() && written.is_ok());
        assert!(connections.one_gives_way());
    }
}
