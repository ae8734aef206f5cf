//! Cancels pending verifications: at once, or some seconds after the browser has left the page of the code.

use std::time::Duration;

use tracing::Instrument as _;

use crate::auth::engine::background::cancel_sent_codes_in_background;
use crate::auth::engine::persistence::{record_flow_audit_event, save_flow};
use crate::auth::engine::position::{CallerFlow, find_flow_by_id, find_flow_by_request_token};
use crate::auth::entry::lost_answer;
use crate::auth::entry::payment::find_payment_of_current_flow;
use crate::auth::error::FlowError;
use crate::auth::outcome::{Outcome, TokenChange};
use crate::context::{AppState, RequestContext, SharedAppState};
use crate::security::token::FlowId;
use crate::store::audit::Event;
use crate::store::flows::{self, Flow};
use crate::store::{ReadFrom, StoreError, accounts};
use crate::verification::{Ending, State};
use domain::{FlashMessage, Purpose, Step, Timestamp};

/// Minimum time between the cancellation of a flow and the start of the user's next flow.
///
/// Longer than a request takes, and than the clocks of two nodes differ. Shorter than the 1.5 seconds for which a page
/// waits if the server has not accepted the cancellation.
const MIN_TIME_TO_NEXT_FLOW: Duration = Duration::from_secs(1);

/// Cancels the verification flow of the request in the database and at the provider.
///
/// Cancels its code at the provider in the background. Succeeds even if the flow has ended or does not exist. If another
/// tab has replaced the flow of the page, changes nothing: the new flow and its flow token stay.
///
/// A browser repeats a request that has failed. `cancelled_at` is the time when the user cancelled; `None` if the page
/// waits for the answer. A flow that began later stays too. The answer to a late request can arrive after the answer
/// that has set the flow token of a later flow, so it removes no flow token.
pub async fn cancel_verification(
    app: &SharedAppState,
    context: &RequestContext,
    purpose: Purpose,
    cancelled_at: Option<Timestamp>,
) -> Result<Outcome, FlowError> {
    let is_later = |flow: &Flow| {
        cancelled_at.is_some_and(|time| flow.verification.opened_at > time + MIN_TIME_TO_NEXT_FLOW)
    };
    let mut outcome = Outcome::from_step(match purpose {
        Purpose::Registration => Step::Details,
        Purpose::SignIn | Purpose::SetUp | Purpose::PasswordReset => Step::SignIn,
        Purpose::PhoneChange | Purpose::StepUp | Purpose::Payment => Step::Profile,
    });
    let removes_token = match find_flow_by_request_token(app, context, purpose).await? {
        CallerFlow::Live(flow) if is_later(&flow) => return Ok(outcome),
        CallerFlow::Live(flow) => {
            if let Some(page) = find_payment_step_of_flow(&flow) {
                outcome.step = page;
            }
            outcome.sign_in_name = find_username_for_sign_in_form(app, &flow).await?;
            if purpose == Purpose::PasswordReset {
                outcome.message = Some(FlashMessage::PasswordResetCancelled);
                outcome.message_account.clone_from(&flow.account);
            }
            cancel_flow_and_pending_code(app, context, *flow).await?;
            // Until this time the page waits for the answer, and the user has begun no later flow.
            cancelled_at.is_none_or(|time| app.now() <= time + MIN_TIME_TO_NEXT_FLOW)
        }
        CallerFlow::Replaced => {
            if purpose == Purpose::Payment
                && let Some(id) = find_payment_of_current_flow(app, context).await?
            {
                outcome.step = Step::Payment { id };
            }
            return Ok(outcome);
        }
        // A form without a script. The next page shows the outcome, which the browser has not received.
        CallerFlow::Ended(Ending::Completed)
            if cancelled_at.is_none() && !purpose.is_flow_bound_to_session() =>
        {
            let completed = lost_answer::find_outcome_of_completed_flow(app, context, purpose);
            match completed.await? {
                Some(completed) => return Ok(completed),
                // The sign-in page finds the outcome by the flow token.
                None => false,
            }
        }
        // A later flow of the browser may have ended this one while the request was on its way.
        CallerFlow::Ended(_) | CallerFlow::Missing => cancelled_at.is_none(),
    };
    // The page of a cancelled payment finds its result by the flow token.
    if purpose == Purpose::Payment || !removes_token {
        return Ok(outcome);
    }
    Ok(outcome.with_token_change(TokenChange::RemoveFlowToken(purpose)))
}

