//! Recovery after the loss of a phone. Password and mailbox open a recovery, which can be cancelled during a waiting
//! time. After that, the password is enough to set up a new number.
//!
//! The waiting time protects the account. An attacker needs the password and the mailbox, and succeeds only if the
//! account holder ignores the messages to mailbox and phone.

use std::time::Duration;

use crate::auth::entry::mailed_link::find_unexpired_mailed_link;
use crate::auth::entry::set_up;
use crate::auth::entry::sign_in::{
    check_captcha_and_password, open_sign_in_flow, replace_set_up_by_sign_in_flow,
};
use crate::auth::entry::verification::require_live_flow;
use crate::auth::error::FlowError;
use crate::auth::outcome::Outcome;
use crate::auth::purposes::lost_phone::{count_recovery_mail, find_open_lost_phone_recovery};
use crate::auth::session;
use crate::context::{AppState, RequestContext, SharedAppState};
use crate::notifications;
use crate::security::token::generate_recovery_id;
use crate::store::account_locks::PasswordProof;
use crate::store::accounts::{self, Account};
use crate::store::audit::{self, AuditEntry, Event};
use crate::store::mailed_links::{self, LinkAction, MailedLink};
use crate::store::recoveries::{self, Recovery};
use crate::store::{ReadFrom, StoreError, Tx, account_locks};
use domain::{Notification, Problem, Purpose, RecoveryId, Step, Timestamp};

/// How long a recovery can be used after its waiting time is over.
const RECOVERY_LIFE_AFTER_WAITING_TIME: Duration = Duration::from_hours(7 * 24);

/// Returns the waiting time of a lost-phone recovery in hours; `None` if recoveries are turned off.
pub fn recovery_delay_hours(app: &AppState) -> Option<u64> {
    let delay = app.policy.recovery_delay?;
    Some(delay.as_secs() / 3600)
}

/// Requests a lost-phone recovery during a sign-in whose password was correct.
///
/// Sends a mail with the link that opens the recovery.
pub async fn request_lost_phone_recovery_during_sign_in(
    app: &SharedAppState,
    context: &RequestContext,
) -> Result<Outcome, FlowError> {
    let ended = || FlowError::from_form_problem(Problem::FlowEnded);
    let flow = require_live_flow(app, context, Purpose::SignIn).await?;
    let password = flow.data.password_proof().ok_or_else(ended)?;
    let id = flow.account.ok_or_else(ended)?;
    let account = accounts::find_account(ReadFrom::Store(&app.store), &id).await?;
    let unchanged = account.filter(|account| password.is_valid_for(account));
    request_lost_phone_recovery(app, context, unchanged.ok_or_else(ended)?).await
}

/// Checks identifier and password, then requests a lost-phone recovery.
///
/// Sends a mail with the link that opens the recovery.
pub async fn request_lost_phone_recovery_with_password(
    app: &SharedAppState,
    context: &RequestContext,
    identifier: &str,
    password: String,
    captcha: &str,
) -> Result<Outcome, FlowError> {
    let account = check_captcha_and_password(app, context, identifier, password, captcha).await?;
    request_lost_phone_recovery(app, context, account).await
}

