//! The mailed link that opens a recovery after the loss of a phone, or lets another browser complete an open one.
//!
//! The browser gets a token in a cookie, whose hash is part of the recovery. When the waiting time is over, only this
//! browser can set up a new number with the password. So each recovery needs the mailbox until its end.

use std::time::Duration;

use crate::auth::entry::mailed_link::find_unexpired_mailed_link;
use crate::auth::error::FlowError;
use crate::auth::outcome::{Outcome, TokenChange};
use crate::auth::purposes::lost_phone::find_open_lost_phone_recovery;
use crate::context::{AppState, RequestContext};
use crate::notifications;
use crate::security::token::{Token, generate_recovery_id};
use crate::store::accounts::{self, Account};
use crate::store::audit::{self, AuditEntry, Event};
use crate::store::mailed_links::{self, LinkAction, MailedLink};
use crate::store::recoveries::{self, Recovery};
use crate::store::{ReadFrom, StoreError, Tx, account_locks};
use domain::{FlashMessage, Notification, Problem, Purpose, RecoveryId, Step, Timestamp};

/// How long a recovery can be used after its waiting time is over.
const RECOVERY_LIFE_AFTER_WAITING_TIME: Duration = Duration::from_hours(7 * 24);

/// What the mailed link for a lost phone does when it is used.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LostPhoneLinkEffect {
    OpensRecovery,
    /// A recovery is open already, and the link lets this browser complete it. Its waiting time ends in this many
    /// seconds.
    ChangesBrowser {
        waiting_secs: u64,
    },
}

/// Returns what the mailed link with this token does now; `None` if it does not work.
pub async fn find_effect_of_lost_phone_link(
    app: &AppState,
    token: &str,
) -> Result<Option<LostPhoneLinkEffect>, StoreError> {
    let Some(link) = find_unexpired_mailed_link(app, token).await? else {
        return Ok(None);
    };
    let found = find_account_to_recover(app, ReadFrom::Store(&app.store), &link).await?;
    let Some(account) = found else {
        return Ok(None);
    };
    let now = app.now();
    let open = find_open_lost_phone_recovery(ReadFrom::Store(&app.store), &account, now).await?;
    Ok(Some(match open {
        None => LostPhoneLinkEffect::OpensRecovery,
        Some(open) => LostPhoneLinkEffect::ChangesBrowser {
            waiting_secs: open.due_at.secs_since(now),
        },
    }))
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
        .filter(|found| found.permits_lost_phone_recovery() && app.policy.recovery_delay.is_some())
        .filter(|found| found.email_verified && found.email == *email)
        .filter(|found| found.device_epoch == *device_epoch))
}

/// Opens a lost-phone recovery, and invalidates the mailed link with this token.
///
/// Notifies the e-mail address and the old phone number at once, and again after half of the waiting time. Each
/// notification has a link that cancels the recovery.
///
/// If a recovery is open already, opens no second one: only the browser that may complete it changes.
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
            return change_browser_of_recovery(context, tx, &earlier, now).await;
        }
        recoveries::delete_lost_phone_recovery(&mut tx, &earlier).await?;
    }
    let browser = Token::generate();
    let recovery = Recovery {
        id: generate_recovery_id(),
        account: account.id.clone(),
        email: account.email.clone(),
        phone,
        device_epoch: account.device_epoch,
        browser: Some(browser.hash()),
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
    tx.commit().await?;
    app.outbox_wake.notify_one();
    let change = TokenChange::SetRecovery(browser, recovery.expires_at);
    Ok(Outcome::from_step(Step::RecoveryOpened)
        .with_message_account(&account.id)
        .with_token_change(change))
}

/// Lets the browser of the request complete an open lost-phone recovery, in place of the earlier browser, and commits.
///
/// The waiting time continues.
async fn change_browser_of_recovery(
    context: &RequestContext,
    mut tx: Tx,
    open: &Recovery,
    now: Timestamp,
) -> Result<Outcome, FlowError> {
    let browser = Token::generate();
    let hash = browser.hash();
    if !recoveries::replace_browser_of_lost_phone_recovery(&mut tx, open, &hash).await? {
        return Err(FlowError::from_form_problem(Problem::LinkInvalid));
    }
    let event = Event::RecoveryBrowserChanged;
    let entry = AuditEntry::entry_about_account(&open.account, event, context.audit_origin());
    audit::record_audit_entry(&mut tx, &entry, now).await?;
    tx.commit().await?;
    let is_due = open.due_at <= now;
    let message = if is_due {
        FlashMessage::RecoveryBrowserReady
    } else {
        FlashMessage::RecoveryBrowserChanged
    };
    let outcome = Outcome {
        message: Some(message),
        // If the waiting time is over, the user signs in next, also a user who is signed in already.
        message_account: (!is_due).then(|| open.account.clone()),
        ..Outcome::from_step(Step::RecoveryBrowserChanged { is_due })
    };
    let outcome = outcome.with_token_change(TokenChange::SetRecovery(browser, open.expires_at));
    // Without the token of an earlier sign-in, the sign-in page asks for the password, which then leads to the set-up.
    Ok([Purpose::SignIn, Purpose::SetUp]
        .into_iter()
        .filter(|purpose| is_due && context.flow_token(*purpose).is_some())
        .fold(outcome, |outcome, purpose| {
            outcome.with_token_change(TokenChange::RemoveFlowToken(purpose))
        }))
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
