//! The control API under `/_simulator/`: JSON for tests in any language.

use std::convert::Infallible;
use std::time::Duration;

use axum::body::Bytes;
use axum::extract::rejection::QueryRejection;
use axum::extract::{Query, State};
use axum::response::sse::{Event as SseEvent, KeepAlive, Sse};
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};
use axum::{Json, Router};
use http::{HeaderMap, StatusCode};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use tokio_stream::wrappers::BroadcastStream;
use tokio_stream::{Stream, StreamExt};

use crate::clock::rfc3339_millis;
use crate::faults;
use crate::inbox::{InboxEvent, InboxFilter, Item, ItemKind, SentItem};
use crate::simulator::Simulator;

/// The longest `wait`, in seconds.
const MAX_WAIT_SECS: u64 = 60;
/// Interval of comments on an idle event stream, so that proxies keep it open.
const HEARTBEAT: Duration = Duration::from_secs(15);

/// Returns the control routes.
pub(crate) fn routes() -> Router<Simulator> {
    Router::new()
        .route("/_simulator", get(index))
        .route("/_simulator/", get(index))
        .route("/_simulator/messages", get(messages))
        .route("/_simulator/mails", get(mails))
        .route("/_simulator/events", get(events))
        .route("/_simulator/clock", post(advance_clock).get(show_clock))
        .route(
            "/_simulator/faults",
            get(show_faults).put(set_faults).delete(clear_faults),
        )
        .route("/_simulator/ledger", get(show_ledger).delete(clear_ledger))
        .route("/_simulator/magic", get(show_magic))
        .route("/_simulator/webhooks", get(show_webhooks).put(set_webhooks))
        .route("/_simulator/state", axum::routing::delete(reset))
}

/// Rejects an unknown path. `path_exists`: the path has another method.
pub(crate) fn reject(path_exists: bool) -> Response {
    if path_exists {
        return ControlError(
            StatusCode::METHOD_NOT_ALLOWED,
            "method not allowed".to_owned(),
        )
        .into_response();
    }
    ControlError(
        StatusCode::NOT_FOUND,
        "no such path; see /_simulator".to_owned(),
    )
    .into_response()
}

/// The error response of a control call: `{"error": "…"}`.
pub(crate) struct ControlError(pub(crate) StatusCode, pub(crate) String);

impl ControlError {
    fn bad_request(error: impl Into<String>) -> Self {
        Self(StatusCode::BAD_REQUEST, error.into())
    }
}

impl IntoResponse for ControlError {
    fn into_response(self) -> Response {
        (self.0, Json(json!({ "error": self.1 }))).into_response()
    }
}

