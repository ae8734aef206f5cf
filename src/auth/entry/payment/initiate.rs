//! Begins a payment: stores recipient, amount and description, which never change afterwards.

use super::amount_text::AmountText;
use super::lookup::find_flow_of_payment;
use super::refusals::{
    find_reason_against_code, find_reason_against_payments, record_refused_payment,
    require_user_permitted_to_pay,
};
use crate::auth::engine::background::{cancel_sent_codes_in_background, run_in_detached_task};
use crate::auth::engine::persistence::open_verification_flow_with_token;
use crate::auth::engine::position::find_flow_to_replace;
use crate::auth::engine::rate_limit;
use crate::auth::entry::method_choice;
use crate::auth::error::{FlowError, FormProblems};
use crate::auth::outcome::{Outcome, TokenChange};
use crate::auth::purposes::payment::settle::execute_payment;
use crate::auth::session::{SignedIn, lock_account_of_signed_in_user};
use crate::context::{AppState, RequestContext, SharedAppState};
use crate::payments::{hash_payment_details, hash_payment_request};
use crate::security::token::{FlowId, Token, generate_payment_id};
use crate::store::audit::{self, AuditEntry, AuditOrigin, Event};
use crate::store::flow_data::FlowData;
use crate::store::flows::{self, Flow};
use crate::store::payments::{self, NewPayment, Payment, PaymentState};
use crate::store::{ReadFrom, StoreError, Tx};
use crate::verification::{SentCode, Verification};
use domain::{
    Amount, Currency, Description, Field, PaymentId, Problem, Purpose, Recipient, Step, Timestamp,
};

const PURPOSE: Purpose = Purpose::Payment;

/// The fields of the payment form as the user typed them.
#[derive(Clone, Copy, Debug)]
pub struct PaymentRequest<'a> {
    pub recipient: &'a str,
    pub amount: AmountText<'a>,
    pub currency: &'a str,
    pub description: &'a str,
    /// The idempotency key. A repeated request with the same key returns the same payment. Empty for none.
    pub key: &'a str,
}

/// A payment begun by this request, or by an earlier request with the same idempotency key.
#[derive(Clone, Debug)]
pub struct InitiatedPayment {
    pub payment: Payment,
    /// The flow and flow token of a pending payment that needs a code. `None` for other sessions than the one that
    /// began the payment.
    pub verification: Option<(Flow, Token)>,
}

/// Generates a random idempotency key for the payment form.
pub fn generate_idempotency_key() -> String {
    Token::generate().expose().to_owned()
}

/// Begins a payment from the payment page.
///
/// Executes a payment that needs no code at once. Otherwise the user chooses the second-factor method next.
pub async fn begin_payment(
    app: &SharedAppState,
    context: &RequestContext,
    request: &PaymentRequest<'_>,
) -> Result<Outcome, FlowError> {
    let InitiatedPayment {
        payment,
        verification,
    } = initiate_payment(app, context, request).await?;
    match verification {
        Some((flow, token)) => {
            let step = method_choice::find_second_factor_step(app, &flow).await?;
            Ok(Outcome::from_step(step)
                .with_token_change(TokenChange::SetFlowToken(PURPOSE, token)))
        }
        None => Ok(Outcome::from_step(Step::Payment { id: payment.id })),
    }
}

