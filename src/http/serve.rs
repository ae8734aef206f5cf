//! The accept loop.
//!
//! `axum::serve` installs no timer, so a half-sent head is never given up (fact 7); this loop does, and bounds what a
//! connection may cost before a handler sees it (LIM-01, LIM-02, LIM-08).

use std::convert::Infallible;
use std::io;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::body::Body;
use axum::extract::{ConnectInfo, Request};
use axum::response::Response;
use hyper::body::Incoming;
use hyper::service::service_fn;
use hyper_util::rt::{TokioExecutor, TokioIo, TokioTimer};
use hyper_util::server::conn::auto::Builder;
use tokio::net::{TcpListener, TcpStream};
use tokio::task::{JoinError, JoinSet};
use tokio_util::sync::CancellationToken;
use tower::Service as _;

use super::activity::{Activity, Patience};
use super::connection::{Answer, Watched};
use super::seats::{self, Newcomers};

/// What connections may cost.
#[derive(Debug, Clone)]
pub struct ServeLimits {
    /// For the head of a request, from its first byte.
    pub head_timeout: Duration,
    /// Between two requests of one connection. Longer than proxies keep theirs, or they meet closed doors.
    pub idle_timeout: Duration,
    /// For a client that reads no more of its response.
    pub stall_timeout: Duration,
    pub max_headers: usize,
    /// Bytes of a request's head.
    pub head_bytes: u32,
    /// Open at once. One more takes the place of the one that has kept us waiting longest, or is closed as it comes.
    pub max_connections: usize,
    /// Requests at once on one HTTP/2 connection.
    pub max_streams: u32,
    /// How long running requests may take to finish once the server stops.
    pub grace: Duration,
}

impl Default for ServeLimits {
    fn default() -> Self {
        Self {
            head_timeout: Duration::from_secs(10),
            idle_timeout: Duration::from_secs(75),
            stall_timeout: Duration::from_secs(30),
            max_headers: 64,
            head_bytes: 16 * 1024,
            max_connections: 8192,
            max_streams: 32,
            grace: Duration::from_secs(30),
        }
    }
}

/// Serves until `shutdown`, then lets running requests finish. Handlers find their peer as `ConnectInfo<SocketAddr>`.
pub async fn serve(
    listener: TcpListener,
    app: Router,
    limits: ServeLimits,
    shutdown: CancellationToken,
) {
    let most = seats::affordable(limits.max_connections);
    let grace = limits.grace;
    let server = Arc::new(Server {
        app,
        builder: builder(&limits),
        limits,
        shutdown,
    });
    let mut connections = JoinSet::new();
    let mut newcomers = Newcomers::default();
    loop {
        let accepted = tokio::select! {
            biased;
            () = server.shutdown.cancelled() => break,
            Some(ended) = connections.join_next() => {
                note(ended);
                continue;
            }
            accepted = listener.accept() => accepted,
        };
        let (socket, peer) = match accepted {
            Ok(accepted) => accepted,
            Err(error) => {
                rest_after(&error).await;
                continue;
            }
        };
        if connections.len() >= most && !newcomers.make_room() {
            tracing::warn!("closed a connection: {most} are in use");
            continue;
        }
        let activity = Activity::new();
        let attended = Arc::clone(&server).attend(socket, peer, activity.clone());
        newcomers.welcome(activity, connections.spawn(attended));
    }
    drop(listener);
    let rest = async {
        while let Some(ended) = connections.join_next().await {
            note(ended);
        }
    };
    if tokio::time::timeout(grace, rest).await.is_err() {
        tracing::warn!(
            "closed {} connections that did not finish in time",
            connections.len()
        );
    }
    connections.shutdown().await;
}

struct Server {
    app: Router,
    builder: Builder<TokioExecutor>,
    limits: ServeLimits,
    shutdown: CancellationToken,
}

impl Server {
    /// One connection, from its first byte to its end.
    async fn attend(self: Arc<Self>, socket: TcpStream, peer: SocketAddr, activity: Activity) {
        // Without it small answers wait for the peer's acknowledgement.
        if let Err(error) = socket.set_nodelay(true) {
            tracing::debug!(%error, "TCP_NODELAY was refused");
        }
        let service = service_fn({
            let server = Arc::clone(&self);
            let activity = activity.clone();
            move |request| Arc::clone(&server).answer(request, peer, activity.clone())
        });
        let io = TokioIo::new(Watched {
            socket,
            activity: activity.clone(),
        });
        let mut connection = std::pin::pin!(self.builder.serve_connection(io, service));
        let patience = Patience {
            head: self.limits.head_timeout,
            idle: self.limits.idle_timeout,
            stall: self.limits.stall_timeout,
        };
        let mut overdue = std::pin::pin!(activity.clone().overdue(patience));
        let mut stopping = false;
        let ended = loop {
            tokio::select! {
                ended = connection.as_mut() => break ended,
                () = overdue.as_mut() => {
                    // HTTP/2 has a word for good-bye, which tells the client what it may send again elsewhere.
                    if activity.is_http2() {
                        connection.as_mut().graceful_shutdown();
                        let _ = tokio::time::timeout(self.limits.head_timeout, connection).await;
                    }
                    return;
                }
                () = self.shutdown.cancelled(), if !stopping => {
                    stopping = true;
                    connection.as_mut().graceful_shutdown();
                }
            }
        };
        if let Err(error) = ended {
            tracing::debug!(error, "a connection ended early");
        }
    }

    async fn answer(
        self: Arc<Self>,
        request: Request<Incoming>,
        peer: SocketAddr,
        activity: Activity,
    ) -> Result<Response<Answer>, Infallible> {
        let running = activity.begin(request.version());
        let mut request = request.map(Body::new);
        request.extensions_mut().insert(ConnectInfo(peer));
        let response = self.app.clone().call(request).await?;
        Ok(response.map(|body| Answer::new(body, running)))
    }
}

/// Bytes an HTTP/2 client may send ahead of being read. Bodies are small, so these are too.
const STREAM_WINDOW: u32 = 65_535;
const CONNECTION_WINDOW: u32 = 4 * STREAM_WINDOW;

fn builder(limits: &ServeLimits) -> Builder<TokioExecutor> {
    let mut builder = Builder::new(TokioExecutor::new());
    builder
        .http1()
        .timer(TokioTimer::new())
        // A second line behind `Activity`, which knows when a head begins.
        .header_read_timeout(limits.idle_timeout + limits.head_timeout)
        .max_headers(limits.max_headers)
        .max_buf_size(limits.head_bytes as usize);
    builder
        .http2()
        .timer(TokioTimer::new())
        .max_concurrent_streams(limits.max_streams)
        .max_header_list_size(limits.head_bytes)
        .initial_stream_window_size(STREAM_WINDOW)
        .initial_connection_window_size(CONNECTION_WINDOW)
        .keep_alive_interval(limits.idle_timeout / 2)
        .keep_alive_timeout(limits.head_timeout);
    builder
}

/// A connection that broke on its way in concerns nobody; running out of files passes when connections end.
async fn rest_after(error: &io::Error) {
    use io::ErrorKind::{ConnectionAborted, ConnectionRefused, ConnectionReset};
    if !matches!(
        error.kind(),
        ConnectionAborted | ConnectionRefused | ConnectionReset
    ) {
        tracing::error!(%error, "could not accept a connection");
        tokio::time::sleep(Duration::from_secs(1)).await;
    }
}

fn note(ended: Result<(), JoinError>) {
    if let Err(error) = ended
        && error.is_panic()
    {
        tracing::error!(%error, "a connection panicked");
    }
}
