//! The accept loop: accepts connections and applies time and size limits to each of them.
//!
//! `axum::serve` sets no timeout, so an incomplete request head would keep its connection open without limit.

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
    ConnectionActivity, ConnectionEnd, ConnectionTimeouts, calculate_idle_timeout,
};
use super::connection_pool::{AdmittedConnection, ConnectionOrigin, ConnectionPool};
use super::load_shedding::ReservedForHealthProbes;
use super::log_throttle::LogThrottle;
use super::tracked_io::{TrackedRequestBody, TrackedResponseBody, TrackedSocket};

/// Limits on client connections: their number, their timeouts, and the size of the requests on them.
#[derive(Debug, Clone)]
pub struct ConnectionLimits {
    /// The maximum time in which a request head must arrive, from its first byte.
    pub head_timeout: Duration,
    /// The maximum idle time of a connection between two requests. It must exceed the idle timeout of a reverse
    /// proxy, which otherwise sends requests on connections that are being closed. It shrinks when more than half of
    /// the connections are open, except for trusted proxies.
    pub idle_timeout: Duration,
    /// The maximum time for which a client may read no bytes of its response.
    pub stall_timeout: Duration,
    /// The maximum number of headers that the HTTP/1 parser reads. It refuses more with an empty response.
    ///
    /// It is above the maximum of the request guard, whose refusal has a body.
    pub max_headers: usize,
    /// The maximum size of a request head in bytes.
    pub head_bytes: u32,
    /// The maximum number of open connections. A further one closes the longest idle connection of the source with
    /// the most connections.
    pub max_connections: usize,
    /// The maximum number of open connections of one IPv4 address or IPv6 /64. A further one closes the longest idle
    /// of them. The limit does not apply to trusted proxies.
    pub max_connections_per_source: usize,
    /// The number of connections beyond `max_connections` on which only health probes are accepted.
    pub health_reserve: usize,
    /// Maximum number of concurrent requests on one HTTP/2 connection.
    pub max_streams: u32,
    /// The maximum time in which running requests must finish after `shutdown`.
    pub shutdown_timeout: Duration,
}

/// The number of connections beyond the limit on which only health probes are accepted.
pub const HEALTH_RESERVE: usize = 16;

/// The timeout of a connection of the health reserve: for a request head, and between requests.
const RESERVE_TIMEOUT: Duration = Duration::from_secs(2);

impl Default for ConnectionLimits {
    fn default() -> Self {
        Self {
            head_timeout: Duration::from_secs(10),
            idle_timeout: Duration::from_secs(75),
            stall_timeout: Duration::from_secs(30),
            max_headers: 100,
            head_bytes: 16 * 1024,
            max_connections: 10_000,
            max_connections_per_source: 2_500,
            health_reserve: HEALTH_RESERVE,
            max_streams: 32,
            shutdown_timeout: Duration::from_secs(30),
        }
    }
}