/// Mails the link that opens a lost-phone recovery.
///
/// If the account has no second factor, or the waiting time of an open recovery is over, opens the flow that sets up a
/// phone number instead.
async fn request_lost_phone_recovery(
    app: &SharedAppState,
    context: &RequestContext,
    account: Account,
) -> Result<Outcome, FlowError> {
    if app.policy.recovery_delay.is_none() {
        return Err(FlowError::from_form_problem(Problem::MethodUnavailable));
    }
    let now = app.now();
    let open = find_open_lost_phone_recovery(ReadFrom::Store(&app.store), &account, now).await?;
    // Without a second factor, or after the waiting time, the sign-in sets up a number at once.
    let sets_up = !account.mfa
        || open
            .as_ref()
            .is_some_and(|open| open.is_recovery_usable(&account, now));
    if sets_up {
        return open_sign_in_flow(app, context, account).await;
    }
    if let Some(open) = open {
        let secs = open.due_at.secs_since(now);
        return Err(FlowError::from_form_problem(Problem::RecoveryPending {
            secs,
        }));
    }
    if !account.email_verified {
        return Err(FlowError::from_form_problem(Problem::EmailUnproven));
    }
    let mut tx = app.store.begin().await?;
    if let Err(wait) = count_recovery_mail(app, &mut tx, context, &account, now).await? {
        let secs = wait.until.secs_since(now);
        return Err(FlowError::from_form_problem(Problem::LimitReached { secs }));
    }
    // Locked after the limits of the request. An error rolls back the counts.
    let password = PasswordProof::from_verified_account(&account);
    let account = password
        .lock_unchanged_account(&mut tx)
        .await?
        .filter(|current| current.mfa && current.may_sign_in())
        .ok_or_else(|| FlowError::from_form_problem(Problem::FlowEnded))?;
    let notification = Notification::RecoveryRequested;
    notifications::notify_email_address_of_account(app, &mut tx, &account, &notification, now)
        .await?;
    let entry = AuditEntry::entry_about_account(
        &account.id,
        Event::RecoveryRequested,
        context.audit_origin(),
    );
    audit::record_audit_entry(&mut tx, &entry, now).await?;
    tx.commit().await.map_err(StoreError::from)?;
    app.outbox_wake.notify_one();
    Ok(Outcome::from_step(Step::RecoveryRequested))
}

/// Returns whether the link with this token can open a lost-phone recovery now.
pub async fn is_lost_phone_recovery_link_usable(
    app: &AppState,
    token: &str,
) -> Result<bool, StoreError> {
    let Some(link) = find_unexpired_mailed_link(app, token).await? else {
        return Ok(false);
    };
    let found = find_account_to_recover(app, ReadFrom::Store(&app.store), &link).await?;
    Ok(found.is_some())
}

/// Finds the account for a mailed link that opens a lost-phone recovery.
///
/// Returns `None` if the account has changed since the link was mailed.
async fn find_account_to_recover(
    app: &AppState,
    database: ReadFrom<'_>,
    link: &MailedLink,
) -> Result<Option<Account>, StoreError> {
    let LinkAction::OpenRecovery {
        account,
        email,
        device_epoch,
    } = &link.action
    else {
        return Ok(None);
    };
    let found = accounts::find_account(database, account).await?;
    Ok(found
        .filter(|found| found.mfa && found.may_sign_in() && app.policy.recovery_delay.is_some())
        .filter(|found| found.email_verified && found.email == *email)
        .filter(|found| found.device_epoch == *device_epoch))
}

