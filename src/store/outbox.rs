//! Rows of the table `outbox`: notifications that wait for delivery.

use sqlx::Row as _;
use sqlx::any::AnyRow;

use super::{Store, StoreError, Tx};
use crate::security::token::{AccountId, NotificationId};
use domain::Timestamp;

/// The channel on which a notification is sent: SMS or e-mail.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Channel {
    Mail,
    Sms,
}

impl Channel {
    /// Returns the channel name that is stored in the database.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Mail => "mail",
            Self::Sms => "sms",
        }
    }

    /// Parses a channel name that is stored in the database.
    pub fn parse_channel_name(channel_name: &str) -> Option<Self> {
        [Self::Mail, Self::Sms]
            .into_iter()
            .find(|channel| channel.as_str() == channel_name)
    }
}

/// A new notification to one recipient, which the outbox stores until it is sent.
///
/// Not `Debug`, because the recipient is personal data.
#[derive(Clone, Copy)]
pub struct NewNotification<'a> {
    pub account: &'a AccountId,
    pub channel: Channel,
    /// An e-mail address, or a phone number in E.164 format.
    pub recipient: &'a str,
    /// The stored name of the event and the id of the record that the link acts on. Waiting notifications of the same
    /// kind are merged.
    pub kind: &'a str,
    /// The content of the notification as JSON.
    pub notification: &'a str,
}

/// Merges a notification into an unsent one of the same account, recipient and kind.
///
/// Replaces the content of the unsent one and increments its count. Returns `false` if there is none, or if an attempt
/// to send it was made.
pub async fn merge_new_notification_into_unsent(
    tx: &mut Tx,
    new: &NewNotification<'_>,
) -> Result<bool, StoreError> {
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

/// Stores a notification in the outbox, to be sent at `due_at` if the transaction commits (docs/security.md#enr-07).
///
/// If a concurrent transaction has stored a notification for the same account, recipient and kind, merges the two.
pub async fn insert_notification(
    tx: &mut Tx,
    new: &NewNotification<'_>,
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

/// Makes the notifications of a kind for an account due at `now` that no attempt was made to send.
pub async fn make_unsent_notifications_due(
    tx: &mut Tx,
    account: &AccountId,
    kind: &str,
    now: Timestamp,
) -> Result<(), StoreError> {
    sqlx::query(
        "UPDATE outbox SET due_at = $1 WHERE account_id = $2 AND kind = $3 AND done_at = 0 \
         AND tries = 0 AND due_at > $1",
    )
    .bind(now.as_millis())
    .bind(account.as_str())
    .bind(kind)
    .execute(&mut **tx)
    .await?;
    Ok(())
}

/// Deletes the unsent notifications of these kinds for an account.
///
/// An example are the reminders of a recovery that has ended.
pub async fn delete_unsent_notifications_of_kinds(
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

/// Lists the unsent notifications to one recipient: when each is due, and its content as JSON.
pub async fn list_unsent_notifications_to_recipient(
    tx: &mut Tx,
    channel: Channel,
    recipient: &str,
) -> Result<Vec<(Timestamp, String)>, StoreError> {
    let rows = sqlx::query(
        "SELECT due_at, notice FROM outbox WHERE done_at = 0 AND way = $1 AND recipient = $2",
    )
    .bind(channel.as_str())
    .bind(recipient)
    .fetch_all(&mut **tx)
    .await?;
    let unsent = |row: &AnyRow| {
        let due_at = Timestamp::from_millis(row.try_get("due_at")?);
        Ok((due_at, row.try_get("notice")?))
    };
    rows.iter().map(unsent).collect()
}

/// A notification in the outbox that is due. A node must claim it with [`claim_notification`] before the send.
#[derive(Clone, Debug)]
pub struct DueNotification {
    id: NotificationId,
    tries: i64,
}

/// A notification that this node has claimed and may send until the claim expires.
///
/// Not `Debug`, because the recipient is personal data.
#[derive(Clone)]
pub struct ClaimedNotification {
    pub id: NotificationId,
    /// The account of the notification. Empty in rows of earlier versions.
    pub account: AccountId,
    pub channel: Channel,
    pub recipient: String,
    /// The content of the notification as JSON.
    pub notification: String,
    /// The number of later notifications of the same kind that were merged into this one.
    pub repeats: u32,
    pub created_at: Timestamp,
    /// The number of this delivery attempt, from 1.
    pub tries: i64,
}

/// The final delivery result of a notification.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum DeliveryOutcome {
    Sent,
    /// The recipient can never be reached on this channel.
    Refused,
    /// The channel is not configured.
    NoChannel,
    /// All attempts within three days have failed.
    GivenUp,
}

impl DeliveryOutcome {
    /// Returns the name of the delivery result that is stored in the database.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Sent => "sent",
            Self::Refused => "refused",
            Self::NoChannel => "no_way",
            Self::GivenUp => "given_up",
        }
    }
}

