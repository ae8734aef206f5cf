//! Control API of the simulator under `/_simulator/`: JSON for tests in any language.

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

use crate::clock::format_rfc3339_millis;
use crate::faults;
use crate::inbox::{InboxEvent, InboxFilter, InboxItem, ItemKind, SentItem};
use crate::simulator::Simulator;

/// Maximum of the query parameter `wait` in seconds.
const MAX_WAIT_SECS: u64 = 60;
/// Interval between the comments on an idle event stream, which keep proxies from closing it.
const HEARTBEAT: Duration = Duration::from_secs(15);

/// Returns the HTTP routes of the simulator's control API under `/_simulator`.
pub(crate) fn create_control_api_routes() -> Router<Simulator> {
    Router::new()
        .route("/_simulator", get(list_control_paths))
        .route("/_simulator/", get(list_control_paths))
        .route("/_simulator/messages", get(list_sent_messages_and_calls))
        .route("/_simulator/mails", get(list_received_mails))
        .route("/_simulator/events", get(stream_inbox_events))
        .route(
            "/_simulator/clock",
            post(advance_simulated_clock).get(show_simulated_clock),
        )
        .route(
            "/_simulator/faults",
            get(show_fault_script)
                .put(set_fault_script)
                .delete(clear_fault_script),
        )
        .route(
            "/_simulator/ledger",
            get(show_recorded_provider_calls).delete(delete_recorded_provider_calls),
        )
        .route("/_simulator/magic", get(list_all_magic_phone_numbers))
        .route(
            "/_simulator/webhooks",
            get(show_webhook_report).put(set_webhook_options),
        )
        .route(
            "/_simulator/state",
            axum::routing::delete(reset_simulator_state),
        )
}

