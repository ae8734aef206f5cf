//! Confirming a payment: a code that was asked for this very quote, in the session that began it.

use super::{PURPOSE, find, note_refusal, payer};
use crate::auth::error::FlowError;
use crate::auth::flows::judge::{Carried, Proof};
use crate::auth::flows::{Outcome, factor, verification};
use crate::auth::session::{self, SignedIn};
use crate::context::RequestContext;
use crate::context::{AppState, SharedAppState};
use crate::payments::quote_hash;
use crate::store::audit::Event;
use crate::store::flow_data::FlowData;
use crate::store::flows::{self, Flow};
use crate::store::payments::{self, Payment};
use crate::store::{StoreError, Tx, accounts, sessions};
use domain::{Channel, Method, PaymentId, PaymentStatus, Problem, Step, Timestamp};

/// Asks for a code of `method` for a payment that is known by its id; SMS sends one at once. For
/// callers that hold no handle. The payment as it stands then: it has failed where no code could be
/// sent.
pub async fn ask(
    app: &SharedAppState,
    context: &RequestContext,
    id: &PaymentId,
    method: Method,
    channel: Channel,
) -> Result<Payment, FlowError> {
    let signed_in = payer(app, context).await?;
    let flow = awaiting(app, &signed_in, id).await?;
    factor::choose_for(app, context, flow, method.as_str(), channel).await?;
    known(app, &signed_in, id).await
}

/// Confirms a payment that is known by its id with what was typed. For callers that hold no handle.
/// The payment as it stands then: completed, or still processing where the processor has not
/// answered yet.
pub async fn confirm(
    app: &SharedAppState,
    context: &RequestContext,
    id: &PaymentId,
    typed: &str,
) -> Result<Payment, FlowError> {
    let signed_in = payer(app, context).await?;
    let checked = match awaiting(app, &signed_in, id).await {
        Ok(flow) => verification::check_for(app, context, flow, typed).await,
        Err(error) => Err(error),
    };
    match checked {
        Ok(_) => known(app, &signed_in, id).await,
        Err(error) => Err(in_vain(app, context, error).await),
    }
}

/// The live verification of a payment of this session's.
async fn awaiting(app: &AppState, signed_in: &SignedIn, id: &PaymentId) -> Result<Flow, FlowError> {
    let payment = pending(known(app, signed_in, id).await?)?;
    let flow = match &payment.flow {
        Some(flow) => flows::find_by_id(&app.store, flow).await?,
        None => None,
    };
    let Some(mut flow) = flow.filter(|flow| flow.subject.is_open_to(&signed_in.session.token))
    else {
        return Err(FlowError::whole(Problem::FlowEnded));
    };
    flow.verification = flow.verification.at(&app.rules(PURPOSE), app.now());
    if flow.verification.state.is_over() {
        // It may have been confirmed between the two readings, and then that is what to say.
        pending(known(app, signed_in, id).await?)?;
        return Err(FlowError::whole(Problem::FlowEnded));
    }
    Ok(flow)
}

/// The payment, if nothing has become of it yet.
fn pending(payment: Payment) -> Result<Payment, FlowError> {
    match payment.standing.status() {
        PaymentStatus::Pending => Ok(payment),
        status => Err(FlowError::whole(Problem::PaymentSettled { status })),
    }
}

async fn known(app: &AppState, signed_in: &SignedIn, id: &PaymentId) -> Result<Payment, FlowError> {
    find(app, signed_in, id)
        .await?
        .ok_or_else(|| FlowError::whole(Problem::PaymentUnknown))
}

/// What to say where this browser's payment waits for no code any more.
pub async fn settled(app: &AppState, context: &RequestContext) -> Result<Problem, StoreError> {
    let Some(id) = super::current(app, context).await? else {
        return Ok(Problem::FlowEnded);
    };
    let payment = payments::find(&app.store, &id).await?;
    Ok(payment.map_or(Problem::FlowEnded, |payment| {
        let status = payment.at(app.now()).standing.status();
        Problem::PaymentSettled { status }
    }))
}

/// The error of a confirmation, which is written down first: every attempt is in the audit trail.
pub async fn in_vain(app: &AppState, context: &RequestContext, error: FlowError) -> FlowError {
    let Some(word) = in_a_word(&error) else {
        return error;
    };
    let noted = async {
        match session::current(app, context).await? {
            Some(signed_in) => note_refusal(app, &signed_in, context, word).await,
            None => Ok(()),
        }
    };
    match noted.await {
        Ok(()) => error,
        Err(failed) => failed.into(),
    }
}

/// What came in the way of a confirmation; `None` for a code that was judged, which is on record.
fn in_a_word(error: &FlowError) -> Option<&'static str> {
    let refusal = match error {
        FlowError::Refused(refusal) => refusal,
        FlowError::Store(StoreError::Raced) => return Some("ended"),
        _ => return None,
    };
    let mut problems = refusal.problems.iter().map(|found| &found.problem);
    problems.find_map(|problem| match problem {
        Problem::PaymentSettled { status } => Some(status.as_str()),
        Problem::PaymentUnknown => Some("unknown"),
        Problem::FlowEnded => Some("ended"),
        Problem::Busy => Some("busy"),
        Problem::FactorHeld { .. } => Some("held"),
        Problem::CodeExpired => Some("code_expired"),
        Problem::MalformedCode { .. } => Some("malformed"),
        _ => None,
    })
}

/// Takes the payment to be processed, in the commit that consumed the flow. Account and session
/// are read once more: a lock, a new number or a sign-out since the code was sent counts (SM-13,
/// PAY-07).
pub async fn complete(
    tx: &mut Tx,
    flow: &Flow,
    proof: &Proof,
    context: &RequestContext,
    now: Timestamp,
) -> Result<Carried, FlowError> {
    let FlowData::Payment {
        account,
        payment: id,
        session,
    } = &flow.subject
    else {
        return Err(ODD_SUBJECT.into());
    };
    let usable = accounts::read(tx, account)
        .await?
        .filter(|account| account.mfa && !account.disabled)
        .filter(|account| account.phone.as_ref() == Some(&proof.phone));
    if usable.is_none() || !sessions::stands(tx, session).await? {
        return Err(FlowError::whole(Problem::FlowEnded));
    }
    let won = payments::confirm(tx, id, &flow.id, now).await?;
    let payment = payments::read(tx, id).await?.ok_or(ODD_SUBJECT)?;
    if !won {
        let status = payment.at(now).standing.status();
        return Err(FlowError::whole(Problem::PaymentSettled { status }));
    }
    let (event, detail) = (Event::PaymentConfirmed, evidence(&payment, proof));
    verification::record(tx, flow, event, &context.source, &detail, now).await?;
    if proof.method != Method::Recovery {
        accounts::set_last_method(tx, account, proof.method).await?;
    }
    Ok(Carried {
        payment: Some(id.clone()),
        ..Carried::from(Outcome::step(Step::Payment { id: id.clone() }))
    })
}

/// What was agreed to, and by what it was proven (PAY-09).
fn evidence(payment: &Payment, proof: &Proof) -> String {
    let Payment {
        id,
        account,
        recipient,
        amount,
        description,
        ..
    } = payment;
    let quote = quote_hash(account, recipient, *amount, description);
    let method = proof.method.as_str();
    match &proof.provider {
        Some(sid) => format!("{method} payment {id} quote {quote} verification {sid}"),
        None => format!("{method} payment {id} quote {quote}"),
    }
}

const ODD_SUBJECT: StoreError = StoreError::Inconsistent {
    table: "flows",
    column: "subject",
};
