//! Messages that warn an account's holder about attempts by other people, and how often they are sent.

use crate::auth::engine::rate_limit;
use crate::context::AppState;
use crate::notifications::{self, Recipient};
use crate::security::rate_limit::Rule;
use crate::security::token::{AccountId, BucketKey};
use crate::store::accounts;
use crate::store::audit::{self, AuditEntry, AuditOrigin, Event};
use crate::store::{ReadFrom, StoreError, Tx};
use domain::{EmailAddress, Notification, Timestamp};

/// The holder is warned from this many wrong codes a day on; fewer are typing errors.
pub const FAILURES_BEFORE_ALERT: usize = 3;

/// Call after a wrong code was counted for an account, whatever the flow and method. Warns the holder at
/// most once a day about repeated failures, and at most once a day that the second factor is blocked.
/// Wake the outbox after the commit.
pub async fn after_wrong_code(
    app: &AppState,
    tx: &mut Tx,
    account: &AccountId,
    origin: AuditOrigin<'_>,
    now: Timestamp,
) -> Result<(), StoreError> {
    let limit = app.factor_limit(account);
    let failures = rate_limit::count(tx, &limit, now).await?;
    let (notification, alert_limit) = if failures >= limit.1.max {
        let entry = AuditEntry::for_account(account, Event::FactorHeld, origin);
        audit::record_audit_entry(tx, &entry, now).await?;
        (Notification::FactorHeld, app.held_alert_limit(account))
    } else if failures >= FAILURES_BEFORE_ALERT {
        (
            Notification::FactorFailures,
            app.failures_alert_limit(account),
        )
    } else {
        return Ok(());
    };
    notify_within_limit(app, tx, account, &notification, &alert_limit, now).await
}

async fn notify_within_limit(
    app: &AppState,
    tx: &mut Tx,
    account: &AccountId,
    notification: &Notification,
    limit: &(BucketKey, Rule),
    now: Timestamp,
) -> Result<(), StoreError> {
    if rate_limit::reserve(tx, limit, now).await?.is_err() {
        return Ok(());
    }
    match accounts::find_account(ReadFrom::Transaction(tx), account).await? {
        Some(account) => notifications::notify_holder(app, tx, &account, notification, now).await,
        None => Ok(()),
    }
}

/// Informs the holder of this e-mail address, by e-mail and at most once an hour, that it was used in a
/// registration. The answer to that registration reveals nothing about the account.
pub async fn after_registration_conflict(
    app: &AppState,
    tx: &mut Tx,
    email: &EmailAddress,
    now: Timestamp,
) -> Result<(), StoreError> {
    let Some(id) = accounts::find_account_id_by_email(tx, email).await? else {
        return Ok(());
    };
    let limit = app.conflict_alert_limit(&id);
    if rate_limit::reserve(tx, &limit, now).await?.is_err() {
        return Ok(());
    }
    // The mail goes to the stored address, which may differ from the typed one in upper and lower case.
    let Some(holder) = accounts::find_account(ReadFrom::Transaction(tx), &id).await? else {
        return Ok(());
    };
    let to = [Recipient::Email(holder.email.clone())];
    let notification = Notification::RegistrationConflict;
    notifications::notify(app, tx, &holder, &notification, &to, now).await
}
