//! Connections: accepted, read with patience and little memory each, and brought to an end when the app stops.

use std::io;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::extract::ConnectInfo;
use hyper::body::Incoming;
use hyper::server::conn::http1;
use hyper::service::{Service, service_fn};
use hyper_util::rt::{TokioIo, TokioTimer};
use hyper_util::server::graceful::GracefulShutdown;
use hyper_util::service::TowerToHyperService;
use tokio::net::{TcpListener, TcpStream};

use crate::app::App;

/// How long answers that are under way may take once the app stops.
const DRAIN: Duration = Duration::from_secs(3);
/// How long the head of a request may take, the first as well as the next on a connection that is kept.
const HEAD: Duration = Duration::from_secs(60);
/// How much of a connection is in memory, in bytes: with hyper's own 400 KiB, a hundred uploads take 40 MiB.
const BUFFER: usize = 64 << 10;
/// How long to wait when there are no file descriptors left: connections end meanwhile.
const EXHAUSTED: Duration = Duration::from_millis(200);

/// Answers requests until the app stops; streams that are open then are cut.
pub async fn serve(listener: TcpListener, routes: Router, app: Arc<App>) {
    let service = TowerToHyperService::new(routes);
    let connections = GracefulShutdown::new();
    let mut http = http1::Builder::new();
    http.timer(TokioTimer::new()).header_read_timeout(HEAD).max_buf_size(BUFFER);
    loop {
        let (stream, address) = tokio::select! {
            accepted = accept(&listener) => accepted,
            () = app.stop.cancelled() => break,
        };
        let service = service.clone();
        let addressed = service_fn(move |mut request: hyper::Request<Incoming>| {
            request.extensions_mut().insert(ConnectInfo(address));
            service.call(request)
        });
        let connection = connections.watch(http.serve_connection(TokioIo::new(stream), addressed));
        tokio::spawn(async move {
            // A client that went away, or never spoke HTTP: nobody else's business.
            if let Err(error) = connection.await {
                tracing::debug!(%error, "a connection broke");
            }
        });
    }
    let _ = tokio::time::timeout(DRAIN, connections.shutdown()).await;
}

/// The next connection. Whatever is in its way passes.
async fn accept(listener: &TcpListener) -> (TcpStream, SocketAddr) {
    loop {
        match listener.accept().await {
            Ok((stream, address)) => {
                // Without this small answers wait for the acknowledgement of what went before.
                let _ = stream.set_nodelay(true);
                return (stream, address);
            }
            Err(error) if matches!(error.kind(), io::ErrorKind::ConnectionAborted | io::ErrorKind::ConnectionReset) => {
            }
            Err(error) => {
                tracing::error!(%error, "no connection can be accepted");
                tokio::time::sleep(EXHAUSTED).await;
            }
        }
    }
}