/// Stores a new payment. If the payment needs no code, executes it at once.
///
/// Otherwise the caller next calls [`request_payment_code`](super::request_payment_code), or lets the user choose the
/// second-factor method first.
pub async fn initiate_payment(
    app: &SharedAppState,
    context: &RequestContext,
    request: &PaymentRequest<'_>,
) -> Result<InitiatedPayment, FlowError> {
    let signed_in = require_user_permitted_to_pay(app, context).await?;
    let form = match ParsedPaymentForm::parse_payment_form(request) {
        Ok(form) => form,
        Err(error) => {
            record_refused_payment(app, &signed_in, context, "invalid").await?;
            return Err(error);
        }
    };
    let key = form.hash_idempotency_key_and_payment_details(app, &signed_in, request.key);
    let account = &signed_in.account.id;
    let earlier = payments::find_payment_by_idempotency_key(&app.store, account, &key).await?;
    if let Some(payment) = earlier {
        return read_payment_of_earlier_request(app, &signed_in, payment).await;
    }
    let id = generate_payment_id();
    let now = app.now();
    let replaced = find_flow_to_replace(app, context, PURPOSE).await?;
    let mut tx = app.store.begin().await?;
    let limit = app.payment_limit_per_account(&signed_in.account.id);
    if let Err(wait) = rate_limit::count_event_within_limit(&mut tx, &limit, now).await? {
        let secs = wait.until.secs_since(now);
        return Err(FlowError::from_form_problem(Problem::LimitReached { secs }));
    }
    // Flows are locked before the account.
    if let Some(earlier) = &replaced {
        flows::lock_flow(&mut tx, earlier).await?;
    }
    let account = lock_account_of_signed_in_user(&mut tx, &signed_in).await?;
    let signed_in = SignedIn {
        account,
        ..signed_in
    };
    let needs_code = payment_needs_code(app, &mut tx, &signed_in, form.amount).await?;
    let refusal = find_reason_against_payments(app, &signed_in)
        .or_else(|| find_reason_against_code(app, &signed_in, now).filter(|_| needs_code));
    if let Some((detail, problem)) = refusal {
        drop(tx);
        record_refused_payment(app, &signed_in, context, detail).await?;
        return Err(FlowError::from_form_problem(problem));
    }
    let flow = needs_code
        .then(|| create_payment_flow(app, &signed_in, &id, now))
        .transpose()?;
    let new = form.create_new_payment_row(&id, &signed_in, context, &key, flow.as_ref(), now);
    if !payments::insert_payment(&mut tx, &new).await? {
        drop(tx);
        // A concurrent request with the same key was first.
        let account = &signed_in.account.id;
        let payment = payments::find_payment_by_idempotency_key(&app.store, account, &key)
            .await?
            .ok_or(StoreError::Raced)?;
        return read_payment_of_earlier_request(app, &signed_in, payment).await;
    }
    let retired = match &flow {
        Some(flow) => {
            open_verification_flow_with_token(
                &mut tx,
                flow,
                replaced,
                &derive_payment_flow_token(app, &id),
            )
            .await?
        }
        None => None,
    };
    record_begun_payment(&mut tx, &new, context.audit_origin(), now).await?;
    tx.commit().await?;
    execute_payment_if_no_code_is_needed(app, id, flow, retired).await
}

/// Returns whether a payment needs a code, because of the amount or of earlier payments without a code.
///
/// The caller's transaction holds the lock of the account's payment limit, so that parallel payments are counted too.
async fn payment_needs_code(
    app: &AppState,
    tx: &mut Tx,
    signed_in: &SignedIn,
    amount: Amount,
) -> Result<bool, StoreError> {
    if app.payments.does_amount_need_code(amount) {
        return Ok(true);
    }
    let (account, session) = (&signed_in.account.id, &signed_in.session);
    let earlier = payments::sum_payments_without_code(tx, account, session, app.now()).await?;
    Ok(app
        .payments
        .does_amount_need_code_after_earlier_payments(earlier, amount))
}

/// Executes a new payment if the payment needs no code. Returns the payment with the current status.
async fn execute_payment_if_no_code_is_needed(
    app: &SharedAppState,
    id: PaymentId,
    flow: Option<Flow>,
    retired: Option<SentCode>,
) -> Result<InitiatedPayment, FlowError> {
    cancel_sent_codes_in_background(app, retired);
    if flow.is_none() {
        let (shared, id) = (SharedAppState::clone(app), id.clone());
        run_in_detached_task(app, async move { execute_payment(&shared, &id).await }).await?;
    }
    let payment = payments::find_payment(ReadFrom::Store(&app.store), &id).await?;
    Ok(InitiatedPayment {
        payment: payment.ok_or(StoreError::Raced)?,
        verification: flow.map(|flow| (flow, derive_payment_flow_token(app, &id))),
    })
}

/// Returns the payment that an earlier request with the same idempotency key has begun.
///
/// Includes the flow token of the payment only for the session that began it.
async fn read_payment_of_earlier_request(
    app: &AppState,
    signed_in: &SignedIn,
    payment: Payment,
) -> Result<InitiatedPayment, FlowError> {
    let payment = payment.expire_if_overdue(app.now());
    let verification = if payment.state == PaymentState::Pending {
        find_flow_of_payment(app, &payment.id).await?
    } else {
        None
    };
    let verification = verification.filter(|(flow, _)| {
        flow.data
            .may_session_continue_flow(&signed_in.session.token)
    });
    Ok(InitiatedPayment {
        payment,
        verification,
    })
}

