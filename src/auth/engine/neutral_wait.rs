//! The wait that is shown when other flows have used up a limit.
//!
//! An exact wait would reveal to a stranger when the owner of a number last received a code. The neutral wait depends
//! only on how often the stranger's own flow, or own account, was refused.

use std::time::Duration;

use crate::auth::engine::code_entry::{transition_error, with_entry};
use crate::auth::engine::persistence::save_flow;
use crate::auth::engine::rate_limit;
use crate::auth::error::FlowError;
use crate::context::AppState;
use crate::store::flows::Flow;
use crate::store::{StoreError, Tx};
use crate::verification::RefusedTransition;
use domain::{Field, FormErrors, Problem, Timestamp};

const SHORTEST: Duration = Duration::from_secs(30);
const LONGEST: Duration = Duration::from_mins(10);

/// Refuses a send, and blocks sends of this flow until the neutral wait is over. Returns the error to show.
pub async fn refuse_send(
    app: &AppState,
    flow: Flow,
    now: Timestamp,
) -> Result<FlowError, StoreError> {
    let limit = app.neutral_refusal_limit(&flow.id, flow.account.as_ref());
    let mut tx = app.store.begin().await?;
    let refusals = rate_limit::count(&mut tx, &limit, now).await?;
    // An error means that the bucket is full. The wait then has its maximum.
    let _ = rate_limit::reserve(&mut tx, &limit, now).await?;
    let wait = neutral_wait(refusals, app.limits.resend_gap);
    block_sends(app, tx, flow, now + wait, now).await
}

/// Refuses a resend until a limit that the sender may know permits it, so that the page of the code shows that time. A
/// flow without a code stays as it is: its page has no time to show.
pub async fn refuse_resend(
    app: &AppState,
    flow: Flow,
    until: Timestamp,
    now: Timestamp,
) -> Result<FlowError, StoreError> {
    if flow.verification.state.code().is_none() {
        return Ok(wait_error(app, &flow, until, now));
    }
    let tx = app.store.begin().await?;
    block_sends(app, tx, flow, until, now).await
}

async fn block_sends(
    app: &AppState,
    mut tx: Tx,
    mut flow: Flow,
    until: Timestamp,
    now: Timestamp,
) -> Result<FlowError, StoreError> {
    let unchanged = flow.clone();
    flow.verification = flow.verification.block_sends_until(until);
    match save_flow(&mut tx, &mut flow, now).await {
        Ok(()) => tx.commit().await?,
        Err(StoreError::Raced) => {
            return Ok(transition_error(app, &unchanged, RefusedTransition::Busy));
        }
        Err(error) => return Err(error),
    }
    Ok(wait_error(app, &flow, until, now))
}

fn wait_error(app: &AppState, flow: &Flow, until: Timestamp, now: Timestamp) -> FlowError {
    let secs = until.secs_after(now);
    let errors = FormErrors::for_field(Field::Form, Problem::ResendWait { secs });
    FlowError::Refused(with_entry(app, flow, errors))
}

/// The resend cooldown, or 30 s if that is longer. Each earlier refusal doubles it, up to 10 minutes.
fn neutral_wait(earlier_refusals: usize, resend_gap: Duration) -> Duration {
    let doublings = u32::try_from(earlier_refusals).unwrap_or(u32::MAX).min(5);
    resend_gap
        .max(SHORTEST)
        .saturating_mul(2_u32.pow(doublings))
        .min(LONGEST)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn neutral_wait_doubles_up_to_ten_minutes() {
        let waits = [0, 1, 2, 3, 4, 5, 100].map(|n| neutral_wait(n, SHORTEST).as_secs());
        assert_eq!(waits, [30, 60, 120, 240, 480, 600, 600]);
        assert_eq!(neutral_wait(0, Duration::ZERO), SHORTEST);
        assert_eq!(neutral_wait(0, Duration::from_mins(1)).as_secs(), 60);
    }
}
