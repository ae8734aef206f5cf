//! The waiting time that is shown when other flows have used up a send limit.
//!
//! The exact waiting time would reveal to an attacker when the owner of a number last received a code. The neutral
//! waiting time depends only on the number of refusals of the caller's flow or account.

use std::time::Duration;

use crate::auth::engine::code_entry::add_code_form_state_to_errors;
use crate::auth::engine::rate_limit;
use crate::auth::engine::transition::save_flow_unless_busy;
use crate::auth::error::FlowError;
use crate::context::AppState;
use crate::store::Tx;
use crate::store::flows::Flow;
use domain::{Field, FormErrors, Problem, Timestamp};

const SHORTEST_WAIT_AFTER_REFUSAL: Duration = Duration::from_secs(30);
const LONGEST_WAIT_AFTER_REFUSAL: Duration = Duration::from_mins(10);

/// Refuses to send a code, without revealing which limit was reached.
///
/// Returns the error for the user. Blocks further sends of this flow for a time that depends only on the number of
/// earlier refusals.
pub async fn refuse_send_without_revealing_limit(
    app: &AppState,
    flow: Flow,
    now: Timestamp,
) -> Result<FlowError, FlowError> {
    let limit = app.refused_code_send_limit(&flow.id, flow.account.as_ref());
    let mut tx = app.store.begin().await?;
    let refusals = rate_limit::count_events_in_window(&mut tx, &limit, now).await?;
    // An error means that the bucket is full. The wait then has its maximum.
    let _ = rate_limit::count_event_within_limit(&mut tx, &limit, now).await?;
    let wait = waiting_time_after_refused_send(refusals, app.limits.resend_gap);
    block_code_sends_of_flow(app, tx, flow, now + wait, now).await
}

/// Refuses to send a code before the time `until`, at which a limit permits the next message.
///
/// Returns the error for the user. If the flow has a pending code, also stores `until`, so that the code form shows the
/// waiting time.
pub async fn refuse_code_sends_until(
    app: &AppState,
    flow: Flow,
    until: Timestamp,
    now: Timestamp,
) -> Result<FlowError, FlowError> {
    if flow.verification.state.sent_code().is_none() {
        return Ok(create_resend_wait_error(app, &flow, until, now));
    }
    let tx = app.store.begin().await?;
    block_code_sends_of_flow(app, tx, flow, until, now).await
}

/// Blocks code sends of this verification flow before the time `until`, and commits the transaction.
///
/// Returns the error that shows the waiting time. Fails if a concurrent request has changed the flow.
async fn block_code_sends_of_flow(
    app: &AppState,
    mut tx: Tx,
    mut flow: Flow,
    until: Timestamp,
    now: Timestamp,
) -> Result<FlowError, FlowError> {
    let unchanged = flow.clone();
    flow.verification = flow.verification.block_sends_until(until);
    save_flow_unless_busy(app, &mut tx, &unchanged, &mut flow, now).await?;
    tx.commit().await?;
    Ok(create_resend_wait_error(app, &flow, until, now))
}

/// Creates the form error that shows the waiting time in seconds from `now` to `until`.
fn create_resend_wait_error(
    app: &AppState,
    flow: &Flow,
    until: Timestamp,
    now: Timestamp,
) -> FlowError {
    let secs = until.secs_since(now);
    let errors = FormErrors::for_field(Field::Form, Problem::ResendWait { secs });
    FlowError::Refused(add_code_form_state_to_errors(app, flow, errors))
}

/// Returns the waiting time after a refused send.
///
/// It is the resend cooldown, at least 30 seconds, and doubles with each earlier refusal up to 10 minutes.
fn waiting_time_after_refused_send(earlier_refusals: usize, resend_gap: Duration) -> Duration {
    let doublings = u32::try_from(earlier_refusals).unwrap_or(u32::MAX).min(5);
    resend_gap
        .max(SHORTEST_WAIT_AFTER_REFUSAL)
        .saturating_mul(2_u32.pow(doublings))
        .min(LONGEST_WAIT_AFTER_REFUSAL)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn waiting_time_after_refused_sends_doubles_up_to_ten_minutes() {
        let waits = [0, 1, 2, 3, 4, 5, 100]
            .map(|n| waiting_time_after_refused_send(n, SHORTEST_WAIT_AFTER_REFUSAL).as_secs());
        assert_eq!(waits, [30, 60, 120, 240, 480, 600, 600]);
        assert_eq!(
            waiting_time_after_refused_send(0, Duration::ZERO),
            SHORTEST_WAIT_AFTER_REFUSAL
        );
        assert_eq!(
            waiting_time_after_refused_send(0, Duration::from_mins(1)).as_secs(),
            60
        );
    }
}
