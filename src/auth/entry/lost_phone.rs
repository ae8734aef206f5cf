//! A lost phone: password and mail open a recovery, which can be cancelled until its waiting time is over. After that
//! the password is enough to set up a new number.
//!
//! The waiting time protects the account: an attacker needs password and mailbox, and for all that time the holder must
//! ignore the messages to mailbox and phone.

use std::time::Duration;

use crate::auth::engine::rate_limit;
use crate::auth::entry::mailed_link::live_link;
use crate::auth::entry::sign_in::{check_password, open_sign_in_flow};
use crate::auth::entry::verification::live_flow;
use crate::auth::error::FlowError;
use crate::auth::outcome::Outcome;
use crate::auth::purposes::lost_phone::pending;
use crate::auth::session;
use crate::context::{AppState, RequestContext, SharedAppState};
use crate::notifications::{self, Recipient};
use crate::security::token::generate_recovery_id;
use crate::store::accounts::{self, Account};
use crate::store::audit::{self, AuditEntry, Event};
use crate::store::mailed_links::{self, LinkAction, MailedLink};
use crate::store::recoveries::{self, Recovery};
use crate::store::{ReadFrom, StoreError, Tx};
use domain::{Notification, Problem, Purpose, RecoveryId, Step, Timestamp};

/// How long a recovery can be used after its waiting time.
const USABLE_FOR: Duration = Duration::from_hours(7 * 24);

/// The waiting time of a recovery in hours; `None` if the operator has turned recoveries off.
pub fn delay_hours(app: &AppState) -> Option<u64> {
    let delay = app.policy.recovery_delay?;
    Some(delay.as_secs() / 3600)
}

/// Sends the mail that opens a recovery, to the account whose password was given in the caller's sign-in.
pub async fn request_in_flow(
    app: &SharedAppState,
    context: &RequestContext,
) -> Result<Outcome, FlowError> {
    let ended = || FlowError::on_form(Problem::FlowEnded);
    let flow = live_flow(app, context, Purpose::SignIn).await?;
    let id = flow.account.ok_or_else(ended)?;
    let account = accounts::find_account(ReadFrom::Store(&app.store), &id).await?;
    request(app, context, account.ok_or_else(ended)?).await
}

/// Checks the password and sends the mail that opens a recovery.
pub async fn request_with_password(
    app: &SharedAppState,
    context: &RequestContext,
    identifier: &str,
    password: String,
    captcha: &str,
) -> Result<Outcome, FlowError> {
    let account = check_password(app, context, identifier, password, captcha).await?;
    request(app, context, account).await
}

async fn request(
    app: &SharedAppState,
    context: &RequestContext,
    account: Account,
) -> Result<Outcome, FlowError> {
    if app.policy.recovery_delay.is_none() {
        return Err(FlowError::on_form(Problem::MethodUnavailable));
    }
    let now = app.now();
    let open = pending(ReadFrom::Store(&app.store), &account, now).await?;
    // Without a second factor, or after the waiting time, the sign-in sets up a number at once.
    let sets_up = !account.mfa || open.as_ref().is_some_and(|open| open.is_due(&account, now));
    if sets_up {
        return open_sign_in_flow(app, context, account).await;
    }
    if let Some(open) = open {
        let secs = open.due_at.secs_after(now);
        return Err(FlowError::on_form(Problem::RecoveryPending { secs }));
    }
    if !account.email_verified {
        return Err(FlowError::on_form(Problem::EmailUnproven));
    }
    let mut tx = app.store.begin().await?;
    let current = accounts::find_account(ReadFrom::Transaction(&mut tx), &account.id).await?;
    let account = current
        .filter(|current| current.mfa && current.may_sign_in())
        .filter(|current| current.device_epoch == account.device_epoch)
        .ok_or_else(|| FlowError::on_form(Problem::FlowEnded))?;
    let limits = [
        app.recovery_source_limit(context),
        app.recovery_account_limit(&account.id),
    ];
    for limit in limits {
        if let Err(wait) = rate_limit::reserve(&mut tx, &limit, now).await? {
            let secs = wait.until.secs_after(now);
            return Err(FlowError::on_form(Problem::Overloaded { secs }));
        }
    }
    let to = [Recipient::Email(account.email.clone())];
    let notification = Notification::RecoveryRequested;
    notifications::notify(app, &mut tx, &account, &notification, &to, now).await?;
    let entry = AuditEntry::for_account(
        &account.id,
        Event::RecoveryRequested,
        context.audit_origin(),
    );
    audit::record_audit_entry(&mut tx, &entry, now).await?;
    tx.commit().await.map_err(StoreError::from)?;
    app.outbox_wake.notify_one();
    Ok(Outcome::step(Step::RecoveryRequested))
}

/// Whether the link can open a recovery now.
pub async fn can_open(app: &AppState, token: &str) -> Result<bool, StoreError> {
    let Some(link) = live_link(app, token).await? else {
        return Ok(false);
    };
    let found = account_to_recover(app, ReadFrom::Store(&app.store), &link).await?;
    Ok(found.is_some())
}

