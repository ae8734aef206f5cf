//! The routes of the webhooks: they verify the signature, parse the delivery reports and store them.

use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::body::Bytes;
use axum::extract::State;
use axum::response::{IntoResponse as _, Response};
use axum::routing::post;
use http::{HeaderMap, StatusCode, Uri};

use super::telnyx::{self, TelnyxPublicKeys};
use super::twilio::{self, TwilioSignatures};
use super::webhook::SignatureError;
use crate::auth::entry::live_status;
use crate::context::{AppState, SharedAppState};
use crate::http::error_response::ErrorResponse;
use crate::http::log_throttle::LogThrottle;
use crate::store::deliveries::DeliveryReport;
use domain::routes;

/// Time limit for storing the delivery reports.
///
/// Telnyx waits two seconds for a response and Twilio five; both repeat the request after an error status.
const STORE_TIMEOUT: Duration = Duration::from_millis(1_500);

/// The shared state of the webhook handlers.
#[derive(Clone)]
pub struct Webhooks {
    pub app: SharedAppState,
    pub twilio: Arc<TwilioSignatures>,
    pub telnyx: Arc<TelnyxPublicKeys>,
}

/// Creates the webhook routes of the providers Twilio and Telnyx.
pub fn webhook_router(webhooks: Webhooks) -> Router {
    Router::new()
        .route(routes::WEBHOOKS_TWILIO, post(handle_twilio_webhook))
        .route(routes::WEBHOOKS_TELNYX, post(handle_telnyx_webhook))
        .with_state(webhooks)
}

/// Returns whether this URL path receives provider webhooks.
pub fn is_webhook_path(path: &str) -> bool {
    path == routes::WEBHOOKS_TWILIO || path == routes::WEBHOOKS_TELNYX
}

/// Handles a webhook request of Twilio: verifies the signature of the request and stores the delivery reports.
async fn handle_twilio_webhook(
    State(webhooks): State<Webhooks>,
    uri: Uri,
    headers: HeaderMap,
    body: Bytes,
) -> Response {
    static REFUSED: LogThrottle = LogThrottle::due_at_first_event();
    match webhooks.twilio.verify_signature(&uri, &headers, &body) {
        Ok(()) => {
            store_delivery_reports(&webhooks.app, twilio::parse_delivery_reports(&body)).await
        }
        Err(error) => reject_unsigned_webhook(&webhooks.app, "twilio", &REFUSED, error),
    }
}

/// Handles a webhook request of Telnyx: verifies the signature of the request and stores the delivery report.
async fn handle_telnyx_webhook(
    State(webhooks): State<Webhooks>,
    headers: HeaderMap,
    body: Bytes,
) -> Response {
    static REFUSED: LogThrottle = LogThrottle::due_at_first_event();
    let now = webhooks.app.now();
    match webhooks.telnyx.verify_signature(&headers, &body, now) {
        Ok(()) => {
            store_delivery_reports(&webhooks.app, telnyx::parse_delivery_reports(&body)).await
        }
        Err(error) => reject_unsigned_webhook(&webhooks.app, "telnyx", &REFUSED, error),
    }
}

/// Stores the delivery reports of a webhook request.
///
/// After a failure or a timeout, returns an error response, so that the provider repeats the request.
async fn store_delivery_reports(app: &SharedAppState, reports: Vec<DeliveryReport>) -> Response {
    match tokio::time::timeout(
        STORE_TIMEOUT,
        live_status::record_delivery_reports(app, reports),
    )
    .await
    {
        Ok(Ok(())) => StatusCode::NO_CONTENT.into_response(),
        Ok(Err(error)) => {
            tracing::warn!(
                error = &error as &dyn std::error::Error,
                "storing the delivery reports of a webhook request failed; the provider repeats the request"
            );
            ErrorResponse::OVERLOADED.into_response()
        }
        // The reports may have been stored. A repeated report has no effect.
        Err(_) => ErrorResponse::OVERLOADED.into_response(),
    }
}

/// Returns a 403 response to a webhook request without a valid signature. Counts the request and logs the reason.
///
/// Logs at most one refusal in 10 seconds with the number of refusals since the last one, because every client can send
/// such requests.
fn reject_unsigned_webhook(
    app: &AppState,
    provider: &'static str,
    refused: &LogThrottle,
    error: SignatureError,
) -> Response {
    app.metrics.messages.count_rejected_webhook(provider);
    if let Some(count) = refused.count_event_and_check_if_due() {
        tracing::warn!(provider, reason = %error, count, "webhook request refused: its signature could not be verified; check the configured signing keys of this provider");
    }
    ErrorResponse::NOT_SIGNED.into_response()
}
