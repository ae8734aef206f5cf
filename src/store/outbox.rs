//! Rows of the table `outbox`: notifications that wait for delivery.

use sqlx::Row as _;
use sqlx::any::AnyRow;

use super::{Store, StoreError, Tx};
use crate::security::token::{AccountId, NotificationId};
use domain::Timestamp;

/// How a notification is delivered.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Channel {
    Mail,
    Sms,
}

impl Channel {
    /// The stored name.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Mail => "mail",
            Self::Sms => "sms",
        }
    }

    /// `None` if the text is not a stored name.
    pub fn from_name(name: &str) -> Option<Self> {
        [Self::Mail, Self::Sms]
            .into_iter()
            .find(|channel| channel.as_str() == name)
    }
}

/// A notification to one recipient that is not stored yet. Not `Debug`: the recipient is personal data.
#[derive(Clone, Copy)]
pub struct NewOutboxEntry<'a> {
    pub account: &'a AccountId,
    pub channel: Channel,
    /// An e-mail address, or a number in E.164.
    pub recipient: &'a str,
    /// The stored name of what the notification is about, and the record that its link acts on. Waiting notifications
    /// with the same one are merged.
    pub kind: &'a str,
    /// The notification as JSON.
    pub notification: &'a str,
}

/// Counts a notification in the one of the same account, recipient and kind that waits for its first attempt, and
/// replaces its content. `false` if none waits.
pub async fn coalesce(tx: &mut Tx, new: &NewOutboxEntry<'_>) -> Result<bool, StoreError> {
    let result = sqlx::query(
        "UPDATE outbox SET repeats = repeats + 1, notice = $1 WHERE account_id = $2 AND way = $3 \
         AND recipient = $4 AND kind = $5 AND done_at = 0 AND tries = 0",
    )
    .bind(new.notification)
    .bind(new.account.as_str())
    .bind(new.channel.as_str())
    .bind(new.recipient)
    .bind(new.kind)
    .execute(&mut **tx)
    .await?;
    Ok(result.rows_affected() > 0)
}

/// Adds a notification that is due at `due_at`. It exists exactly if the transaction is committed
/// (docs/security.md#enr-07). If a concurrent transaction has added one of the same kind, that one counts it.
pub async fn insert(
    tx: &mut Tx,
    new: &NewOutboxEntry<'_>,
    due_at: Timestamp,
    now: Timestamp,
) -> Result<(), StoreError> {
    sqlx::query(
        "INSERT INTO outbox (id, way, recipient, notice, tries, created_at, due_at, done_at, \
         outcome, account_id, kind, repeats) VALUES ($1, $2, $3, $4, 0, $5, $6, 0, '', $7, $8, 0) \
         ON CONFLICT (account_id, way, recipient, kind) \
         WHERE account_id <> '' AND done_at = 0 AND tries = 0 \
         DO UPDATE SET repeats = outbox.repeats + 1, notice = excluded.notice",
    )
    .bind(NotificationId::generate().as_str())
    .bind(new.channel.as_str())
    .bind(new.recipient)
    .bind(new.notification)
    .bind(now.as_millis())
    .bind(due_at.as_millis())
    .bind(new.account.as_str())
    .bind(new.kind)
    .execute(&mut **tx)
    .await?;
    Ok(())
}

/// Deletes the notifications of these kinds that were not sent, because what they announce is over.
pub async fn delete_waiting(
    tx: &mut Tx,
    account: &AccountId,
    kinds: &[&str],
) -> Result<(), StoreError> {
    for kind in kinds {
        sqlx::query(
            "DELETE FROM outbox WHERE account_id = $1 AND done_at = 0 AND (kind = $2 OR kind LIKE $3)",
        )
        .bind(account.as_str())
        .bind(*kind)
        .bind(format!("{kind} %"))
        .execute(&mut **tx)
        .await?;
    }
    Ok(())
}

/// A notification that is due. [`claim`] decides which node sends it.
#[derive(Clone, Debug)]
pub struct DueEntry {
    id: NotificationId,
    tries: i64,
}

/// A claimed notification: the right to send it once, until the claim expires. Not `Debug`: the recipient is personal
/// data.
#[derive(Clone)]
pub struct OutboxEntry {
    pub id: NotificationId,
    /// Empty in rows of earlier versions.
    pub account: AccountId,
    pub channel: Channel,
    pub recipient: String,
    /// The notification as JSON.
    pub notification: String,
    /// How many more notifications of the same kind this one stands for.
    pub repeats: u32,
    pub created_at: Timestamp,
    /// The number of this attempt, from 1.
    pub tries: i64,
}

