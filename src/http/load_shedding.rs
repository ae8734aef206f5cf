//! Limits on how many requests run at the same time, and for how long.

use std::time::Duration;

use axum::extract::{Request, State};
use axum::http::Method;
use axum::middleware::Next;
use axum::response::{IntoResponse as _, Response};

use super::client_ip::{ClientIp, TrustedProxies};
use super::error_response::ErrorResponse;
use super::log_throttle::LogThrottle;
use super::slot_pool::{Slot, SlotPool};
use crate::security::request_slot::with_request_slot;

/// How many requests of each class run at the same time. Each class has slots of its own, and one source holds at most
/// half of them.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct RequestCapacity {
    /// Pages, files and reads of the JSON API: GET and HEAD.
    pub reads: usize,
    /// Forms, server functions, writes of the JSON API and webhooks: every other method.
    pub changes: usize,
    /// Health probes, so that a busy node is not taken for a dead one.
    pub probes: usize,
    /// Requests whose body is arriving. They run no handler yet.
    pub bodies: usize,
}

impl Default for RequestCapacity {
    fn default() -> Self {
        Self {
            reads: 1_024,
            changes: 1_024,
            probes: 16,
            bodies: 2_048,
        }
    }
}

/// A request extension: the connection was accepted beyond the limit on connections, for a health probe.
#[derive(Debug, Clone, Copy)]
pub(super) struct HealthReserve;

/// The slots of all classes.
#[derive(Clone)]
pub(super) struct RequestSlots {
    reads: SlotPool,
    changes: SlotPool,
    probes: SlotPool,
    bodies: SlotPool,
    is_probe: fn(&str) -> bool,
    proxies: TrustedProxies,
}

impl RequestSlots {
    pub(super) fn new(
        capacity: RequestCapacity,
        is_probe: fn(&str) -> bool,
        proxies: TrustedProxies,
    ) -> Self {
        Self {
            reads: SlotPool::new(capacity.reads),
            changes: SlotPool::new(capacity.changes),
            probes: SlotPool::new(capacity.probes),
            bodies: SlotPool::new(capacity.bodies),
            is_probe,
            proxies,
        }
    }

    /// Takes a slot for a request that reaches its handler.
    fn take(&self, request: &Request) -> Option<Slot> {
        let is_probe = (self.is_probe)(request.uri().path());
        if !is_probe && request.extensions().get::<HealthReserve>().is_some() {
            return None;
        }
        let pool = match *request.method() {
            _ if is_probe => &self.probes,
            Method::GET | Method::HEAD => &self.reads,
            _ => &self.changes,
        };
        self.take_from(pool, request.extensions().get())
    }

    /// Takes a slot for a request whose body is about to be read.
    pub(super) fn take_for_body(&self, client: Option<&ClientIp>) -> Option<Slot> {
        self.take_from(&self.bodies, client)
    }

    fn take_from(&self, pool: &SlotPool, client: Option<&ClientIp>) -> Option<Slot> {
        static REFUSED: LogThrottle = LogThrottle::new();
        let source = client.and_then(|client| self.proxies.limited_source(*client));
        let slot = pool.take(source);
        if slot.is_none()
            && let Some(count) = REFUSED.count()
        {
            tracing::warn!(
                count,
                "requests refused: the server, or one source, runs its maximum number of requests"
            );
        }
        slot
    }
}

/// Middleware that takes a slot for the request, or refuses it at once with 503. A queue for all would delay every
/// request; only the requests of one source wait for each other.
///
/// The slot is free again when the response head is ready, so an event stream holds none. A handler that waits for a
/// provider or a password hash frees it earlier by
/// [`free_request_slot`](crate::security::request_slot::free_request_slot).
pub(super) async fn shed_load(
    State(slots): State<RequestSlots>,
    request: Request,
    next: Next,
) -> Response {
    match slots.take(&request) {
        Some(slot) => with_request_slot(slot.wait_for_turn().await, next.run(request)).await,
        None => ErrorResponse::OVERLOADED.into_response(),
    }
}

/// Middleware that cancels a request without a response after `deadline`. Work that must finish runs in its own task.
pub(super) async fn enforce_deadline(
    State(deadline): State<Duration>,
    request: Request,
    next: Next,
) -> Response {
    let finished = tokio::time::timeout(deadline, next.run(request)).await;
    finished.unwrap_or_else(|_| {
        tracing::warn!("request cancelled: no response within {deadline:?}");
        ErrorResponse::TOO_SLOW.into_response()
    })
}
