//! Confirms the payment of a flow whose code was approved.

use crate::auth::engine::check_code::Proof;
use crate::auth::engine::persistence::record_flow_audit_event;
use crate::auth::error::FlowError;
use crate::auth::outcome::Outcome;
use crate::auth::purposes::completion::{Completion, UNEXPECTED_DATA};
use crate::context::{AppState, RequestContext};
use crate::payments::hash_payment_details;
use crate::store::audit::Event;
use crate::store::flow_data::FlowData;
use crate::store::flows::Flow;
use crate::store::payments::{self, Payment};
use crate::store::{ReadFrom, StoreError, Tx, accounts, sessions};
use domain::{Method, Problem, Step, Timestamp};
use verify::Transaction;

/// Returns the amount and payee of a payment flow, for the message with the code.
///
/// Returns `None` for flows of other purposes.
pub async fn find_amount_and_payee_of_flow(
    app: &AppState,
    flow: &Flow,
) -> Result<Option<Transaction>, StoreError> {
    let Some(id) = flow.data.payment_id() else {
        return Ok(None);
    };
    let payment = payments::find_payment(ReadFrom::Store(&app.store), id).await?;
    Ok(payment.map(|payment| Transaction {
        amount: payment.amount.to_string(),
        payee: payment.recipient.as_str().to_owned(),
    }))
}

/// Confirms a payment whose code was approved, by setting its status to processing.
///
/// Runs in the transaction that marks the code as used. Fails if, since the code was sent, the account was disabled,
/// its phone number has changed, or the user has signed out.
pub async fn confirm_payment_after_code_approval(
    tx: &mut Tx,
    flow: &Flow,
    proof: &Proof,
    context: &RequestContext,
    now: Timestamp,
) -> Result<Completion, FlowError> {
    let FlowData::Payment {
        account,
        payment: id,
        session,
    } = &flow.data
    else {
        return Err(UNEXPECTED_DATA.into());
    };
    let usable = accounts::find_account(ReadFrom::Transaction(tx), account)
        .await?
        .filter(|account| account.mfa && account.may_sign_in())
        .filter(|account| account.phone.as_ref() == Some(&proof.phone));
    if usable.is_none() || !sessions::session_exists(tx, session).await? {
        return Err(FlowError::from_form_problem(Problem::FlowEnded));
    }
    let won = payments::confirm_payment(tx, id, &flow.id, now).await?;
    let payment = payments::find_payment(ReadFrom::Transaction(tx), id)
        .await?
        .ok_or(UNEXPECTED_DATA)?;
    if !won {
        let status = payment.expire_if_overdue(now).state.payment_status();
        return Err(FlowError::from_form_problem(Problem::PaymentSettled {
            status,
        }));
    }
    let (event, detail) = (
        Event::PaymentConfirmed,
        payment_confirmation_audit_detail(&payment, proof),
    );
    record_flow_audit_event(tx, flow, event, context.audit_origin(), &detail, now).await?;
    if proof.method != Method::Recovery {
        accounts::set_last_used_second_factor(tx, account, proof.method).await?;
    }
    Ok(Completion {
        payment: Some(id.clone()),
        ..Completion::from(Outcome::from_step(Step::Payment { id: id.clone() }))
    })
}

/// Formats the audit detail of a confirmed payment.
///
/// It contains method, payment ID, hash of the confirmed details and the provider's verification ID.
fn payment_confirmation_audit_detail(payment: &Payment, proof: &Proof) -> String {
    let Payment {
        id,
        account,
        recipient,
        amount,
        description,
        ..
    } = payment;
    let quote = hash_payment_details(account, recipient, *amount, description);
    let method = proof.method.as_str();
    match &proof.provider {
        Some(sid) => format!("{method} payment {id} quote {quote} verification {sid}"),
        None => format!("{method} payment {id} quote {quote}"),
    }
}