/// The final state of a notification.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum DeliveryOutcome {
    Sent,
    /// The recipient can never be reached on this channel.
    Refused,
    /// The channel is not configured.
    NoChannel,
    /// All attempts of three days have failed.
    GivenUp,
}

impl DeliveryOutcome {
    /// The stored name.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Sent => "sent",
            Self::Refused => "refused",
            Self::NoChannel => "no_way",
            Self::GivenUp => "given_up",
        }
    }
}

/// The notifications that are due, at most `limit`.
///
/// Accounts take turns: the first notification of each account comes before the second one of any. So an account with
/// many notifications delays those of others by one batch at most. Rows without an account count as one account each.
pub async fn due(store: &Store, now: Timestamp, limit: i64) -> Result<Vec<DueEntry>, StoreError> {
    let rows = sqlx::query(
        "SELECT id, tries FROM (SELECT id, tries, due_at, ROW_NUMBER() OVER (PARTITION BY \
         CASE account_id WHEN '' THEN id ELSE account_id END ORDER BY due_at, id) AS turn \
         FROM outbox WHERE done_at = 0 AND due_at <= $1) AS waiting \
         ORDER BY turn, due_at, id LIMIT $2",
    )
    .bind(now.as_millis())
    .bind(limit)
    .fetch_all(store.reader())
    .await?;
    let due = |row: &AnyRow| {
        Ok(DueEntry {
            id: NotificationId::from_stored(row.try_get("id")?),
            tries: row.try_get("tries")?,
        })
    };
    rows.iter().map(due).collect()
}

/// Claims a notification until `until`; `None` if another node has claimed it. At-least-once delivery: if
/// a node crashes between sending and [`finish`], its claim expires and another node sends again.
///
/// A claimed notification counts no more repetitions, so the returned count is final.
pub async fn claim(
    store: &Store,
    due: &DueEntry,
    until: Timestamp,
) -> Result<Option<OutboxEntry>, StoreError> {
    let row = sqlx::query(
        "UPDATE outbox SET tries = tries + 1, due_at = $1 \
         WHERE id = $2 AND tries = $3 AND done_at = 0 \
         RETURNING id, account_id, way, recipient, notice, repeats, created_at, tries",
    )
    .bind(until.as_millis())
    .bind(due.id.as_str())
    .bind(due.tries)
    .fetch_optional(store.reader())
    .await?;
    row.as_ref().map(entry).transpose()
}

/// Closes a claimed notification and deletes its recipient. A notification with a newer claim is left unchanged.
pub async fn finish(
    store: &Store,
    claimed: &OutboxEntry,
    outcome: DeliveryOutcome,
    now: Timestamp,
) -> Result<(), StoreError> {
    sqlx::query(
        "UPDATE outbox SET done_at = $1, outcome = $2, recipient = '' \
         WHERE id = $3 AND tries = $4 AND done_at = 0",
    )
    .bind(now.as_millis())
    .bind(outcome.as_str())
    .bind(claimed.id.as_str())
    .bind(claimed.tries)
    .execute(store.reader())
    .await?;
    Ok(())
}

/// Schedules a claimed notification again for `due_at`. A notification with a newer claim is left unchanged.
pub async fn postpone(
    store: &Store,
    claimed: &OutboxEntry,
    due_at: Timestamp,
) -> Result<(), StoreError> {
    sqlx::query("UPDATE outbox SET due_at = $1 WHERE id = $2 AND tries = $3 AND done_at = 0")
        .bind(due_at.as_millis())
        .bind(claimed.id.as_str())
        .bind(claimed.tries)
        .execute(store.reader())
        .await?;
    Ok(())
}

fn entry(row: &AnyRow) -> Result<OutboxEntry, StoreError> {
    let channel: String = row.try_get("way")?;
    let repeats: i64 = row.try_get("repeats")?;
    Ok(OutboxEntry {
        id: NotificationId::from_stored(row.try_get("id")?),
        account: AccountId::from_stored(row.try_get("account_id")?),
        channel: Channel::from_name(&channel).ok_or(StoreError::Inconsistent {
            table: "outbox",
            column: "way",
        })?,
        recipient: row.try_get("recipient")?,
        notification: row.try_get("notice")?,
        repeats: u32::try_from(repeats).unwrap_or(u32::MAX),
        created_at: Timestamp::from_millis(row.try_get("created_at")?),
        tries: row.try_get("tries")?,
    })
}
