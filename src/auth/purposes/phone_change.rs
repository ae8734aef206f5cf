//! Changes the phone number. An approved code proves the new number, and the user's confirmation saves it.

use crate::auth::engine::background::cancel_sent_codes_in_background;
use crate::auth::engine::code_entry::refused_transition_error;
use crate::auth::engine::persistence::{
    FlowSelection, end_selected_flows_of_account, lock_rows_ended_by_completion,
    record_flow_audit_event, save_flow,
};
use crate::auth::error::FlowError;
use crate::auth::outcome::{Outcome, TokenChange};
use crate::auth::purposes::completion::{Completion, UNEXPECTED_DATA};
use crate::auth::purposes::phone_capacity::require_capacity_of_phone_number;
use crate::auth::purposes::undoable_change::save_undoable_contact_change;
use crate::auth::{device, session};
use crate::context::{RequestContext, SharedAppState};
use crate::notifications;
use crate::store::audit::Event;
use crate::store::contact_changes::OldContact;
use crate::store::flow_data::FlowData;
use crate::store::flows::Flow;
use crate::store::session_renewals::RenewalReason;
use crate::store::{ReadFrom, Tx, account_locks, account_numbers, accounts};
use crate::verification::State;
use domain::{Notification, PhoneNumber, Problem, Purpose, Step, Timestamp};

const PURPOSE: Purpose = Purpose::PhoneChange;

/// Saves a phone number change whose code was approved, until the user confirms it.
///
/// Returns the step in which the user confirms the new number. The account keeps the old number until then.
pub(super) async fn save_phone_change_until_confirmation(
    tx: &mut Tx,
    mut flow: Flow,
    now: Timestamp,
) -> Result<Completion, FlowError> {
    let State::Approved { code } = &flow.verification.state else {
        return Err(FlowError::from_form_problem(Problem::FlowEnded));
    };
    let hint = code.phone.masked_hint();
    save_flow(tx, &mut flow, now).await?;
    Ok(Outcome::from_step(Step::ConfirmPhone { hint }).into())
}

/// Replaces the phone number of the account by the verified new number.
///
/// The same transaction ends all other sessions and flows of the account, invalidates its device cookies and renews the
/// token of this session.
pub async fn save_new_phone_number(
    app: &SharedAppState,
    mut flow: Flow,
    context: &RequestContext,
) -> Result<Outcome, FlowError> {
    let signed_in = session::require_signed_in_user(app, context).await?;
    let now = app.now();
    let new = flow.verification.state.phone().cloned();
    let verification = flow.verification.clone().complete_approved_verification();
    flow.verification =
        verification.map_err(|refusal| refused_transition_error(app, &flow, refusal))?;
    let (FlowData::PhoneChange { account, from }, Some(new)) = (flow.data.clone(), new) else {
        return Err(FlowError::from_form_problem(Problem::FlowEnded));
    };
    let Some(old) = PhoneNumber::from_e164(&from) else {
        return Err(UNEXPECTED_DATA.into());
    };
    let mut tx = app.store.begin().await?;
    // The lock order is that of `account_locks`. Another order could cause a deadlock.
    lock_rows_ended_by_completion(&mut tx, &flow).await?;
    save_flow(&mut tx, &mut flow, now).await?;
    let retired =
        end_selected_flows_of_account(&mut tx, &account, FlowSelection::AllExcept(&flow.id), now)
            .await?;
    let holder = account_locks::lock_account(&mut tx, &account).await?;
    require_capacity_of_phone_number(app, &mut tx, &new).await?;
    account_numbers::change_phone_number(&mut tx, &account, &old, &new, now).await?;
    let old = OldContact::Phone(old);
    let change = save_undoable_contact_change(app, &mut tx, &account, &old, now).await?;
    if let Some(holder) = holder {
        // `holder` was read before the change: the message goes to the old number and to the e-mail address.
        let phone = new.masked_hint();
        let notification = Notification::PhoneChanged {
            phone,
            undo: Some(change),
        };
        notifications::notify_account_holder(app, &mut tx, &holder, &notification, now).await?;
    }
    let changed = accounts::find_account(ReadFrom::Transaction(&mut tx), &account).await?;
    let token = session::renew_session_and_end_others(
        &mut tx,
        context,
        &signed_in,
        RenewalReason::PhoneChange,
        now,
    )
    .await?;
    let event = Event::PhoneChanged;
    record_flow_audit_event(&mut tx, &flow, event, context.audit_origin(), "", now).await?;
    tx.commit().await?;
    app.outbox_wake.notify_one();
    cancel_sent_codes_in_background(app, retired);
    let outcome = Outcome::from_step(Step::PhoneChanged)
        .with_token_change(TokenChange::RemoveFlowToken(PURPOSE))
        .with_token_change(TokenChange::SetSession(token));
    // The change has revoked all device cookies, so this browser gets a new one.
    Ok(match changed {
        Some(account) => {
            outcome.with_token_change(device::issue_device_cookie(app, context, &account))
        }
        None => outcome,
    })
}
