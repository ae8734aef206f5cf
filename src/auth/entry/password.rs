//! Checks a password in a sign-in or a step-up.

use std::time::Instant;

use tracing::Instrument as _;

use crate::auth::engine::rate_limit;
use crate::auth::entry::password_attempt_limits::{self, PasswordAttempt, PasswordAttemptResult};
use crate::auth::error::FlowError;
use crate::context::{AppState, RequestContext, SharedAppState};
use crate::hashing::{HashPermit, PasswordVerification};
use crate::security::request_slot::release_concurrency_slot_of_request;
use crate::store::accounts::{self, Account};
use crate::store::audit::{self, AuditEntry, Event};
use crate::store::{ReadFrom, StoreError, passwords};
use domain::{Password, Problem};

/// Returns the account with this identifier if the password is correct.
///
/// `canonical` is the identifier in canonical form. Error and response time are the same in all these cases, so the
/// response reveals nothing about the account:
///
/// - wrong password
/// - unknown or disabled account
/// - account that requires a password reset after an undone contact change
/// - account whose attempts are delayed after too many wrong passwords
pub(super) async fn authenticate_password(
    app: &SharedAppState,
    context: &RequestContext,
    attempt: PasswordAttempt<'_>,
    canonical: &str,
    password: &Password,
) -> Result<Account, FlowError> {
    let began = Instant::now();
    let account =
        accounts::find_account_by_identifier(ReadFrom::Store(&app.store), canonical).await?;
    let reserved = password_attempt_limits::count_password_attempt_in_rate_limits(
        app,
        context,
        attempt,
        canonical,
        account.as_ref(),
    )
    .await?;
    let stored = account.as_ref().map(|account| &account.password_hash);
    let (verified, counting_limits) = match reserved {
        PasswordAttemptResult::Permitted(permit, counting_limits) => {
            let verified = app.hasher.verify_password(permit, password, stored).await?;
            (verified, Some(counting_limits))
        }
        // The password for a slowed-down account is not verified.
        PasswordAttemptResult::SlowedDown => (PasswordVerification::No, None),
    };
    let now = app.now();
    let mut tx = app.store.begin().await?;
    // The account holder sees the attempt in the history. The response does not reveal whether the account exists.
    let tried = account.as_ref().map(|account| account.id.clone());
    let accepted = account
        .filter(|account| !matches!(verified, PasswordVerification::No) && account.may_sign_in());
    let Some(account) = accepted else {
        let entry = AuditEntry {
            event: Event::PasswordRefused,
            account: tried.as_ref(),
            flow: None,
            purpose: Some(attempt.purpose()),
            origin: context.audit_origin(),
            detail: counting_limits
                .as_ref()
                .map_or(audit::PASSWORD_NOT_VERIFIED, |_| ""),
        };
        audit::record_audit_entry(&mut tx, &entry, now).await?;
        if let PasswordAttempt::SignIn(_) = attempt {
            rate_limit::count_event_in_bucket(
                &mut tx,
                &app.refused_sign_in_limit_per_source(context),
                now,
            )
            .await?;
        }
        tx.commit().await?;
        wait_until_fixed_response_time(app, began).await?;
        return Err(FlowError::from_form_problem(Problem::Credentials));
    };
    if let Some(counting_limits) = counting_limits {
        counting_limits
            .reset_limits_after_correct_password(&mut tx, now)
            .await?;
    }
    tx.commit().await?;
    if let PasswordVerification::YesRehash(permit) = verified {
        replace_outdated_hash_in_background(app, &account, password, permit);
    }
    Ok(account)
}

/// Waits until the fixed response time, so that the response time reveals nothing about an account.
///
/// Used for a wrong password and a password reset request. `began` is the start of the request. The waiting request
/// occupies no hash computation, no database connection and no concurrency slot.
pub(super) async fn wait_until_fixed_response_time(
    app: &AppState,
    began: Instant,
) -> Result<(), StoreError> {
    let slow_hashes = passwords::is_any_slow_password_hash_stored(&app.store).await?;
    release_concurrency_slot_of_request();
    let response_time = app.hasher.response_time_of_refused_passwords();
    let due = response_time.response_due_at(began, Instant::now(), slow_hashes);
    tokio::time::sleep_until(due.into()).await;
    Ok(())
}

/// Replaces a password hash that has outdated cost parameters, in a background task.
fn replace_outdated_hash_in_background(
    app: &SharedAppState,
    account: &Account,
    password: &Password,
    permit: HashPermit,
) {
    let (app, account, password) = (
        SharedAppState::clone(app),
        account.clone(),
        password.clone(),
    );
    let tasks = app.tasks.clone();
    let replacement = async move {
        // If hashing fails, the next sign-in tries again.
        if let Ok(hash) = app.hasher.hash_password(permit, &password).await {
            let upgraded = passwords::upgrade_password_hash(
                &app.store,
                &account.id,
                &account.password_hash,
                &hash,
            )
            .await;
            if let Err(error) = upgraded {
                tracing::warn!(%error, "replacing an outdated password hash failed; the next sign-in retries it");
            }
        }
    };
    tasks.spawn(replacement.in_current_span());
}
