//! Quoting a payment: from here on what is paid to whom stands fast.

use super::{PURPOSE, note_refusal, payer, settle_soon};
use crate::auth::error::FlowError;
use crate::auth::flows::problems::Problems;
use crate::auth::flows::verification::{self, open_as, retire_later};
use crate::auth::flows::{Grant, Outcome, budget, detached, factor};
use crate::auth::session::SignedIn;
use crate::context::RequestContext;
use crate::context::{AppState, SharedAppState};
use crate::payments::{hash, quote_hash};
use crate::security::token::{FlowId, Token, payment_id};
use crate::store::audit::{self, Entry, Event};
use crate::store::flow_data::FlowData;
use crate::store::flows::{self, Flow};
use crate::store::payments::{self, NewPayment, Payment, Standing};
use crate::store::{StoreError, Tx};
use crate::verification::{SentCode, Verification};
use domain::{
    Amount, Currency, Description, Field, PaymentId, Problem, Recipient, Step, Timestamp,
};

/// A payment somebody wants to make, as typed.
#[derive(Clone, Copy, Debug)]
pub struct Request<'a> {
    pub recipient: &'a str,
    /// A decimal number; of a JSON number its very text, never a float's (PAY-08).
    pub amount: &'a str,
    pub currency: &'a str,
    pub description: &'a str,
    /// Random, and the same when this very request is sent again: what comes of it is then the same
    /// payment (PAY-04). Empty for a caller that repeats nothing.
    pub key: &'a str,
}

/// A payment that was begun, now or by the same request before.
#[derive(Clone, Debug)]
pub struct Initiated {
    pub payment: Payment,
    /// Its verification, and the handle that opens it: for the session that began it, as long as it
    /// waits for its code.
    pub verification: Option<(Flow, Token)>,
}

/// A key for a form that is about to be shown.
pub fn new_key() -> String {
    Token::generate().expose().to_owned()
}

/// Takes the form: a payment below the threshold is processed at once, any other asks for a code.
pub async fn begin(
    app: &SharedAppState,
    context: &RequestContext,
    request: &Request<'_>,
) -> Result<Outcome, FlowError> {
    let Initiated {
        payment,
        verification,
    } = initiate(app, context, request).await?;
    match verification {
        Some((flow, handle)) => {
            let step = factor::step(app, &flow).await?;
            Ok(Outcome::step(step).granting(Grant::Handle(PURPOSE, handle)))
        }
        None => Ok(Outcome::step(Step::Payment { id: payment.id })),
    }
}

/// Freezes the quote. What needs no code is processed before this returns; for what does, sending
/// it is next ([`ask`](super::ask), or the choice of method).
pub async fn initiate(
    app: &SharedAppState,
    context: &RequestContext,
    request: &Request<'_>,
) -> Result<Initiated, FlowError> {
    let signed_in = payer(app, context).await?;
    let quote = match Quote::read(request) {
        Ok(quote) => quote,
        Err(error) => {
            note_refusal(app, &signed_in, context, "invalid").await?;
            return Err(error);
        }
    };
    let key = quote.request_key(&signed_in, request.key);
    if let Some(payment) = payments::by_request(&app.store, &signed_in.account.id, &key).await? {
        return repeated(app, &signed_in, payment).await;
    }
    let id = payment_id();
    let now = app.now();
    let needs_code = app.payments.needs_code(quote.amount);
    // Its code would go to a number that may not be the holder's (PHN-05).
    if let Some(problem) = app.cooling(&signed_in.account, now).filter(|_| needs_code) {
        note_refusal(app, &signed_in, context, "cooling").await?;
        return Err(FlowError::whole(problem));
    }
    let flow = needs_code
        .then(|| flow(app, &signed_in, &id, now))
        .transpose()?;
    // Asked before the transaction begins: see there.
    let earlier = match flow {
        Some(_) => verification::earlier(app, context, PURPOSE).await?,
        None => None,
    };
    let mut tx = app.store.begin().await?;
    let limit = app.payment_limit(&signed_in.account.id);
    if let Err(wait) = budget::reserve(&mut tx, &limit, now).await? {
        let secs = wait.until.secs_after(now);
        return Err(FlowError::whole(Problem::Overloaded { secs }));
    }
    let new = quote.payment(&id, &signed_in, context, &key, flow.as_ref(), now);
    if !payments::insert(&mut tx, &new).await? {
        drop(tx);
        // Sent twice in the same moment: the other one was first.
        let payment = payments::by_request(&app.store, &signed_in.account.id, &key).await?;
        return repeated(app, &signed_in, payment.ok_or(StoreError::Raced)?).await;
    }
    let retired = match &flow {
        Some(flow) => open_as(&mut tx, flow, earlier, &handle(app, &id)).await?,
        None => None,
    };
    record(&mut tx, &new, now).await?;
    tx.commit().await.map_err(StoreError::from)?;
    begun(app, id, flow, retired).await
}

