//! Limits the "already taken" responses for each source, because they reveal which accounts exist.

use crate::auth::engine::rate_limit;
use crate::auth::error::FlowError;
use crate::context::{AppState, RequestContext};
use crate::store::{StoreError, Tx, accounts};
use domain::{Field, PhoneNumber, Problem, Timestamp};

/// Limits how often a client learns that an account exists.
///
/// Fails with `LimitReached` if the client's network address has reached the limit of "already taken" responses. The
/// result is independent of the submitted values. Locks the counter until the transaction ends, so that parallel
/// requests cannot exceed the limit.
pub(super) async fn require_enumeration_limit_not_reached(
    app: &AppState,
    tx: &mut Tx,
    context: &RequestContext,
    now: Timestamp,
) -> Result<(), FlowError> {
    let limit = app.account_enumeration_limit(context);
    let admitted = rate_limit::lock_and_check_rate_limit(tx, &limit, now).await?;
    admitted.map_err(|wait| {
        let secs = wait.until.secs_since(now);
        FlowError::from_form_problem(Problem::LimitReached { secs })
    })
}

/// Fails with `PhoneTaken` if an account has this phone number.
///
/// Called only if the operator permits account enumeration.
pub(super) async fn require_phone_number_not_taken(
    app: &AppState,
    context: &RequestContext,
    number: &PhoneNumber,
) -> Result<(), FlowError> {
    let now = app.now();
    let mut tx = app.store.begin().await?;
    require_enumeration_limit_not_reached(app, &mut tx, context, now).await?;
    if accounts::is_phone_number_taken(&mut tx, number).await? {
        let taken = FlowError::from_field_problem(Field::Phone, Problem::PhoneTaken);
        return Err(count_response_in_enumeration_limit(app, tx, context, taken, now).await?);
    }
    Ok(())
}

/// Counts an "already taken" response in the rate limit of the client's network address, and commits.
///
/// Returns `answer`, the error to send to the client.
pub(super) async fn count_response_in_enumeration_limit(
    app: &AppState,
    mut tx: Tx,
    context: &RequestContext,
    answer: FlowError,
    now: Timestamp,
) -> Result<FlowError, StoreError> {
    rate_limit::count_event_in_bucket(&mut tx, &app.account_enumeration_limit(context), now)
        .await?;
    tx.commit().await?;
    Ok(answer)
}