/// Returns the username that the sign-in form contains after the user has cancelled the dialog of this verification
/// flow.
///
/// Returns `None` for a flow without dialog. Also returns `None` for a sign-in that awaits a code, because "Not you?"
/// on that page cancels the sign-in of another user.
async fn find_username_for_sign_in_form(
    app: &AppState,
    flow: &Flow,
) -> Result<Option<String>, StoreError> {
    let is_before_code = matches!(
        flow.verification.state,
        State::Ready { .. } | State::Sending { earlier: None, .. }
    );
    let has_dialog =
        flow.purpose == Purpose::SetUp || (flow.purpose == Purpose::SignIn && is_before_code);
    let Some(id) = flow.account.as_ref().filter(|_| has_dialog) else {
        return Ok(None);
    };
    let account = accounts::find_account(ReadFrom::Store(&app.store), id).await?;
    Ok(account.map(|account| account.username))
}

/// The number of attempts to cancel a flow that concurrent requests change.
const MAX_CANCEL_ATTEMPTS: usize = 5;

/// Cancels a live verification flow in the database and at the provider.
///
/// Cancels its code at the provider in the background. If a concurrent request changes the flow, for example a send
/// that has just finished, reads the flow again.
pub(super) async fn cancel_flow_and_pending_code(
    app: &SharedAppState,
    context: &RequestContext,
    mut flow: Flow,
) -> Result<(), FlowError> {
    for _ in 0..MAX_CANCEL_ATTEMPTS {
        let id = flow.id.clone();
        if end_flow_as_cancelled(app, context, flow).await? == EndAttempt::Ended {
            break;
        }
        match find_live_flow_by_id(app, &id).await? {
            Some(changed) => flow = changed,
            None => break,
        }
    }
    Ok(())
}

/// Ends a verification flow as cancelled. Changes nothing if a concurrent request has changed the flow.
async fn end_flow_as_cancelled(
    app: &SharedAppState,
    context: &RequestContext,
    flow: Flow,
) -> Result<EndAttempt, FlowError> {
    let (how, event) = (Ending::Cancelled, Event::FlowCancelled);
    end_flow_and_record_event(app, context, flow, how, event, "").await
}

/// Finds a verification flow that has not ended or expired.
async fn find_live_flow_by_id(app: &AppState, id: &FlowId) -> Result<Option<Flow>, StoreError> {
    let flow = find_flow_by_id(app, ReadFrom::Store(&app.store), id).await?;
    Ok(flow.filter(|flow| !flow.verification.state.is_ended()))
}

/// Result of an attempt to end a verification flow.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum EndAttempt {
    Ended,
    /// A concurrent request has changed the flow, so nothing was saved.
    Raced,
}

/// Ends a verification flow, writes an audit event and cancels the pending code.
///
/// Changes nothing if a concurrent request has changed the flow.
pub(super) async fn end_flow_and_record_event(
    app: &SharedAppState,
    context: &RequestContext,
    mut flow: Flow,
    how: Ending,
    event: Event,
    detail: &str,
) -> Result<EndAttempt, FlowError> {
    let code = flow.verification.state.sent_code().cloned();
    flow.verification = flow.verification.end_for_reason(how);
    let now = app.now();
    let mut tx = app.store.begin().await?;
    match save_flow(&mut tx, &mut flow, now).await {
        Ok(()) => {}
        Err(StoreError::Raced) => return Ok(EndAttempt::Raced),
        Err(error) => return Err(error.into()),
    }
    record_flow_audit_event(&mut tx, &flow, event, context.audit_origin(), detail, now).await?;
    tx.commit().await?;
    cancel_sent_codes_in_background(app, code);
    Ok(EndAttempt::Ended)
}

/// The time after which a flow is cancelled whose page was left.
///
/// A reloaded page, or another tab of the flow, reports within this time that it is open.
const TIME_TO_REPORT_OPEN_PAGE: Duration = Duration::from_secs(8);