/// After the commit: the payment as it stands then.
async fn begun(
    app: &SharedAppState,
    id: PaymentId,
    flow: Option<Flow>,
    retired: Option<SentCode>,
) -> Result<Initiated, FlowError> {
    retire_later(app, retired);
    if flow.is_none() {
        let (shared, id) = (SharedAppState::clone(app), id.clone());
        detached(app, async move { settle_soon(&shared, &id).await }).await?;
    }
    let payment = payments::find(&app.store, &id).await?;
    Ok(Initiated {
        payment: payment.ok_or(StoreError::Raced)?,
        verification: flow.map(|flow| (flow, handle(app, &id))),
    })
}

/// What the same request made before, as it stands by now. The session that began it can go on.
async fn repeated(
    app: &AppState,
    signed_in: &SignedIn,
    payment: Payment,
) -> Result<Initiated, FlowError> {
    let now = app.now();
    let payment = payment.at(now);
    let flow = match (&payment.standing, &payment.flow) {
        (Standing::Pending, Some(id)) => flows::find_by_id(&app.store, id).await?,
        _ => None,
    };
    let verification = flow
        .filter(|flow| flow.subject.is_open_to(&signed_in.session.token))
        .map(|mut flow| {
            flow.verification = flow.verification.at(&app.rules(PURPOSE), now);
            (flow, handle(app, &payment.id))
        });
    Ok(Initiated {
        payment,
        verification,
    })
}

/// The handle of a payment's verification. Whoever sends a form twice gets the same one twice, so
/// that it does not matter which answer the browser keeps.
fn handle(app: &AppState, id: &PaymentId) -> Token {
    Token::derive(&app.payments.handle_key, id.as_str())
}

/// What is to be paid to whom, read once.
struct Quote {
    recipient: Recipient,
    amount: Amount,
    description: Description,
}

impl Quote {
    fn read(request: &Request<'_>) -> Result<Self, FlowError> {
        let mut problems = Problems::default();
        let recipient = problems.take(Field::Recipient, Recipient::parse(request.recipient));
        let currency = problems.take(Field::Currency, currency(request.currency));
        let amount = currency.and_then(|currency| {
            problems.take(Field::Amount, Amount::parse(request.amount, currency))
        });
        let description =
            problems.take(Field::Description, Description::parse(request.description));
        let (Some(recipient), Some(amount), Some(description)) = (recipient, amount, description)
        else {
            return Err(problems.refusal());
        };
        Ok(Self {
            recipient,
            amount,
            description,
        })
    }

    /// What a request is known by when it comes again. Going back to the form and changing it makes
    /// another one; so does every request without a key of its own.
    fn request_key(&self, signed_in: &SignedIn, key: &str) -> String {
        let account = &signed_in.account.id;
        let quote = quote_hash(account, &self.recipient, self.amount, &self.description);
        if key.is_empty() {
            hash(&[&new_key(), &quote])
        } else {
            hash(&[key, &quote])
        }
    }

    fn payment<'a>(
        &'a self,
        id: &'a PaymentId,
        signed_in: &'a SignedIn,
        context: &'a RequestContext,
        request_key: &'a str,
        flow: Option<&'a Flow>,
        now: Timestamp,
    ) -> NewPayment<'a> {
        NewPayment {
            id,
            account: &signed_in.account.id,
            session: &signed_in.session.id,
            source: &context.source,
            request_key,
            flow: flow.map(|flow| &flow.id),
            recipient: &self.recipient,
            amount: self.amount,
            description: &self.description,
            created_at: now,
            // Its verification's own end; what needs none has no time to run out of.
            expires_at: flow.map_or(now, |flow| flow.verification.ends_at),
        }
    }
}

fn currency(typed: &str) -> Result<Currency, Problem> {
    if typed.trim().is_empty() {
        return Err(Problem::Missing);
    }
    typed.parse().map_err(|_| Problem::CurrencyUnknown)
}

/// The verification a payment waits for: five minutes from now, and not a moment longer (PAY-03).
fn flow(
    app: &AppState,
    signed_in: &SignedIn,
    id: &PaymentId,
    now: Timestamp,
) -> Result<Flow, FlowError> {
    let account = &signed_in.account;
    let Some(phone) = account.phone.clone() else {
        return Err(FlowError::whole(Problem::MethodUnavailable));
    };
    Ok(Flow::new(
        FlowId::generate(),
        PURPOSE,
        Some(account.id.clone()),
        Verification::ready(phone, &app.rules(PURPOSE), now),
        FlowData::Payment {
            account: account.id.clone(),
            payment: id.clone(),
            session: signed_in.session.token.clone(),
        },
    ))
}

async fn record(tx: &mut Tx, new: &NewPayment<'_>, now: Timestamp) -> Result<(), StoreError> {
    let quote = quote_hash(new.account, new.recipient, new.amount, new.description);
    let detail = format!("payment {} quote {quote}", new.id);
    let entry = Entry {
        flow: new.flow,
        ..Entry::about(new.account, Event::PaymentBegun, new.source).saying(&detail)
    };
    audit::record(tx, &entry, now).await
}
