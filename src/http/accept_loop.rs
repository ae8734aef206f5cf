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
use axum::response::Response;
use hyper::body::Incoming;
use hyper::service::service_fn;
use hyper_util::rt::{TokioExecutor, TokioIo, TokioTimer};
use hyper_util::server::conn::auto::Builder;
use tokio::net::{TcpListener, TcpStream};
use tokio::task::{JoinError, JoinSet};
use tokio_util::sync::CancellationToken;
use tower::Service as _;

use super::connection_activity::{ConnectionActivity, ConnectionTimeouts};
use super::connection_limit::{SilentConnections, capped_by_open_files};
use super::tracked_io::{TrackedBody, TrackedSocket};

#[derive(Debug, Clone)]
pub struct ConnectionLimits {
    /// For the head of a request, from its first byte.
    pub head_timeout: Duration,
    /// Between two requests of one connection. It must be longer than the idle timeout of a proxy in front, or the
    /// proxy sends requests on connections that are just being closed.
    pub idle_timeout: Duration,
    /// For a client that accepts no more bytes of its response.
    pub stall_timeout: Duration,
    pub max_headers: usize,
    /// Largest size of a request head in bytes.
    pub head_bytes: u32,
    /// Open connections. One more closes the oldest connection that has not sent a request. If there is none, the new
    /// connection is closed.
    pub max_connections: usize,
    /// Concurrent requests on one HTTP/2 connection.
    pub max_streams: u32,
    /// How long running requests may take to finish after `shutdown`.
    pub shutdown_timeout: Duration,
}

impl Default for ConnectionLimits {
    fn default() -> Self {
        Self {
            head_timeout: Duration::from_secs(10),
            idle_timeout: Duration::from_secs(75),
            stall_timeout: Duration::from_secs(30),
            max_headers: 64,
            head_bytes: 16 * 1024,
            max_connections: 8192,
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
    shutdown: CancellationToken,
) {
    let max_connections = capped_by_open_files(limits.max_connections);
    let server = Arc::new(Server {
        app,
        builder: connection_builder(&limits),
        limits,
        shutdown,
    });
    let mut connections = JoinSet::new();
    let mut silent = SilentConnections::default();
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
        if connections.len() >= max_connections && !silent.close_oldest() {
            tracing::warn!(
                "connection limit reached: closed a new connection, {max_connections} are open"
            );
            continue;
        }
        let activity = ConnectionActivity::new();
        let serving = Arc::clone(&server).serve_connection(socket, peer, activity.clone());
        silent.add(activity, connections.spawn(serving));
    }
    drop(listener);
    finish_connections(connections, server.limits.shutdown_timeout).await;
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
        activity: ConnectionActivity,
    ) {
        // Without TCP_NODELAY, small responses wait for the peer's acknowledgement.
        if let Err(error) = socket.set_nodelay(true) {
            tracing::debug!(%error, "setting TCP_NODELAY failed");
        }
        let service = service_fn({
            let server = Arc::clone(&self);
            let activity = activity.clone();
            move |request| Arc::clone(&server).respond(request, peer, activity.clone())
        });
        let io = TokioIo::new(TrackedSocket {
            socket,
            activity: activity.clone(),
        });
        let mut connection = std::pin::pin!(self.builder.serve_connection(io, service));
        let timeouts = ConnectionTimeouts {
            head: self.limits.head_timeout,
            idle: self.limits.idle_timeout,
            stall: self.limits.stall_timeout,
        };
        let mut timed_out = std::pin::pin!(activity.clone().wait_for_timeout(timeouts));
        let mut stopping = false;
        let ended = loop {
            tokio::select! {
                ended = connection.as_mut() => break ended,
                () = timed_out.as_mut() => {
                    // HTTP/2 has GOAWAY, which says which requests the client may send again.
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
            tracing::debug!(error, "connection ended with an error");
        }
    }

    async fn respond(
        self: Arc<Self>,
        request: Request<Incoming>,
        peer: SocketAddr,
        activity: ConnectionActivity,
    ) -> Result<Response<TrackedBody>, Infallible> {
        let running = activity.begin_request(request.version());
        let mut request = request.map(Body::new);
        request.extensions_mut().insert(ConnectInfo(peer));
        let response = self.app.clone().call(request).await?;
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
