//! Finding a user's own payments.

use crate::auth::engine::position::belongs_to_session;
use crate::auth::entry::paging::{Page, rows_read};
use crate::auth::session::SignedIn;
use crate::context::{AppState, RequestContext};
use crate::security::token::Token;
use crate::store::flows;
use crate::store::payments::{self, Payment};
use crate::store::{PageCursor, ReadFrom, StoreError};
use domain::{PaymentId, Purpose};

const PURPOSE: Purpose = Purpose::Payment;

/// The payment with this id in its current state, if it belongs to the signed-in account.
pub async fn find(
    app: &AppState,
    signed_in: &SignedIn,
    id: &PaymentId,
) -> Result<Option<Payment>, StoreError> {
    let payment = payments::find_payment(ReadFrom::Store(&app.store), id).await?;
    Ok(payment
        .filter(|payment| payment.account == signed_in.account.id)
        .map(|payment| payment.expire_if_overdue(app.now())))
}

/// The payments of the signed-in account before `before`, the newest first, in their current states.
pub async fn page(
    app: &AppState,
    signed_in: &SignedIn,
    before: Option<&PageCursor<PaymentId>>,
) -> Result<Page<Payment, PaymentId>, StoreError> {
    let found = list(app, signed_in, before, rows_read()).await?;
    Ok(Page::of_rows_read(found, |last| PageCursor {
        at: last.created_at,
        id: last.id.clone(),
    }))
}

/// The newest `count` payments of the signed-in account, in their current states.
pub async fn newest(
    app: &AppState,
    signed_in: &SignedIn,
    count: i64,
) -> Result<Vec<Payment>, StoreError> {
    list(app, signed_in, None, count).await
}

async fn list(
    app: &AppState,
    signed_in: &SignedIn,
    before: Option<&PageCursor<PaymentId>>,
    count: i64,
) -> Result<Vec<Payment>, StoreError> {
    let database = ReadFrom::Store(&app.store);
    let found =
        payments::list_payments_before(database, &signed_in.account.id, before, count).await?;
    let now = app.now();
    Ok(found
        .into_iter()
        .map(|payment| payment.expire_if_overdue(now))
        .collect())
}

/// The same request with the flow token of this payment, for callers that hold only the payment's id. The flow is found
/// only by the session that began the payment. The token may be of a key before a rotation.
pub async fn with_flow_token(
    app: &AppState,
    context: &RequestContext,
    id: &PaymentId,
) -> Result<RequestContext, StoreError> {
    for key in &app.payments.flow_token_keys {
        let token = Token::derive(key, id.as_str());
        if flows::find_flow(ReadFrom::Store(&app.store), PURPOSE, &token.hash())
            .await?
            .is_some()
        {
            return Ok(context.with_flow_token(PURPOSE, token));
        }
    }
    Ok(RequestContext {
        flow_tokens: Vec::new(),
        ..context.clone()
    })
}

/// The payment that this browser last asked a code for, whether or not it is pending.
pub async fn current(
    app: &AppState,
    context: &RequestContext,
) -> Result<Option<PaymentId>, StoreError> {
    let Some(token) = context.flow_token(PURPOSE) else {
        return Ok(None);
    };
    let Some(flow) = flows::find_flow(ReadFrom::Store(&app.store), PURPOSE, &token.hash()).await?
    else {
        return Ok(None);
    };
    if !belongs_to_session(app, context, &flow).await? {
        return Ok(None);
    }
    Ok(flow.data.payment_id().cloned())
}
