//! The accept loop, with time and size limits for every connection.
//!
//! `axum::serve` installs no timer, so a half-sent request head would keep its connection open for ever.

use std::convert::Infallible;
use std::io;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::body::Body;
use axum::extract::{ConnectInfo, Request};
use axum::http::header::CONNECTION;
use axum::http::{HeaderValue, Version};
use axum::response::Response;
use hyper::body::Incoming;
use hyper::service::service_fn;
use hyper_util::rt::{TokioExecutor, TokioIo, TokioTimer};
use hyper_util::server::conn::auto::Builder;
use tokio::net::{TcpListener, TcpStream};
use tokio::task::{JoinError, JoinSet};
use tokio_util::sync::CancellationToken;
use tower::Service as _;

use super::client_ip::TrustedProxies;
use super::connection_activity::{
    ConnectionActivity, ConnectionEnd, ConnectionTimeouts, idle_timeout,
};
use super::connection_pool::{AdmittedConnection, ConnectionPool, Origin};
use super::load_shedding::HealthReserve;
use super::log_throttle::LogThrottle;
use super::tracked_io::{TrackedBody, TrackedRequestBody, TrackedSocket};

#[derive(Debug, Clone)]
pub struct ConnectionLimits {
    /// For the head of a request, from its first byte.
    pub head_timeout: Duration,
    /// Between two requests of one connection. It must be longer than the idle timeout of a proxy in front, or the
    /// proxy sends requests on connections that are just being closed. It shrinks when more than half of the
    /// connections are open, except for trusted proxies.
    pub idle_timeout: Duration,
    /// For a client that accepts no more of its response.
    pub stall_timeout: Duration,
    pub max_headers: usize,
    /// Largest size of a request head in bytes.
    pub head_bytes: u32,
    /// Open connections. One more closes the idlest connection of the source that has most.
    pub max_connections: usize,
    /// Open connections of one IPv4 address or IPv6 /64. One more closes the idlest of them. Trusted proxies have no
    /// limit of their own.
    pub max_connections_per_source: usize,
    /// Connections beyond `max_connections` that may ask for the health of the server and for nothing else.
    pub health_reserve: usize,
    /// Concurrent requests on one HTTP/2 connection.
    pub max_streams: u32,
    /// How long running requests may take to finish after `shutdown`.
    pub shutdown_timeout: Duration,
}

/// Connections beyond the limit that may ask for the health of the server.
pub const HEALTH_RESERVE: usize = 16;

/// How long a connection of the health reserve may take for a request head, and how long it may be idle.
const RESERVE_TIMEOUT: Duration = Duration::from_secs(2);

impl Default for ConnectionLimits {
    fn default() -> Self {
        Self {
            head_timeout: Duration::from_secs(10),
            idle_timeout: Duration::from_secs(75),
            stall_timeout: Duration::from_secs(30),
            max_headers: 64,
            head_bytes: 16 * 1024,
            max_connections: 10_000,
            max_connections_per_source: 2_500,
            health_reserve: HEALTH_RESERVE,
            max_streams: 32,
            shutdown_timeout: Duration::from_secs(30),
        }
    }
}

/// Serves `app` on `listener` until `shutdown` is cancelled, then lets running requests finish.
///
/// Handlers find the address of their peer in `ConnectInfo<SocketAddr>`.
pub async fn run(
    listener: TcpListener,
    app: Router,
    limits: ConnectionLimits,
    proxies: TrustedProxies,
    shutdown: CancellationToken,
) {
    let pools = Pools::new(&limits);
    let server = Arc::new(Server {
        app,
        builder: connection_builder(&limits),
        limits,
        shutdown,
    });
    let mut connections = JoinSet::new();
    loop {
        let accepted = tokio::select! {
            biased;
            () = server.shutdown.cancelled() => break,
            Some(ended) = connections.join_next() => {
                log_panic(ended);
                continue;
            }
            accepted = listener.accept() => accepted,
        };
        let (socket, peer) = match accepted {
            Ok(accepted) => accepted,
            Err(error) => {
                pause_after_accept_error(&error).await;
                continue;
            }
        };
        // Dropping the socket closes the connection.
        if let Some((connection, use_for)) = pools.admit(Origin::of(peer, &proxies)) {
            let server = Arc::clone(&server);
            connections.spawn(server.serve_connection(socket, peer, connection, use_for));
        }
    }
    drop(listener);
    finish_connections(connections, server.limits.shutdown_timeout).await;
}

/// What the requests of a connection may ask for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum ConnectionUse {
    Everything,
    /// The connection is one of the health reserve.
    HealthOnly,
}

/// The connections of all uses, and those of the health reserve.
struct Pools {
    all: ConnectionPool,
    reserve: ConnectionPool,
    refused: LogThrottle,
}

impl Pools {
    fn new(limits: &ConnectionLimits) -> Self {
        let reserve = limits.health_reserve;
        Self {
            all: ConnectionPool::new(limits.max_connections, limits.max_connections_per_source),
            reserve: ConnectionPool::new(reserve, (reserve / 4).max(1)),
            refused: LogThrottle::new(),
        }
    }

    /// Admits a connection, or returns `None` if it must be closed.
    fn admit(&self, origin: Origin) -> Option<(AdmittedConnection, ConnectionUse)> {
        if let Some(connection) = self.all.admit(origin) {
            return Some((connection, ConnectionUse::Everything));
        }
        if let Some(count) = self.refused.count() {
            tracing::warn!(
                count,
                "connection limit reached and no connection is idle: new connections get health probes only"
            );
        }
        let connection = self.reserve.admit(origin)?;
        Some((connection, ConnectionUse::HealthOnly))
    }
}

