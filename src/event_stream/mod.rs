//! Tells an open code entry how its message fares, by server-sent events (security.md, A14).

pub mod capacity;

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

use crate::auth::entry::live_status::{self, StatusSnapshot};
use crate::context::RequestContext;
use crate::context::SharedAppState;
use crate::event_stream::capacity::Streams;
use crate::store::StoreError;
use crate::store::change_feed::Change;
use domain::{LiveStatus, Purpose, Timestamp};

/// After this long a browser connects anew.
const MAX_AGE: Duration = Duration::from_mins(15);
/// How often it is looked at although nothing told of a change.
const FALLBACK: Duration = Duration::from_secs(5);
/// Between two looks, however much happens.
const GAP: Duration = Duration::from_millis(250);
const HEARTBEAT: Duration = Duration::from_secs(15);
/// When to come back for a stream there was no room for.
pub const RETRY_SECS: u64 = 5;
const RETRY: Duration = Duration::from_secs(2);
/// Events on their way to a reader; one who leaves more of them lying is dropped.
const BUFFER: usize = 4;

/// Why there is nothing to listen to.
#[derive(Debug, thiserror::Error)]
pub enum NoStream {
    #[error("this context has no such flow")]
    NotFound,
    /// Worth trying again in [`RETRY_SECS`].
    #[error("the flow, its context or the house has all the streams it may")]
    TooMany,
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// The events of a context's flow, live or just over.
pub async fn stream(
    app: &SharedAppState,
    streams: &Streams,
    context: RequestContext,
    purpose: Purpose,
) -> Result<Response, NoStream> {
    // Before the first look, so that nothing falls between.
    let changes = app.change_feed.subscribe();
    let look = live_status::read(app, &context, purpose).await?;
    let look = look.ok_or(NoStream::NotFound)?;
    let seat = streams.sit(&context, purpose).ok_or(NoStream::TooMany)?;
    let app = SharedAppState::clone(app);
    let (sender, receiver) = mpsc::channel(BUFFER);
    tokio::spawn(async move {
        follow(&app, &context, purpose, look, changes, &sender).await;
        drop(seat);
    });
    Ok(respond(ReceiverStream::new(receiver)))
}

/// A stream that says only that there is nothing to hear: a browser that is answered 404 complains
/// to its console, and a page does not know where to go.
pub fn ended() -> Response {
    respond(tokio_stream::once(Ok(event(LiveStatus::Ended))))
}

fn respond(events: impl Stream<Item = Result<Event, Infallible>> + Send + 'static) -> Response {
    let events = Sse::new(events)
        .keep_alive(KeepAlive::new().interval(HEARTBEAT))
        .into_response();
    let headers = [
        (header::CACHE_CONTROL, "no-store"),
        // For proxies that would collect them first (nginx).
        (HeaderName::from_static("x-accel-buffering"), "no"),
    ];
    (headers, events).into_response()
}

type Sender = mpsc::Sender<Result<Event, Infallible>>;

/// Says how things stand, and again whenever that changes, until they stand for good.
async fn follow(
    app: &SharedAppState,
    context: &RequestContext,
    purpose: Purpose,
    mut look: StatusSnapshot,
    mut changes: Receiver<Change>,
    sender: &Sender,
) {
    let end = Instant::now() + MAX_AGE;
    let mut said = None;
    loop {
        if said != Some(look.status) {
            said = Some(look.status);
            if sender.try_send(Ok(event(look.status))).is_err() {
                return;
            }
        }
        if look.status.is_last() {
            return;
        }
        tokio::select! {
            () = app.change_feed.closed() => return,
            () = sender.closed() => return,
            () = tokio::time::sleep_until(end) => return,
            () = tokio::time::sleep(until_next_look(look.until, app.now())) => {}
            () = touched(&look, &mut changes) => tokio::time::sleep(GAP).await,
        }
        look = match live_status::read(app, context, purpose).await {
            Ok(Some(look)) => look,
            // Signed out, or the handle is another's by now (SSE-02).
            Ok(None) => {
                let _ = sender.try_send(Ok(event(LiveStatus::Ended)));
                return;
            }
            // The database is away: the next look tells.
            Err(_) => continue,
        };
    }
}

/// How long nothing is looked at although nothing told of a change: what ends by time is told then
/// and not at some round later (SSE-02).
fn until_next_look(end: Option<Timestamp>, now: Timestamp) -> Duration {
    end.map_or(FALLBACK, |end| {
        let left = end.as_millis().saturating_sub(now.as_millis());
        Duration::from_millis(u64::try_from(left).unwrap_or(0)).clamp(GAP, FALLBACK)
    })
}

/// Resolves once something changed that the look was about.
async fn touched(look: &StatusSnapshot, changes: &mut Receiver<Change>) {
    loop {
        match changes.recv().await {
            Ok(change) if look.is_affected_by(&change) => return,
            Ok(_) => {}
            // Too many to have read them all.
            Err(RecvError::Lagged(_)) => return,
            Err(RecvError::Closed) => return std::future::pending().await,
        }
    }
}

fn event(status: LiveStatus) -> Event {
    let data = serde_json::to_string(&status).unwrap_or_default();
    Event::default().event("status").data(data).retry(RETRY)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// SSE-02
    #[test]
    fn an_end_by_time_is_not_left_to_the_next_round() {
        let now = Timestamp::from_millis(1_767_225_600_000);
        let pause = |left| until_next_look(Some(now + Duration::from_millis(left)), now);
        assert_eq!(pause(60_000), FALLBACK);
        assert_eq!(pause(1_700), Duration::from_millis(1_700));
        // Never one look after the other.
        assert_eq!(pause(0), GAP);
        assert_eq!(until_next_look(Some(now - FALLBACK), now), GAP);
        assert_eq!(until_next_look(None, now), FALLBACK);
    }
}
