//! The metrics server: a separate listener that serves only `GET /metrics`.
//!
//! It has the accept loop of the main listener, so it has the same timeouts. The number of connections is small.

use std::net::SocketAddr;
use std::time::Duration;

use axum::Router;
use axum::extract::State;
use axum::http::StatusCode;
use axum::http::header::CONTENT_TYPE;
use axum::response::{IntoResponse as _, Response};
use axum::routing::get;
use tokio::net::TcpListener;
use tokio_util::sync::CancellationToken;

use super::start_error::{StartError, bind_tcp_listener};
use crate::config::Config;
use crate::context::{AppState, SharedAppState};
use crate::http::accept_loop::{self, ConnectionLimits};
use crate::http::client_ip::TrustedProxies;
use crate::metrics::{NodeGauges, TEXT_FORMAT};

/// The maximum number of open connections. A Prometheus server keeps one open.
const MAX_CONNECTIONS: usize = 16;

/// The maximum time in which running requests must finish at shutdown.
const SHUTDOWN_TIMEOUT: Duration = Duration::from_secs(2);

/// The listener of the metrics server.
pub(super) struct MetricsServer {
    pub(super) address: SocketAddr,
    listener: TcpListener,
}

impl MetricsServer {
    /// Opens the listener of the metrics server. Returns `None` if the operator has configured no address.
    pub(super) async fn open_configured_listener(
        config: &Config,
    ) -> Result<Option<Self>, StartError> {
        let Some(configured) = config.server.metrics_address else {
            return Ok(None);
        };
        let listener = bind_tcp_listener("SALLYPORT_METRICS_ADDRESS", configured).await?;
        let address = listener.local_addr().unwrap_or(configured);
        Ok(Some(Self { address, listener }))
    }

    /// Serves the metrics of the app until `stop` is cancelled.
    pub(super) async fn serve_metrics(self, app: SharedAppState, stop: CancellationToken) {
        let limits = ConnectionLimits {
            max_connections: MAX_CONNECTIONS,
            max_connections_per_source: MAX_CONNECTIONS,
            health_reserve: 0,
            shutdown_timeout: SHUTDOWN_TIMEOUT,
            ..ConnectionLimits::default()
        };
        let router = Router::new()
            .route("/metrics", get(respond_with_metrics))
            .with_state(app);
        let proxies = TrustedProxies::trust_no_proxies();
        accept_loop::serve_connections(self.listener, router, limits, proxies, stop).await;
    }
}

/// Handles `GET /metrics`: responds with all metrics in the Prometheus text format.
async fn respond_with_metrics(State(app): State<SharedAppState>) -> Response {
    match app.metrics.render_in_text_format(&read_gauges(&app)) {
        Ok(text) => ([(CONTENT_TYPE, TEXT_FORMAT)], text).into_response(),
        Err(error) => {
            tracing::error!(%error, "rendering the metrics failed");
            StatusCode::INTERNAL_SERVER_ERROR.into_response()
        }
    }
}

/// Reads the values that the metrics show as gauges.
fn read_gauges(app: &AppState) -> NodeGauges {
    NodeGauges {
        waiting_hash_requests: app.hasher.count_waiting_requests(),
        is_circuit_breaker_open: !app.verifier.is_provider_available(),
        connection_pools: app.store.connection_pool_sizes(),
    }
}
