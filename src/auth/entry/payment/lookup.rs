//! Finds the payments of the signed-in account.

use crate::auth::engine::code_entry::find_code_entry_block_of_account;
use crate::auth::engine::position::{
    apply_elapsed_timeouts, does_flow_belong_to_session, find_flow_by_id,
};
use crate::auth::entry::paging::{Page, row_limit_per_page};
use crate::auth::session::SignedIn;
use crate::context::{AppState, RequestContext};
use crate::security::token::{AccountId, Token};
use crate::store::flows::{self, Flow};
use crate::store::payments::{self, Payment, PaymentState};
use crate::store::{PageCursor, ReadFrom, StoreError};
use domain::{Currency, PaymentFailure, PaymentId, Purpose};

const PURPOSE: Purpose = Purpose::Payment;

/// Finds the payment with this ID and returns it with the current status.
///
/// Returns `None` if the payment belongs to another account.
pub async fn find_payment(
    app: &AppState,
    signed_in: &SignedIn,
    id: &PaymentId,
) -> Result<Option<Payment>, StoreError> {
    let payment = payments::find_payment(ReadFrom::Store(&app.store), id).await?;
    Ok(payment
        .filter(|payment| payment.account == signed_in.account.id)
        .map(|payment| payment.expire_if_overdue(app.now())))
}

/// Reads one page of the signed-in account's payments, newest first.
///
/// Starts after the payment at the cursor `before`, or at the newest payment if the cursor is `None`.
pub async fn read_page_of_payments(
    app: &AppState,
    signed_in: &SignedIn,
    before: Option<&PageCursor<PaymentId>>,
) -> Result<Page<Payment, PaymentId>, StoreError> {
    let found =
        list_payments_with_current_status(app, signed_in, before, row_limit_per_page()).await?;
    Ok(Page::from_rows(found, |last| PageCursor {
        at: last.created_at,
        id: last.id.clone(),
    }))
}

/// Returns the newest `count` payments of the signed-in account with their current status.
pub async fn list_newest_payments(
    app: &AppState,
    signed_in: &SignedIn,
    count: i64,
) -> Result<Vec<Payment>, StoreError> {
    list_payments_with_current_status(app, signed_in, None, count).await
}

/// The number of newest payments whose currencies a form offers first.
const PAYMENTS_READ_FOR_CURRENCIES: i64 = 10;

/// Returns the currencies of the 10 newest payments of the signed-in account, newest first, with repetitions.
pub async fn list_currencies_of_newest_payments(
    app: &AppState,
    signed_in: &SignedIn,
) -> Result<Vec<Currency>, StoreError> {
    let found =
        list_payments_with_current_status(app, signed_in, None, PAYMENTS_READ_FOR_CURRENCIES)
            .await?;
    Ok(found
        .iter()
        .map(|payment| payment.amount.currency())
        .collect())
}

/// Returns whether the pending payments of an account cannot be confirmed for now.
///
/// This is so while code entry is blocked after too many wrong codes. Reads the database only if a payment is pending.
pub async fn are_pending_payments_on_hold(
    app: &AppState,
    account: &AccountId,
    payments: &[Payment],
) -> Result<bool, StoreError> {
    let is_pending = |payment: &Payment| payment.state == PaymentState::Pending;
    if !payments.iter().any(is_pending) {
        return Ok(false);
    }
    let problem = find_code_entry_block_of_account(app, account).await?;
    Ok(problem.is_some())
}

/// Reads at most `count` payments of an account that are older than `before`, newest first.
///
/// Returns each payment with its current status.
async fn list_payments_with_current_status(
    app: &AppState,
    signed_in: &SignedIn,
    before: Option<&PageCursor<PaymentId>>,
    count: i64,
) -> Result<Vec<Payment>, StoreError> {
    let database = ReadFrom::Store(&app.store);
    let found =
        payments::list_payments_older_than_cursor(database, &signed_in.account.id, before, count)
            .await?;
    let now = app.now();
    Ok(found
        .into_iter()
        .map(|payment| payment.expire_if_overdue(now))
        .collect())
}

/// Copies the request context and adds the flow token of a payment.
///
/// Needed for a request that contains only the payment ID. If the payment has no flow, the copy has no flow token.
/// Later checks accept the flow only for the session that began the payment.
pub async fn with_payment_flow_token(
    app: &AppState,
    context: &RequestContext,
    id: &PaymentId,
) -> Result<RequestContext, StoreError> {
    Ok(match find_flow_of_payment(app, id).await? {
        Some((_, token)) => context.with_flow_token(PURPOSE, token),
        None => RequestContext {
            flow_tokens: Vec::new(),
            ..context.clone()
        },
    })
}

