//! Tasks that continue after the client of their request has disconnected.

use std::future::Future;
use std::pin::Pin;

use tracing::Instrument as _;

use crate::auth::error::FlowError;
use crate::context::{AppState, SharedAppState};
use crate::security::request_slot::release_concurrency_slot_of_request;
use crate::store::codes;
use crate::verification::SentCode;
use verify::{ServiceId, VerificationId};

/// Runs `work` in a separate task, so that it completes even if the client disconnects.
///
/// A code that the provider has approved is therefore always committed. Releases the concurrency slot of the request,
/// so that a slow provider does not block other requests. Log events of the task carry the ID of the request.
pub async fn run_in_detached_task<T: Send + 'static>(
    app: &AppState,
    work: impl Future<Output = T> + Send + 'static,
) -> Result<T, FlowError> {
    release_concurrency_slot_of_request();
    // Boxed, so that the code of a task is compiled once, not once per caller.
    let work: Pin<Box<dyn Future<Output = T> + Send>> = Box::pin(work);
    let task = app.tasks.spawn(work.in_current_span());
    task.await.map_err(|_| FlowError::TaskLost)
}

/// Cancels verification codes at the provider, each in a background task.
///
/// The database already rejects these codes. After a failed cancellation, the code expires at the provider.
pub fn cancel_sent_codes_in_background(
    app: &SharedAppState,
    codes: impl IntoIterator<Item = SentCode>,
) {
    for code in codes {
        let app = SharedAppState::clone(app);
        let tasks = app.tasks.clone();
        let cancellation =
            async move { cancel_code_at_provider(&app, &code.service, &code.verification).await };
        tasks.spawn(cancellation.in_current_span());
    }
}

/// Cancels a verification code at the provider and deletes the database row of the code.
///
/// Returns `true` if the provider confirmed the cancellation.
pub async fn cancel_code_at_provider(
    app: &AppState,
    service: &ServiceId,
    verification: &VerificationId,
) -> bool {
    if let Err(error) = app
        .verifier
        .cancel_verification(service, verification)
        .await
    {
        tracing::warn!(%error, "cancelling a verification code at the provider failed; the code expires there by itself");
        return false;
    }
    if let Err(error) = codes::delete_invalid_verification_code(&app.store, verification).await {
        tracing::warn!(
            error = &error as &dyn std::error::Error,
            "deleting the row of a cancelled code failed; the next send to the phone number cancels it again"
        );
    }
    true
}
