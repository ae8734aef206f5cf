//! Limits on how many requests run at the same time, and for how long.

use std::sync::Arc;
use std::time::Duration;

use axum::extract::{Request, State};
use axum::middleware::Next;
use axum::response::{IntoResponse as _, Response};
use tokio::sync::Semaphore;

use super::error_response::ErrorResponse;

/// The slots for running requests.
#[derive(Clone)]
pub(super) struct RequestSlots {
    pub(super) free: Arc<Semaphore>,
    /// Whether a path is a health probe. Probes need no slot, so that a busy node is not taken for a dead one.
    pub(super) is_probe: fn(&str) -> bool,
}

/// Middleware that takes a slot for the request, or refuses it at once with 503. A queue would delay every request.
///
/// The slot is free again when the response head is ready, so an event stream holds none.
pub(super) async fn shed_load(
    State(slots): State<RequestSlots>,
    request: Request,
    next: Next,
) -> Response {
    if (slots.is_probe)(request.uri().path()) {
        return next.run(request).await;
    }
    let Ok(_slot) = slots.free.try_acquire() else {
        tracing::warn!("request refused: the server is running its maximum number of requests");
        return ErrorResponse::OVERLOADED.into_response();
    };
    next.run(request).await
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