async fn finish_connections(mut connections: JoinSet<()>, timeout: Duration) {
    let finishing = async {
        while let Some(ended) = connections.join_next().await {
            log_panic(ended);
        }
    };
    if tokio::time::timeout(timeout, finishing).await.is_err() {
        tracing::warn!(
            "shutdown timeout: closed {} connections with unfinished requests",
            connections.len()
        );
    }
    connections.shutdown().await;
}

struct Server {
    app: Router,
    builder: Builder<TokioExecutor>,
    limits: ConnectionLimits,
    shutdown: CancellationToken,
}

impl Server {
    async fn serve_connection(
        self: Arc<Self>,
        socket: TcpStream,
        peer: SocketAddr,
        admitted: AdmittedConnection,
        use_for: ConnectionUse,
    ) {
        // Without TCP_NODELAY, small responses wait for the peer's acknowledgement.
        if let Err(error) = socket.set_nodelay(true) {
            tracing::debug!(%error, "setting TCP_NODELAY failed");
        }
        let activity = admitted.activity.clone();
        let service = service_fn({
            let server = Arc::clone(&self);
            let activity = activity.clone();
            move |request| Arc::clone(&server).respond(request, peer, activity.clone(), use_for)
        });
        let io = TokioIo::new(TrackedSocket {
            socket,
            activity: activity.clone(),
        });
        let mut connection = std::pin::pin!(self.builder.serve_connection(io, service));
        let idle = |longest| match admitted.occupancy() {
            _ if admitted.is_of_proxy() => longest,
            (open, max) => idle_timeout(longest, open, max),
        };
        let end = activity.clone().wait_for_end(self.timeouts(use_for), idle);
        let mut end = std::pin::pin!(end);
        let mut stopping = false;
        let ended = loop {
            tokio::select! {
                // An evicted connection reads no further request.
                biased;
                end = end.as_mut() => {
                    // HTTP/2 has GOAWAY, which says which requests the client may send again.
                    if end == ConnectionEnd::TimedOut && activity.is_http2() {
                        connection.as_mut().graceful_shutdown();
                        let _ = tokio::time::timeout(self.limits.head_timeout, connection).await;
                    }
                    return;
                }
                ended = connection.as_mut() => break ended,
                () = self.shutdown.cancelled(), if !stopping => {
                    stopping = true;
                    connection.as_mut().graceful_shutdown();
                }
            }
        };
        if let Err(error) = ended {
            tracing::debug!(error, "connection ended with an error");
        }
    }

    fn timeouts(&self, use_for: ConnectionUse) -> ConnectionTimeouts {
        let timeouts = ConnectionTimeouts {
            head: self.limits.head_timeout,
            idle: self.limits.idle_timeout,
            stall: self.limits.stall_timeout,
        };
        match use_for {
            ConnectionUse::Everything => timeouts,
            ConnectionUse::HealthOnly => ConnectionTimeouts {
                head: timeouts.head.min(RESERVE_TIMEOUT),
                idle: timeouts.idle.min(RESERVE_TIMEOUT),
                stall: timeouts.stall.min(RESERVE_TIMEOUT),
            },
        }
    }

    async fn respond(
        self: Arc<Self>,
        request: Request<Incoming>,
        peer: SocketAddr,
        activity: ConnectionActivity,
        use_for: ConnectionUse,
    ) -> Result<Response<TrackedBody>, Infallible> {
        let running = activity.begin_request(request.version());
        let closes = use_for == ConnectionUse::HealthOnly && request.version() < Version::HTTP_2;
        let mut request = request.map(|body| Body::new(TrackedRequestBody::new(body, &activity)));
        request.extensions_mut().insert(ConnectInfo(peer));
        if use_for == ConnectionUse::HealthOnly {
            request.extensions_mut().insert(HealthReserve);
        }
        let mut response = self.app.clone().call(request).await?;
        if closes {
            let close = HeaderValue::from_static("close");
            response.headers_mut().insert(CONNECTION, close);
        }
        Ok(response.map(|body| TrackedBody::new(body, running)))
    }
}

/// Bytes that an HTTP/2 client may send before the server reads them. Request bodies are small, so this is too.
const STREAM_WINDOW: u32 = 65_535;
const CONNECTION_WINDOW: u32 = 4 * STREAM_WINDOW;

fn connection_builder(limits: &ConnectionLimits) -> Builder<TokioExecutor> {
    let mut builder = Builder::new(TokioExecutor::new());
    builder
        .http1()
        .timer(TokioTimer::new())
        // A second limit behind `ConnectionActivity`. hyper's timer starts earlier, so it is longer.
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

/// Waits after errors that last, such as too many open files. An aborted connection needs no pause.
async fn pause_after_accept_error(error: &io::Error) {
    use io::ErrorKind::{ConnectionAborted, ConnectionRefused, ConnectionReset};
    if !matches!(
        error.kind(),
        ConnectionAborted | ConnectionRefused | ConnectionReset
    ) {
        tracing::error!(%error, "accepting a connection failed; retrying in one second");
        tokio::time::sleep(Duration::from_secs(1)).await;
    }
}

fn log_panic(ended: Result<(), JoinError>) {
    if let Err(error) = ended
        && error.is_panic()
    {
        tracing::error!(%error, "the task of a connection panicked");
    }
}
