//! Connections that there is no place for: each gets one small answer, and is gone within a second.

use std::sync::{Arc, LazyLock};
use std::time::Duration;

use axum::response::IntoResponse;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::sync::Semaphore;
use tokio::time::timeout;

use crate::domain::code::Code;
use crate::http::problem::{ApiError, Problem};

/// So many are heard before they are answered; beyond it they are answered unheard.
const HEARD: usize = 16;
/// How long the head of a request is waited for.
const HEAD: Duration = Duration::from_millis(300);
/// How long one takes altogether.
const ALL: Duration = Duration::from_secs(1);
/// How a supervisor asks whether the process is alive: it is, however many connections there are.
const LIVENESS: &[u8] = b"GET /livez ";
const ALIVE: &[u8] = b"HTTP/1.1 200 OK\r\ncontent-type: text/plain; charset=utf-8\r\ncontent-length: 3\r\n\
                       connection: close\r\n\r\nok\n";

/// A whole answer with the status 503.
static OVERLOADED: LazyLock<Vec<u8>> = LazyLock::new(|| {
    let detail = "the gateway has as many connections as it may have; try again in a moment";
    let answer = ApiError::new(Code::GatewayOverloaded, detail).into_response();
    let problem = answer.extensions().get::<Arc<Problem>>().expect("an error has its problem with it");
    let body = serde_json::to_string(&**problem).expect("a problem is plain data");
    let head = format!(
        "HTTP/1.1 503 Service Unavailable\r\ncontent-type: application/problem+json\r\ncontent-length: {}\r\n\
         retry-after: 1\r\nconnection: close\r\n\r\n",
        body.len()
    );
    (head + &body).into_bytes()
});

/// Turns connections away, a few at a time.
#[derive(Debug, Clone)]
pub(crate) struct TurnedAway(Arc<Semaphore>);

impl Default for TurnedAway {
    fn default() -> Self {
        Self(Arc::new(Semaphore::new(HEARD)))
    }
}

impl TurnedAway {
    /// Answers a connection and ends it, without waiting for either.
    pub(crate) fn send_off(&self, stream: TcpStream) {
        match Arc::clone(&self.0).try_acquire_owned() {
            Ok(heard) => drop(tokio::spawn(async move {
                let _ = timeout(ALL, answer(stream)).await;
                drop(heard);
            })),
            Err(_) => {
                let _ = stream.try_write(&OVERLOADED);
            }
        }
    }
}

/// Hears the client, answers, and reads on until it hangs up: the system would take the answer back from a client that
/// is still sending when its connection is closed.
async fn answer(mut stream: TcpStream) -> std::io::Result<()> {
    let mut head = [0; 1024];
    let heard = timeout(HEAD, stream.read(&mut head)).await.unwrap_or(Ok(0))?;
    let is_liveness = head[..heard].starts_with(LIVENESS);
    stream.write_all(if is_liveness { ALIVE } else { &OVERLOADED }).await?;
    stream.shutdown().await?;
    while stream.read(&mut head).await? > 0 {}
    Ok(())
}
