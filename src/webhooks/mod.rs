//! What providers call us with: is it theirs, what does it say, and on to the flow.
//!
//! A request is believed for its signature alone and read only afterwards. Whoever sends it learns nothing: what is
//! genuine is answered with 204, known or unknown, new or repeated (HOOK-06), what is not with 403. Where no key is
//! configured nothing is genuine.

mod telnyx;
mod twilio;

use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::body::Bytes;
use axum::extract::State;
use axum::response::{IntoResponse as _, Response};
use axum::routing::post;
use http::{HeaderMap, StatusCode, Uri};
use serde::Deserialize;

pub use self::telnyx::PublicKeys;
pub use self::twilio::{AuthTokens, Door};
use crate::auth::entry::live_status;
use crate::context::SharedAppState;
use crate::http::error_response::ErrorResponse;
use crate::store::deliveries::Report;
use domain::routes;

/// Telnyx gives up after two seconds, Twilio after five; whoever is told to come back does (HOOK-04).
const PATIENCE: Duration = Duration::from_millis(1_500);

/// What the handlers share.
#[derive(Clone)]
pub struct Webhooks {
    pub app: SharedAppState,
    pub twilio: Arc<Door>,
    pub telnyx: Arc<PublicKeys>,
}

/// Why a webhook is not taken.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum NotGenuine {
    #[error("no key is configured to verify it with")]
    NoKey,
    #[error("the signature is missing, given twice or unreadable")]
    NoSignature,
    #[error("the timestamp is missing, given twice or unreadable")]
    NoTimestamp,
    /// Outside the window in which it is good: a replay, or a clock that is off.
    #[error("the timestamp is too far from now")]
    OutOfTime,
    #[error("the body is not what was signed")]
    Body,
    #[error("the signature is not the provider's")]
    Signature,
}

/// The routes of both providers.
pub fn router(webhooks: Webhooks) -> Router {
    Router::new()
        .route(routes::WEBHOOKS_TWILIO, post(take_twilio))
        .route(routes::WEBHOOKS_TELNYX, post(take_telnyx))
        .with_state(webhooks)
}

/// Whether a path takes webhooks, and so no forms.
pub fn owns(path: &str) -> bool {
    path == routes::WEBHOOKS_TWILIO || path == routes::WEBHOOKS_TELNYX
}

async fn take_twilio(
    State(webhooks): State<Webhooks>,
    uri: Uri,
    headers: HeaderMap,
    body: Bytes,
) -> Response {
    match webhooks.twilio.admit(&uri, &headers, &body) {
        Ok(()) => take(&webhooks.app, twilio::reports(&body)).await,
        Err(why) => refuse("twilio", why),
    }
}

async fn take_telnyx(
    State(webhooks): State<Webhooks>,
    headers: HeaderMap,
    body: Bytes,
) -> Response {
    let now = webhooks.app.now();
    match webhooks.telnyx.admit(&headers, &body, now) {
        Ok(()) => take(&webhooks.app, telnyx::reports(&body)).await,
        Err(why) => refuse("telnyx", why),
    }
}

/// Answers once the reports are kept, or soon after that they should come again.
async fn take(app: &SharedAppState, reports: Vec<Report>) -> Response {
    match tokio::time::timeout(PATIENCE, live_status::record_delivery_reports(app, reports)).await {
        Ok(Ok(())) => StatusCode::NO_CONTENT.into_response(),
        Ok(Err(error)) => {
            tracing::warn!(
                error = &error as &dyn std::error::Error,
                "a webhook could not be kept"
            );
            ErrorResponse::OVERLOADED.into_response()
        }
        // It may still be kept, and its next copy is then known.
        Err(_) => ErrorResponse::OVERLOADED.into_response(),
    }
}

fn refuse(provider: &'static str, why: NotGenuine) -> Response {
    tracing::warn!(provider, reason = %why, "refused a webhook");
    ErrorResponse::NOT_SIGNED.into_response()
}

/// An event's id, if it may be stored: short and plain, as both providers' are.
#[derive(Debug, Deserialize)]
#[serde(try_from = "String")]
struct EventId(String);

impl TryFrom<String> for EventId {
    type Error = &'static str;

    fn try_from(text: String) -> Result<Self, &'static str> {
        let plain = text.bytes().all(|byte| byte.is_ascii_graphic());
        if plain && (1..=128).contains(&text.len()) {
            Ok(Self(text))
        } else {
            Err("not an event's id")
        }
    }
}
