//! Timeouts of one connection: for a request head, for an idle connection and for a client that reads nothing.
//!
//! hyper's own timer starts at the end of the last response. It cannot distinguish the idle connection of a proxy, which
//! should stay open, from a slow request head, which should not. Before hyper knows the protocol it has no timer at all.

use std::sync::Arc;
use std::time::Duration;

use axum::http::Version;
use tokio::sync::watch;
use tokio::time::Instant;

#[derive(Debug, Clone, Copy)]
pub(super) struct ConnectionTimeouts {
    /// From the start of the connection, or from the first byte of a later head, to the end of the head.
    pub(super) head: Duration,
    /// From one response to the next request.
    pub(super) idle: Duration,
    /// While the client accepts no more bytes of a response.
    pub(super) stall: Duration,
}

#[derive(Debug, Clone, Copy)]
struct State {
    /// Requests that are being answered.
    running: usize,
    received_request: bool,
    /// Whether a request head may be arriving. On HTTP/2 the protocol itself sends bytes, so there this stays `false`
    /// after the first request.
    head: bool,
    http2: bool,
    since: Instant,
    stalled: Option<Instant>,
}

impl State {
    fn deadline(&self, timeouts: ConnectionTimeouts) -> Option<Instant> {
        let timeout = if self.head {
            timeouts.head
        } else {
            timeouts.idle
        };
        let quiet = (self.running == 0).then(|| self.since + timeout);
        let stalled = self.stalled.map(|since| since + timeouts.stall);
        quiet.into_iter().chain(stalled).min()
    }
}

/// The state of one connection, shared by its socket, its requests and the accept loop.
#[derive(Clone)]
pub(super) struct ConnectionActivity(Arc<watch::Sender<State>>);

impl ConnectionActivity {
    pub(super) fn new() -> Self {
        let state = State {
            running: 0,
            received_request: false,
            head: true,
            http2: false,
            since: Instant::now(),
            stalled: None,
        };
        Self(Arc::new(watch::Sender::new(state)))
    }

    pub(super) fn is_http2(&self) -> bool {
        self.0.borrow().http2
    }

    /// Whether the connection has sent a complete request head.
    pub(super) fn has_received_request(&self) -> bool {
        self.0.borrow().received_request
    }

    /// Records that a request head is complete. The request runs until the returned value is dropped.
    pub(super) fn begin_request(&self, version: Version) -> RunningRequest {
        self.0.send_modify(|state| {
            state.running += 1;
            state.received_request = true;
            state.head = false;
            state.http2 = version == Version::HTTP_2;
        });
        RunningRequest(self.clone())
    }

    /// Records that the socket delivered bytes.
    pub(super) fn bytes_received(&self) {
        self.0.send_if_modified(|state| {
            let head_begins = state.running == 0 && !state.head && !state.http2;
            if head_begins {
                state.head = true;
                state.since = Instant::now();
            }
            head_begins
        });
    }

    /// Records that the socket accepted bytes.
    pub(super) fn bytes_sent(&self) {
        // This only moves the deadline back, so `wait_for_timeout` need not wake up.
        self.0.send_if_modified(|state| {
            state.stalled = None;
            if !state.head {
                state.since = Instant::now();
            }
            false
        });
    }

    /// Records that the socket accepts no more bytes.
    pub(super) fn write_blocked(&self) {
        self.0.send_if_modified(|state| {
            let stall_begins = state.stalled.is_none();
            state.stalled.get_or_insert_with(Instant::now);
            stall_begins
        });
    }

    /// Returns once one of the timeouts has passed.
    pub(super) async fn wait_for_timeout(self, timeouts: ConnectionTimeouts) {
        let mut changes = self.0.subscribe();
        loop {
            let deadline = changes.borrow_and_update().deadline(timeouts);
            let Some(deadline) = deadline else {
                // An error means that the sender was dropped. `self` holds the sender.
                let _ = changes.changed().await;
                continue;
            };
            if deadline <= Instant::now() {
                return;
            }
            let _ = tokio::time::timeout_at(deadline, changes.changed()).await;
        }
    }
}

/// A request that is being answered. Dropping it ends the request.
pub(super) struct RunningRequest(ConnectionActivity);

impl Drop for RunningRequest {
    fn drop(&mut self) {
        self.0.0.send_modify(|state| {
            state.running -= 1;
            state.since = Instant::now();
        });
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const TIMEOUTS: ConnectionTimeouts = ConnectionTimeouts {
        head: Duration::from_secs(10),
        idle: Duration::from_secs(75),
        stall: Duration::from_secs(30),
    };

    fn secs_to_deadline(activity: &ConnectionActivity) -> Option<u64> {
        let state = *activity.0.borrow();
        // Rounded, because time passes between the event and this call.
        let deadline = state.deadline(TIMEOUTS)?;
        Some((deadline - Instant::now() + Duration::from_millis(500)).as_secs())
    }

    #[test]
    fn request_head_has_a_shorter_timeout_than_an_idle_connection() {
        let activity = ConnectionActivity::new();
        assert_eq!(secs_to_deadline(&activity), Some(10));
        let running = activity.begin_request(Version::HTTP_11);
        assert_eq!(secs_to_deadline(&activity), None);
        drop(running);
        assert_eq!(secs_to_deadline(&activity), Some(75));
        activity.bytes_received();
        assert_eq!(secs_to_deadline(&activity), Some(10));
    }

    #[test]
    fn more_bytes_of_a_request_head_do_not_extend_its_timeout() {
        let activity = ConnectionActivity::new();
        let since = activity.0.borrow().since;
        activity.bytes_received();
        activity.bytes_sent();
        assert_eq!(activity.0.borrow().since, since);
    }

    #[test]
    fn http2_connection_has_only_the_idle_timeout() {
        let activity = ConnectionActivity::new();
        let first = activity.begin_request(Version::HTTP_2);
        let second = activity.begin_request(Version::HTTP_2);
        drop(first);
        assert_eq!(secs_to_deadline(&activity), None);
        drop(second);
        activity.bytes_received();
        assert_eq!(secs_to_deadline(&activity), Some(75));
    }

    #[test]
    fn stall_timeout_applies_while_a_request_runs() {
        let activity = ConnectionActivity::new();
        let _running = activity.begin_request(Version::HTTP_11);
        activity.write_blocked();
        assert_eq!(secs_to_deadline(&activity), Some(30));
        activity.bytes_sent();
        assert_eq!(secs_to_deadline(&activity), None);
    }
}
