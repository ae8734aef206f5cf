//! Payments: quoted and frozen, confirmed by a fresh second factor where they are worth it, and
//! executed exactly once (product.md, section 5).
//!
//! The quote is a row, the confirmation a verification like any other, of a purpose of its own. A
//! code approves the row it was asked for: what is paid to whom is read from there and from
//! nowhere else (PAY-01, PAY-02).

mod confirm;
mod initiate;
mod settle;

pub use self::confirm::{ask, confirm};
pub(super) use self::confirm::{complete, in_vain, settled};
pub use self::initiate::{Initiated, Request, begin, initiate, new_key};
pub(super) use self::settle::settle_soon;
pub use self::settle::{resume, sweep};
use crate::auth::error::FlowError;
use crate::auth::flows::{budget, verification};
use crate::auth::session::{self, SignedIn};
use crate::context::AppState;
use crate::context::RequestContext;
use crate::store::StoreError;
use crate::store::audit::{self, Entry, Event};
use crate::store::flow_data::FlowData;
use crate::store::flows::{self, Flow};
use crate::store::payments::{self, Payment};
use domain::{PaymentId, Problem, Purpose, Step};
use verify::Transaction;

const PURPOSE: Purpose = Purpose::Payment;

/// A payment of this person's, as it stands now. Another's is as unknown as one that never was.
pub async fn find(
    app: &AppState,
    signed_in: &SignedIn,
    id: &PaymentId,
) -> Result<Option<Payment>, StoreError> {
    let payment = payments::find(&app.store, id).await?;
    Ok(payment
        .filter(|payment| payment.account == signed_in.account.id)
        .map(|payment| payment.at(app.now())))
}

/// The payment this browser asked a code for last, whether or not it is over.
pub async fn current(
    app: &AppState,
    context: &RequestContext,
) -> Result<Option<PaymentId>, StoreError> {
    let Some(handle) = context.handle(PURPOSE) else {
        return Ok(None);
    };
    let Some(flow) = flows::find(&app.store, PURPOSE, &handle.hash()).await? else {
        return Ok(None);
    };
    if !verification::belongs_to_session(app, context, &flow).await? {
        return Ok(None);
    }
    Ok(id(&flow).cloned())
}

/// The payment a flow is for; `None` for a flow of another purpose.
pub const fn id(flow: &Flow) -> Option<&PaymentId> {
    match &flow.subject {
        FlowData::Payment { payment, .. } => Some(payment),
        _ => None,
    }
}

/// The page of the payment a flow is for.
pub fn page(flow: &Flow) -> Option<Step> {
    id(flow).cloned().map(|id| Step::Payment { id })
}

/// What the provider is told a code is for; a service without PSD2 passes it over.
pub(super) async fn transaction(
    app: &AppState,
    flow: &Flow,
) -> Result<Option<Transaction>, StoreError> {
    let Some(id) = id(flow) else {
        return Ok(None);
    };
    let payment = payments::find(&app.store, id).await?;
    Ok(payment.map(|payment| Transaction {
        amount: payment.amount.to_string(),
        payee: payment.recipient.as_str().to_owned(),
    }))
}

/// Who is signed in, if they may pay: a session that a password alone opened may not (SES-08).
async fn payer(app: &AppState, context: &RequestContext) -> Result<SignedIn, FlowError> {
    let signed_in = session::current(app, context)
        .await?
        .ok_or_else(|| FlowError::whole(Problem::FlowEnded))?;
    if signed_in.session.method.is_none() || !signed_in.account.mfa {
        note_refusal(app, &signed_in, context, "assurance").await?;
        return Err(FlowError::whole(Problem::SecondFactorNeeded));
    }
    Ok(signed_in)
}

/// Writes down that somebody wanted to pay and was turned away, in a word. So many lines an hour: more
/// of them would say nothing more.
async fn note_refusal(
    app: &AppState,
    signed_in: &SignedIn,
    context: &RequestContext,
    detail: &str,
) -> Result<(), StoreError> {
    let account = &signed_in.account.id;
    let now = app.now();
    let mut tx = app.store.begin().await?;
    let limit = app.payment_refusal_limit(account);
    if budget::reserve(&mut tx, &limit, now).await?.is_err() {
        return Ok(());
    }
    let entry = Entry::about(account, Event::PaymentRefused, &context.source).saying(detail);
    audit::record(&mut tx, &entry, now).await?;
    tx.commit().await.map_err(StoreError::from)
}