/// The account whose recovery the link opens, if it is as it was when the link was sent.
async fn account_to_recover(
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

/// Uses up the link and opens the recovery. Mailbox and old number are notified now and after half of the waiting time;
/// each message has a link that cancels.
pub async fn open(
    app: &AppState,
    context: &RequestContext,
    token: &str,
) -> Result<Outcome, FlowError> {
    let invalid = || FlowError::on_form(Problem::LinkInvalid);
    let link = live_link(app, token).await?.ok_or_else(invalid)?;
    let (now, mut tx) = (app.now(), app.store.begin().await?);
    if !mailed_links::consume_mailed_link(&mut tx, &link.token).await? {
        return Err(invalid());
    }
    let account = account_to_recover(app, ReadFrom::Transaction(&mut tx), &link).await?;
    let account = account.ok_or_else(invalid)?;
    let (Some(delay), Some(phone)) = (app.policy.recovery_delay, account.phone.clone()) else {
        return Err(invalid());
    };
    if let Some(earlier) =
        recoveries::find_recovery(ReadFrom::Transaction(&mut tx), &account.id).await?
    {
        if earlier.is_open(&account, now) {
            let secs = earlier.due_at.secs_after(now);
            return Err(FlowError::on_form(Problem::RecoveryPending { secs }));
        }
        recoveries::delete_recovery(&mut tx, &earlier).await?;
    }
    let recovery = Recovery {
        id: generate_recovery_id(),
        account: account.id.clone(),
        email: account.email.clone(),
        phone,
        device_epoch: account.device_epoch,
        opened_at: now,
        due_at: now + delay,
        expires_at: now + delay + USABLE_FOR,
    };
    if !recoveries::insert_recovery(&mut tx, &recovery).await? {
        return Err(invalid());
    }
    notify_opened(app, &mut tx, &account, &recovery.id, delay, now).await?;
    let entry = AuditEntry::for_account(&account.id, Event::RecoveryOpened, context.audit_origin());
    audit::record_audit_entry(&mut tx, &entry, now).await?;
    tx.commit().await.map_err(StoreError::from)?;
    app.outbox_wake.notify_one();
    Ok(Outcome::step(Step::RecoveryOpened))
}

/// Queues both messages in the transaction that opens the recovery, so that no crash loses one.
async fn notify_opened(
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
    notifications::notify_holder(app, tx, account, &opened, now).await?;
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

/// Whether the link can cancel a recovery now.
pub async fn can_cancel(app: &AppState, token: &str) -> Result<bool, StoreError> {
    let Some(link) = live_link(app, token).await? else {
        return Ok(false);
    };
    let LinkAction::CancelRecovery { account, recovery } = &link.action else {
        return Ok(false);
    };
    let Some(account) = accounts::find_account(ReadFrom::Store(&app.store), account).await? else {
        return Ok(false);
    };
    let open = pending(ReadFrom::Store(&app.store), &account, app.now()).await?;
    Ok(open.is_some_and(|open| open.id == *recovery))
}

/// Cancels the recovery of this link. Needs no session: who reads the messages of the account may stop a recovery.
pub async fn cancel_by_link(
    app: &AppState,
    context: &RequestContext,
    token: &str,
) -> Result<Outcome, FlowError> {
    let invalid = || FlowError::on_form(Problem::LinkInvalid);
    let link = live_link(app, token).await?.ok_or_else(invalid)?;
    let LinkAction::CancelRecovery { account, recovery } = link.action else {
        return Err(invalid());
    };
    let mut tx = app.store.begin().await?;
    let account = accounts::find_account(ReadFrom::Transaction(&mut tx), &account).await?;
    let account = account.ok_or_else(invalid)?;
    let open = pending(ReadFrom::Transaction(&mut tx), &account, app.now()).await?;
    let open = open
        .filter(|open| open.id == recovery)
        .ok_or_else(invalid)?;
    if !cancel(app, context, tx, &account, &open, "link").await? {
        return Err(invalid());
    }
    Ok(Outcome::step(Step::RecoveryCancelled { signed_in: false }))
}

/// Whether a recovery of this account is open, which its holder should confirm or cancel.
pub async fn is_pending(app: &AppState, account: &Account) -> Result<bool, StoreError> {
    let open = pending(ReadFrom::Store(&app.store), account, app.now()).await?;
    Ok(open.is_some())
}

/// Cancels the recovery of the user who has signed in. Succeeds also if none is open.
pub async fn cancel_by_session(
    app: &AppState,
    context: &RequestContext,
) -> Result<Outcome, FlowError> {
    let signed_in = session::current(app, context).await?;
    let account = signed_in
        .ok_or_else(|| FlowError::on_form(Problem::FlowEnded))?
        .account;
    let mut tx = app.store.begin().await?;
    let open = pending(ReadFrom::Transaction(&mut tx), &account, app.now()).await?;
    if let Some(open) = open {
        cancel(app, context, tx, &account, &open, "session").await?;
    }
    Ok(Outcome::step(Step::RecoveryCancelled { signed_in: true }))
}

/// Ends a recovery and notifies the holder. `false` if another request was first. `by` is the detail of the audit entry.
async fn cancel(
    app: &AppState,
    context: &RequestContext,
    mut tx: Tx,
    account: &Account,
    open: &Recovery,
    by: &'static str,
) -> Result<bool, FlowError> {
    if !recoveries::delete_recovery(&mut tx, open).await? {
        return Ok(false);
    }
    let now = app.now();
    let notification = Notification::RecoveryCancelled;
    notifications::notify_holder(app, &mut tx, account, &notification, now).await?;
    let entry = AuditEntry::for_account(
        &account.id,
        Event::RecoveryCancelled,
        context.audit_origin(),
    );
    audit::record_audit_entry(&mut tx, &entry.with_detail(by), now).await?;
    tx.commit().await.map_err(StoreError::from)?;
    app.outbox_wake.notify_one();
    Ok(true)
}
