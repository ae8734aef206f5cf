//! Notifies account holders by mail and SMS of changes that affect their security.
//!
//! A notification is written to the outbox in the transaction of the change itself. So it exists exactly if the change
//! does, and one failure of a provider cannot suppress it (docs/security.md#enr-07). The dispatcher sends it
//! afterwards, outside any transaction.

mod dispatch;
mod email_proof;
mod mail;
mod mail_html;
mod mail_look;
mod mailed_link;
mod message_content;
mod message_limits;
mod notification_limits;
mod stored;
mod transport;

use std::fmt;

pub use self::dispatch::run_dispatcher;
pub use self::email_proof::EMAIL_CODE_LIFE;
pub use self::mail::Smtp;
pub use self::mail_look::MailLook;
pub use self::notification_limits::renew_reset_mail_limit;
use self::stored::StoredNotification;
pub use self::transport::{Mail, MailTransport, SmsTransport, Transports, Undelivered};
use crate::context::AppState;
use crate::store::accounts::Account;
use crate::store::outbox::{self, Channel, NewNotification};
use crate::store::{StoreError, Tx};
use domain::{Notification, PhoneNumber, Timestamp};

/// The recipient of a notification: an e-mail address or a phone number.
#[derive(Clone, PartialEq, Eq)]
pub enum Recipient {
    /// An e-mail address that belongs to an account.
    Email(String),
    Phone(PhoneNumber),
}

impl Recipient {
    /// Returns the channel that reaches this recipient: e-mail or SMS.
    const fn channel(&self) -> Channel {
        match self {
            Self::Email(_) => Channel::Mail,
            Self::Phone(_) => Channel::Sms,
        }
    }

    /// Returns the address of this recipient: the e-mail address, or the phone number in E.164 format.
    fn recipient_address(&self) -> &str {
        match self {
            Self::Email(address) => address,
            Self::Phone(number) => number.as_e164(),
        }
    }
}

/// Prints the channel and hides the address (docs/security.md#leak-04).
impl fmt::Debug for Recipient {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Email(_) => f.write_str("Email"),
            Self::Phone(number) => write!(f, "Phone({number:?})"),
        }
    }
}

/// Queues a notification to these recipients in the outbox, the database table of messages to be sent.
///
/// If a rate limit is reached, the notification is sent later. Repeated notifications of the same kind are merged while
/// the first is unsent. To send without delay, call `app.outbox_wake.notify_one()` after the commit.
pub async fn queue_notification_to_recipients(
    app: &AppState,
    tx: &mut Tx,
    account: &Account,
    notification: &Notification,
    to: &[Recipient],
    now: Timestamp,
) -> Result<(), StoreError> {
    queue_notification(Some(app), tx, account, notification, to, now).await
}

/// Queues a mail to the e-mail address of an account, verified or not.
///
/// Applies the limits of [`queue_notification_to_recipients`].
pub async fn notify_email_address_of_account(
    app: &AppState,
    tx: &mut Tx,
    account: &Account,
    notification: &Notification,
    now: Timestamp,
) -> Result<(), StoreError> {
    let to = [Recipient::Email(account.email.clone())];
    queue_notification_to_recipients(app, tx, account, notification, &to, now).await
}

/// Queues a mail to the e-mail address of an account if it is verified. Does nothing for an unverified address.
///
/// Applies the limits of [`queue_notification_to_recipients`].
pub async fn notify_verified_email_address(
    app: &AppState,
    tx: &mut Tx,
    account: &Account,
    notification: &Notification,
    now: Timestamp,
) -> Result<(), StoreError> {
    let to = find_verified_email_address(account).map(Recipient::Email);
    queue_notification_to_recipients(app, tx, account, notification, to.as_slice(), now).await
}

/// Queues a notification to the contacts of an account: its e-mail address, if verified, and its phone number.
///
/// Uses the contacts in `account`. If `account` was read before its phone number changed, the old number is notified
/// (docs/security.md#phn-04).
pub async fn notify_account_holder(
    app: &AppState,
    tx: &mut Tx,
    account: &Account,
    notification: &Notification,
    now: Timestamp,
) -> Result<(), StoreError> {
    queue_notification_to_recipients(
        app,
        tx,
        account,
        notification,
        &list_contacts_to_notify(account),
        now,
    )
    .await
}

