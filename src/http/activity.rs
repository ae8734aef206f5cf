//! How long one connection may do nothing, say too little, or not listen.
//!
//! hyper's own timer starts at the end of the last response, so it cannot tell a proxy's idle connection, which should
//! live, from a head that trickles in, which should not; and until it knows the protocol it has no timer at all.

use std::sync::Arc;
use std::time::Duration;

use axum::http::Version;
use tokio::sync::watch;
use tokio::time::Instant;

/// The patience with one connection.
#[derive(Debug, Clone, Copy)]
pub(super) struct Patience {
    /// From the first byte of a head, or from the connection, to the end of the head.
    pub(super) head: Duration,
    /// From one response to the next request.
    pub(super) idle: Duration,
    /// For a reader that takes no more bytes.
    pub(super) stall: Duration,
}

#[derive(Debug, Clone, Copy)]
struct State {
    running: usize,
    /// No request has come yet.
    new: bool,
    /// Whether a head may be on its way. HTTP/2 sends bytes of its own, so there only idleness is measured.
    head: bool,
    http2: bool,
    since: Instant,
    stalled: Option<Instant>,
}

impl State {
    fn overdue_at(&self, patience: Patience) -> Option<Instant> {
        let quiet = if self.head {
            patience.head
        } else {
            patience.idle
        };
        let quiet = (self.running == 0).then(|| self.since + quiet);
        let stalled = self.stalled.map(|since| since + patience.stall);
        quiet.into_iter().chain(stalled).min()
    }
}

/// What is going on on one connection, shared by its socket, its requests and its watcher.
#[derive(Clone)]
pub(super) struct Activity(Arc<watch::Sender<State>>);

impl Activity {
    pub(super) fn new() -> Self {
        let state = State {
            running: 0,
            new: true,
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

    /// Whether nothing but promises has come so far.
    pub(super) fn is_new(&self) -> bool {
        self.0.borrow().new
    }

    /// A request has arrived in full. It runs until the returned value is dropped.
    pub(super) fn begin(&self, version: Version) -> Running {
        self.0.send_modify(|state| {
            state.running += 1;
            state.new = false;
            state.head = false;
            state.http2 = version == Version::HTTP_2;
        });
        Running(self.clone())
    }

    pub(super) fn received(&self) {
        self.0.send_if_modified(|state| {
            let begins = state.running == 0 && !state.head && !state.http2;
            if begins {
                state.head = true;
                state.since = Instant::now();
            }
            begins
        });
    }

    pub(super) fn sent(&self) {
        // Only ever gives more time, so nobody needs to be woken.
        self.0.send_if_modified(|state| {
            state.stalled = None;
            if !state.head {
                state.since = Instant::now();
            }
            false
        });
    }

    pub(super) fn stuck(&self) {
        self.0.send_if_modified(|state| {
            let begins = state.stalled.is_none();
            state.stalled.get_or_insert_with(Instant::now);
            begins
        });
    }

    /// Ends when the connection has used up our patience.
    pub(super) async fn overdue(self, patience: Patience) {
        let mut changes = self.0.subscribe();
        loop {
            let at = changes.borrow_and_update().overdue_at(patience);
            let Some(at) = at else {
                // The sender lives as long as `self`, so this can only be news.
                let _ = changes.changed().await;
                continue;
            };
            if at <= Instant::now() {
                return;
            }
            let _ = tokio::time::timeout_at(at, changes.changed()).await;
        }
    }
}

/// A request that is being answered.
pub(super) struct Running(Activity);

impl Drop for Running {
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

    const PATIENCE: Patience = Patience {
        head: Duration::from_secs(10),
        idle: Duration::from_secs(75),
        stall: Duration::from_secs(30),
    };

    fn overdue_after(activity: &Activity) -> Option<u64> {
        let state = *activity.0.borrow();
        // Rounded, because a moment passes between the event and the look at it.
        let at = state.overdue_at(PATIENCE)?;
        Some((at - Instant::now() + Duration::from_millis(500)).as_secs())
    }

    #[test]
    fn a_head_gets_less_time_than_an_idle_connection() {
        let activity = Activity::new();
        assert_eq!(overdue_after(&activity), Some(10));
        let running = activity.begin(Version::HTTP_11);
        assert_eq!(overdue_after(&activity), None);
        drop(running);
        assert_eq!(overdue_after(&activity), Some(75));
        activity.received();
        assert_eq!(overdue_after(&activity), Some(10));
    }

    #[test]
    fn more_bytes_of_a_head_give_no_more_time() {
        let activity = Activity::new();
        let since = activity.0.borrow().since;
        activity.received();
        activity.sent();
        assert_eq!(activity.0.borrow().since, since);
    }

    #[test]
    fn on_http2_only_idleness_counts() {
        let activity = Activity::new();
        let first = activity.begin(Version::HTTP_2);
        let second = activity.begin(Version::HTTP_2);
        drop(first);
        assert_eq!(overdue_after(&activity), None);
        drop(second);
        activity.received();
        assert_eq!(overdue_after(&activity), Some(75));
    }

    #[test]
    fn a_reader_that_takes_nothing_is_overdue_while_its_request_runs() {
        let activity = Activity::new();
        let _running = activity.begin(Version::HTTP_11);
        activity.stuck();
        assert_eq!(overdue_after(&activity), Some(30));
        activity.sent();
        assert_eq!(overdue_after(&activity), None);
    }
}
