//! Beginning a payment: recipient, amount and description are stored and never change afterwards.

use super::refusals::{record_refusal, require_payer};
use crate::auth::engine::background::{cancel_codes_later, run_detached};
use crate::auth::engine::persistence::open_flow_with_token;
use crate::auth::engine::position::flow_to_replace;
use crate::auth::engine::rate_limit;
use crate::auth::entry::method_choice;
use crate::auth::error::{FlowError, FormProblems};
use crate::auth::outcome::{Grant, Outcome};
use crate::auth::purposes::payment::settle::execute;
use crate::auth::session::SignedIn;
use crate::context::{AppState, RequestContext, SharedAppState};
use crate::payments::{hash_texts, quote_hash};
use crate::security::token::{FlowId, Token, generate_payment_id};
use crate::store::audit::{self, AuditEntry, AuditOrigin, Event};
use crate::store::flow_data::FlowData;
use crate::store::flows::{self, Flow};
use crate::store::payments::{self, NewPayment, Payment, PaymentState};
use crate::store::{ReadFrom, StoreError, Tx};
use crate::verification::{SentCode, Verification};
use domain::{
    Amount, Currency, Description, Field, Language, PaymentId, Problem, Purpose, Recipient, Step,
    Timestamp,
};

const PURPOSE: Purpose = Purpose::Payment;

/// The fields of the payment form, as typed.
#[derive(Clone, Copy, Debug)]
pub struct Request<'a> {
    pub recipient: &'a str,
    pub amount: AmountText<'a>,
    pub currency: &'a str,
    pub description: &'a str,
    /// Idempotency key: a repeated request with the same key returns the same payment. Empty for none.
    pub key: &'a str,
}

/// An amount as the caller wrote it.
#[derive(Clone, Copy, Debug)]
pub enum AmountText<'a> {
    /// With a decimal point, from a program. A JSON number is passed as its text, never converted to a float.
    Decimal(&'a str),
    /// As people write it in this language, from a page.
    Written(&'a str, Language),
}

impl AmountText<'_> {
    fn parse(self, currency: Currency) -> Result<Amount, Problem> {
        match self {
            Self::Decimal(text) => Amount::parse(text, currency),
            Self::Written(text, language) => Amount::parse_in(text, currency, language),
        }
    }
}

/// A payment that was begun by this request, or by an earlier one with the same key.
#[derive(Clone, Debug)]
pub struct Initiated {
    pub payment: Payment,
    /// Its flow and flow token, while the payment is pending, for the session that began it.
    pub verification: Option<(Flow, Token)>,
}

/// An idempotency key for a form that is about to be shown.
pub fn new_key() -> String {
    Token::generate().expose().to_owned()
}

/// Takes the form. A payment below the threshold is processed at once; any other requires a code.
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
        Some((flow, token)) => {
            let step = method_choice::step(app, &flow).await?;
            Ok(Outcome::step(step).granting(Grant::FlowToken(PURPOSE, token)))
        }
        None => Ok(Outcome::step(Step::Payment { id: payment.id })),
    }
}

