//! Refused payments and failed confirmations: the audit lines about them, and the problems to show.

use super::lookup::current;
use crate::auth::engine::rate_limit;
use crate::auth::error::FlowError;
use crate::auth::session::{self, SignedIn};
use crate::context::{AppState, RequestContext};
use crate::store::audit::{self, AuditEntry, Event};
use crate::store::payments;
use crate::store::{ReadFrom, StoreError};
use domain::Problem;

/// The signed-in user, if the session was opened with a second factor. Without one, no payment is possible.
pub async fn require_payer(
    app: &AppState,
    context: &RequestContext,
) -> Result<SignedIn, FlowError> {
    let signed_in = session::current(app, context)
        .await?
        .ok_or_else(|| FlowError::on_form(Problem::FlowEnded))?;
    if signed_in.session.method.is_none() || !signed_in.account.mfa {
        record_refusal(app, &signed_in, context, "assurance").await?;
        return Err(FlowError::on_form(Problem::SecondFactorNeeded));
    }
    if app.must_prove_email(&signed_in.account) {
        record_refusal(app, &signed_in, context, "email").await?;
        return Err(FlowError::on_form(Problem::EmailUnproven));
    }
    Ok(signed_in)
}

/// Writes an audit line about a refused payment. The number of lines per account and hour is limited.
pub async fn record_refusal(
    app: &AppState,
    signed_in: &SignedIn,
    context: &RequestContext,
    detail: &str,
) -> Result<(), StoreError> {
    let account = &signed_in.account.id;
    let now = app.now();
    let mut tx = app.store.begin().await?;
    let limit = app.payment_refusal_limit(account);
    if rate_limit::reserve(&mut tx, &limit, now).await?.is_err() {
        return Ok(());
    }
    let entry = AuditEntry::for_account(account, Event::PaymentRefused, context.audit_origin())
        .with_detail(detail);
    audit::record_audit_entry(&mut tx, &entry, now).await?;
    tx.commit().await.map_err(StoreError::from)
}

/// The problem to show when the browser's payment awaits no code any more.
pub async fn settled_problem(
    app: &AppState,
    context: &RequestContext,
) -> Result<Problem, StoreError> {
    let Some(id) = current(app, context).await? else {
        return Ok(Problem::FlowEnded);
    };
    let payment = payments::find_payment(ReadFrom::Store(&app.store), &id).await?;
    Ok(payment.map_or(Problem::FlowEnded, |payment| {
        let status = payment.expire_if_overdue(app.now()).state.status();
        Problem::PaymentSettled { status }
    }))
}

/// Records why a confirmation failed, so that every attempt is in the audit trail. Returns the same error.
pub async fn record_failed_confirmation(
    app: &AppState,
    context: &RequestContext,
    error: FlowError,
) -> FlowError {
    let Some(reason) = failure_reason(&error) else {
        return error;
    };
    let recorded = async {
        match session::current(app, context).await? {
            Some(signed_in) => record_refusal(app, &signed_in, context, reason).await,
            None => Ok(()),
        }
    };
    match recorded.await {
        Ok(()) => error,
        Err(failed) => failed.into(),
    }
}

/// The audit detail for a failed confirmation; `None` if the code was checked, which is recorded already.
fn failure_reason(error: &FlowError) -> Option<&'static str> {
    let errors = match error {
        FlowError::Refused(errors) => errors,
        FlowError::Store(StoreError::Raced) => return Some("ended"),
        _ => return None,
    };
    let mut problems = errors.problems.iter().map(|found| &found.problem);
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
