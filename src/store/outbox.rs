use sqlx::Row as _;
use sqlx::any::AnyRow;

use super::{Store, StoreError, Tx};
use crate::security::token::NoticeId;
use domain::Timestamp;

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

/// Adds a notice, due at once. It exists exactly if the transaction is committed (docs/security.md#enr-07).
pub async fn insert(tx: &mut Tx, new: &NewEntry<'_>, now: Timestamp) -> Result<(), StoreError> {
    sqlx::query(
        "INSERT INTO outbox (id, way, recipient, notice, tries, created_at, due_at, done_at, \
         outcome) VALUES ($1, $2, $3, $4, 0, $5, $5, 0, '')",
    )
    .bind(NoticeId::generate().as_str())
    .bind(new.way.as_str())
    .bind(new.recipient)
    .bind(new.notice)
    .bind(now.as_millis())
    .execute(&mut **tx)
    .await?;
    Ok(())
}

/// A notice that is due. Not `Debug`: the recipient is personal data.
#[derive(Clone)]
pub struct Entry {
    pub id: NoticeId,
    pub way: Way,
    pub recipient: String,
    pub notice: String,
    pub created_at: Timestamp,
    tries: i64,
}

/// The right to send one notice, once, until the claim lapses.
#[derive(Clone, Debug)]
pub struct Claim {
    pub id: NoticeId,
    /// Which try this is, from 1.
    pub tries: i64,
}

/// What came of a notice in the end.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Outcome {
    Sent,
    /// The recipient can never be reached this way.
    Refused,
    /// Nothing is configured that goes this way.
    NoWay,
    /// It was tried for days.
    GivenUp,
}

impl Outcome {
    /// The stored name.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Sent => "sent",
            Self::Refused => "refused",
            Self::NoWay => "no_way",
            Self::GivenUp => "given_up",
        }
    }
}

/// The notices that are due, at most `most` of them, the longest due first. Any node may read the
/// same ones: [`claim`] picks who sends.
pub async fn due(store: &Store, now: Timestamp, most: i64) -> Result<Vec<Entry>, StoreError> {
    let rows = sqlx::query(
        "SELECT id, way, recipient, notice, tries, created_at FROM outbox \
         WHERE done_at = 0 AND due_at <= $1 ORDER BY due_at, id LIMIT $2",
    )
    .bind(now.as_millis())
    .bind(most)
    .fetch_all(store.reader())
    .await?;
    rows.iter().map(entry).collect()
}

/// Claims a notification until `until`; `None` if another node has claimed it. At-least-once delivery: if
/// a node crashes between sending and [`finish`], its claim expires and another node sends again.
pub async fn claim(
    store: &Store,
    entry: &Entry,
    until: Timestamp,
) -> Result<Option<Claim>, StoreError> {
    let result = sqlx::query(
        "UPDATE outbox SET tries = tries + 1, due_at = $1 \
         WHERE id = $2 AND tries = $3 AND done_at = 0",
    )
    .bind(until.as_millis())
    .bind(entry.id.as_str())
    .bind(entry.tries)
    .execute(store.reader())
    .await?;
    Ok((result.rows_affected() == 1).then(|| Claim {
        id: entry.id.clone(),
        tries: entry.tries + 1,
    }))
}

/// Closes a claimed notification and deletes its recipient. A notification with a newer claim is left unchanged.
pub async fn finish(
    store: &Store,
    claim: &Claim,
    outcome: Outcome,
    now: Timestamp,
) -> Result<(), StoreError> {
    sqlx::query(
        "UPDATE outbox SET done_at = $1, outcome = $2, recipient = '' \
         WHERE id = $3 AND tries = $4 AND done_at = 0",
    )
    .bind(now.as_millis())
    .bind(outcome.as_str())
    .bind(claim.id.as_str())
    .bind(claim.tries)
    .execute(store.reader())
    .await?;
    Ok(())
}

/// Schedules a claimed notification again for `due_at`. A notification with a newer claim is left unchanged.
pub async fn postpone(store: &Store, claim: &Claim, due_at: Timestamp) -> Result<(), StoreError> {
    sqlx::query("UPDATE outbox SET due_at = $1 WHERE id = $2 AND tries = $3 AND done_at = 0")
        .bind(due_at.as_millis())
        .bind(claim.id.as_str())
        .bind(claim.tries)
        .execute(store.reader())
        .await?;
    Ok(())
}

fn entry(row: &AnyRow) -> Result<Entry, StoreError> {
    let way: String = row.try_get("way")?;
    Ok(Entry {
        id: NoticeId::from_stored(row.try_get("id")?),
        way: Way::from_name(&way).ok_or(StoreError::Inconsistent {
            table: "outbox",
            column: "way",
        })?,
        recipient: row.try_get("recipient")?,
        notice: row.try_get("notice")?,
        created_at: Timestamp::from_millis(row.try_get("created_at")?),
        tries: row.try_get("tries")?,
    })
}
