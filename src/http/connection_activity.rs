//! Timeouts of a connection: for a request head, for an idle connection and for a client that does not read its
//! response.
//!
//! hyper's own timer starts at the end of the last response. It cannot distinguish the idle connection of a proxy,
//! which should stay open, from a slow request head, which should not. It has no timer before hyper has detected the
//! protocol.

use std::sync::Arc;
use std::time::Duration;

use axum::http::Version;
use tokio::sync::watch;
use tokio::time::Instant;

/// Timeouts after which a connection without progress is closed.
#[derive(Debug, Clone, Copy)]
pub(super) struct ConnectionTimeouts {
    /// For a request head, from the start of the connection or the first byte of a later head.
    pub(super) head: Duration,
    /// For the next request after a response, while few connections are open.
    pub(super) idle: Duration,
    /// For a client that reads no bytes of its response.
    pub(super) stall: Duration,
}

/// State of one connection: its running requests and the time of its last progress.
#[derive(Debug, Clone, Copy)]
struct ActivityState {
    /// The number of running requests: their head is complete, and their response has not ended.
    running: usize,
    /// The number of running requests whose response has not begun.
    answering: usize,
    /// The number of running requests whose body is still arriving.
    receiving: usize,
    /// Whether a request head may be arriving. On HTTP/2 it stays `false` after the first request, because the
    /// protocol itself sends bytes.
    head: bool,
    http2: bool,
    /// When a head or response last began or ended, or the client last read. A PING of HTTP/2 does not count.
    since: Instant,
    stalled: Option<Instant>,
    evicted: bool,
}

impl ActivityState {
    /// Returns since when the server waits for the client to send or to read. Returns `None` while a request handler is
    /// running.
    fn start_of_wait_for_client(&self) -> Option<Instant> {
        let waiting = (self.answering <= self.receiving).then_some(self.since);
        waiting.into_iter().chain(self.stalled).min()
    }

    /// Returns when the connection is closed unless it makes progress. Returns `None` while a request handler is running.
    fn next_deadline(&self, timeouts: ConnectionTimeouts) -> Option<Instant> {
        let timeout_while_quiet = match (self.running, self.answering) {
            (0, _) if self.head => Some(timeouts.head),
            (0, _) => Some(timeouts.idle),
            (_, 0) => Some(timeouts.stall),
            _ => None,
        };
        let timeout_while_quiet = timeout_while_quiet.map(|timeout| self.since + timeout);
        let stalled = self.stalled.map(|since| since + timeouts.stall);
        timeout_while_quiet.into_iter().chain(stalled).min()
    }
}

/// Shared record of what a connection is doing. Its socket and requests write it, and the accept loop reads it.
#[derive(Clone)]
pub(super) struct ConnectionActivity(Arc<watch::Sender<ActivityState>>);

impl ConnectionActivity {
    /// Creates the record of a connection that has just been accepted.
    pub(super) fn of_new_connection() -> Self {
        let state = ActivityState {
            running: 0,
            answering: 0,
            receiving: 0,
            head: true,
            http2: false,
            since: Instant::now(),
            stalled: None,
            evicted: false,
        };
        Self(Arc::new(watch::Sender::new(state)))
    }

    /// Returns whether the connection uses HTTP/2.
    pub(super) fn is_http2(&self) -> bool {
        self.0.borrow().http2
    }

    /// Returns since when the server waits for the client. Returns `None` while a request handler is running.
    pub(super) fn start_of_wait_for_client(&self) -> Option<Instant> {
        self.0.borrow().start_of_wait_for_client()
    }

    /// Closes the connection if the server is waiting for the client. Returns `false` and leaves the connection open
    /// if a request handler is running.
    pub(super) fn evict_connection_if_waiting_for_client(&self) -> bool {
        self.0.send_if_modified(|state| {
            let waits = state.start_of_wait_for_client().is_some();
            state.evicted |= waits;
            waits
        })
    }

    /// Records that a complete request head was received. The request counts as running until the returned guard is
    /// dropped.
    pub(super) fn begin_request(&self, version: Version) -> RunningRequest {
        self.0.send_modify(|state| {
            state.running += 1;
            state.answering += 1;
            state.head = false;
            state.since = Instant::now();
            state.http2 = version == Version::HTTP_2;
        });
        RunningRequest {
            activity: self.clone(),
            answered: false,
        }
    }

    /// Records that a request body has started to arrive. It counts as arriving until the returned guard is dropped.
    pub(super) fn record_start_of_request_body(&self) -> ArrivingBody {
        self.0.send_modify(|state| state.receiving += 1);
        ArrivingBody(self.clone())
    }