/// Stores the quote. A payment without a code is processed before this returns; for any other, sending the code
/// is next ([`request_code`](super::request_code), or the choice of method).
pub async fn initiate(
    app: &SharedAppState,
    context: &RequestContext,
    request: &Request<'_>,
) -> Result<Initiated, FlowError> {
    let signed_in = require_payer(app, context).await?;
    let quote = match Quote::read(request) {
        Ok(quote) => quote,
        Err(error) => {
            record_refusal(app, &signed_in, context, "invalid").await?;
            return Err(error);
        }
    };
    let key = quote.request_key(&signed_in, request.key);
    if let Some(payment) =
        payments::find_payment_by_request_key(&app.store, &signed_in.account.id, &key).await?
    {
        return repeated(app, &signed_in, payment).await;
    }
    let id = generate_payment_id();
    let now = app.now();
    let replaced = flow_to_replace(app, context, PURPOSE).await?;
    let mut tx = app.store.begin().await?;
    let limit = app.payment_limit(&signed_in.account.id);
    if let Err(wait) = rate_limit::reserve(&mut tx, &limit, now).await? {
        let secs = wait.until.secs_after(now);
        return Err(FlowError::on_form(Problem::Overloaded { secs }));
    }
    let needs_code = needs_code(app, &mut tx, &signed_in, quote.amount).await?;
    // Within the cooldown the code would go to a number that an attacker may have set.
    if let Some(problem) = app
        .phone_change_cooldown(&signed_in.account, now)
        .filter(|_| needs_code)
    {
        drop(tx);
        record_refusal(app, &signed_in, context, "cooling").await?;
        return Err(FlowError::on_form(problem));
    }
    let flow = needs_code
        .then(|| new_flow(app, &signed_in, &id, now))
        .transpose()?;
    let new = quote.payment(&id, &signed_in, context, &key, flow.as_ref(), now);
    if !payments::insert_payment(&mut tx, &new).await? {
        drop(tx);
        // The same request was sent twice at the same moment, and the other one was first.
        let payment =
            payments::find_payment_by_request_key(&app.store, &signed_in.account.id, &key).await?;
        return repeated(app, &signed_in, payment.ok_or(StoreError::Raced)?).await;
    }
    let retired = match &flow {
        Some(flow) => open_flow_with_token(&mut tx, flow, replaced, &flow_token(app, &id)).await?,
        None => None,
    };
    record_event(&mut tx, &new, context.audit_origin(), now).await?;
    tx.commit().await.map_err(StoreError::from)?;
    after_commit(app, id, flow, retired).await
}

/// Whether a payment of this amount needs a code, by itself or after earlier payments without one.
///
/// The transaction has reserved the payment in the limit of the account. That bucket stays locked until the commit, so
/// that parallel requests count each other.
async fn needs_code(
    app: &AppState,
    tx: &mut Tx,
    signed_in: &SignedIn,
    amount: Amount,
) -> Result<bool, StoreError> {
    if app.payments.needs_code(amount) {
        return Ok(true);
    }
    let (account, session) = (&signed_in.account.id, &signed_in.session);
    let factor_at = session.stepped_up_at;
    let earlier = payments::sum_payments_without_code(tx, account, &session.id, factor_at).await?;
    Ok(app.payments.needs_code_after_payments(earlier, amount))
}

/// Executes a payment that needs no code, and reads the payment as it is then.
async fn after_commit(
    app: &SharedAppState,
    id: PaymentId,
    flow: Option<Flow>,
    retired: Option<SentCode>,
) -> Result<Initiated, FlowError> {
    cancel_codes_later(app, retired);
    if flow.is_none() {
        let (shared, id) = (SharedAppState::clone(app), id.clone());
        run_detached(app, async move { execute(&shared, &id).await }).await?;
    }
    let payment = payments::find_payment(ReadFrom::Store(&app.store), &id).await?;
    Ok(Initiated {
        payment: payment.ok_or(StoreError::Raced)?,
        verification: flow.map(|flow| (flow, flow_token(app, &id))),
    })
}

/// The payment of an earlier request with the same key. The session that began it can continue.
async fn repeated(
    app: &AppState,
    signed_in: &SignedIn,
    payment: Payment,
) -> Result<Initiated, FlowError> {
    let now = app.now();
    let payment = payment.expire_if_overdue(now);
    let flow = match (&payment.state, &payment.flow) {
        (PaymentState::Pending, Some(id)) => {
            flows::find_flow_by_id(ReadFrom::Store(&app.store), id).await?
        }
        _ => None,
    };
    let flow = flow.filter(|flow| flow.data.is_usable_by_session(&signed_in.session.token));
    let verification = match flow {
        Some(mut flow) => {
            flow.verification = flow.verification.advance_to_now(&app.rules(PURPOSE), now);
            let token = stored_flow_token(app, &flow, &payment.id).await?;
            token.map(|token| (flow, token))
        }
        None => None,
    };
    Ok(Initiated {
        payment,
        verification,
    })
}

