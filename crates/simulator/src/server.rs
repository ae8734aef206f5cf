//! Servers of the simulator: HTTP, SMTP and the search for expired verifications.

use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use hyper_util::rt::{TokioExecutor, TokioIo, TokioTimer};
use hyper_util::server::conn::auto::Builder;
use hyper_util::server::graceful::GracefulShutdown;
use hyper_util::service::TowerToHyperService;
use tokio::net::TcpListener;
use tokio::sync::Semaphore;
use tokio_util::sync::CancellationToken;

use crate::mailbox::server::accept_smtp_connections;
use crate::router::build_simulator_router_for_address;
use crate::simulator::Simulator;

/// Time limit for the head of the next HTTP request on a connection.
///
/// hyper starts the timer when the previous response ends, so it also limits idle keep-alive connections. HTTP clients
/// usually close idle connections earlier.
const HEAD_TIMEOUT: Duration = Duration::from_secs(85);
const MAX_HEADERS: usize = 64;
/// Maximum number of open HTTP connections. Further ones wait in the accept queue of the operating system.
const MAX_CONNECTIONS: usize = 1_024;
/// Maximum size of an HTTP request head in bytes.
const MAX_HEAD_BYTES: usize = 16 * 1024;
/// Time that running HTTP requests have to finish after `stop` is cancelled.
const SHUTDOWN_TIMEOUT: Duration = Duration::from_secs(30);
/// Pause after a failed accept, which usually means that the process is out of file descriptors.
const ACCEPT_PAUSE: Duration = Duration::from_millis(100);

/// Bound TCP sockets of a simulator: HTTP and SMTP.
#[derive(Debug)]
pub struct Listeners {
    /// Listener for the provider APIs, the control API and the phone page.
    pub http: TcpListener,
    /// Listener for mail by SMTP.
    pub smtp: TcpListener,
}

/// Serves HTTP and SMTP until `stop` is cancelled. Open HTTP requests then have 30 seconds to finish.
pub async fn serve_simulator(simulator: Simulator, listeners: Listeners, stop: CancellationToken) {
    let router =
        build_simulator_router_for_address(listeners.http.local_addr().ok(), simulator.clone());
    tokio::join!(
        serve_http_until_stopped(listeners.http, router, stop.clone()),
        accept_smtp_connections(simulator.clone(), listeners.smtp, stop.clone()),
        simulator.send_expiry_webhooks_until_stopped(stop),
    );
}

/// Serves HTTP until `stop` is cancelled.
///
/// Uses hyper directly, because `axum::serve` has no timeout for request headers.
async fn serve_http_until_stopped(listener: TcpListener, router: Router, stop: CancellationToken) {
    let mut builder = Builder::new(TokioExecutor::new());
    builder
        .http1()
        .timer(TokioTimer::new())
        .header_read_timeout(HEAD_TIMEOUT)
        .max_headers(MAX_HEADERS)
        .max_buf_size(MAX_HEAD_BYTES);
    let connections = GracefulShutdown::new();
    let slots = Arc::new(Semaphore::new(MAX_CONNECTIONS));
    let accept = async || {
        // The semaphore is never closed.
        let slot = Arc::clone(&slots).acquire_owned().await.ok();
        (listener.accept().await, slot)
    };
    while let Some((accepted, slot)) = stop.run_until_cancelled(accept()).await {
        let stream = match accepted {
            Ok((stream, _)) => stream,
            Err(error) => {
                tracing::debug!(%error, "accepting an HTTP connection failed");
                tokio::time::sleep(ACCEPT_PAUSE).await;
                continue;
            }
        };
        if let Err(error) = stream.set_nodelay(true) {
            tracing::debug!(%error, "setting TCP_NODELAY on an HTTP connection failed");
        }
        let service = TowerToHyperService::new(router.clone());
        let connection = builder.serve_connection(TokioIo::new(stream), service);
        let connection = connections.watch(connection.into_owned());
        tokio::spawn(async move {
            if let Err(error) = connection.await {
                tracing::debug!(error, "HTTP connection ended with an error");
            }
            drop(slot);
        });
    }
    drop(listener);
    let finished = tokio::time::timeout(SHUTDOWN_TIMEOUT, connections.shutdown()).await;
    if finished.is_err() {
        tracing::warn!(
            "simulator stopped: closed connections with requests that did not finish in time"
        );
    }
}
