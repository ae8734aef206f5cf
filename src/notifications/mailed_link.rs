//! Makes the link in a mail or text message. It is made when the message is sent, so that the outbox never holds its
//! token.

use crate::context::{AppState, MAILED_LINK_LIFE};
use crate::security::token::Token;
use crate::store::accounts::Account;
use crate::store::mailed_links::{self, LinkAction, MailedLink};
use crate::store::outbox::ClaimedNotification;
use crate::store::password_resets::ResetBasis;
use crate::store::{ReadFrom, StoreError, accounts, contact_changes, recoveries};
use domain::{MailedLinkToken, Notification, Timestamp, routes};

/// The link of a message that was created for it. Not `Debug`, because the path contains a secret token.
pub(super) struct NotificationLink {
    /// The URL path, with the token.
    pub path: String,
    pub expires_at: Timestamp,
    /// The time from which the phone number can be replaced; `None` if the link does not cancel a recovery.
    pub replacement_due_at: Option<Timestamp>,
}

/// The action of a link, with its times.
struct LinkedAction {
    action: LinkAction,
    expires_at: Timestamp,
    replacement_due_at: Option<Timestamp>,
}

impl LinkedAction {
    /// Creates an action whose link works until `expires_at`.
    const fn until(expires_at: Timestamp, action: LinkAction) -> Self {
        Self {
            action,
            expires_at,
            replacement_due_at: None,
        }
    }
}

/// Creates the link of a notification, whose URL path contains a secret token.
///
/// The database stores only the hash of the token. Returns `None` if the action of the link is no longer possible, for
/// example because a recovery was cancelled.
pub(super) async fn create_notification_link(
    app: &AppState,
    entry: &ClaimedNotification,
    notification: &Notification,
) -> Result<Option<NotificationLink>, StoreError> {
    let account = accounts::find_account(ReadFrom::Store(&app.store), &entry.account).await?;
    let Some(account) = account.filter(|account| !account.disabled) else {
        return Ok(None);
    };
    let now = app.now();
    let found = find_action_of_notification_link(app, entry, notification, account, now).await?;
    let (Some(found), token) = (found, Token::generate()) else {
        return Ok(None);
    };
    let LinkedAction {
        action,
        expires_at,
        replacement_due_at,
    } = found;
    let Some(shown) = MailedLinkToken::parse(token.expose()) else {
        return Ok(None);
    };
    let path = match action {
        LinkAction::ResetPassword(_) => routes::password_reset_link_path(&shown),
        LinkAction::OpenRecovery { .. } => routes::lost_phone_link_path(&shown),
        LinkAction::CancelRecovery { .. } => routes::recovery_cancellation_link_path(&shown),
        LinkAction::UndoChange { .. } => routes::undo_link_path(&shown),
    };
    let link = MailedLink {
        token: token.hash(),
        action,
        created_at: now,
        expires_at,
    };
    let mut tx = app.store.begin().await?;
    mailed_links::insert_mailed_link(&mut tx, &link).await?;
    tx.commit().await?;
    Ok(Some(NotificationLink {
        path,
        expires_at,
        replacement_due_at,
    }))
}

/// Returns the action of the link in a notification; `None` if the action is no longer possible.
async fn find_action_of_notification_link(
    app: &AppState,
    entry: &ClaimedNotification,
    notification: &Notification,
    account: Account,
    now: Timestamp,
) -> Result<Option<LinkedAction>, StoreError> {
    let from = ReadFrom::Store(&app.store);
    let is_address = account.email_verified && account.email == entry.recipient;
    Ok(match notification {
        Notification::PasswordResetRequested => is_address.then(|| {
            let action = LinkAction::ResetPassword(ResetBasis::from_account(&account));
            LinkedAction::until(now + MAILED_LINK_LIFE, action)
        }),
        Notification::RecoveryRequested => {
            let usable = is_address && account.permits_lost_phone_recovery();
            let action = LinkAction::OpenRecovery {
                account: account.id,
                email: account.email,
                device_epoch: account.device_epoch,
            };
            usable.then(|| LinkedAction::until(now + MAILED_LINK_LIFE, action))
        }
        Notification::RecoveryOpened { recovery: id, .. }
        | Notification::RecoveryReminder { recovery: id, .. } => {
            let found = recoveries::find_lost_phone_recovery(from, &account.id).await?;
            let open =
                found.filter(|found| found.id == *id && found.is_recovery_open(&account, now));
            open.map(|open| {
                let action = LinkAction::CancelRecovery {
                    account: open.account,
                    recovery: open.id,
                };
                LinkedAction {
                    replacement_due_at: Some(open.due_at),
                    ..LinkedAction::until(open.expires_at, action)
                }
            })
        }
        Notification::PhoneChanged { undo: Some(id), .. }
        | Notification::EmailChanged { undo: Some(id) } => {
            let found = contact_changes::find_contact_change(from, id).await?;
            let undoable = found.filter(|found| now < found.expires_at);
            undoable.map(|change| {
                let action = LinkAction::UndoChange {
                    account: change.account,
                    change: change.id,
                };
                LinkedAction::until(change.expires_at, action)
            })
        }
        _ => None,
    })
}
