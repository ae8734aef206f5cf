//! The periodic background tasks of the server: cleanup, erasure of accounts, and payment sweep.

use std::time::Duration;

use tokio_util::sync::CancellationToken;

use crate::auth::entry::deletion;
use crate::auth::purposes::payment::settle;
use crate::context::SharedAppState;
use crate::store;

const CLEANUP_INTERVAL: Duration = Duration::from_mins(5);
const ERASURE_INTERVAL: Duration = Duration::from_secs(5);
const PAYMENT_SWEEP_INTERVAL: Duration = Duration::from_secs(5);

/// Background task that deletes expired database rows every [`CLEANUP_INTERVAL`], until `stop` is cancelled.
pub(super) async fn run_database_cleanup(app: SharedAppState, stop: CancellationToken) {
    loop {
        let cleaned = async {
            store::delete_expired_rows(&app.store, app.now()).await?;
            deletion::erase_data_added_to_erased_accounts(&app).await
        };
        if let Err(error) = cleaned.await {
            tracing::warn!(
                error = &error as &dyn std::error::Error,
                "deleting expired rows failed; retrying in {CLEANUP_INTERVAL:?}"
            );
        }
        tokio::select! {
            () = stop.cancelled() => return,
            () = tokio::time::sleep(CLEANUP_INTERVAL) => {}
        }
    }
}

/// Background task that erases accounts whose deletion is due, every [`ERASURE_INTERVAL`], until `stop` is cancelled.
pub(super) async fn run_account_erasure(app: SharedAppState, stop: CancellationToken) {
    loop {
        if let Err(error) = deletion::erase_due_accounts(&app).await {
            tracing::warn!(
                error = &error as &dyn std::error::Error,
                "finding accounts whose deletion is due failed; retrying in {ERASURE_INTERVAL:?}"
            );
        }
        tokio::select! {
            () = stop.cancelled() => return,
            () = tokio::time::sleep(ERASURE_INTERVAL) => {}
        }
    }
}

/// Background task that resumes interrupted payments and expires unconfirmed ones every [`PAYMENT_SWEEP_INTERVAL`],
/// until `stop` is cancelled.
pub(super) async fn run_payment_sweep(app: SharedAppState, stop: CancellationToken) {
    let mut swept = settle::resume_processing_payments(&app).await;
    loop {
        if let Err(error) = swept {
            tracing::warn!(
                error = &error as &dyn std::error::Error,
                "payment sweep failed; retrying in {PAYMENT_SWEEP_INTERVAL:?}"
            );
        }
        tokio::select! {
            () = stop.cancelled() => return,
            () = tokio::time::sleep(PAYMENT_SWEEP_INTERVAL) => {}
        }
        swept = settle::expire_overdue_and_retry_unfinished_payments(&app).await;
    }
}
