//! Streams of server-sent events that show a browser the delivery status of its code.

pub mod stream_limit;

use std::convert::Infallible;
use std::time::Duration;

use axum::http::{HeaderName, header};
use axum::response::sse::{Event, KeepAlive, Sse};
use axum::response::{IntoResponse as _, Response};
use tokio::sync::broadcast::Receiver;
use tokio::sync::broadcast::error::RecvError;
use tokio::sync::mpsc;
use tokio::time::Instant;
use tokio_stream::Stream;
use tokio_stream::wrappers::ReceiverStream;
use tracing::Instrument as _;

use crate::auth::entry::live_status::{self, StatusSnapshot};
use crate::context::RequestContext;
use crate::context::SharedAppState;
use crate::event_stream::stream_limit::StreamLimit;
use crate::store::StoreError;
use crate::store::change_feed::Change;
use domain::{LiveStatus, Purpose, Timestamp};

/// The longest duration of a stream. After it the server ends the stream, and the browser opens another.
const MAX_AGE: Duration = Duration::from_mins(15);
/// How often the status is read while no change is reported.
const POLL_INTERVAL: Duration = Duration::from_secs(5);
/// The shortest time between two reads of the status.
const MIN_READ_INTERVAL: Duration = Duration::from_millis(250);
/// The interval between comments in a stream, which keep proxies from closing it as idle.
const HEARTBEAT: Duration = Duration::from_secs(15);
/// Seconds after which a client may retry when a limit was reached.
pub const RETRY_SECS: u64 = 5;
/// The delay after which a browser reconnects.
const RECONNECT_DELAY: Duration = Duration::from_secs(2);
/// The delay after which a browser reconnects when a newer stream has replaced its stream.
const DELAY_AFTER_REPLACEMENT: Duration = Duration::from_mins(1);
/// Maximum number of buffered events of one stream. The server ends the stream of a client that reads too slowly.
const EVENT_CHANNEL_CAPACITY: usize = 4;