/// Returns the error response to an invalid control API request.
///
/// The status is 404 for an unknown path and 405 for an unsupported method.
pub(crate) fn reject_unknown_control_api_request(is_known_path: bool) -> Response {
    if is_known_path {
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

/// Error response of the simulator's control API: an HTTP status and the body `{"error": "…"}`.
pub(crate) struct ControlError(pub(crate) StatusCode, pub(crate) String);

impl ControlError {
    /// Creates a control API error with HTTP status 400.
    fn bad_request_with_message(error: impl Into<String>) -> Self {
        Self(StatusCode::BAD_REQUEST, error.into())
    }
}

impl IntoResponse for ControlError {
    fn into_response(self) -> Response {
        (self.0, Json(json!({ "error": self.1 }))).into_response()
    }
}

/// Lists the paths of the simulator's control API as JSON.
async fn list_control_paths() -> Json<Value> {
    Json(json!({
        "GET /_simulator/messages?to=&since=&after=&wait=": "lists messages, newest last; since is a time in RFC 3339, after an id; wait delays the response for up to 60 s until a message exists",
        "GET /_simulator/mails?to=&since=&after=&wait=": "lists mails in the same way",
        "GET /_simulator/events?to=": "streams messages and mails as server-sent events",
        "GET /_simulator/clock": "shows the time of the simulator",
        "POST /_simulator/clock {\"advance_secs\": 301}": "advances the clock",
        "GET /_simulator/faults": "lists the faults that still apply to calls",
        "PUT /_simulator/faults [{\"on\": \"check\", \"kind\": \"drop_after\", \"times\": 1}]": "sets the faults of the next calls; on is create, check, update, fetch, message, mail or any",
        "DELETE /_simulator/faults": "deletes all faults",
        "GET /_simulator/ledger": "lists every received provider call, in order",
        "DELETE /_simulator/ledger": "deletes the list of calls",
        "GET /_simulator/magic": "lists the phone numbers that return documented errors",
        "GET /_simulator/webhooks": "lists sent webhooks with each attempt and its response",
        "PUT /_simulator/webhooks {\"copies\": 3, \"reversed\": true}": "sends each webhook this often, and the webhooks of a message in reverse order",
        "DELETE /_simulator/state": "deletes everything and resets the clock",
    }))
}

/// Query parameters that select messages and mails in the simulator's inbox.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct InboxQuery {
    to: Option<String>,
    since: Option<String>,
    after: Option<u64>,
    wait: Option<u64>,
}

impl InboxQuery {
    /// Converts the query parameters to an inbox filter.
    fn to_inbox_filter(&self, kind: Option<ItemKind>) -> Result<InboxFilter, ControlError> {
        let to = self.to.as_deref();
        Ok(InboxFilter {
            kind,
            to: match kind {
                Some(ItemKind::Mails) => to.map(|to| to.trim().to_owned()),
                Some(ItemKind::Messages) | None => to.map(parse_phone_number).transpose()?,
            },
            since_millis: self
                .since
                .as_deref()
                .map(parse_time_to_unix_millis)
                .transpose()?,
            after_id: self.after,
        })
    }
}

/// Parses a phone number from a query parameter. The `+` may be missing or decoded as a space.
fn parse_phone_number(text: &str) -> Result<String, ControlError> {
    let digits = text.trim().trim_start_matches('+');
    if digits.is_empty() || !digits.bytes().all(|digit| digit.is_ascii_digit()) {
        return Err(ControlError::bad_request_with_message(
            "\"to\" must be a phone number such as %2B14155550142",
        ));
    }
    Ok(format!("+{digits}"))
}

/// Parses an RFC 3339 time into Unix milliseconds. Accepts a space in place of the `+` of the UTC offset.
fn parse_time_to_unix_millis(text: &str) -> Result<i64, ControlError> {
    text.replace(' ', "+")
        .parse::<Timestamp>()
        .map(Timestamp::as_millisecond)
        .map_err(|_| {
            ControlError::bad_request_with_message(
                "\"since\" must be an RFC 3339 time such as 2026-03-02T09:15:04Z",
            )
        })
}

type QueryResult = Result<Query<InboxQuery>, QueryRejection>;

/// Handles `GET /_simulator/messages`: lists the sent text messages and voice calls that match the query.
async fn list_sent_messages_and_calls(
    State(simulator): State<Simulator>,
    query: QueryResult,
) -> Result<Response, ControlError> {
    respond_with_matching_inbox_items(&simulator, query, ItemKind::Messages).await
}

/// Handles `GET /_simulator/mails`: lists the received mails that match the query.
async fn list_received_mails(
    State(simulator): State<Simulator>,
    query: QueryResult,
) -> Result<Response, ControlError> {
    respond_with_matching_inbox_items(&simulator, query, ItemKind::Mails).await
}

/// Returns the inbox items of one kind that match the query.
///
/// If the query has a waiting time and nothing matches, waits for the first match.
async fn respond_with_matching_inbox_items(
    simulator: &Simulator,
    query: QueryResult,
    kind: ItemKind,
) -> Result<Response, ControlError> {
    let Query(query) = query.map_err(|e| ControlError::bad_request_with_message(e.body_text()))?;
    let wait = Duration::from_secs(query.wait.unwrap_or(0).min(MAX_WAIT_SECS));
    let filter = query.to_inbox_filter(Some(kind))?;
    let found = simulator.inbox().wait_for_inbox_items(&filter, wait).await;
    Ok(Json(
        found
            .iter()
            .map(|sent| &sent.item)
            .collect::<Vec<&InboxItem>>(),
    )
    .into_response())
}

/// Handles `GET /_simulator/events`: streams new messages and mails as server-sent events.
///
/// A client that reconnects with `Last-Event-ID` also receives the events that it missed.
async fn stream_inbox_events(
    State(simulator): State<Simulator>,
    headers: HeaderMap,
    query: QueryResult,
) -> Result<Sse<impl Stream<Item = Result<SseEvent, Infallible>>>, ControlError> {
    let Query(query) = query.map_err(|e| ControlError::bad_request_with_message(e.body_text()))?;
    let mut filter = query.to_inbox_filter(None)?;
    let newest = simulator.inbox().newest_inbox_item_id();
    let seen: Option<u64> = headers
        .get("last-event-id")
        .and_then(|id| id.to_str().ok()?.parse().ok());
    // An id above the newest one comes from an earlier run of the simulator.
    let is_outdated = seen.is_some_and(|id| id > newest);
    let now_on = query.since.is_none().then_some(newest);
    filter.after_id = seen.or(query.after).or(now_on).filter(|_| !is_outdated);
    let (backlog, live) = simulator.inbox().subscribe_to_inbox_events(&filter);

    let hello = SseEvent::default()
        .comment("listening")
        .retry(Duration::from_secs(1));
    let earlier = is_outdated
        .then(create_inbox_reset_event)
        .into_iter()
        .chain(
            backlog
                .iter()
                .map(|sent| convert_inbox_item_to_sse_event(sent)),
        )
        .collect::<Vec<_>>();
    // The stream of a client that lags too far ends. The client reconnects with its last id.
    let later =
        BroadcastStream::new(live)
            .map_while(Result::ok)
            .filter_map(move |event| match event {
                InboxEvent::Sent(sent) => filter
                    .matches_item(&sent)
                    .then(|| convert_inbox_item_to_sse_event(&sent)),
                InboxEvent::Reset => Some(create_inbox_reset_event()),
            });
    let all = tokio_stream::once(hello)
        .chain(tokio_stream::iter(earlier))
        .chain(later);
    Ok(Sse::new(all.map(Ok)).keep_alive(KeepAlive::new().interval(HEARTBEAT).text("heartbeat")))
}

/// Creates the server-sent event that reports the deletion of all messages and mails.
fn create_inbox_reset_event() -> SseEvent {
    SseEvent::default().event("reset").data("{}")
}

/// Converts a message or mail of the inbox to a server-sent event.
fn convert_inbox_item_to_sse_event(item: &SentItem) -> SseEvent {
    let data = serde_json::to_string(&item.item).unwrap_or_default();
    let name = match item.item {
        InboxItem::Message(_) => "message",
        InboxItem::Mail(_) => "mail",
    };
    SseEvent::default()
        .event(name)
        .id(item.id.to_string())
        .data(data)
}

/// JSON response with the state of the simulated clock.
#[derive(Serialize)]
struct ClockView {
    /// The simulated time, RFC 3339.
    now: String,
    /// Seconds that the simulated time is ahead of the system time.
    ahead_secs: i64,
}

/// Returns the state of the simulated clock as JSON.
fn build_clock_view(simulator: &Simulator) -> Json<ClockView> {
    Json(ClockView {
        now: format_rfc3339_millis(simulator.now_millis()),
        ahead_secs: simulator.clock().millis_ahead_of_system_time() / 1000,
    })
}

/// Handles `GET /_simulator/clock`.
async fn show_simulated_clock(State(simulator): State<Simulator>) -> Json<ClockView> {
    build_clock_view(&simulator)
}

/// JSON body of a request that moves the simulated clock forward.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct ClockAdvance {
    advance_secs: u64,
}