    /// Records that bytes were received from the socket.
    pub(super) fn record_received_bytes(&self) {
        self.0.send_if_modified(|state| {
            let head_begins = state.running == 0 && !state.head && !state.http2;
            if head_begins {
                state.head = true;
                state.since = Instant::now();
            }
            head_begins
        });
    }

    /// Records that bytes were written to the socket.
    pub(super) fn record_socket_write(&self) {
        // This only moves the deadline back, so `wait_until_connection_must_close` need not wake up.
        self.0.send_if_modified(|state| {
            state.stalled = None;
            false
        });
    }

    /// Records that a write to the socket would block, because the client reads too slowly.
    pub(super) fn record_blocked_socket_write(&self) {
        self.0.send_if_modified(|state| {
            let stall_begins = state.stalled.is_none();
            state.stalled.get_or_insert_with(Instant::now);
            stall_begins
        });
    }

    /// Waits until the connection must be closed, and returns the reason.
    ///
    /// `idle` returns the current timeout of idle connections, which shrinks as more connections are open.
    pub(super) async fn wait_until_connection_must_close(
        self,
        timeouts: ConnectionTimeouts,
        idle: impl Fn(Duration) -> Duration,
    ) -> ConnectionEnd {
        let mut changes = self.0.subscribe();
        loop {
            let state = *changes.borrow_and_update();
            if state.evicted {
                return ConnectionEnd::Evicted;
            }
            let timeouts = ConnectionTimeouts {
                idle: idle(timeouts.idle),
                ..timeouts
            };
            let Some(deadline) = state.next_deadline(timeouts) else {
                // An error means that the sender was dropped. `self` holds the sender.
                let _ = changes.changed().await;
                continue;
            };
            let now = Instant::now();
            if deadline <= now {
                return ConnectionEnd::TimedOut;
            }
            let next_look = deadline.min(now + SHORTEST_IDLE);
            let _ = tokio::time::timeout_at(next_look, changes.changed()).await;
        }
    }
}

/// The reason why the server closes a connection.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum ConnectionEnd {
    TimedOut,
    /// Another connection needs the place of this one.
    Evicted,
}

/// The timeout of idle connections when the maximum number of connections is open. It is also the maximum delay until
/// an idle connection notices a changed timeout.
pub(super) const SHORTEST_IDLE: Duration = Duration::from_secs(5);

/// Returns the timeout of idle connections: `longest` while at most half of `max_connections` are open, then falling
/// linearly to [`SHORTEST_IDLE`] when all are open.
pub(super) fn calculate_idle_timeout(
    longest: Duration,
    open_connections: usize,
    max_connections: usize,
) -> Duration {
    let shortest = SHORTEST_IDLE.min(longest);
    let half = max_connections / 2;
    let excess = u32::try_from(open_connections.saturating_sub(half)).unwrap_or(u32::MAX);
    let range = u32::try_from((max_connections - half).max(1)).unwrap_or(u32::MAX);
    longest.saturating_sub(shortest) * range.saturating_sub(excess) / range + shortest
}

/// Guard of a request body that is still arriving. Dropping it records that the body is complete.
pub(super) struct ArrivingBody(ConnectionActivity);

impl Drop for ArrivingBody {
    fn drop(&mut self) {
        self.0.0.send_modify(|state| state.receiving -= 1);
    }
}

/// Guard of a running request. Dropping it records that its response has ended.
pub(super) struct RunningRequest {
    activity: ConnectionActivity,
    answered: bool,
}

impl RunningRequest {
    /// Records that the response to this request has begun.
    pub(super) fn record_start_of_response(&mut self) {
        self.answered = true;
        self.activity.0.send_modify(|state| {
            state.answering -= 1;
            state.since = Instant::now();
        });
    }

    /// Records that the client has read a part of the response. Called when hyper asks for the next part.
    pub(super) fn record_response_progress(&self) {
        // This only moves the deadline back, so `wait_until_connection_must_close` need not wake up.
        self.activity.0.send_if_modified(|state| {
            state.since = Instant::now();
            false
        });
    }
}

impl Drop for RunningRequest {
    fn drop(&mut self) {
        self.activity.0.send_modify(|state| {
            state.running -= 1;
            state.answering -= usize::from(!self.answered);
            state.since = Instant::now();
        });
    }
}

#[cfg(test)]
#[path = "connection_activity_tests.rs"]
mod tests;