/// Lists at most `limit` due notifications, one account after the other in turn.
///
/// Many notifications of one account therefore do not delay those of other accounts.
pub async fn list_due_notifications(
    store: &Store,
    now: Timestamp,
    limit: i64,
) -> Result<Vec<DueNotification>, StoreError> {
    let rows = sqlx::query(
        "SELECT id, tries FROM (SELECT id, tries, due_at, ROW_NUMBER() OVER (PARTITION BY \
         CASE account_id WHEN '' THEN id ELSE account_id END ORDER BY due_at, id) AS turn \
         FROM outbox WHERE done_at = 0 AND due_at <= $1) AS waiting \
         ORDER BY turn, due_at, id LIMIT $2",
    )
    .bind(now.as_millis())
    .bind(limit)
    .fetch_all(&mut *store.acquire_reader().await?)
    .await?;
    let due = |row: &AnyRow| {
        Ok(DueNotification {
            id: NotificationId::from_stored(row.try_get("id")?),
            tries: row.try_get("tries")?,
        })
    };
    rows.iter().map(due).collect()
}

/// Claims a notification until `until`, so that no other node sends it.
///
/// Returns `None` if another node has claimed it. Delivery is at least once: if a node crashes between sending and
/// [`mark_notification_finished`], the claim expires and another node sends the notification again.
pub async fn claim_notification(
    store: &Store,
    due: &DueNotification,
    until: Timestamp,
) -> Result<Option<ClaimedNotification>, StoreError> {
    let mut tx = store.begin().await?;
    let row = sqlx::query(
        "UPDATE outbox SET tries = tries + 1, due_at = $1 \
         WHERE id = $2 AND tries = $3 AND done_at = 0 \
         RETURNING id, account_id, way, recipient, notice, repeats, created_at, tries",
    )
    .bind(until.as_millis())
    .bind(due.id.as_str())
    .bind(due.tries)
    .fetch_optional(&mut *tx)
    .await?;
    tx.commit().await?;
    row.as_ref().map(claimed_notification_from_row).transpose()
}

/// Stores the final delivery result of a notification that this node has claimed, and clears the recipient.
///
/// Does nothing if another node has claimed the notification in the meantime.
pub async fn mark_notification_finished(
    store: &Store,
    claimed: &ClaimedNotification,
    outcome: DeliveryOutcome,
    now: Timestamp,
) -> Result<(), StoreError> {
    let statement = sqlx::query(
        "UPDATE outbox SET done_at = $1, outcome = $2, recipient = '' \
         WHERE id = $3 AND tries = $4 AND done_at = 0",
    )
    .bind(now.as_millis())
    .bind(outcome.as_str())
    .bind(claimed.id.as_str())
    .bind(claimed.tries);
    store.execute_single_write(statement).await?;
    Ok(())
}

/// Schedules another attempt to send a claimed notification at `due_at`.
///
/// Does nothing if another node has claimed the notification in the meantime.
pub async fn postpone_notification(
    store: &Store,
    claimed: &ClaimedNotification,
    due_at: Timestamp,
) -> Result<(), StoreError> {
    let statement =
        sqlx::query("UPDATE outbox SET due_at = $1 WHERE id = $2 AND tries = $3 AND done_at = 0")
            .bind(due_at.as_millis())
            .bind(claimed.id.as_str())
            .bind(claimed.tries);
    store.execute_single_write(statement).await?;
    Ok(())
}

/// Reads a notification that this node has claimed from its database row.
fn claimed_notification_from_row(row: &AnyRow) -> Result<ClaimedNotification, StoreError> {
    let channel: String = row.try_get("way")?;
    let repeats: i64 = row.try_get("repeats")?;
    Ok(ClaimedNotification {
        id: NotificationId::from_stored(row.try_get("id")?),
        account: AccountId::from_stored(row.try_get("account_id")?),
        channel: Channel::parse_channel_name(&channel).ok_or(StoreError::Inconsistent {
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
