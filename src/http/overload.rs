//! More work than hands: a bound on how much runs at once, and on how long (LIM-06).

use std::sync::Arc;
use std::time::Duration;

use axum::extract::{Request, State};
use axum::middleware::Next;
use axum::response::{IntoResponse as _, Response};
use tokio::sync::Semaphore;

use super::refusal::ErrorResponse;

#[derive(Clone)]
pub(super) struct Hands {
    pub(super) free: Arc<Semaphore>,
    /// Probes are always answered: a busy node must not be taken for a dead one.
    pub(super) probe: fn(&str) -> bool,
}

/// Takes a free hand or turns the request away at once; waiting in line would only make everyone late.
///
/// The hand is free again with the head of the response, so an event stream holds none.
pub(super) async fn shed(State(hands): State<Hands>, request: Request, next: Next) -> Response {
    if (hands.probe)(request.uri().path()) {
        return next.run(request).await;
    }
    let Ok(_hand) = hands.free.try_acquire() else {
        tracing::warn!("shed a request: every hand is busy");
        return ErrorResponse::OVERLOADED.into_response();
    };
    next.run(request).await
}

/// Gives up a request whose response has not begun in time. Work that must finish runs in a task of its own.
pub(super) async fn deadline(
    State(within): State<Duration>,
    request: Request,
    next: Next,
) -> Response {
    let finished = tokio::time::timeout(within, next.run(request)).await;
    finished.unwrap_or_else(|_| {
        tracing::warn!("gave up a request at its deadline");
        ErrorResponse::TOO_SLOW.into_response()
    })
}
