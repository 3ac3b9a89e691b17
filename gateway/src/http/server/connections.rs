//! Connections: as many as there is room for are accepted, read and written with patience and little memory each, and
//! brought to an end when the app stops.

use std::io;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use hyper::server::conn::http1;
use hyper_util::rt::{TokioIo, TokioTimer};
use hyper_util::server::graceful::GracefulShutdown;
use rustix::net::sockopt::{set_socket_send_buffer_size, set_tcp_user_timeout};
use tokio::net::{TcpListener, TcpStream};

use crate::app::App;
use crate::http::server::in_use;
use crate::http::server::open_connections::{OpenConnections, Place};
use crate::http::server::send_timeout::{Paced, SEND_BUFFER, Unread};
use crate::http::server::turned_away::TurnedAway;
use crate::process::handles::HandleLimit;

/// How long answers that are under way may take once the app stops.
const DRAIN: Duration = Duration::from_secs(3);
/// How long the head of a request may take, the first as well as the next on a connection that is kept.
const HEAD: Duration = Duration::from_secs(60);
/// How much of a connection is in memory, in bytes: with hyper's own 400 KiB, a hundred uploads take 40 MiB.
const BUFFER: usize = 64 << 10;
/// How long to wait when there are no file descriptors left: connections end meanwhile.
const EXHAUSTED: Duration = Duration::from_millis(200);

/// After how many milliseconds without a sign of life a connection is over on which something is to be sent: the client's
/// machine has vanished.
const VANISHED: u32 = 120_000;

/// What all listeners of a gateway share: one bound for their connections together.
#[derive(Debug, Clone)]
pub struct Doors {
    open: Arc<OpenConnections>,
    handles: HandleLimit,
    turned_away: TurnedAway,
}

impl Doors {
    /// Doors for as many connections as their share of the handles allows.
    pub fn new(handles: HandleLimit) -> Self {
        Self { open: Arc::default(), handles, turned_away: TurnedAway::default() }
    }

    /// A place for a connection; `None` once the connection has been told that there is none.
    async fn admit(&self, stream: TcpStream, app: &App) -> Option<(TcpStream, Arc<Place>)> {
        let limit = self.handles.connections(app.config().server.connections);
        match self.open.admit(limit).await {
            Some(place) => Some((stream, Arc::new(place))),
            None => {
                app.metrics.connection_cut("overloaded");
                self.turned_away.send_off(stream);
                None
            }
        }
    }

    /// The next connection. Whatever is in its way passes.
    async fn accept(&self, listener: &TcpListener) -> (TcpStream, SocketAddr) {
        let mut is_told = false;
        loop {
            match listener.accept().await {
                Ok(accepted) => return accepted,
                Err(error)
                    if matches!(error.kind(), io::ErrorKind::ConnectionAborted | io::ErrorKind::ConnectionReset) => {}
                Err(error) => {
                    if !std::mem::replace(&mut is_told, true) {
                        tracing::error!(%error, "no connection can be accepted; it is tried again and again");
                    }
                    self.open.one_gives_way();
                    tokio::time::sleep(EXHAUSTED).await;
                }
            }
        }
    }
}

/// Answers requests until the app stops; streams that are open then are cut.
pub async fn serve(listener: TcpListener, routes: Router, app: Arc<App>, doors: Doors) {
    let connections = GracefulShutdown::new();
    let mut http = http1::Builder::new();
    http.timer(TokioTimer::new()).header_read_timeout(HEAD).max_buf_size(BUFFER);
    loop {
        let (stream, address) = tokio::select! {
            accepted = doors.accept(&listener) => accepted,
            () = app.stop.cancelled() => break,
        };
        let Some((stream, place)) = doors.admit(stream, &app).await else { continue };
        tune(&stream);
        let service = in_use::service(routes.clone(), address, Arc::clone(&place));
        let io = TokioIo::new(Paced::new(stream, Arc::clone(&place)));
        let connection = connections.watch(http.serve_connection(io, service));
        let app = Arc::clone(&app);
        tokio::spawn(async move {
            app.metrics.connection_opened();
            tokio::select! {
                ended = connection => if let Err(error) = ended {
                    // A client that went away, or never spoke HTTP: nobody else's business.
                    tracing::debug!(%error, "a connection broke");
                    if Unread::caused(&error) {
                        app.metrics.connection_cut("unread");
                    }
                },
                () = place.given_way() => app.metrics.connection_cut("idle"),
            }
            app.metrics.connection_closed();
        });
    }
    let _ = tokio::time::timeout(DRAIN, connections.shutdown()).await;
}

/// Sets what the system does with a connection. Where it refuses, the connection works all the same.
fn tune(stream: &TcpStream) {
    // Without this small answers wait for the acknowledgement of what went before.
    let _ = stream.set_nodelay(true);
    let _ = set_socket_send_buffer_size(stream, SEND_BUFFER);
    let _ = set_tcp_user_timeout(stream, VANISHED);
}
