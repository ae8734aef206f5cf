//! Metrics of this node: HTTP responses, password hashes, event streams and the database.

use std::time::Duration;

use prometheus_client::metrics::counter::Counter;
use prometheus_client::metrics::gauge::Gauge;
use prometheus_client::metrics::histogram::Histogram;
use prometheus_client::registry::Registry;

use super::family::{
    Counters, Gauges, Histograms, create_duration_histogram, create_series_at_zero,
    observe_duration, register_metric,
};
use super::labels::RequestKind;

/// Values that other parts of the app hold. The metrics show them as gauges.
#[derive(Clone, Debug)]
pub struct NodeGauges {
    /// Number of requests that wait to compute a password hash.
    pub waiting_hash_requests: usize,
    /// Whether the circuit breaker of the phone provider is open.
    pub is_circuit_breaker_open: bool,
    pub connection_pools: [ConnectionPoolSize; 2],
}

/// The number of open connections of a database connection pool.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ConnectionPoolSize {
    pub pool: &'static str,
    /// Connections that requests use.
    pub used: usize,
    pub idle: usize,
}

/// Counters, gauges and durations of HTTP responses, password hashes, event streams and database transactions.
#[derive(Debug)]
pub struct NodeMetrics {
    http_responses: Counters<2>,
    http_response_duration: Histograms<1>,
    event_streams: Gauge,
    hash_queue_requests: Gauge,
    hash_queue_wait: Histogram,
    hash_queue_refusals: Counter,
    circuit_breaker_open: Gauge,
    transaction_failures: Counters<1>,
    transaction_wait: Histogram,
    database_connections: Gauges<2>,
}

impl NodeMetrics {
    /// Creates the metrics and adds them to the registry.
    pub(super) fn register_metrics(registry: &mut Registry) -> Self {
        let kinds = RequestKind::ALL.iter();
        let server_errors = kinds.map(|kind| [("kind", kind.as_str()), ("status", "5xx")]);
        Self {
            http_responses: register_metric(
                registry,
                "http_responses",
                "HTTP responses",
                create_series_at_zero(Counters::<2>::default(), server_errors),
            ),
            http_response_duration: register_metric(
                registry,
                "http_response_duration_seconds",
                "Durations from the request head to the response head",
                Histograms::<1>::new_with_constructor(create_duration_histogram),
            ),
            event_streams: register_metric(
                registry,
                "event_streams",
                "Open event streams",
                Gauge::default(),
            ),
            hash_queue_requests: register_metric(
                registry,
                "password_hash_queue_requests",
                "Requests that wait to compute a password hash",
                Gauge::default(),
            ),
            hash_queue_wait: register_metric(
                registry,
                "password_hash_queue_wait_seconds",
                "Waiting times before a password hash",
                create_duration_histogram(),
            ),
            hash_queue_refusals: register_metric(
                registry,
                "password_hash_queue_refusals",
                "Requests that were refused because the hash queue was full or the wait too long",
                Counter::default(),
            ),
            circuit_breaker_open: register_metric(
                registry,
                "provider_circuit_breaker_open",
                "1 while the circuit breaker of the phone provider is open, otherwise 0",
                Gauge::default(),
            ),
            transaction_failures: register_metric(
                registry,
                "database_transaction_failures",
                "Database transactions that could not begin or commit, and reads that got no connection",
                create_series_at_zero(
                    Counters::<1>::default(),
                    ["busy", "resources", "unreachable"].map(|reason| [("reason", reason)]),
                ),
            ),
            transaction_wait: register_metric(
                registry,
                "database_transaction_wait_seconds",
                "Waiting times for a connection, and on SQLite for the write lock, until a transaction began",
                create_duration_histogram(),
            ),
            database_connections: register_metric(
                registry,
                "database_connections",
                "Open database connections",
                Gauges::<2>::default(),
            ),
        }
    }

    /// Counts an HTTP response. `duration` is the time from the request head to the response head.
    pub fn record_http_response(&self, kind: RequestKind, status: u16, duration: Duration) {
        let kind = ("kind", kind.as_str());
        self.http_responses
            .get_or_create(&[kind, ("status", status_class(status))])
            .inc();
        let durations = self.http_response_duration.get_or_create(&[kind]);
        observe_duration(&durations, duration);
    }

    /// Counts an open event stream until the returned guard is dropped.
    pub fn count_open_event_stream(&self) -> OpenEventStream {
        self.event_streams.inc();
        OpenEventStream(self.event_streams.clone())
    }

    /// Records how long a request has waited to compute a password hash, or that it was refused.
    pub fn record_hash_queue_wait(&self, wait: Duration, was_admitted: bool) {
        if was_admitted {
            observe_duration(&self.hash_queue_wait, wait);
        } else {
            self.hash_queue_refusals.inc();
        }
    }

    /// Records how long a database transaction has waited until it began.
    pub fn record_transaction_wait(&self, wait: Duration) {
        observe_duration(&self.transaction_wait, wait);
    }

    /// Counts a database transaction that could not begin or commit, or a read that got no connection.
    pub fn count_failed_transaction(&self, reason: &'static str) {
        self.transaction_failures
            .get_or_create(&[("reason", reason)])
            .inc();
    }

    /// Sets the gauges of the values that other parts of the app hold.
    pub(super) fn set_gauges(&self, gauges: &NodeGauges) {
        self.hash_queue_requests
            .set(to_gauge_value(gauges.waiting_hash_requests));
        self.circuit_breaker_open
            .set(i64::from(gauges.is_circuit_breaker_open));
        for size in gauges.connection_pools {
            for (state, count) in [("used", size.used), ("idle", size.idle)] {
                self.database_connections
                    .get_or_create(&[("pool", size.pool), ("state", state)])
                    .set(to_gauge_value(count));
            }
        }
    }
}

/// Guard that counts one open event stream until it is dropped.
#[derive(Debug)]
#[must_use = "the event stream counts as open until the guard is dropped"]
pub struct OpenEventStream(Gauge);

impl Drop for OpenEventStream {
    fn drop(&mut self) {
        self.0.dec();
    }
}

/// Converts a count to the value of a gauge.
fn to_gauge_value(count: usize) -> i64 {
    i64::try_from(count).unwrap_or(i64::MAX)
}

/// Returns the class of an HTTP status, such as `4xx`.
const fn status_class(status: u16) -> &'static str {
    match status {
        100..=199 => "1xx",
        200..=299 => "2xx",
        300..=399 => "3xx",
        400..=499 => "4xx",
        _ => "5xx",
    }
}