/// Derives the flow token of a payment from the payment ID and the current secret key.
///
/// If a form is sent twice, both responses contain the same token.
fn derive_payment_flow_token(app: &AppState, id: &PaymentId) -> Token {
    let current = app.payments.flow_token_keys.first();
    Token::derive_from_key(current.map_or(&[], |key| &key[..]), id.as_str())
}

/// The parsed values of the payment form: recipient, amount and description.
struct ParsedPaymentForm {
    recipient: Recipient,
    amount: Amount,
    description: Description,
}

impl ParsedPaymentForm {
    /// Parses the fields of the payment form. Returns the errors of all fields together.
    fn parse_payment_form(request: &PaymentRequest<'_>) -> Result<Self, FlowError> {
        let mut problems = FormProblems::default();
        let recipient = problems
            .value_or_add_field_problem(Field::Recipient, Recipient::parse(request.recipient));
        let currency = problems
            .value_or_add_field_problem(Field::Currency, parse_currency_code(request.currency));
        let amount = if let Some(currency) = currency {
            let parsed = request.amount.parse_amount(currency);
            problems.value_or_add_field_problem(Field::Amount, parsed)
        } else {
            let problem = request.amount.find_problem_in_every_currency();
            problem.and_then(|problem| {
                problems.value_or_add_field_problem(Field::Amount, Err(problem))
            })
        };
        let description = problems.value_or_add_field_problem(
            Field::Description,
            Description::parse(request.description),
        );
        let (Some(recipient), Some(amount), Some(description)) = (recipient, amount, description)
        else {
            return Err(problems.into_flow_error());
        };
        Ok(Self {
            recipient,
            amount,
            description,
        })
    }

    /// Hashes the idempotency key together with the payment details.
    ///
    /// Only a request for the same payment has the same hash. A request without an idempotency key gets a unique hash.
    fn hash_idempotency_key_and_payment_details(
        &self,
        app: &AppState,
        signed_in: &SignedIn,
        key: &str,
    ) -> String {
        let account = &signed_in.account.id;
        let payment_hash =
            hash_payment_details(account, &self.recipient, self.amount, &self.description);
        let generated = generate_idempotency_key();
        let key = if key.is_empty() {
            generated.as_str()
        } else {
            key
        };
        hash_payment_request(key, &payment_hash, &app.bucket_key)
    }

    /// Creates the database row of a new payment.
    ///
    /// `flow` is the flow that confirms the payment with a code; `None` if the payment needs no code.
    fn create_new_payment_row<'a>(
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
            // A payment without a code is executed at once and cannot expire.
            expires_at: flow.map_or(now, |flow| flow.verification.ends_at),
        }
    }
}

/// Parses the three-letter code of a supported currency.
fn parse_currency_code(typed: &str) -> Result<Currency, Problem> {
    if typed.trim().is_empty() {
        return Err(Problem::Missing);
    }
    typed.parse().map_err(|_| Problem::CurrencyUnknown)
}

/// Creates the verification flow that confirms a payment with a code. Flow and payment expire after 5 minutes.
fn create_payment_flow(
    app: &AppState,
    signed_in: &SignedIn,
    id: &PaymentId,
    now: Timestamp,
) -> Result<Flow, FlowError> {
    let account = &signed_in.account;
    let Some(phone) = account.phone.clone() else {
        return Err(FlowError::from_form_problem(Problem::MethodUnavailable));
    };
    Ok(Flow::new(
        FlowId::generate(),
        PURPOSE,
        Some(account.id.clone()),
        Verification::start_verification_of_phone(phone, &app.verification_rules(PURPOSE), now),
        FlowData::Payment {
            account: account.id.clone(),
            payment: id.clone(),
            session: signed_in.session.token.clone(),
        },
    ))
}

/// Writes an audit event about a new payment, with the hash of the payment details.
async fn record_begun_payment(
    tx: &mut Tx,
    new: &NewPayment<'_>,
    origin: AuditOrigin<'_>,
    now: Timestamp,
) -> Result<(), StoreError> {
    let payment_hash =
        hash_payment_details(new.account, new.recipient, new.amount, new.description);
    let detail = format!("payment {} quote {payment_hash}", new.id);
    let entry = AuditEntry {
        flow: new.flow,
        ..AuditEntry::entry_about_account(new.account, Event::PaymentBegun, origin)
            .with_detail(&detail)
    };
    audit::record_audit_entry(tx, &entry, now).await
}