/// Handles `POST /_simulator/clock`: moves the simulated clock forward.
async fn advance_simulated_clock(
    State(simulator): State<Simulator>,
    body: Bytes,
) -> Result<Json<ClockView>, ControlError> {
    let step: ClockAdvance = serde_json::from_slice(&body).map_err(|_| {
        ControlError::bad_request_with_message(
            "expected {\"advance_secs\": n}, n a whole number of seconds, 0 or more",
        )
    })?;
    simulator
        .clock()
        .advance_secs(step.advance_secs)
        .map_err(|e| ControlError::bad_request_with_message(e.to_string()))?;
    simulator.send_webhooks_of_expired_verifications();
    Ok(build_clock_view(&simulator))
}

/// Handles `GET /_simulator/faults`: returns the remaining fault script as JSON.
async fn show_fault_script(State(simulator): State<Simulator>) -> Response {
    Json(simulator.lock_provider_state().faults.remaining_faults()).into_response()
}

/// Handles `PUT /_simulator/faults`: replaces the fault script.
async fn set_fault_script(
    State(simulator): State<Simulator>,
    body: Bytes,
) -> Result<Response, ControlError> {
    let script =
        faults::parse_fault_script(&body).map_err(ControlError::bad_request_with_message)?;
    let mut state = simulator.lock_provider_state();
    state.faults.replace_fault_script(script);
    Ok(Json(state.faults.remaining_faults()).into_response())
}

/// Handles `DELETE /_simulator/faults`: removes all remaining faults.
async fn clear_fault_script(State(simulator): State<Simulator>) -> StatusCode {
    simulator
        .lock_provider_state()
        .faults
        .replace_fault_script(Vec::new());
    StatusCode::NO_CONTENT
}

/// Handles `GET /_simulator/ledger`: returns the recorded provider calls as JSON.
async fn show_recorded_provider_calls(State(simulator): State<Simulator>) -> Response {
    Json(simulator.lock_provider_state().ledger.recorded_calls()).into_response()
}

/// Handles `DELETE /_simulator/ledger`: deletes the recorded provider calls.
async fn delete_recorded_provider_calls(State(simulator): State<Simulator>) -> StatusCode {
    simulator
        .lock_provider_state()
        .ledger
        .delete_recorded_calls();
    StatusCode::NO_CONTENT
}

/// Handles `GET /_simulator/magic`: lists the phone numbers with a special effect ("magic numbers") of both providers.
async fn list_all_magic_phone_numbers() -> Response {
    let mut rows = crate::twilio::magic_numbers::list_twilio_magic_phone_numbers();
    rows.extend(crate::telnyx::magic_numbers::list_telnyx_magic_phone_numbers());
    Json(rows).into_response()
}

/// Handles `GET /_simulator/webhooks`: returns webhook targets, options and delivery attempts as JSON.
async fn show_webhook_report(State(simulator): State<Simulator>) -> Response {
    Json(simulator.webhooks().create_webhook_report()).into_response()
}

/// Handles `PUT /_simulator/webhooks`: sets the options for future webhooks.
async fn set_webhook_options(
    State(simulator): State<Simulator>,
    body: Bytes,
) -> Result<Response, ControlError> {
    let options = serde_json::from_slice(&body)
        .map_err(|error| ControlError::bad_request_with_message(error.to_string()))?;
    simulator
        .webhooks()
        .replace_webhook_options(options)
        .map_err(ControlError::bad_request_with_message)?;
    Ok(Json(simulator.webhooks().create_webhook_report()).into_response())
}

/// Handles `DELETE /_simulator/state`: deletes all state of the simulator and resets its clock.
async fn reset_simulator_state(State(simulator): State<Simulator>) -> StatusCode {
    simulator.delete_simulator_state();
    StatusCode::NO_CONTENT
}
