//! Security notifications to account holders.
//!
//! A notification is written to the outbox in the transaction of the change itself. So it exists exactly if the change
//! does, and one failure of a provider cannot suppress it (docs/security.md#enr-07). It is sent afterwards, outside any
//! transaction.

mod budget;
mod dispatch;
mod mail;
mod mail_html;
mod reset_link;
mod stored;
mod transport;

use std::fmt;

pub use self::dispatch::dispatch;
pub use self::mail::Smtp;
use self::stored::StoredNotification;
pub use self::transport::{Mail, MailTransport, SmsTransport, Transports, Undelivered};
use crate::context::AppState;
use crate::store::accounts::Account;
use crate::store::outbox::{self, Channel, NewOutboxEntry};
use crate::store::{StoreError, Tx};
use domain::{Notification, PhoneNumber, Timestamp};

/// The address of a notification.
#[derive(Clone, PartialEq, Eq)]
pub enum Recipient {
    /// An e-mail address that belongs to an account.
    Email(String),
    Phone(PhoneNumber),
}

impl Recipient {
    const fn channel(&self) -> Channel {
        match self {
            Self::Email(_) => Channel::Mail,
            Self::Phone(_) => Channel::Sms,
        }
    }

    fn address(&self) -> &str {
        match self {
            Self::Email(address) => address,
            Self::Phone(number) => number.as_e164(),
        }
    }
}

/// Names the channel and hides the address (docs/security.md#leak-04).
impl fmt::Debug for Recipient {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Email(_) => f.write_str("Email"),
            Self::Phone(number) => write!(f, "Phone({number:?})"),
        }
    }
}

/// Queues a notification to each of these recipients. It is sent exactly if the transaction is committed.
///
/// A notification beyond the limits is held back, and counted in one that waits already (see `budget`). Call
/// `app.outbox_wake.notify_one()` after the commit to send it at once; otherwise the dispatcher sends it within seconds.
pub async fn notify(
    app: &AppState,
    tx: &mut Tx,
    account: &Account,
    notification: &Notification,
    to: &[Recipient],
    now: Timestamp,
) -> Result<(), StoreError> {
    queue(Some(app), tx, account, notification, to, now).await
}

/// Queues a notification to every address of an account: its e-mail, and its number on file if it has one.
///
/// The addresses are those in `account`. An account that was read before its number changed notifies the old number
/// (docs/security.md#phn-04).
pub async fn notify_holder(
    app: &AppState,
    tx: &mut Tx,
    account: &Account,
    notification: &Notification,
    now: Timestamp,
) -> Result<(), StoreError> {
    notify(app, tx, account, notification, &addresses(account), now).await
}

/// Like [`notify_holder`], for an operator's change. No limit holds it back.
pub async fn notify_holder_of_operators_change(
    tx: &mut Tx,
    account: &Account,
    notification: &Notification,
    now: Timestamp,
) -> Result<(), StoreError> {
    queue(None, tx, account, notification, &addresses(account), now).await
}

fn addresses(account: &Account) -> Vec<Recipient> {
    let phone = account.phone.clone().map(Recipient::Phone);
    let mut to = vec![Recipient::Email(account.email.clone())];
    to.extend(phone);
    to
}

/// The limits apply where `app` is given.
async fn queue(
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
    // In one order, so that two transactions with the same recipients do not wait for each other.
    let mut recipients: Vec<_> = to.iter().map(|to| (to.channel(), to.address())).collect();
    recipients.sort_unstable();
    for (channel, recipient) in recipients {
        let new = NewOutboxEntry {
            account: &account.id,
            channel,
            recipient,
            kind: notification.name(),
            notification: &json,
        };
        if let Some(app) = app {
            budget::lock(app, tx, &new).await?;
        }
        if outbox::coalesce(tx, &new).await? {
            continue;
        }
        let due_at = match app {
            Some(app) => budget::reserve(app, tx, &new, now).await?,
            None => now,
        };
        outbox::insert(tx, &new, due_at, now).await?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn debug_output_hides_the_recipient() {
        let email = Recipient::Email("ann@example.com".to_owned());
        assert_eq!(format!("{email:?}"), "Email");
        let number = PhoneNumber::from_e164("+14155556053").expect("E.164");
        let phone = Recipient::Phone(number);
        assert_eq!(format!("{phone:?}"), "Phone(PhoneNumber((***) ***-6053))");
    }
}