async fn index() -> Json<Value> {
    Json(json!({
        "GET /_simulator/messages?to=&since=&after=&wait=": "messages, newest last; since is RFC 3339, after an id; wait holds for up to 60 s",
        "GET /_simulator/mails?to=&since=&after=&wait=": "mails, in the same way",
        "GET /_simulator/events?to=": "messages and mails, live (server-sent events)",
        "GET /_simulator/clock": "the simulator's time",
        "POST /_simulator/clock {\"advance_secs\": 301}": "moves it ahead",
        "GET /_simulator/faults": "faults not yet used up",
        "PUT /_simulator/faults [{\"on\": \"check\", \"kind\": \"drop_after\", \"times\": 1}]": "sets the script of faults; on create, check, update, fetch, message, mail",
        "DELETE /_simulator/faults": "clears it",
        "GET /_simulator/ledger": "every provider call received, in order",
        "DELETE /_simulator/ledger": "forgets the calls",
        "GET /_simulator/magic": "numbers that answer a documented error",
        "GET /_simulator/webhooks": "webhooks sent: each try and its answer",
        "PUT /_simulator/webhooks {\"copies\": 3, \"reversed\": true}": "sends each of them so often, the last of a message first",
        "DELETE /_simulator/state": "forgets everything and resets the clock",
    }))
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct InboxQuery {
    to: Option<String>,
    since: Option<String>,
    after: Option<u64>,
    wait: Option<u64>,
}

impl InboxQuery {
    fn filter(&self, kind: Option<ItemKind>) -> Result<InboxFilter, ControlError> {
        let to = self.to.as_deref();
        Ok(InboxFilter {
            kind,
            to: match kind {
                Some(ItemKind::Mails) => to.map(|to| to.trim().to_owned()),
                Some(ItemKind::Messages) | None => to.map(phone_number).transpose()?,
            },
            since_millis: self.since.as_deref().map(unix_millis).transpose()?,
            after_id: self.after,
        })
    }
}

/// Parses a phone number. An unescaped `+` arrives as a space, so `+` may also be missing.
fn phone_number(text: &str) -> Result<String, ControlError> {
    let digits = text.trim().trim_start_matches('+');
    if digits.is_empty() || !digits.bytes().all(|digit| digit.is_ascii_digit()) {
        return Err(ControlError::bad_request(
            "\"to\" must be a phone number such as %2B14155550142",
        ));
    }
    Ok(format!("+{digits}"))
}

/// Parses an RFC 3339 time. A space in it is an unescaped `+` of the offset.
fn unix_millis(text: &str) -> Result<i64, ControlError> {
    text.replace(' ', "+")
        .parse::<Timestamp>()
        .map(Timestamp::as_millisecond)
        .map_err(|_| {
            ControlError::bad_request(
                "\"since\" must be an RFC 3339 time such as 2026-03-02T09:15:04Z",
            )
        })
}

type QueryResult = Result<Query<InboxQuery>, QueryRejection>;

async fn messages(
    State(simulator): State<Simulator>,
    query: QueryResult,
) -> Result<Response, ControlError> {
    listed(&simulator, query, ItemKind::Messages).await
}

async fn mails(
    State(simulator): State<Simulator>,
    query: QueryResult,
) -> Result<Response, ControlError> {
    listed(&simulator, query, ItemKind::Mails).await
}

async fn listed(
    simulator: &Simulator,
    query: QueryResult,
    kind: ItemKind,
) -> Result<Response, ControlError> {
    let Query(query) = query.map_err(|e| ControlError::bad_request(e.body_text()))?;
    let wait = Duration::from_secs(query.wait.unwrap_or(0).min(MAX_WAIT_SECS));
    let filter = query.filter(Some(kind))?;
    let found = simulator.inbox().wait_for(&filter, wait).await;
    Ok(Json(found.iter().map(|sent| &sent.item).collect::<Vec<&Item>>()).into_response())
}

/// Streams messages and mails as server-sent events. The stream begins with the next item, or after
/// the `Last-Event-ID` of a client that reconnects.
async fn events(
    State(simulator): State<Simulator>,
    headers: HeaderMap,
    query: QueryResult,
) -> Result<Sse<impl Stream<Item = Result<SseEvent, Infallible>>>, ControlError> {
    let Query(query) = query.map_err(|e| ControlError::bad_request(e.body_text()))?;
    let mut filter = query.filter(None)?;
    let newest = simulator.inbox().last_id();
    let seen: Option<u64> = headers
        .get("last-event-id")
        .and_then(|id| id.to_str().ok()?.parse().ok());
    // An id above the newest one comes from an earlier run of the simulator.
    let is_outdated = seen.is_some_and(|id| id > newest);
    let now_on = query.since.is_none().then_some(newest);
    filter.after_id = seen.or(query.after).or(now_on).filter(|_| !is_outdated);
    let (backlog, live) = simulator.inbox().subscribe(&filter);

    let hello = SseEvent::default()
        .comment("listening")
        .retry(Duration::from_secs(1));
    let earlier = is_outdated
        .then(reset_event)
        .into_iter()
        .chain(backlog.iter().map(|sent| sent_event(sent)))
        .collect::<Vec<_>>();
    // The stream of a client that lags too far ends. The client reconnects with its last id.
    let later =
        BroadcastStream::new(live)
            .map_while(Result::ok)
            .filter_map(move |event| match event {
                InboxEvent::Sent(sent) => filter.matches(&sent).then(|| sent_event(&sent)),
                InboxEvent::Reset => Some(reset_event()),
            });
    let all = tokio_stream::once(hello)
        .chain(tokio_stream::iter(earlier))
        .chain(later);
    Ok(Sse::new(all.map(Ok)).keep_alive(KeepAlive::new().interval(HEARTBEAT).text("heartbeat")))
}

/// An event that makes a client drop all items.
fn reset_event() -> SseEvent {
    SseEvent::default().event("reset").data("{}")
}

fn sent_event(sent: &SentItem) -> SseEvent {
    let data = serde_json::to_string(&sent.item).unwrap_or_default();
    let name = match sent.item {
        Item::Message(_) => "message",
        Item::Mail(_) => "mail",
    };
    SseEvent::default()
        .event(name)
        .id(sent.id.to_string())
        .data(data)
}

#[derive(Serialize)]
struct ClockView {
    /// The simulated time, RFC 3339.
    now: String,
    /// Seconds that the simulated time is ahead of the system time.
    ahead_secs: i64,
}

fn clock_view(simulator: &Simulator) -> Json<ClockView> {
    Json(ClockView {
        now: rfc3339_millis(simulator.now()),
        ahead_secs: simulator.clock().offset_millis() / 1000,
    })
}

async fn show_clock(State(simulator): State<Simulator>) -> Json<ClockView> {
    clock_view(&simulator)
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Advance {
    advance_secs: u64,
}

async fn advance_clock(
    State(simulator): State<Simulator>,
    body: Bytes,
) -> Result<Json<ClockView>, ControlError> {
    let step: Advance = serde_json::from_slice(&body).map_err(|_| {
        ControlError::bad_request(
            "expected {\"advance_secs\": n}, n a whole number of seconds, 0 or more",
        )
    })?;
    simulator
        .clock()
        .advance_secs(step.advance_secs)
        .map_err(|e| ControlError::bad_request(e.to_string()))?;
    simulator.report_expired();
    Ok(clock_view(&simulator))
}

async fn show_faults(State(simulator): State<Simulator>) -> Response {
    Json(simulator.state().faults.remaining()).into_response()
}

async fn set_faults(
    State(simulator): State<Simulator>,
    body: Bytes,
) -> Result<Response, ControlError> {
    let script = faults::parse_script(&body).map_err(ControlError::bad_request)?;
    let mut state = simulator.state();
    state.faults.replace(script);
    Ok(Json(state.faults.remaining()).into_response())
}

async fn clear_faults(State(simulator): State<Simulator>) -> StatusCode {
    simulator.state().faults.replace(Vec::new());
    StatusCode::NO_CONTENT
}

async fn show_ledger(State(simulator): State<Simulator>) -> Response {
    Json(simulator.state().ledger.entries()).into_response()
}

async fn clear_ledger(State(simulator): State<Simulator>) -> StatusCode {
    simulator.state().ledger.clear();
    StatusCode::NO_CONTENT
}

async fn show_magic() -> Response {
    let mut rows = crate::twilio::magic_numbers::table();
    rows.extend(crate::telnyx::magic_numbers::table());
    Json(rows).into_response()
}

async fn show_webhooks(State(simulator): State<Simulator>) -> Response {
    Json(simulator.webhooks().report()).into_response()
}

async fn set_webhooks(
    State(simulator): State<Simulator>,
    body: Bytes,
) -> Result<Response, ControlError> {
    let options = serde_json::from_slice(&body)
        .map_err(|error| ControlError::bad_request(error.to_string()))?;
    simulator
        .webhooks()
        .set_options(options)
        .map_err(ControlError::bad_request)?;
    Ok(Json(simulator.webhooks().report()).into_response())
}

async fn reset(State(simulator): State<Simulator>) -> StatusCode {
    simulator.reset();
    StatusCode::NO_CONTENT
}
