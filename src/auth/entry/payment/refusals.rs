//! Audit events and problems of refused payments and failed confirmations.

use super::lookup::find_payment_of_current_flow;
use crate::auth::engine::rate_limit;
use crate::auth::error::FlowError;
use crate::auth::session::{self, SignedIn};
use crate::context::{AppState, RequestContext};
use crate::store::audit::{self, AuditEntry, Event};
use crate::store::payments;
use crate::store::{ReadFrom, StoreError};
use domain::{Problem, Timestamp};

/// Returns the signed-in user if payments are permitted.
///
/// Fails if the session has no second factor, or if the e-mail address must be verified first.
pub async fn require_user_permitted_to_pay(
    app: &AppState,
    context: &RequestContext,
) -> Result<SignedIn, FlowError> {
    let signed_in = session::require_signed_in_user(app, context).await?;
    if let Some((detail, problem)) = find_reason_against_payments(app, &signed_in) {
        record_refused_payment(app, &signed_in, context, detail).await?;
        return Err(FlowError::from_form_problem(problem));
    }
    Ok(signed_in)
}

/// Returns why the user may begin no payment: the detail of the audit event, and the problem that the user sees.
///
/// Returns `None` if payments are permitted.
pub fn find_reason_against_payments(
    app: &AppState,
    signed_in: &SignedIn,
) -> Option<(&'static str, Problem)> {
    if !signed_in.has_second_factor() || !signed_in.account.mfa {
        Some(("assurance", Problem::SecondFactorNeeded))
    } else if app.must_prove_email(&signed_in.account) {
        Some(("email", Problem::EmailUnproven))
    } else {
        None
    }
}

/// Returns why the user may begin no payment that needs a code: the detail of the audit event, and the problem that the
/// user sees.
///
/// In the cooldown after a change of the phone number, the code would be sent to a number that an attacker may have set.
/// Returns `None` after the cooldown.
pub fn find_reason_against_code(
    app: &AppState,
    signed_in: &SignedIn,
    now: Timestamp,
) -> Option<(&'static str, Problem)> {
    let problem = app.find_cooldown_problem_after_phone_change(&signed_in.account, now);
    problem.map(|problem| ("cooling", problem))
}

/// Writes an audit event about a refused payment.
///
/// Writes nothing if the hourly limit on such events of the account is reached.
pub async fn record_refused_payment(
    app: &AppState,
    signed_in: &SignedIn,
    context: &RequestContext,
    detail: &str,
) -> Result<(), StoreError> {
    let account = &signed_in.account.id;
    let now = app.now();
    let mut tx = app.store.begin().await?;
    let limit = app.refused_payment_audit_limit(account);
    if rate_limit::count_event_within_limit(&mut tx, &limit, now)
        .await?
        .is_err()
    {
        return Ok(());
    }
    let entry =
        AuditEntry::entry_about_account(account, Event::PaymentRefused, context.audit_origin())
            .with_detail(detail);
    audit::record_audit_entry(&mut tx, &entry, now).await?;
    tx.commit().await
}

/// Returns the user-visible error with the status of a payment that no longer awaits a code.
///
/// If the request has no payment flow, returns the general error for an ended flow.
pub async fn problem_of_ended_payment_flow(
    app: &AppState,
    context: &RequestContext,
) -> Result<Problem, StoreError> {
    let Some(id) = find_payment_of_current_flow(app, context).await? else {
        return Ok(Problem::FlowEnded);
    };
    let payment = payments::find_payment(ReadFrom::Store(&app.store), &id).await?;
    Ok(payment.map_or(Problem::FlowEnded, |payment| {
        let status = payment.expire_if_overdue(app.now()).state.payment_status();
        Problem::PaymentSettled { status }
    }))
}

/// Writes an audit event with the reason why the confirmation of a payment has failed.
///
/// Returns `error` unchanged, or the database error if the event cannot be written.
pub async fn record_failed_payment_confirmation(
    app: &AppState,
    context: &RequestContext,
    error: FlowError,
) -> FlowError {
    let Some(reason) = audit_reason_of_failed_confirmation(&error) else {
        return error;
    };
    let recorded = async {
        match session::find_signed_in_user_and_restart_idle_timeout(app, context).await? {
            Some(signed_in) => record_refused_payment(app, &signed_in, context, reason).await,
            None => Ok(()),
        }
    };
    match recorded.await {
        Ok(()) => error,
        Err(failed) => failed.into(),
    }
}

/// Returns why a payment confirmation failed, for the audit event.
///
/// Returns `None` after a checked code, because the check writes its own event.
fn audit_reason_of_failed_confirmation(error: &FlowError) -> Option<&'static str> {
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
