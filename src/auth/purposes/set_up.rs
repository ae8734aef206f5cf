//! Setting up the second factor of an account that has none: flag, number and session are one commit.
//!
//! A number on file that was verified once is a second factor already. A different number then needs a code
//! to the old number first, and after that one to the new number. An unverified number on file can be replaced without a
//! code to it.

use crate::auth::engine::check_code::{Proof, consume_approval};
use crate::auth::engine::code_entry::transition_error;
use crate::auth::engine::persistence::{FlowSelection, end_flows, record_event, save_flow};
use crate::auth::error::FlowError;
use crate::auth::outcome::{Grant, Outcome};
use crate::auth::purposes::completion::{Completion, UNEXPECTED_DATA};
use crate::auth::purposes::lost_phone;
use crate::auth::{device, session};
use crate::context::{AppState, RequestContext};
use crate::notifications;
use crate::store::accounts::{self, Account};
use crate::store::audit::Event;
use crate::store::flow_data::FlowData;
use crate::store::flows::Flow;
use crate::store::{ReadFrom, Tx, account_numbers};
use domain::{Notification, PhoneNumber, Problem, Purpose, RecoveryId, Step, Timestamp};

const PURPOSE: Purpose = Purpose::SetUp;

/// The data that the flow of this account starts with. `recovery` is the due recovery that permits it, for an account
/// with a second factor.
pub fn initial_data(account: &Account, recovery: Option<RecoveryId>) -> FlowData {
    FlowData::SetUp {
        account: account.id.clone(),
        next: None,
        on_file_proven: false,
        recovery,
    }
}

/// After an approved code: asks for a code to the next number, if there is one, or completes the set-up.
pub(super) async fn continue_or_complete(
    app: &AppState,
    tx: &mut Tx,
    mut flow: Flow,
    proof: &Proof,
    context: &RequestContext,
    now: Timestamp,
) -> Result<Completion, FlowError> {
    if let Some(next) = number_after(&flow) {
        return prove_next(app, tx, flow, next, now).await;
    }
    consume_approval(app, tx, &mut flow, now).await?;
    complete(app, tx, &flow, proof, context, now).await
}

/// The number on file is proven: the flow continues with the new number.
async fn prove_next(
    app: &AppState,
    tx: &mut Tx,
    mut flow: Flow,
    next_number: PhoneNumber,
    now: Timestamp,
) -> Result<Completion, FlowError> {
    let hint = next_number.hint();
    let verification = flow.verification.clone().start_second_phone(next_number);
    flow.verification = verification.map_err(|refusal| transition_error(app, &flow, refusal))?;
    if let FlowData::SetUp {
        next,
        on_file_proven,
        ..
    } = &mut flow.data
    {
        *next = None;
        *on_file_proven = true;
    }
    save_flow(tx, &mut flow, now).await?;
    let purpose = flow.purpose;
    Ok(Outcome::step(Step::SendCode { purpose, hint }).into())
}

/// The number to prove after the one that the current code goes to.
pub fn number_after(flow: &Flow) -> Option<PhoneNumber> {
    match &flow.data {
        FlowData::SetUp {
            next: Some(next), ..
        } => PhoneNumber::from_e164(next),
        _ => None,
    }
}

/// Whether the verified number on file was proven in this flow.
pub const fn is_stored_number_proven(flow: &Flow) -> bool {
    matches!(
        flow.data,
        FlowData::SetUp {
            on_file_proven: true,
            ..
        }
    )
}

/// The recovery that permits the set-up of an account with a second factor.
pub const fn recovery_of(flow: &Flow) -> Option<&RecoveryId> {
    match &flow.data {
        FlowData::SetUp { recovery, .. } => recovery.as_ref(),
        _ => None,
    }
}

/// Enrols the number and opens the session in the transaction that uses up the approval. Of two concurrent
/// set-ups of one account the first to finish wins; the other ends.
async fn complete(
    app: &AppState,
    tx: &mut Tx,
    flow: &Flow,
    proof: &Proof,
    context: &RequestContext,
    now: Timestamp,
) -> Result<Completion, FlowError> {
    let FlowData::SetUp {
        account,
        on_file_proven,
        ..
    } = &flow.data
    else {
        return Err(UNEXPECTED_DATA.into());
    };
    let Some(before) = accounts::find_account(ReadFrom::Transaction(tx), account).await? else {
        return Err(FlowError::on_form(Problem::FlowEnded));
    };
    // No language is stored before the first visit, so use the one of this request.
    let before = Account {
        language: context.language,
        ..before
    };
    match recovery_of(flow) {
        None => enrol(app, tx, &before, *on_file_proven, proof, now).await?,
        Some(recovery) => {
            lost_phone::replace_phone(app, tx, &before, recovery, &proof.phone, now).await?;
        }
    }
    let retired = end_flows(tx, account, FlowSelection::AllExcept(&flow.id), now).await?;
    let token = session::open(app, tx, account, Some(proof.method), context, now).await?;
    let origin = context.audit_origin();
    let event = match recovery_of(flow) {
        None => Event::TwoFactorSetUp,
        Some(_) => Event::RecoveryCompleted,
    };
    record_event(tx, flow, event, origin, "", now).await?;
    let (event, method) = (Event::SessionStarted, proof.method.as_str());
    record_event(tx, flow, event, origin, method, now).await?;
    // Read again: a recovery has revoked the devices.
    let account = accounts::find_account(ReadFrom::Transaction(tx), account)
        .await?
        .ok_or(UNEXPECTED_DATA)?;
    let outcome = Outcome::step(session::first_step(&account))
        .granting(Grant::NoFlowToken(PURPOSE))
        .granting(Grant::Session(token))
        .granting(device::remember(app, context, &account));
    Ok(Completion {
        retired,
        ..Completion::from(outcome)
    })
}

/// Sets the MFA flag with the proven number, and notifies the number on file before.
async fn enrol(
    app: &AppState,
    tx: &mut Tx,
    before: &Account,
    on_file_proven: bool,
    proof: &Proof,
    now: Timestamp,
) -> Result<(), FlowError> {
    // The number on file may have been verified after this flow had asked for a number.
    let bound = before.phone_verified && before.phone.as_ref() != Some(&proof.phone);
    if bound && !on_file_proven {
        return Err(FlowError::on_form(Problem::FlowEnded));
    }
    account_numbers::enrol_phone(tx, &before.id, &proof.phone, now).await?;
    // Sent to the number on file before this change, whose owner may know nothing of it.
    let phone = proof.phone.hint();
    let notification = Notification::TwoFactorSetUp { phone };
    notifications::notify_holder(app, tx, before, &notification, now).await?;
    Ok(())
}
