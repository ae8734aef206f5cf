//! Saves flows, together with the payments and audit events that belong in the same commit.

use crate::auth::error::FlowError;
use crate::security::token::{AccountId, FlowId, Token};
use crate::store::audit::{self, AuditEntry, AuditOrigin, Event};
use crate::store::flow_data::FlowData;
use crate::store::flows::{self, Flow};
use crate::store::{StoreError, Tx, email_proofs, payments};
use crate::verification::{Ending, SentCode, State};
use domain::{PaymentFailure, Purpose, Timestamp};

/// Inserts a new verification flow and ends `earlier`, the live flow that it replaces.
///
/// `earlier` has the same purpose and belongs to the same browser or API client. Returns the token of the new flow, and
/// the pending code of the ended one. The caller cancels that code at the provider after the commit.
pub async fn open_verification_flow(
    tx: &mut Tx,
    flow: &Flow,
    earlier: Option<Flow>,
) -> Result<(Token, Option<SentCode>), FlowError> {
    let token = Token::generate();
    let retired = open_verification_flow_with_token(tx, flow, earlier, &token).await?;
    Ok((token, retired))
}

/// Inserts a new verification flow with the given token and ends `earlier`, the live flow that it replaces.
///
/// `earlier` has the same purpose and belongs to the same browser or API client. Returns the pending code of the ended
/// flow, which the caller cancels at the provider after the commit.
pub async fn open_verification_flow_with_token(
    tx: &mut Tx,
    flow: &Flow,
    earlier: Option<Flow>,
    token: &Token,
) -> Result<Option<SentCode>, FlowError> {
    let mut retired = None;
    if let Some(mut earlier) = earlier {
        retired = earlier.verification.state.sent_code().cloned();
        earlier.verification = earlier.verification.end_for_reason(Ending::Superseded);
        match save_flow(tx, &mut earlier, flow.verification.opened_at).await {
            // A concurrent request has changed or ended the earlier flow, and cancels its code.
            Ok(()) | Err(StoreError::Raced) => {}
            Err(error) => return Err(error.into()),
        }
    }
    flows::insert_flow(tx, flow, &token.hash()).await?;
    Ok(retired)
}

/// The maximum number of live sign-ins of one account, set-ups of a second factor included.
///
/// Each needs the password, and an attacker who knows it can hold the second factor anyway. So the limit gives such an
/// attacker no new way to end a sign-in of the owner. The set-up after a lost-phone recovery is not held, so it does not
/// count here.
const MAX_LIVE_SIGN_INS: usize = 50;

/// Ends the oldest sign-ins of an account so that at most [`MAX_LIVE_SIGN_INS`] are live, `new` included.
///
/// The new sign-in is never refused. Flows that another transaction has locked stay. Returns the pending codes of the
/// ended flows, which the caller cancels at the provider after the commit.
pub async fn end_oldest_sign_ins_beyond_limit(
    tx: &mut Tx,
    account: &AccountId,
    new: &FlowId,
    now: Timestamp,
) -> Result<Vec<SentCode>, StoreError> {
    let mut live = flows::lock_live_flows_without_waiting(tx, account).await?;
    live.retain(|flow| {
        flow.id != *new
            && FlowSelection::SignIns.does_selection_include_flow(flow)
            && !matches!(
                flow.data,
                FlowData::SetUp {
                    recovery: Some(_),
                    ..
                }
            )
    });
    live.sort_by_key(|flow| flow.verification.opened_at);
    let surplus = (live.len() + 1).saturating_sub(MAX_LIVE_SIGN_INS);
    live.truncate(surplus);
    end_locked_flows(tx, live, now).await
}

/// Saves a verification flow to the database.
///
/// If a payment flow has ended without confirmation, marks its payment as failed in the same transaction. Returns
/// [`StoreError::Raced`] if another request has saved the flow since it was read.
pub async fn save_flow(tx: &mut Tx, flow: &mut Flow, now: Timestamp) -> Result<(), StoreError> {
    flows::save_flow(tx, flow).await?;
    match payment_failure_of_ended_flow(flow) {
        Some(failure) => payments::fail_payment_of_flow(tx, &flow.id, failure, now).await,
        None => Ok(()),
    }
}

/// Returns why the payment of an ended verification flow has failed.
///
/// Returns `None` for a live flow, for a flow without payment, and for a payment that was confirmed or has expired.
fn payment_failure_of_ended_flow(flow: &Flow) -> Option<PaymentFailure> {
    let State::Ended { how } = flow.verification.state else {
        return None;
    };
    match how {
        _ if flow.purpose != Purpose::Payment => None,
        // A completed flow has confirmed its payment. The payment sweep ends the payment of an expired flow.
        Ending::Completed | Ending::Expired => None,
        Ending::Cancelled => Some(PaymentFailure::Cancelled),
        Ending::Exhausted => Some(PaymentFailure::Exhausted),
        Ending::Unsent => Some(PaymentFailure::NotSent),
        Ending::Superseded => Some(PaymentFailure::Superseded),
        Ending::Voided => Some(PaymentFailure::Voided),
    }
}