/// Finds the verification flow of a payment, in any state and of any session, and its flow token.
///
/// The token is derived from the payment ID. Also finds the flow if the secret key was rotated after the payment was
/// begun.
pub(super) async fn find_flow_of_payment(
    app: &AppState,
    id: &PaymentId,
) -> Result<Option<(Flow, Token)>, StoreError> {
    for key in &app.payments.flow_token_keys {
        let token = Token::derive_from_key(key, id.as_str());
        let flow = flows::find_flow(ReadFrom::Store(&app.store), PURPOSE, &token.hash()).await?;
        if let Some(flow) = flow {
            return Ok(Some((apply_elapsed_timeouts(app, flow), token)));
        }
    }
    Ok(None)
}

/// Returns whether another session than the signed-in one began this pending payment.
///
/// Such a session of the account can read and cancel the payment, but not confirm it.
pub async fn was_pending_payment_begun_by_other_session(
    app: &AppState,
    signed_in: &SignedIn,
    id: &PaymentId,
) -> Result<bool, StoreError> {
    let flow = find_flow_of_pending_payment(app, signed_in, id).await?;
    let token = &signed_in.session.token;
    Ok(flow.is_some_and(|flow| !flow.data.may_session_continue_flow(token)))
}

/// Finds the verification flow of a pending payment of the signed-in account, whichever of its sessions began the
/// payment.
pub(super) async fn find_flow_of_pending_payment(
    app: &AppState,
    signed_in: &SignedIn,
    id: &PaymentId,
) -> Result<Option<Flow>, StoreError> {
    let payment = find_payment(app, signed_in, id).await?;
    let payment = payment.filter(|payment| payment.state == PaymentState::Pending);
    match payment.and_then(|payment| payment.flow) {
        Some(flow) => find_flow_by_id(app, ReadFrom::Store(&app.store), &flow).await,
        None => Ok(None),
    }
}

/// Returns the seconds until a limit permits a message again, if the code of this payment could not be sent.
///
/// Returns `None` if no limit delays the next message, and for a payment that has not failed for this reason.
pub async fn find_wait_after_unsent_code(
    app: &AppState,
    payment: &Payment,
) -> Result<Option<u64>, StoreError> {
    let failure = PaymentFailure::NotSent;
    let is_unsent = payment.state == PaymentState::Failed { failure };
    let Some(flow) = payment.flow.as_ref().filter(|_| is_unsent) else {
        return Ok(None);
    };
    let flow = find_flow_by_id(app, ReadFrom::Store(&app.store), flow).await?;
    let next_send_at = flow.and_then(|flow| flow.verification.not_before);
    let wait_secs = next_send_at.map(|at| at.secs_since(app.now()));
    Ok(wait_secs.filter(|secs| *secs > 0))
}

/// Finds the payment, in any status, of the page that sent the request, or else of the flow token in the request.
///
/// Returns `None` if another session than the signed-in one has begun it.
pub async fn find_payment_of_current_flow(
    app: &AppState,
    context: &RequestContext,
) -> Result<Option<PaymentId>, StoreError> {
    let Some(flow) = find_payment_flow_of_request(app, context).await? else {
        return Ok(None);
    };
    if !does_flow_belong_to_session(app, context, &flow).await? {
        return Ok(None);
    }
    Ok(flow.data.payment_id().cloned())
}

/// Finds the payment that an account began last in this browser, in any status.
///
/// Uses the token of the payment flow in the request. Any session of the account may have begun the payment.
pub async fn find_last_payment_of_browser(
    app: &AppState,
    context: &RequestContext,
    signed_in: &SignedIn,
) -> Result<Option<PaymentId>, StoreError> {
    let flow = find_payment_flow_of_request(app, context).await?;
    let payment = match flow.as_ref().and_then(|flow| flow.data.payment_id()) {
        Some(id) => find_payment(app, signed_in, id).await?,
        None => None,
    };
    Ok(payment.map(|payment| payment.id))
}

/// Finds the payment flow of the page that sent the request, or else of the flow token in the request.
///
/// Returns a flow in any state and of any session.
async fn find_payment_flow_of_request(
    app: &AppState,
    context: &RequestContext,
) -> Result<Option<Flow>, StoreError> {
    if let Some(id) = &context.page_flow {
        let flow = find_flow_by_id(app, ReadFrom::Store(&app.store), id).await?;
        return Ok(flow.filter(|flow| flow.purpose == PURPOSE));
    }
    match context.flow_token(PURPOSE) {
        Some(token) => flows::find_flow(ReadFrom::Store(&app.store), PURPOSE, &token.hash()).await,
        None => Ok(None),
    }
}