/// The flow token of a payment. It is derived from the payment's id, so that a form sent twice receives the same
/// token twice, and it does not matter which answer the browser keeps.
fn flow_token(app: &AppState, id: &PaymentId) -> Token {
    let current = app.payments.flow_token_keys.first();
    Token::derive(current.map_or(&[], |key| &key[..]), id.as_str())
}

/// The flow token of a payment that may have been begun before a rotation of the secret key.
async fn stored_flow_token(
    app: &AppState,
    flow: &Flow,
    id: &PaymentId,
) -> Result<Option<Token>, StoreError> {
    for key in &app.payments.flow_token_keys {
        let token = Token::derive(key, id.as_str());
        let found = flows::find_flow(ReadFrom::Store(&app.store), PURPOSE, &token.hash()).await?;
        if found.is_some_and(|found| found.id == flow.id) {
            return Ok(Some(token));
        }
    }
    Ok(None)
}

/// Recipient, amount and description of a payment.
struct Quote {
    recipient: Recipient,
    amount: Amount,
    description: Description,
}

impl Quote {
    fn read(request: &Request<'_>) -> Result<Self, FlowError> {
        let mut problems = FormProblems::default();
        let recipient = problems.take(Field::Recipient, Recipient::parse(request.recipient));
        let currency = problems.take(Field::Currency, currency(request.currency));
        let amount = currency
            .and_then(|currency| problems.take(Field::Amount, request.amount.parse(currency)));
        let description =
            problems.take(Field::Description, Description::parse(request.description));
        let (Some(recipient), Some(amount), Some(description)) = (recipient, amount, description)
        else {
            return Err(problems.into_error());
        };
        Ok(Self {
            recipient,
            amount,
            description,
        })
    }

    /// Identifies a repeated request. A changed form is another request, and so is every request without an
    /// idempotency key.
    fn request_key(&self, signed_in: &SignedIn, key: &str) -> String {
        let account = &signed_in.account.id;
        let quote = quote_hash(account, &self.recipient, self.amount, &self.description);
        if key.is_empty() {
            hash_texts(&[&new_key(), &quote])
        } else {
            hash_texts(&[key, &quote])
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
            // A payment without a code is processed at once and cannot expire.
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

/// The flow that confirms the payment. Its lifetime of five minutes is also the lifetime of the quote.
fn new_flow(
    app: &AppState,
    signed_in: &SignedIn,
    id: &PaymentId,
    now: Timestamp,
) -> Result<Flow, FlowError> {
    let account = &signed_in.account;
    let Some(phone) = account.phone.clone() else {
        return Err(FlowError::on_form(Problem::MethodUnavailable));
    };
    Ok(Flow::new(
        FlowId::generate(),
        PURPOSE,
        Some(account.id.clone()),
        Verification::start_with_phone(phone, &app.rules(PURPOSE), now),
        FlowData::Payment {
            account: account.id.clone(),
            payment: id.clone(),
            session: signed_in.session.token.clone(),
        },
    ))
}

async fn record_event(
    tx: &mut Tx,
    new: &NewPayment<'_>,
    origin: AuditOrigin<'_>,
    now: Timestamp,
) -> Result<(), StoreError> {
    let quote = quote_hash(new.account, new.recipient, new.amount, new.description);
    let detail = format!("payment {} quote {quote}", new.id);
    let entry = AuditEntry {
        flow: new.flow,
        ..AuditEntry::for_account(new.account, Event::PaymentBegun, origin).with_detail(&detail)
    };
    audit::record_audit_entry(tx, &entry, now).await
}