/// Selects which live verification flows of an account end after a change to the account.
#[derive(Clone, Copy, Debug)]
pub enum FlowSelection<'a> {
    All,
    /// All flows except the flow that made the change. [`lock_rows_ended_by_completion`] has locked them.
    AllExcept(&'a FlowId),
    /// All flows of this purpose except the one with this ID.
    OfPurposeExcept(Purpose, &'a FlowId),
    /// Sign-ins, set-ups of a second factor and password resets. The caller has locked the flows of the account.
    NotBoundToSession,
    /// Sign-ins, and set-ups of a second factor, which also open a session.
    SignIns,
}

impl FlowSelection<'_> {
    /// Returns whether the selection includes this verification flow.
    fn does_selection_include_flow(self, flow: &Flow) -> bool {
        match self {
            Self::All => true,
            Self::AllExcept(id) => flow.id != *id,
            Self::OfPurposeExcept(purpose, id) => flow.purpose == purpose && flow.id != *id,
            Self::NotBoundToSession => !flow.purpose.is_flow_bound_to_session(),
            Self::SignIns => matches!(flow.purpose, Purpose::SignIn | Purpose::SetUp),
        }
    }
}

/// Locks the rows that end when this verification flow is completed: other flows, then the pending e-mail proof.
///
/// Locks the flows in the order of their IDs. Call it before this flow is locked or saved. Does nothing for a purpose
/// whose completion ends no other flow.
pub async fn lock_rows_ended_by_completion(tx: &mut Tx, flow: &Flow) -> Result<(), StoreError> {
    let ends_other_flows = matches!(
        flow.purpose,
        Purpose::SetUp | Purpose::PhoneChange | Purpose::PasswordReset
    );
    match &flow.account {
        Some(account) if ends_other_flows => {
            flows::lock_live_flows(tx, account).await?;
            email_proofs::lock_email_proof(tx, account).await
        }
        _ => Ok(()),
    }
}

/// Ends the live verification flows of an account that `selection` includes.
///
/// Returns their pending codes, which the caller cancels at the provider after the commit. If the selection is not
/// limited to some purposes, also deletes the pending e-mail proof of the account, after the flows.
pub async fn end_selected_flows_of_account(
    tx: &mut Tx,
    account: &AccountId,
    selection: FlowSelection<'_>,
    now: Timestamp,
) -> Result<Vec<SentCode>, StoreError> {
    let retired = end_selected_flows_and_keep_email_proof(tx, account, selection, now).await?;
    match selection {
        FlowSelection::All | FlowSelection::AllExcept(_) => {
            email_proofs::delete_email_proof(tx, account).await?;
        }
        FlowSelection::OfPurposeExcept(..)
        | FlowSelection::NotBoundToSession
        | FlowSelection::SignIns => {}
    }
    Ok(retired)
}

/// Ends the live verification flows of an account that `selection` includes, and keeps the pending e-mail proof.
///
/// Otherwise equal to [`end_selected_flows_of_account`]. The caller's transaction locks the e-mail proof afterwards.
///
/// A flow that was opened meanwhile and that another transaction has locked stays open, as if it was opened after the
/// change. Its completion reads the account and the session again, so it uses nothing that the change has revoked.
pub async fn end_selected_flows_and_keep_email_proof(
    tx: &mut Tx,
    account: &AccountId,
    selection: FlowSelection<'_>,
    now: Timestamp,
) -> Result<Vec<SentCode>, StoreError> {
    let mut retired = Vec::new();
    let mut live = match selection {
        FlowSelection::All | FlowSelection::OfPurposeExcept(..) | FlowSelection::SignIns => {
            flows::lock_live_flows(tx, account).await?
        }
        // The caller has locked the flows. It is too late to wait for others.
        FlowSelection::AllExcept(_) | FlowSelection::NotBoundToSession => {
            flows::lock_live_flows_without_waiting(tx, account).await?
        }
    };
    loop {
        live.retain(|flow| selection.does_selection_include_flow(flow));
        if live.is_empty() {
            return Ok(retired);
        }
        retired.extend(end_locked_flows(tx, live, now).await?);
        // The next iteration finds the flows that concurrent requests have opened since.
        live = flows::lock_live_flows_without_waiting(tx, account).await?;
    }
}

/// Ends verification flows that the transaction has locked.
///
/// Returns their pending codes, which the caller cancels at the provider after the commit.
pub async fn end_locked_flows(
    tx: &mut Tx,
    locked: Vec<Flow>,
    now: Timestamp,
) -> Result<Vec<SentCode>, StoreError> {
    let mut retired = Vec::new();
    for mut flow in locked {
        let code = flow.verification.state.sent_code().cloned();
        flow.verification = flow.verification.end_for_reason(Ending::Voided);
        save_flow(tx, &mut flow, now).await?;
        retired.extend(code);
    }
    Ok(retired)
}

/// Writes an audit event about a verification flow to the audit trail.
pub async fn record_flow_audit_event(
    tx: &mut Tx,
    flow: &Flow,
    event: Event,
    origin: AuditOrigin<'_>,
    detail: &str,
    now: Timestamp,
) -> Result<(), StoreError> {
    let entry = AuditEntry {
        event,
        account: flow.account.as_ref(),
        flow: Some(&flow.id),
        purpose: Some(flow.purpose),
        origin,
        detail,
    };
    audit::record_audit_entry(tx, &entry, now).await
}
