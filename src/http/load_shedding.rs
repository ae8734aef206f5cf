//! Limits the number of concurrent requests, and the time until their response.

use std::time::Duration;

use axum::extract::{Request, State};
use axum::http::Method;
use axum::middleware::Next;
use axum::response::{IntoResponse as _, Response};

use super::client_ip::{ClientIp, TrustedProxies};
use super::error_response::ErrorResponse;
use super::log_throttle::LogThrottle;
use super::slot_pool::{NoSlot, Pace, Slot, SlotPool};
use crate::security::request_slot::with_request_slot;

/// The maximum number of concurrent requests of each class: reads, changes, health probes and arriving bodies.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct RequestCapacity {
    /// Pages, files and reads of the JSON API: GET and HEAD.
    pub reads: usize,
    /// Forms, server functions, writes of the JSON API and webhooks: every other method.
    pub changes: usize,
    /// Health probes. Their separate slots keep an overloaded node from being reported as down.
    pub probes: usize,
    /// Requests whose body is still arriving, before a handler runs.
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

/// Request extension that marks a request on a connection of the health reserve.
///
/// The server accepts only health probes on these connections.
#[derive(Debug, Clone, Copy)]
pub(super) struct ReservedForHealthProbes;

/// Limits the concurrent requests of each class: reads, changes, health probes and arriving bodies.
///
/// Each running request occupies one slot of its class.
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
    /// Creates the slots, which limit the number of concurrent requests to `capacity`.
    ///
    /// `is_probe` returns whether a URL path is a health probe.
    pub(super) fn with_capacity(
        capacity: RequestCapacity,
        is_probe: fn(&str) -> bool,
        proxies: TrustedProxies,
    ) -> Self {
        Self {
            reads: SlotPool::with_free_slots(capacity.reads, Pace::READS),
            changes: SlotPool::with_free_slots(capacity.changes, Pace::CHANGES),
            probes: SlotPool::with_free_slots(capacity.probes, Pace::READS),
            bodies: SlotPool::with_free_slots(capacity.bodies, Pace::READS),
            is_probe,
            proxies,
        }
    }

    /// Takes a slot for a request before its handler runs.
    fn take_slot_for_request_handler(&self, request: &Request) -> Result<Slot, NoSlot> {
        let is_probe = (self.is_probe)(request.uri().path());
        if !is_probe
            && request
                .extensions()
                .get::<ReservedForHealthProbes>()
                .is_some()
        {
            return Err(NoSlot::PoolIsFull);
        }
        let pool = match *request.method() {
            _ if is_probe => &self.probes,
            Method::GET | Method::HEAD => &self.reads,
            _ => &self.changes,
        };
        self.take_slot_from_pool(pool, request.extensions().get())
    }

    /// Takes a slot for a request before its body is read.
    pub(super) fn take_slot_for_request_body(
        &self,
        client: Option<&ClientIp>,
    ) -> Result<Slot, NoSlot> {
        self.take_slot_from_pool(&self.bodies, client)
    }

    /// Takes a request slot from `pool` for the network of the client.
    ///
    /// Logs a warning if no slot is free for this network.
    fn take_slot_from_pool(
        &self,
        pool: &SlotPool,
        client: Option<&ClientIp>,
    ) -> Result<Slot, NoSlot> {
        static REFUSED: LogThrottle = LogThrottle::due_at_first_event();
        let source =
            client.and_then(|client| self.proxies.source_key_for_concurrency_limit(*client));
        let slot = pool.take_request_slot(source);
        if slot.is_err()
            && let Some(count) = REFUSED.count_event_and_check_if_due()
        {
            tracing::warn!(
                count,
                "requests refused: the server, or one source, has reached its maximum number of concurrent requests"
            );
        }
        slot
    }
}

/// The delay of a refusal if the source of the request occupies its share of the slots.
///
/// After an immediate refusal, a flooding client would send the next request at once.
const REFUSAL_DELAY: Duration = Duration::from_secs(1);

/// Returns the 503 error for a request beyond the maximum number of concurrent requests.
///
/// Delays the error by [`REFUSAL_DELAY`] if the client network has reached its share of this number.
pub(super) async fn refuse_request_beyond_concurrency_limit(no_slot: NoSlot) -> ErrorResponse {
    if no_slot == NoSlot::SourceHoldsItsShare {
        tokio::time::sleep(REFUSAL_DELAY).await;
    }
    ErrorResponse::OVERLOADED
}

/// Middleware that limits concurrent requests: it takes a request slot, or refuses the request with 503.
///
/// The slot is freed when the response head is ready, or earlier by
/// [`release_concurrency_slot_of_request`](crate::security::request_slot::release_concurrency_slot_of_request) while a
/// handler waits for a provider or a password hash.
pub(super) async fn limit_concurrent_requests(
    State(slots): State<RequestSlots>,
    request: Request,
    next: Next,
) -> Response {
    // Only requests of the same source wait for each other, because a common queue would delay every request. An
    // event stream occupies no slot, because its slot is freed with the response head.
    match slots.take_slot_for_request_handler(&request) {
        Ok(slot) => {
            with_request_slot(slot.wait_until_request_may_run().await, next.run(request)).await
        }
        Err(no_slot) => refuse_request_beyond_concurrency_limit(no_slot)
            .await
            .into_response(),
    }
}

/// Middleware that cancels a request whose response has not begun within `deadline`.
pub(super) async fn enforce_response_deadline(
    State(deadline): State<Duration>,
    request: Request,
    next: Next,
) -> Response {
    // Work that must finish runs in a separate task, which is not cancelled.
    let finished = tokio::time::timeout(deadline, next.run(request)).await;
    finished.unwrap_or_else(|_| {
        tracing::warn!("request cancelled: its handler sent no response within {deadline:?}");
        ErrorResponse::TOO_SLOW.into_response()
    })
}