/// Opens a lost-phone recovery, and invalidates the mailed link with this token.
///
/// Notifies the e-mail address and the old phone number at once, and again after half of the waiting time. Each
/// notification has a link that cancels the recovery.
pub async fn open_lost_phone_recovery_by_link(
    app: &AppState,
    context: &RequestContext,
    token: &str,
) -> Result<Outcome, FlowError> {
    let invalid = || FlowError::from_form_problem(Problem::LinkInvalid);
    let link = find_unexpired_mailed_link(app, token)
        .await?
        .ok_or_else(invalid)?;
    let LinkAction::OpenRecovery { account, .. } = &link.action else {
        return Err(invalid());
    };
    let (now, mut tx) = (app.now(), app.store.begin().await?);
    // Locks the account before its links and recoveries (see `account_locks`). It is read below.
    account_locks::lock_account(&mut tx, account).await?;
    if !mailed_links::use_up_mailed_link(&mut tx, &link.token).await? {
        return Err(invalid());
    }
    let account = find_account_to_recover(app, ReadFrom::Transaction(&mut tx), &link).await?;
    let account = account.ok_or_else(invalid)?;
    let (Some(delay), Some(phone)) = (app.policy.recovery_delay, account.phone.clone()) else {
        return Err(invalid());
    };
    if let Some(earlier) =
        recoveries::find_lost_phone_recovery(ReadFrom::Transaction(&mut tx), &account.id).await?
    {
        if earlier.is_recovery_open(&account, now) {
            let secs = earlier.due_at.secs_since(now);
            return Err(FlowError::from_form_problem(Problem::RecoveryPending {
                secs,
            }));
        }
        recoveries::delete_lost_phone_recovery(&mut tx, &earlier).await?;
    }
    let recovery = Recovery {
        id: generate_recovery_id(),
        account: account.id.clone(),
        email: account.email.clone(),
        phone,
        device_epoch: account.device_epoch,
        opened_at: now,
        due_at: now + delay,
        expires_at: now + delay + RECOVERY_LIFE_AFTER_WAITING_TIME,
    };
    if !recoveries::insert_lost_phone_recovery(&mut tx, &recovery).await? {
        return Err(invalid());
    }
    queue_lost_phone_recovery_notifications(app, &mut tx, &account, &recovery.id, delay, now)
        .await?;
    let entry =
        AuditEntry::entry_about_account(&account.id, Event::RecoveryOpened, context.audit_origin());
    audit::record_audit_entry(&mut tx, &entry, now).await?;
    tx.commit().await.map_err(StoreError::from)?;
    app.outbox_wake.notify_one();
    Ok(Outcome::from_step(Step::RecoveryOpened))
}

/// Queues two notifications about an opened lost-phone recovery.
///
/// One is sent at once, the other as a reminder after half of the waiting time. Call it in the transaction that opens
/// the recovery.
async fn queue_lost_phone_recovery_notifications(
    app: &AppState,
    tx: &mut Tx,
    account: &Account,
    recovery: &RecoveryId,
    delay: Duration,
    now: Timestamp,
) -> Result<(), StoreError> {
    let hours = |time: Duration| u32::try_from(time.as_secs().div_ceil(3600)).unwrap_or(u32::MAX);
    let opened = Notification::RecoveryOpened {
        recovery: recovery.clone(),
        hours: hours(delay),
    };
    notifications::notify_account_holder(app, tx, account, &opened, now).await?;
    if delay.is_zero() {
        return Ok(());
    }
    let half = delay / 2;
    let reminder = Notification::RecoveryReminder {
        recovery: recovery.clone(),
        hours: hours(half),
    };
    notifications::schedule_notification(tx, account, &reminder, now + half).await
}

/// Opens the sign-in with the earlier second factor, in place of replacing a lost phone number.
///
/// Ends the set-up of the new number. After that sign-in, the account holder decides whether to cancel the lost-phone
/// recovery.
pub async fn sign_in_with_earlier_second_factor(
    app: &SharedAppState,
    context: &RequestContext,
) -> Result<Outcome, FlowError> {
    let flow = require_live_flow(app, context, Purpose::SetUp).await?;
    let account = set_up::require_account_for_second_factor_set_up(app, &flow).await?;
    if !set_up::is_set_up_after_lost_phone(&flow) {
        return Err(FlowError::from_form_problem(Problem::MethodUnavailable));
    }
    replace_set_up_by_sign_in_flow(app, context, &account, flow).await
}

/// Returns whether the link with this token can cancel a lost-phone recovery now.
pub async fn is_recovery_cancellation_link_usable(
    app: &AppState,
    token: &str,
) -> Result<bool, StoreError> {
    let Some(link) = find_unexpired_mailed_link(app, token).await? else {
        return Ok(false);
    };
    let LinkAction::CancelRecovery { account, recovery } = &link.action else {
        return Ok(false);
    };
    let Some(account) = accounts::find_account(ReadFrom::Store(&app.store), account).await? else {
        return Ok(false);
    };
    let open =
        find_open_lost_phone_recovery(ReadFrom::Store(&app.store), &account, app.now()).await?;
    Ok(open.is_some_and(|open| open.id == *recovery))
}

