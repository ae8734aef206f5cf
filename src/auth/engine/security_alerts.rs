//! Notifications that warn an account holder about actions that may be those of other people. Limits prevent repeated
//! warnings.

use crate::auth::device;
use crate::auth::engine::{rate_limit, wrong_codes};
use crate::context::{AppState, Caller, RequestContext};
use crate::notifications;
use crate::security::rate_limit::RateLimit;
use crate::security::token::AccountId;
use crate::store::accounts::{self, Account};
use crate::store::audit::{self, AuditEntry, AuditOrigin, Event};
use crate::store::flows::Flow;
use crate::store::{ReadFrom, StoreError, Tx};
use domain::{Notification, Purpose, Timestamp};

/// Number of wrong codes in a day after which the account holder is warned. Fewer are probably typing errors.
pub const FAILURES_BEFORE_ALERT: usize = 3;

/// Notifies the account holder of repeated wrong codes and of blocked code entry.
///
/// Sends each notification at most once a day. Call it after counting a wrong code of `flow`. Does nothing if no limit
/// over several flows counts the code. After the commit, the caller wakes the outbox dispatcher, which sends the
/// notifications.
pub async fn alert_account_holder_of_wrong_codes(
    app: &AppState,
    tx: &mut Tx,
    flow: &Flow,
    origin: AuditOrigin<'_>,
    now: Timestamp,
) -> Result<(), StoreError> {
    let Some(account) = &flow.account else {
        return Ok(());
    };
    let limits = wrong_codes::find_limits_of_wrong_codes(app, flow);
    // The warning is about the codes of a day, which the limit with the shorter window counts.
    let Some(day) = limits.iter().map(|limit| limit.rule.window).min() else {
        return Ok(());
    };
    let (mut failures, mut is_held) = (0, false);
    for limit in &limits {
        let counted = rate_limit::count_events_in_window(tx, limit, now).await?;
        if limit.rule.window == day {
            failures = counted;
        }
        is_held |= counted >= limit.rule.max;
    }
    let is_reset = flow.purpose == Purpose::PasswordReset;
    if is_held {
        let detail = if is_reset { "password_reset" } else { "" };
        let entry =
            AuditEntry::entry_about_account(account, Event::FactorHeld, origin).with_detail(detail);
        audit::record_audit_entry(tx, &entry, now).await?;
    }
    let (notification, alert_limit) = if is_held && !is_reset {
        (
            Notification::FactorHeld,
            app.blocked_code_entry_alert_limit(account),
        )
    } else if is_held || failures >= FAILURES_BEFORE_ALERT {
        // Other flows of the account still accept codes after too many wrong ones in password resets.
        (
            Notification::FactorFailures,
            app.wrong_code_alert_limit(account),
        )
    } else {
        return Ok(());
    };
    match count_alert_and_find_account(tx, account, &alert_limit, now).await? {
        Some(account) => {
            notifications::notify_account_holder(app, tx, &account, &notification, now).await
        }
        None => Ok(()),
    }
}

/// Mails the account that has verified an e-mail address that another user has entered the address.
///
/// `notification` says whether that was a registration or the proof of an address. Sends at most one mail per hour to
/// `owner`, over both. The response to the other user does not reveal that the account exists.
pub async fn alert_owner_of_verified_email_address(
    app: &AppState,
    tx: &mut Tx,
    owner: &AccountId,
    notification: &Notification,
    now: Timestamp,
) -> Result<(), StoreError> {
    let limit = app.registration_conflict_alert_limit(owner);
    // The mail goes to the stored address, which may differ from the typed one in upper and lower case.
    match count_alert_and_find_account(tx, owner, &limit, now).await? {
        Some(owner) => {
            notifications::notify_email_address_of_account(app, tx, &owner, notification, now).await
        }
        None => Ok(()),
    }
}

/// Counts an alert in its rate limit, and reads the account whose holder it warns.
///
/// Returns `None` if the limit is reached or the account does not exist, so that no alert is sent.
async fn count_alert_and_find_account(
    tx: &mut Tx,
    account: &AccountId,
    limit: &RateLimit,
    now: Timestamp,
) -> Result<Option<Account>, StoreError> {
    match rate_limit::count_event_within_limit(tx, limit, now).await? {
        Ok(()) => accounts::find_account(ReadFrom::Transaction(tx), account).await,
        Err(_) => Ok(None),
    }
}

/// Notifies the account holder by mail of a sign-in from a browser without a valid device cookie of the account.
///
/// Call it in the transaction of the completed sign-in, before the session is opened. Does nothing in these cases:
///
/// - The e-mail address is not verified.
/// - The sign-in is the first one of the account, which follows its registration.
/// - The caller is an API client. Without the header with the device mark, each of its sign-ins would look new.
pub async fn alert_account_holder_of_new_device(
    app: &AppState,
    tx: &mut Tx,
    account: &Account,
    context: &RequestContext,
    now: Timestamp,
) -> Result<(), StoreError> {
    let is_new_browser = context.caller == Caller::Browser
        && device::find_device_with_valid_cookie(app, context, account).is_none();
    if !is_new_browser || !audit::has_account_started_session(tx, &account.id).await? {
        return Ok(());
    }
    let notification = Notification::NewDeviceSignIn {
        device: context.audit_origin().device,
        at: now,
    };
    notifications::notify_verified_email_address(app, tx, account, &notification, now).await
}
