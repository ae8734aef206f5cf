//! Sets up the second factor of an account that has none. MFA flag, number and session are one commit.
//!
//! If the account has a verified number, another number needs two codes: one to the stored number, then one to the new
//! number. This change of number can be undone like any other. An unverified stored number can be replaced without a
//! code to it.

use crate::auth::engine::check_code::{Proof, mark_approved_flow_completed};
use crate::auth::engine::code_entry::refused_transition_error;
use crate::auth::engine::persistence::{
    FlowSelection, end_selected_flows_of_account, record_flow_audit_event, save_flow,
};
use crate::auth::error::FlowError;
use crate::auth::outcome::{Outcome, TokenChange};
use crate::auth::purposes::completion::{Completion, UNEXPECTED_DATA};
use crate::auth::purposes::lost_phone;
use crate::auth::purposes::phone_capacity::require_capacity_of_phone_number;
use crate::auth::purposes::undoable_change::save_undoable_contact_change;
use crate::auth::{device, session};
use crate::context::{AppState, RequestContext};
use crate::notifications;
use crate::store::accounts::{self, Account};
use crate::store::audit::Event;
use crate::store::contact_changes::OldContact;
use crate::store::flow_data::FlowData;
use crate::store::flows::Flow;
use crate::store::{ReadFrom, Tx, account_numbers, sessions};
use domain::{Notification, PhoneNumber, Problem, Purpose, RecoveryId, Step, Timestamp};

const PURPOSE: Purpose = Purpose::SetUp;

/// Creates the data of a verification flow that sets up a second factor.
///
/// `recovery` is the lost-phone recovery that permits to replace the stored number after the waiting time.
pub fn new_second_factor_set_up_data(account: &Account, recovery: Option<RecoveryId>) -> FlowData {
    FlowData::SetUp {
        account: account.id.clone(),
        epoch: Some(account.device_epoch),
        next: None,
        stored_phone_verified: false,
        recovery,
    }
}

/// Continues the set-up of a second factor after an approved code.
///
/// If there is a second phone number, requests a code to that number; otherwise completes the set-up.
pub(super) async fn continue_or_complete_second_factor_set_up(
    app: &AppState,
    tx: &mut Tx,
    mut flow: Flow,
    proof: &Proof,
    context: &RequestContext,
    now: Timestamp,
) -> Result<Completion, FlowError> {
    if let Some(next) = find_new_phone_number_to_prove(&flow) {
        return require_code_sent_to_new_phone_number(app, tx, flow, next, now).await;
    }
    mark_approved_flow_completed(app, tx, &mut flow, now).await?;
    complete_second_factor_set_up(app, tx, &flow, proof, context, now).await
}

/// Requires a code sent to the new phone number as the next step of a second-factor set-up.
///
/// The code to the stored number was correct.
async fn require_code_sent_to_new_phone_number(
    app: &AppState,
    tx: &mut Tx,
    mut flow: Flow,
    next_number: PhoneNumber,
    now: Timestamp,
) -> Result<Completion, FlowError> {
    let hint = next_number.masked_hint();
    let verification = flow
        .verification
        .clone()
        .start_verification_of_second_phone(next_number);
    flow.verification =
        verification.map_err(|refusal| refused_transition_error(app, &flow, refusal))?;
    if let FlowData::SetUp {
        next,
        stored_phone_verified,
        ..
    } = &mut flow.data
    {
        *next = None;
        *stored_phone_verified = true;
    }
    save_flow(tx, &mut flow, now).await?;
    let purpose = flow.purpose;
    Ok(Outcome::from_step(Step::SendCode { purpose, hint }).into())
}

/// Returns the new phone number that a second-factor set-up must verify after the stored one.
///
/// Returns `None` if one code is enough.
pub fn find_new_phone_number_to_prove(flow: &Flow) -> Option<PhoneNumber> {
    match &flow.data {
        FlowData::SetUp {
            next: Some(next), ..
        } => PhoneNumber::from_e164(next),
        _ => None,
    }
}

/// Returns whether a second-factor set-up has verified the stored phone number of the account.
pub const fn has_flow_verified_stored_phone_number(flow: &Flow) -> bool {
    matches!(
        flow.data,
        FlowData::SetUp {
            stored_phone_verified: true,
            ..
        }
    )
}

/// Returns the lost-phone recovery that permits this set-up to replace the stored number without a code to it.
///
/// Returns `None` for the first set-up of an account.
pub const fn find_recovery_id_of_second_factor_set_up(flow: &Flow) -> Option<&RecoveryId> {
    match &flow.data {
        FlowData::SetUp { recovery, .. } => recovery.as_ref(),
        _ => None,
    }
}