/// Cancels a lost-phone recovery by the link with this token.
///
/// Requires no session, because the link was sent to all contacts of the account.
pub async fn cancel_lost_phone_recovery_by_link(
    app: &AppState,
    context: &RequestContext,
    token: &str,
) -> Result<Outcome, FlowError> {
    let invalid = || FlowError::from_form_problem(Problem::LinkInvalid);
    let link = find_unexpired_mailed_link(app, token)
        .await?
        .ok_or_else(invalid)?;
    let LinkAction::CancelRecovery { account, recovery } = link.action else {
        return Err(invalid());
    };
    let mut tx = app.store.begin().await?;
    let account = accounts::find_account(ReadFrom::Transaction(&mut tx), &account).await?;
    let account = account.ok_or_else(invalid)?;
    let open =
        find_open_lost_phone_recovery(ReadFrom::Transaction(&mut tx), &account, app.now()).await?;
    let open = open
        .filter(|open| open.id == recovery)
        .ok_or_else(invalid)?;
    if !cancel_lost_phone_recovery_and_notify(app, context, tx, &account, &open, "link").await? {
        return Err(invalid());
    }
    Ok(Outcome::from_step(Step::RecoveryCancelled {
        signed_in: false,
    }))
}

/// Returns whether an account has an open lost-phone recovery, which the account holder must confirm or cancel.
pub async fn has_open_lost_phone_recovery(
    app: &AppState,
    account: &Account,
) -> Result<bool, StoreError> {
    Ok(find_recovery_waiting_secs(app, account).await?.is_some())
}

/// Returns the seconds until the password alone can replace the lost phone of an account.
///
/// Returns 0 if it can already, and `None` if the account has no open lost-phone recovery.
pub async fn find_recovery_waiting_secs(
    app: &AppState,
    account: &Account,
) -> Result<Option<u64>, StoreError> {
    let now = app.now();
    let open = find_open_lost_phone_recovery(ReadFrom::Store(&app.store), account, now).await?;
    Ok(open.map(|open| open.due_at.secs_since(now)))
}

/// Cancels the open lost-phone recovery of the signed-in user. Succeeds even if no recovery is open.
pub async fn cancel_lost_phone_recovery_of_signed_in_user(
    app: &AppState,
    context: &RequestContext,
) -> Result<Outcome, FlowError> {
    let account = session::require_signed_in_user(app, context).await?.account;
    let mut tx = app.store.begin().await?;
    let open =
        find_open_lost_phone_recovery(ReadFrom::Transaction(&mut tx), &account, app.now()).await?;
    if let Some(open) = open {
        cancel_lost_phone_recovery_and_notify(app, context, tx, &account, &open, "session").await?;
    }
    Ok(Outcome::from_step(Step::RecoveryCancelled {
        signed_in: true,
    }))
}

/// Cancels a lost-phone recovery, notifies the account holder and commits.
///
/// Returns `false` if a concurrent request has ended the recovery. `by` says in the audit event who cancelled the
/// recovery: the `link` in a notification or the `session` of a user.
async fn cancel_lost_phone_recovery_and_notify(
    app: &AppState,
    context: &RequestContext,
    mut tx: Tx,
    account: &Account,
    open: &Recovery,
    by: &'static str,
) -> Result<bool, FlowError> {
    if !recoveries::delete_lost_phone_recovery(&mut tx, open).await? {
        return Ok(false);
    }
    let now = app.now();
    let notification = Notification::RecoveryCancelled;
    notifications::notify_account_holder(app, &mut tx, account, &notification, now).await?;
    let entry = AuditEntry::entry_about_account(
        &account.id,
        Event::RecoveryCancelled,
        context.audit_origin(),
    );
    audit::record_audit_entry(&mut tx, &entry.with_detail(by), now).await?;
    tx.commit().await.map_err(StoreError::from)?;
    app.outbox_wake.notify_one();
    Ok(true)
}
