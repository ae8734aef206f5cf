//! Work that continues after the request that started it has gone away.

use std::future::Future;

use crate::auth::error::FlowError;
use crate::context::{AppState, SharedAppState};
use crate::security::request_slot::free_request_slot;
use crate::store::codes;
use crate::verification::SentCode;
use verify::{ServiceId, VerificationId};

/// Runs `work` to its end even if the client disconnects: between the provider's approval and the commit
/// nothing may be lost. The request holds no slot while it waits, so that a slow provider takes none from others.
pub async fn run_detached<T: Send + 'static>(
    app: &AppState,
    work: impl Future<Output = T> + Send + 'static,
) -> Result<T, FlowError> {
    free_request_slot();
    app.tasks.spawn(work).await.map_err(|_| FlowError::TaskLost)
}

/// Cancels codes at the provider in the background. The database rejects them already; at the provider
/// they expire with their own lifetime if the cancellation fails.
pub fn cancel_codes_later(app: &SharedAppState, codes: impl IntoIterator<Item = SentCode>) {
    for code in codes {
        let app = SharedAppState::clone(app);
        app.tasks
            .clone()
            .spawn(async move { cancel_code(&app, &code.service, &code.verification).await });
    }
}

/// Cancels a code at the provider. Returns whether the provider no longer accepts it.
pub async fn cancel_code(
    app: &AppState,
    service: &ServiceId,
    verification: &VerificationId,
) -> bool {
    if let Err(error) = app
        .verifier
        .cancel_verification(service, verification)
        .await
    {
        tracing::warn!(%error, "a code could not be cancelled at the provider");
        return false;
    }
    if let Err(error) = codes::delete_expired_code(&app.store, verification).await {
        // The next send to the same number finds the row and cancels the code once more.
        tracing::warn!(
            error = &error as &dyn std::error::Error,
            "the row of a cancelled code could not be deleted"
        );
    }
    true
}
