//! Recovery after the loss of a phone. When its waiting time is over, the user can replace the number without a code to
//! the old one, in the browser of the recovery.

use crate::auth::engine::rate_limit::{self, LimitReached};
use crate::auth::error::FlowError;
use crate::auth::purposes::phone_capacity::require_capacity_of_phone_number;
use crate::auth::{device, session};
use crate::context::{AppState, Caller, RequestContext};
use crate::notifications::{self, Recipient};
use crate::store::accounts::Account;
use crate::store::recoveries::{self, Recovery};
use crate::store::{ReadFrom, StoreError, Tx, account_numbers, sessions};
use domain::{Notification, PhoneNumber, Problem, RecoveryId, Step, Timestamp};

/// Finds the lost-phone recovery of an account during its waiting time, and afterwards until it expires.
pub async fn find_open_lost_phone_recovery(
    database: ReadFrom<'_>,
    account: &Account,
    now: Timestamp,
) -> Result<Option<Recovery>, StoreError> {
    let found = recoveries::find_lost_phone_recovery(database, &account.id).await?;
    Ok(found.filter(|recovery| recovery.is_recovery_open(account, now)))
}

/// Returns whether a user who has just signed in must confirm or cancel an open lost-phone recovery.
///
/// Returns `false` for API clients.
pub fn must_ask_about_lost_phone_recovery(
    context: &RequestContext,
    pending: Option<&Recovery>,
) -> bool {
    pending.is_some() && context.caller == Caller::Browser
}

/// Returns the first step after a sign-in with a second factor, or after the set-up of one.
///
/// In a browser, this is the question about an open lost-phone recovery. The user of an account that will be deleted
/// decides about the recovery after withdrawing the deletion.
pub(super) async fn find_first_step_after_second_factor(
    tx: &mut Tx,
    context: &RequestContext,
    account: &Account,
    now: Timestamp,
) -> Result<Step, StoreError> {
    let pending = find_open_lost_phone_recovery(ReadFrom::Transaction(tx), account, now).await?;
    Ok(match session::first_step_after_sign_in(account) {
        Step::Dashboard if must_ask_about_lost_phone_recovery(context, pending.as_ref()) => {
            Step::ConfirmRecovery
        }
        step => step,
    })
}

/// Finds the lost-phone recovery of an account whose waiting time is over.
///
/// The user may then set up a new number in the browser of the recovery. Returns `None` if the operator has turned
/// recoveries off.
pub async fn find_usable_lost_phone_recovery(
    app: &AppState,
    database: ReadFrom<'_>,
    account: &Account,
) -> Result<Option<Recovery>, StoreError> {
    if app.policy.recovery_delay.is_none() {
        return Ok(None);
    }
    let found = recoveries::find_lost_phone_recovery(database, &account.id).await?;
    Ok(found.filter(|recovery| recovery.is_recovery_usable(account, app.now())))
}

/// Counts a lost-phone recovery mail for the source address and the account.
///
/// If a limit is reached, the caller rolls the transaction back. An attacker who knows the password can use up the mails
/// of the account, so recognised browsers have two more.
pub async fn count_recovery_mail(
    app: &AppState,
    tx: &mut Tx,
    context: &RequestContext,
    account: &Account,
    now: Timestamp,
) -> Result<Result<(), LimitReached>, StoreError> {
    let source = app.phone_recovery_limit_per_source(context);
    if let Err(wait) = rate_limit::count_event_within_limit(tx, &source, now).await? {
        return Ok(Err(wait));
    }
    let limit = app.phone_recovery_limit_per_account(&account.id);
    let counted = rate_limit::count_event_within_limit(tx, &limit, now).await?;
    if counted.is_ok() || device::find_device_with_valid_cookie(app, context, account).is_none() {
        return Ok(counted);
    }
    let reserve = app.phone_recovery_limit_of_recognised_browsers(&account.id);
    rate_limit::count_event_within_limit(tx, &reserve, now).await
}

/// Completes a lost-phone recovery: replaces the old phone number by the verified new one.
///
/// Ends all sessions, and notifies the e-mail address and both numbers. `recovery_id` is the ID of a recovery whose
/// waiting time is over. Fails if the recovery belongs to another browser than that of the request. `account` was read
/// in the same transaction.
pub(super) async fn replace_lost_phone_number(
    app: &AppState,
    tx: &mut Tx,
    context: &RequestContext,
    account: &Account,
    recovery_id: &RecoveryId,
    new: &PhoneNumber,
    now: Timestamp,
) -> Result<(), FlowError> {
    let ended = || FlowError::from_form_problem(Problem::FlowEnded);
    let found =
        recoveries::find_lost_phone_recovery(ReadFrom::Transaction(tx), &account.id).await?;
    let recovery = found
        .filter(|found| found.id == *recovery_id && found.is_recovery_usable(account, now))
        .filter(|found| found.belongs_to_browser_with_token(context.recovery.as_ref()))
        .filter(|_| app.policy.recovery_delay.is_some())
        .ok_or_else(ended)?;
    if !recoveries::delete_lost_phone_recovery(tx, &recovery).await? {
        return Err(ended());
    }
    if recovery.phone != *new {
        require_capacity_of_phone_number(app, tx, new).await?;
    }
    account_numbers::replace_lost_phone_number(tx, &account.id, &recovery.phone, new, now).await?;
    sessions::end_all_sessions(tx, &account.id).await?;
    let mut to = vec![
        Recipient::Email(account.email.clone()),
        Recipient::Phone(new.clone()),
    ];
    if recovery.phone != *new {
        to.push(Recipient::Phone(recovery.phone));
    }
    let phone = new.masked_hint();
    let notification = Notification::RecoveryCompleted { phone };
    notifications::queue_notification_to_recipients(app, tx, account, &notification, &to, now)
        .await?;
    Ok(())
}