/// Cancels the verification flow of the request in the background, after the user has left a page of the flow.
///
/// Does nothing if a page that was sent later reports within [`TIME_TO_REPORT_OPEN_PAGE`] that it is open: a browser
/// also reports a left page when it reloads the page. The reports of both pages can arrive in any order.
///
/// `page_opened_at` is the server's time when it sent a page with a code entry; `None` for a dialog.
pub async fn cancel_flow_after_user_left_page(
    app: &SharedAppState,
    context: &RequestContext,
    purpose: Purpose,
    page_opened_at: Option<Timestamp>,
) -> Result<(), FlowError> {
    let CallerFlow::Live(flow) = find_flow_by_request_token(app, context, purpose).await? else {
        return Ok(());
    };
    // A dialog does not report when it was sent.
    let has_code_entry = page_opened_at.is_some();
    let page_opened_at = page_opened_at.unwrap_or_else(|| app.now() - Duration::from_millis(1));
    let (shared, context) = (SharedAppState::clone(app), context.clone());
    let left = LeftPage {
        flow: flow.id,
        opened_at: page_opened_at,
        has_code_entry,
    };
    let cancellation = async move {
        tokio::time::sleep(TIME_TO_REPORT_OPEN_PAGE).await;
        if let Err(error) = cancel_flow_without_open_page(&shared, &context, &left).await {
            tracing::warn!(
                error = &error as &dyn std::error::Error,
                "cancelling a verification after the user left its page failed; the verification expires by itself"
            );
        }
    };
    // Not one of `app.tasks`, so a shutdown does not wait for it. The flow then expires.
    tokio::spawn(cancellation.in_current_span());
    Ok(())
}

/// A page of a verification flow that the user has left.
struct LeftPage {
    flow: FlowId,
    /// The server's time when it sent the page.
    opened_at: Timestamp,
    /// Whether the page has a form for a code, and not a dialog before it.
    has_code_entry: bool,
}

impl LeftPage {
    /// Returns whether this page shows a verification flow in this state.
    ///
    /// Another tab may have taken the flow from the dialog to the code entry since, or back.
    const fn shows_state(&self, state: &State) -> bool {
        match state {
            State::Collecting | State::Ready { .. } => !self.has_code_entry,
            _ => self.has_code_entry && state.is_shown_as_code_entry(),
        }
    }
}

/// Cancels a verification flow unless one of its pages was opened after the left page.
///
/// Only a flow that shows a code entry or a dialog is cancelled. A send or a check that was running when the user left
/// the page may have changed the flow since.
async fn cancel_flow_without_open_page(
    app: &SharedAppState,
    context: &RequestContext,
    left: &LeftPage,
) -> Result<(), FlowError> {
    for _ in 0..MAX_CANCEL_ATTEMPTS {
        let Some(flow) = find_live_flow_by_id(app, &left.flow).await? else {
            break;
        };
        if !left.shows_state(&flow.verification.state)
            || flows::was_flow_page_opened_after(&app.store, &left.flow, left.opened_at).await?
            || end_flow_as_cancelled(app, context, flow).await? == EndAttempt::Ended
        {
            break;
        }
    }
    Ok(())
}

/// Records that a page of the verification flow is open, so that the flow is not cancelled.
///
/// [`cancel_flow_after_user_left_page`] then ignores reports about pages that were sent earlier. `page_opened_at` is
/// the server's time when it sent the page. `None` means that the page is still open after another tab was closed; it
/// then counts as opened now. Returns the recorded time, or `None` if the flow has ended.
pub async fn record_open_flow_page(
    app: &SharedAppState,
    context: &RequestContext,
    purpose: Purpose,
    page_opened_at: Option<Timestamp>,
) -> Result<Option<Timestamp>, FlowError> {
    let CallerFlow::Live(flow) = find_flow_by_request_token(app, context, purpose).await? else {
        return Ok(None);
    };
    let now = app.now();
    let opened_at = page_opened_at.map_or(now, |opened_at| opened_at.min(now));
    flows::set_opening_time_of_flow_page(&app.store, &flow.id, opened_at).await?;
    Ok(Some(opened_at))
}

/// Returns the step that shows the payment of this verification flow; `None` if the flow is not a payment.
pub(super) fn find_payment_step_of_flow(flow: &Flow) -> Option<Step> {
    let id = flow.data.payment_id()?.clone();
    Some(Step::Payment { id })
}
