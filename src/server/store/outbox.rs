use super::{StoreError, Tx};
use crate::domain::Timestamp;
use crate::server::token::random_id;

/// How a notice travels.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Way {
    Mail,
    Sms,
}

impl Way {
    /// The stored name.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Mail => "mail",
            Self::Sms => "sms",
        }
    }

    /// `None` for anything that is not a way's stored name.
    pub fn from_name(name: &str) -> Option<Self> {
        [Self::Mail, Self::Sms]
            .into_iter()
            .find(|way| way.as_str() == name)
    }
}

/// A notice to one recipient, about to be stored. Not `Debug`: the recipient is personal data.
#[derive(Clone, Copy)]
pub struct NewEntry<'a> {
    pub way: Way,
    /// An e-mail address, or a number in E.164.
    pub recipient: &'a str,
    /// The notice as JSON.
    pub notice: &'a str,
}

/// Adds a notice, due at once. It exists exactly if the transaction is committed (ENR-07).
pub async fn insert(tx: &mut Tx, new: &NewEntry<'_>, now: Timestamp) -> Result<(), StoreError> {
    sqlx::query(
        "INSERT INTO outbox (id, way, recipient, notice, tries, created_at, due_at, done_at, \
         outcome) VALUES ($1, $2, $3, $4, 0, $5, $5, 0, '')",
    )
    .bind(random_id())
    .bind(new.way.as_str())
    .bind(new.recipient)
    .bind(new.notice)
    .bind(now.as_millis())
    .execute(&mut **tx)
    .await?;
    Ok(())
}