/// Accepts connections on `listener` and serves `app` on them until `shutdown` is cancelled.
///
/// Then waits until running requests have finished. Handlers find the address of the connected peer in
/// `ConnectInfo<SocketAddr>`.
pub async fn serve_connections(
    listener: TcpListener,
    app: Router,
    limits: ConnectionLimits,
    proxies: TrustedProxies,
    shutdown: CancellationToken,
) {
    let pools = Pools::new(&limits);
    let server = Arc::new(Server {
        app,
        builder: build_http_connection_settings(&limits),
        limits,
        shutdown,
    });
    let mut connections = JoinSet::new();
    loop {
        let accepted = tokio::select! {
            biased;
            () = server.shutdown.cancelled() => break,
            Some(ended) = connections.join_next() => {
                log_panic_of_connection_task(ended);
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
        if let Some((connection, accepted_requests)) = pools
            .admit_connection_to_main_or_reserve_pool(ConnectionOrigin::from_peer(peer, &proxies))
        {
            let server = Arc::clone(&server);
            connections.spawn(server.serve_connection(socket, peer, connection, accepted_requests));
        }
    }
    drop(listener);
    wait_then_close_connections(connections, server.limits.shutdown_timeout).await;
}

/// Which requests the server accepts on one connection: all requests, or health probes only.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum AcceptedRequests {
    Everything,
    /// Health probes only, because the connection belongs to their reserve.
    HealthOnly,
}

/// The two connection pools of the server: one for all requests, and a reserve for health probes.
struct Pools {
    all: ConnectionPool,
    reserve: ConnectionPool,
    refused: LogThrottle,
}

impl Pools {
    /// Creates the main connection pool and the reserve for health probes, with the sizes in `limits`.
    fn new(limits: &ConnectionLimits) -> Self {
        let reserve = limits.health_reserve;
        Self {
            all: ConnectionPool::new(limits.max_connections, limits.max_connections_per_source),
            reserve: ConnectionPool::new(reserve, (reserve / 4).max(1)),
            refused: LogThrottle::due_at_first_event(),
        }
    }

    /// Admits a new connection to the main pool or, if it is full, to the reserve for health probes.
    ///
    /// Returns `None` if both are full and the connection must be closed.
    fn admit_connection_to_main_or_reserve_pool(
        &self,
        origin: ConnectionOrigin,
    ) -> Option<(AdmittedConnection, AcceptedRequests)> {
        if let Some(connection) = self.all.admit_connection(origin) {
            return Some((connection, AcceptedRequests::Everything));
        }
        if let Some(count) = self.refused.count_event_and_check_if_due() {
            tracing::warn!(
                count,
                "connection limit reached and no connection is idle: new connections are accepted for health probes only"
            );
        }
        let connection = self.reserve.admit_connection(origin)?;
        Some((connection, AcceptedRequests::HealthOnly))
    }
}

/// Waits until all connections have ended, for at most `timeout`, then closes the remaining ones.
async fn wait_then_close_connections(mut connections: JoinSet<()>, timeout: Duration) {
    let finishing = async {
        while let Some(ended) = connections.join_next().await {
            log_panic_of_connection_task(ended);
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
    /// Serves the requests of one connection until it ends, times out or is evicted.
    async fn serve_connection(
        self: Arc<Self>,
        socket: TcpStream,
        peer: SocketAddr,
        admitted: AdmittedConnection,
        accepted_requests: AcceptedRequests,
    ) {
        // Without TCP_NODELAY, small responses wait for the peer's acknowledgement.
        if let Err(error) = socket.set_nodelay(true) {
            tracing::debug!(%error, "setting TCP_NODELAY on a connection failed");
        }
        let activity = admitted.activity.clone();
        let service = service_fn({
            let server = Arc::clone(&self);
            let activity = activity.clone();
            move |request| {
                Arc::clone(&server).respond_to_request(
                    request,
                    peer,
                    activity.clone(),
                    accepted_requests,
                )
            }
        });
        let io = TokioIo::new(TrackedSocket {
            socket,
            activity: activity.clone(),
        });
        let mut connection = std::pin::pin!(self.builder.serve_connection(io, service));
        let idle = |longest| match admitted.open_and_max_connections_of_pool() {
            _ if admitted.is_from_trusted_proxy() => longest,
            (open, max) => calculate_idle_timeout(longest, open, max),
        };
        let end = activity.clone().wait_until_connection_must_close(
            self.connection_timeouts_for(accepted_requests),
            idle,
        );
        let mut end = std::pin::pin!(end);
        let mut stopping = false;
        let ended = loop {
            tokio::select! {
                // An evicted connection reads no further request.
                biased;
                end = end.as_mut() => {
                    // HTTP/2 sends GOAWAY, which tells the client which requests it may repeat.
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

    /// Returns the timeouts of a connection. A connection reserved for health probes has shorter timeouts.
    fn connection_timeouts_for(&self, accepted_requests: AcceptedRequests) -> ConnectionTimeouts {
        let timeouts = ConnectionTimeouts {
            head: self.limits.head_timeout,
            idle: self.limits.idle_timeout,
            stall: self.limits.stall_timeout,
        };
        match accepted_requests {
            AcceptedRequests::Everything => timeouts,
            AcceptedRequests::HealthOnly => ConnectionTimeouts {
                head: timeouts.head.min(RESERVE_TIMEOUT),
                idle: timeouts.idle.min(RESERVE_TIMEOUT),
                stall: timeouts.stall.min(RESERVE_TIMEOUT),
            },
        }
    }

    /// Passes one HTTP request to the router, and records in `activity` how far the request has progressed.
    async fn respond_to_request(
        self: Arc<Self>,
        request: Request<Incoming>,
        peer: SocketAddr,
        activity: ConnectionActivity,
        accepted_requests: AcceptedRequests,
    ) -> Result<Response<TrackedResponseBody>, Infallible> {
        let running = activity.begin_request(request.version());
        let closes = accepted_requests == AcceptedRequests::HealthOnly
            && request.version() < Version::HTTP_2;
        let mut request = request.map(|body| Body::new(TrackedRequestBody::new(body, &activity)));
        request.extensions_mut().insert(ConnectInfo(peer));
        if accepted_requests == AcceptedRequests::HealthOnly {
            request.extensions_mut().insert(ReservedForHealthProbes);
        }
        let mut response = self.app.clone().call(request).await?;
        if closes {
            let close = HeaderValue::from_static("close");
            response.headers_mut().insert(CONNECTION, close);
        }
        Ok(response.map(|body| TrackedResponseBody::new(body, running)))
    }
}

/// The HTTP/2 flow control window of a stream in bytes. Request bodies are small.
const STREAM_WINDOW: u32 = 65_535;
const CONNECTION_WINDOW: u32 = 4 * STREAM_WINDOW;

/// Builds the HTTP/1 and HTTP/2 protocol settings for accepted connections.
fn build_http_connection_settings(limits: &ConnectionLimits) -> Builder<TokioExecutor> {
    let mut builder = Builder::new(TokioExecutor::new());
    builder
        .http1()
        .timer(TokioTimer::new())
        // A second timeout in addition to `ConnectionActivity`. It is longer, because hyper starts its timer earlier.
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

/// Waits one second after an error of the accept call that is likely to repeat.
///
/// An example is too many open files. Returns at once if the client aborted the new connection.
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

/// Logs an error if the task that served a connection has panicked.
fn log_panic_of_connection_task(task_result: Result<(), JoinError>) {
    if let Err(error) = task_result
        && error.is_panic()
    {
        tracing::error!(%error, "the task of a client connection panicked; the connection is closed");
    }
}