/// Notifies an account holder of a change by an operator.
///
/// Queues a notification to the phone number, and to the e-mail address if it is verified. Notification limits do not
/// apply.
pub async fn notify_account_holder_of_operator_change(
    tx: &mut Tx,
    account: &Account,
    notification: &Notification,
    now: Timestamp,
) -> Result<(), StoreError> {
    queue_notification(
        None,
        tx,
        account,
        notification,
        &list_contacts_to_notify(account),
        now,
    )
    .await
}

/// Returns the e-mail address of an account if it is verified. An unverified address may belong to another person.
fn find_verified_email_address(account: &Account) -> Option<String> {
    account.email_verified.then(|| account.email.clone())
}

/// Lists the contacts of an account that receive notifications.
///
/// These are the phone number, if any, and the e-mail address, if verified.
pub fn list_contacts_to_notify(account: &Account) -> Vec<Recipient> {
    let email = find_verified_email_address(account).map(Recipient::Email);
    let phone = account.phone.clone().map(Recipient::Phone);
    email.into_iter().chain(phone).collect()
}

/// Queues a notification to the contacts of an account (see [`list_contacts_to_notify`]), to be sent at the time `at`.
///
/// No rate limit applies, so the caller must limit how often this happens.
pub async fn schedule_notification(
    tx: &mut Tx,
    account: &Account,
    notification: &Notification,
    at: Timestamp,
) -> Result<(), StoreError> {
    queue_notification(
        None,
        tx,
        account,
        notification,
        &list_contacts_to_notify(account),
        at,
    )
    .await
}

/// Returns the key by which the outbox merges notifications of the same kind.
///
/// If the notification has a link, the key also contains the ID of the linked change or recovery.
fn key_for_merging_notifications(notification: &Notification) -> String {
    match notification.id_of_linked_change_or_recovery() {
        Some(record) => format!("{} {record}", notification.name()),
        None => notification.name().to_owned(),
    }
}

/// Queues a notification to these recipients.
///
/// `app` is `None` if no notification limits apply, for example to a change by an operator.
async fn queue_notification(
    app: Option<&AppState>,
    tx: &mut Tx,
    account: &Account,
    notification: &Notification,
    to: &[Recipient],
    now: Timestamp,
) -> Result<(), StoreError> {
    let stored = StoredNotification {
        language: account.language,
        notification: notification.clone(),
    };
    let json = stored.to_json()?;
    let kind = key_for_merging_notifications(notification);
    // Sorted, so that two transactions with the same recipients cannot deadlock.
    let mut recipients: Vec<_> = to
        .iter()
        .map(|to| (to.channel(), to.recipient_address()))
        .collect();
    recipients.sort_unstable();
    for (channel, recipient) in recipients {
        let new = NewNotification {
            account: &account.id,
            channel,
            recipient,
            kind: &kind,
            notification: &json,
        };
        if let Some(app) = app {
            notification_limits::lock_account_notification_limits(app, tx, &new).await?;
        }
        if outbox::merge_new_notification_into_unsent(tx, &new).await? {
            continue;
        }
        let due_at = match app {
            Some(app) => {
                notification_limits::reserve_notification_send_time(
                    app,
                    tx,
                    &new,
                    notification,
                    now,
                )
                .await?
            }
            None => now,
        };
        outbox::insert_notification(tx, &new, due_at, now).await?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn debug_output_of_a_notification_recipient_hides_the_address() {
        let email = Recipient::Email("ann@example.com".to_owned());
        assert_eq!(format!("{email:?}"), "Email");
        let number = PhoneNumber::from_e164("+14155556053").expect("valid E.164 number");
        let phone = Recipient::Phone(number);
        assert_eq!(format!("{phone:?}"), "Phone(PhoneNumber((***) ***-6053))");
    }
}