/// Completes the set-up of a second factor: enrols the verified phone number and opens a session.
///
/// Runs in the transaction that marks the approved code as used. The first of two concurrent set-ups of one account
/// ends the second set-up. Fails if the password of the account has changed since it was checked.
async fn complete_second_factor_set_up(
    app: &AppState,
    tx: &mut Tx,
    flow: &Flow,
    proof: &Proof,
    context: &RequestContext,
    now: Timestamp,
) -> Result<Completion, FlowError> {
    let (
        FlowData::SetUp {
            account,
            stored_phone_verified,
            ..
        },
        Some(password),
    ) = (&flow.data, flow.data.password_proof())
    else {
        return Err(UNEXPECTED_DATA.into());
    };
    let retired =
        end_selected_flows_of_account(tx, account, FlowSelection::AllExcept(&flow.id), now).await?;
    let Some(authenticated) = password.lock_unchanged_account(tx).await? else {
        return Err(FlowError::from_form_problem(Problem::FlowEnded));
    };
    // No language is stored before the first visit, so use the one of this request.
    let before = Account {
        language: context.language,
        ..Account::clone(&authenticated)
    };
    let is_verified_number_replaced = match find_recovery_id_of_second_factor_set_up(flow) {
        None => {
            enrol_verified_phone_number(app, tx, &before, *stored_phone_verified, proof, now)
                .await?
        }
        Some(recovery) => {
            let number = &proof.phone;
            lost_phone::replace_lost_phone_number(app, tx, context, &before, recovery, number, now)
                .await?;
            false
        }
    };
    let method = proof.method;
    let token = session::open_session(app, tx, &authenticated, Some(method), context, now).await?;
    let origin = context.audit_origin();
    let event = match find_recovery_id_of_second_factor_set_up(flow) {
        None => Event::TwoFactorSetUp,
        Some(_) => Event::RecoveryCompleted,
    };
    record_flow_audit_event(tx, flow, event, origin, "", now).await?;
    if is_verified_number_replaced {
        record_flow_audit_event(tx, flow, Event::PhoneChanged, origin, "", now).await?;
    }
    let (event, detail) = (Event::SessionStarted, method.as_str());
    record_flow_audit_event(tx, flow, event, origin, detail, now).await?;
    // Read again, because a recovery or a change of a verified number has revoked the device cookies.
    let account = accounts::find_account(ReadFrom::Transaction(tx), account)
        .await?
        .ok_or(UNEXPECTED_DATA)?;
    // A recovery that the holder of the stored number did not complete stays open until the user decides about it.
    let step = lost_phone::find_first_step_after_second_factor(tx, context, &account, now).await?;
    let outcome = Outcome::from_step(step)
        .with_token_change(TokenChange::RemoveFlowToken(PURPOSE))
        .with_token_change(TokenChange::SetSession(token))
        .with_token_change(device::issue_device_cookie(app, context, &account));
    let outcome = match find_recovery_id_of_second_factor_set_up(flow) {
        None => outcome,
        Some(_) => outcome.with_token_change(TokenChange::RemoveRecovery),
    };
    Ok(Completion {
        retired,
        ..Completion::from(outcome)
    })
}

/// Enrols the verified phone number as the second factor of an account.
///
/// Notifies the phone number that was stored before. Returns whether the number replaces another verified one. That is
/// a change of phone number: other sessions and recognised devices end, and the old number and the e-mail address
/// receive a link that undoes the change.
async fn enrol_verified_phone_number(
    app: &AppState,
    tx: &mut Tx,
    before: &Account,
    stored_phone_verified: bool,
    proof: &Proof,
    now: Timestamp,
) -> Result<bool, FlowError> {
    let replaced = before
        .phone
        .as_ref()
        .filter(|stored| **stored != proof.phone);
    let replaced_verified = replaced.filter(|_| before.phone_verified);
    // The stored number may have been verified after this flow had asked for a number.
    if replaced_verified.is_some() && !stored_phone_verified {
        return Err(FlowError::from_form_problem(Problem::FlowEnded));
    }
    if before.phone.as_ref() != Some(&proof.phone) {
        require_capacity_of_phone_number(app, tx, &proof.phone).await?;
    }
    account_numbers::enrol_phone_as_second_factor(tx, &before.id, &proof.phone, now).await?;
    let phone = proof.phone.masked_hint();
    let notification = match replaced_verified {
        None => Notification::TwoFactorSetUp { phone },
        Some(old) => {
            let old = OldContact::Phone(old.clone());
            let change = save_undoable_contact_change(app, tx, &before.id, &old, now).await?;
            sessions::end_all_sessions(tx, &before.id).await?;
            Notification::PhoneChanged {
                phone,
                undo: Some(change),
            }
        }
    };
    // `before` has the previous number, whose owner may not know of the change.
    notifications::notify_account_holder(app, tx, before, &notification, now).await?;
    Ok(replaced_verified.is_some())
}