/// The reason why an event stream was not opened.
#[derive(Debug, thiserror::Error)]
pub enum StreamError {
    #[error("event stream refused: the flow does not exist or belongs to another client")]
    FlowNotFound,
    /// The flow or the session has reached its limit of open streams. The client may retry after [`RETRY_SECS`].
    #[error("event stream refused: the flow or session has too many open event streams")]
    LimitReached { status: LiveStatus },
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// Opens a server-sent event stream with the status of the request's flow, which is running or has just ended.
pub async fn open_status_stream(
    app: &SharedAppState,
    limit: &StreamLimit,
    context: RequestContext,
    purpose: Purpose,
) -> Result<Response, StreamError> {
    // Subscribes before the first read, so that no change is missed.
    let changes = app.change_feed.subscribe_to_changes();
    let snapshot = live_status::read_code_form_status_of_request(app, &context, purpose).await?;
    let snapshot = snapshot.ok_or(StreamError::FlowNotFound)?;
    let permit =
        limit
            .acquire_stream_permit(&context, purpose)
            .ok_or(StreamError::LimitReached {
                status: snapshot.status,
            })?;
    let app = SharedAppState::clone(app);
    let counted = app.metrics.node.count_open_event_stream();
    let (sender, receiver) = mpsc::channel(EVENT_CHANNEL_CAPACITY);
    let stream = async move {
        tokio::select! {
            () = send_flow_status_events(&app, &context, purpose, snapshot, changes, &sender) => {}
            () = permit.wait_until_stream_is_replaced() => drop(sender.try_send(Ok(create_event_for_replaced_stream()))),
        }
        drop(counted);
    };
    tokio::spawn(stream.in_current_span());
    Ok(event_stream_response(ReceiverStream::new(receiver)))
}

/// Returns an event stream with a single event, which says that the flow has ended.
///
/// Replaces a 404 response, which would log an error in the browser's console.
pub fn event_stream_response_for_ended_flow() -> Response {
    event_stream_response_with_final_status(LiveStatus::Ended)
}

/// Returns an event stream with a single event, the final status of a flow or of a payment without a flow.
pub fn event_stream_response_with_final_status(status: LiveStatus) -> Response {
    event_stream_response_with_one_status(status, RECONNECT_DELAY)
}

/// Returns an event stream with only the current status, for a flow or session at its limit of open streams.
///
/// The browser reconnects after [`RETRY_SECS`]. Replaces a 429 response, after which a browser never reconnects ([HTML]
/// section 9.2.2).
///
/// [HTML]: https://html.spec.whatwg.org/multipage/server-sent-events.html
pub fn event_stream_response_at_stream_limit(status: LiveStatus) -> Response {
    event_stream_response_with_one_status(status, Duration::from_secs(RETRY_SECS))
}

/// Returns an event stream that ends after one status event, with the delay after which the browser reconnects.
fn event_stream_response_with_one_status(
    status: LiveStatus,
    reconnect_after: Duration,
) -> Response {
    event_stream_response(tokio_stream::once(Ok(create_status_event(
        status,
        reconnect_after,
    ))))
}

/// Returns an HTTP response that streams these server-sent events.
fn event_stream_response(
    events: impl Stream<Item = Result<Event, Infallible>> + Send + 'static,
) -> Response {
    let events = Sse::new(events)
        .keep_alive(KeepAlive::new().interval(HEARTBEAT))
        .into_response();
    let headers = [
        (header::CACHE_CONTROL, "no-store"),
        // Prevents nginx from buffering the events.
        (HeaderName::from_static("x-accel-buffering"), "no"),
    ];
    (headers, events).into_response()
}

/// The sending end of the channel whose events an event stream sends to the client.
type Sender = mpsc::Sender<Result<Event, Infallible>>;

/// Sends the status of a verification flow to its event stream: now, after each change, and for each new message.
///
/// Ends when the status is final.
async fn send_flow_status_events(
    app: &SharedAppState,
    context: &RequestContext,
    purpose: Purpose,
    mut snapshot: StatusSnapshot,
    mut changes: Receiver<Change>,
    sender: &Sender,
) {
    let end = Instant::now() + MAX_AGE;
    let mut sent = None;
    loop {
        // A new message can have the status of the last one.
        let current = (snapshot.status, snapshot.sent_at);
        if sent != Some(current) {
            sent = Some(current);
            let event = create_status_event(snapshot.status, RECONNECT_DELAY);
            if sender.try_send(Ok(event)).is_err() {
                return;
            }
        }
        if snapshot.status.is_last_in_event_stream() {
            return;
        }
        tokio::select! {
            () = app.change_feed.wait_until_closed() => return,
            () = sender.closed() => return,
            () = tokio::time::sleep_until(end) => return,
            () = tokio::time::sleep(time_until_next_status_read(snapshot.until, app.now())) => {}
            () = wait_for_change_of_flow(&snapshot, &mut changes) => tokio::time::sleep(MIN_READ_INTERVAL).await,
        }
        snapshot = match live_status::read_code_form_status_of_request(app, context, purpose).await
        {
            Ok(Some(snapshot)) => snapshot,
            // The user has signed out, or the flow token no longer belongs to this context.
            Ok(None) => {
                let _ =
                    sender.try_send(Ok(create_status_event(LiveStatus::Ended, RECONNECT_DELAY)));
                return;
            }
            // The database is unreachable; the next read may succeed.
            Err(_) => continue,
        };
    }
}

/// Returns the time until the status of a flow is read again, if no change is reported earlier.
///
/// `expires_at` is the time at which the current status expires, for example because the code expires.
fn time_until_next_status_read(expires_at: Option<Timestamp>, now: Timestamp) -> Duration {
    expires_at.map_or(POLL_INTERVAL, |expires_at| {
        let left = expires_at.as_millis().saturating_sub(now.as_millis());
        Duration::from_millis(u64::try_from(left).unwrap_or(0))
            .clamp(MIN_READ_INTERVAL, POLL_INTERVAL)
    })
}

/// Waits for a database change that affects the flow of this status snapshot.
async fn wait_for_change_of_flow(snapshot: &StatusSnapshot, changes: &mut Receiver<Change>) {
    loop {
        match changes.recv().await {
            Ok(change) if snapshot.may_be_outdated_by_change(&change) => return,
            Ok(_) => {}
            // This stream missed changes, so it must read the status.
            Err(RecvError::Lagged(_)) => return,
            Err(RecvError::Closed) => return std::future::pending().await,
        }
    }
}

/// Creates the last event of a stream that a newer stream has replaced.
///
/// The event tells the browser to reconnect only after a longer delay (`retry`).
fn create_event_for_replaced_stream() -> Event {
    Event::default()
        .comment("a newer stream takes the place of this one")
        .retry(DELAY_AFTER_REPLACEMENT)
}

/// Creates the event that reports a status to the browser.
///
/// The event contains the delay (`retry`) after which the browser reconnects.
fn create_status_event(status: LiveStatus, reconnect_after: Duration) -> Event {
    let data = serde_json::to_string(&status).unwrap_or_default();
    Event::default()
        .event("status")
        .data(data)
        .retry(reconnect_after)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn flow_status_is_read_again_when_the_status_expires() {
        let now = Timestamp::from_millis(1_767_225_600_000);
        let wait = |left| time_until_next_status_read(Some(now + Duration::from_millis(left)), now);
        assert_eq!(wait(60_000), POLL_INTERVAL);
        assert_eq!(wait(1_700), Duration::from_millis(1_700));
        // Two reads are at least the shortest interval apart.
        assert_eq!(wait(0), MIN_READ_INTERVAL);
        assert_eq!(
            time_until_next_status_read(Some(now - POLL_INTERVAL), now),
            MIN_READ_INTERVAL
        );
        assert_eq!(time_until_next_status_read(None, now), POLL_INTERVAL);
    }
}
