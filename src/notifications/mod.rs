//! Security notifications to account holders.
//!
//! A notice is written to the outbox in the transaction of the change itself, so that it exists
//! exactly if the change does, and one failure of a provider cannot suppress it (docs/security.md#enr-07). It is
//! sent afterwards, outside any transaction.

mod dispatch;
mod mail;
mod notice;
mod transport;

use std::fmt;

pub use self::dispatch::dispatch;
pub use self::mail::Smtp;
use self::notice::Told;
pub use self::transport::{Mail, MailTransport, SmsTransport, Transports, Undelivered};
use crate::store::accounts::Account;
use crate::store::outbox::{self, NewEntry, Way};
use crate::store::{StoreError, Tx};
use domain::{Language, Notification, PhoneNumber, Timestamp};

/// Where a notice goes.
#[derive(Clone, PartialEq, Eq)]
pub enum Recipient {
    /// An e-mail address that belongs to an account.
    Email(String),
    Phone(PhoneNumber),
}

impl Recipient {
    const fn way(&self) -> Way {
        match self {
            Self::Email(_) => Way::Mail,
            Self::Phone(_) => Way::Sms,
        }
    }

    fn address(&self) -> &str {
        match self {
            Self::Email(address) => address,
            Self::Phone(number) => number.as_e164(),
        }
    }
}

/// Names the way and hides the address (docs/security.md#leak-04).
impl fmt::Debug for Recipient {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Email(_) => f.write_str("Email"),
            Self::Phone(number) => write!(f, "Phone({number:?})"),
        }
    }
}

/// Tells each of these recipients, if the transaction is committed. `app.outbox_wake.notify_one()`
/// after the commit has it sent at once; forgotten, it goes out with the dispatcher's next round.
pub async fn tell(
    tx: &mut Tx,
    notice: &Notification,
    language: Language,
    to: &[Recipient],
    now: Timestamp,
) -> Result<(), StoreError> {
    let told = Told {
        language,
        notice: notice.clone(),
    };
    let notice = told.stored()?;
    for recipient in to {
        let entry = NewEntry {
            way: recipient.way(),
            recipient: recipient.address(),
            notice: &notice,
        };
        outbox::insert(tx, &entry, now).await?;
    }
    Ok(())
}

/// Tells an account's holder by every way there is: its e-mail, and its number on file if it has
/// one. What is on file is what `account` says, so that an account read before its number changed
/// tells the old one (docs/security.md#phn-04).
pub async fn tell_holder(
    tx: &mut Tx,
    account: &Account,
    notice: &Notification,
    now: Timestamp,
) -> Result<(), StoreError> {
    let mut to = vec![Recipient::Email(account.email.clone())];
    to.extend(account.phone.clone().map(Recipient::Phone));
    tell(tx, notice, account.language, &to, now).await
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_recipient_is_not_printed() {
        let email = Recipient::Email("ann@example.com".to_owned());
        assert_eq!(format!("{email:?}"), "Email");
        let number = PhoneNumber::from_e164("+14155556053").expect("E.164");
        let phone = Recipient::Phone(number);
        assert_eq!(format!("{phone:?}"), "Phone(PhoneNumber((***) ***-6053))");
    }
}
