use sqlx::Row as _;
use sqlx::any::AnyRow;

use super::{PageCursor, Store, StoreError, Tx};
use crate::security::token::{AccountId, EntryId, FlowId};
use domain::{Device, Purpose, Timestamp};

/// Defines an audit event and its stored name on each line, so that every stored name can be parsed.
macro_rules! events {
    ($($(#[$doc:meta])* $event:ident => $name:literal,)*) => {
        /// An event of the audit trail. The stored names of events never change, because operators search for them.
        #[derive(Clone, Copy, Debug, PartialEq, Eq)]
        pub enum Event {
            $($(#[$doc])* $event,)*
        }

        impl Event {
            pub const ALL: &[Self] = &[$(Self::$event),*];

            /// Returns the event name that is stored in the audit trail.
            pub const fn as_str(self) -> &'static str {
                match self {
                    $(Self::$event => $name,)*
                }
            }
        }
    };
}

events! {
    RegistrationOpened => "registration_opened",
    AccountCreated => "account_created",
    /// The code was correct, but username, e-mail address or phone number belong to another account.
    RegistrationConflict => "registration_conflict",
    PasswordAccepted => "password_accepted",
    PasswordRefused => "password_refused",
    /// A mail with a link to reset the password was requested.
    PasswordResetRequested => "password_reset_requested",
    /// The reset link was used and a new password entered. It is saved after the second factor.
    PasswordResetBegun => "password_reset_begun",
    PasswordReset => "password_reset",
    /// The signed-in user changed the password.
    PasswordChanged => "password_changed",
    /// A code to the unverified e-mail address was requested.
    EmailProofRequested => "email_proof_requested",
    EmailVerified => "email_verified",
    EmailCodeRefused => "email_code_refused",
    /// A code to a new e-mail address was requested.
    EmailChangeBegun => "email_change_begun",
    EmailChanged => "email_changed",
    /// The change of address was cancelled with the link in the mail to the old address.
    EmailChangeCancelled => "email_change_cancelled",
    NameChanged => "name_changed",
    UsernameChanged => "username_changed",
    /// The user or an operator exported the data of the account.
    DataExported => "data_exported",
    /// The account will be erased after a waiting time.
    DeletionRequested => "deletion_requested",
    /// A sign-in within the waiting time, an undone change or an operator withdrew the deletion.
    DeletionWithdrawn => "deletion_withdrawn",
    /// The personal data of the account were erased, also in earlier audit entries.
    AccountErased => "account_erased",
    /// An operator cleared the rate limits on passwords and codes of the account.
    AccountUnlocked => "account_unlocked",
    CodeRequested => "code_requested",
    CodeSent => "code_sent",
    CodeNotSent => "code_not_sent",
    CodeApproved => "code_approved",
    CodeRefused => "code_refused",
    TriesExhausted => "tries_exhausted",
    /// No code is accepted after too many wrong ones. The detail `password_reset` limits this to password resets.
    FactorHeld => "factor_held",
    SessionStarted => "session_started",
    SessionEnded => "session_ended",
    /// The user ended other sessions. The detail is `one`, or `others` for all other sessions.
    SessionsEnded => "sessions_ended",
    FlowCancelled => "flow_cancelled",
    TwoFactorSetUp => "two_factor_set_up",
    PhoneChangeBegun => "phone_change_begun",
    PhoneChanged => "phone_changed",
    /// A mail with the link that opens a recovery was requested with the correct password.
    RecoveryRequested => "recovery_requested",
    RecoveryOpened => "recovery_opened",
    /// A mailed link was used in another browser, which may complete the open recovery from then on.
    RecoveryBrowserChanged => "recovery_browser_changed",
    /// A recovery was cancelled. The detail is `link`, `session` for a signed-in user, `backup_restored`, or the event of
    /// the operator's command that cancelled it.
    RecoveryCancelled => "recovery_cancelled",
    RecoveryCompleted => "recovery_completed",
    /// The phone change was undone with the link in the message about it.
    PhoneRestored => "phone_restored",
    /// The e-mail change was undone with the link in the mail about it.
    EmailRestored => "email_restored",
    SteppedUp => "stepped_up",
    /// A new set of recovery codes was created. Unused codes of the earlier set are invalid.
    RecoveryCodesCreated => "recovery_codes_created",
    /// An operator imported the account from a file of another system.
    AccountImported => "account_imported",
    AccountDisabled => "account_disabled",
    AccountEnabled => "account_enabled",
    /// An operator reset the second factor of a user who has lost it.
    MfaReset => "mfa_reset",
    AuthenticatorBegun => "authenticator_begun",
    /// The first code of a new authenticator was wrong, so nothing was enrolled.
    AuthenticatorRefused => "authenticator_refused",
    /// The user confirmed an authenticator. The detail is `replaced` if the account had one before.
    AuthenticatorAdded => "authenticator_added",
    AuthenticatorRemoved => "authenticator_removed",
    /// A payment was stored with its amount and recipient.
    PaymentBegun => "payment_begun",
    /// A payment was refused at its start or confirmation. The detail has the reason.
    PaymentRefused => "payment_refused",
    /// A payment was confirmed. The detail has the method, the hash of the quote and the provider's verification id
    /// (docs/security.md#pay-09).
    PaymentConfirmed => "payment_confirmed",
    PaymentCompleted => "payment_completed",
    PaymentFailed => "payment_failed",
    PaymentExpired => "payment_expired",
    /// An operator restored a backup and ended the sessions, flows and links in it. The detail has their numbers. The
    /// event belongs to no account.
    BackupRestored => "backup_restored",
}

impl Event {
    /// Parses a stored event name. Returns `None` for an unknown name.
    pub fn parse_event_name(event_name: &str) -> Option<Self> {
        Self::ALL
            .iter()
            .copied()
            .find(|event| event.as_str() == event_name)
    }
}

/// The request that caused an audit event: its ID, network address and device.
#[derive(Clone, Copy, Debug)]
pub struct AuditOrigin<'a> {
    /// The ID of the request in the log and in `X-Request-Id`. Empty if no request caused the event.
    pub request_id: &'a str,
    /// The network address of the request, or `operator`. Empty if the address is not the user's.
    pub source: &'a str,
    /// The browser and system of the request.
    pub device: Device,
}

impl<'a> AuditOrigin<'a> {
    /// Creates the origin of an audit event without request, browser and operating system.
    ///
    /// `source` is a network address, `operator` or an empty text.
    pub const fn audit_origin_without_device(source: &'a str) -> Self {
        Self {
            request_id: "",
            source,
            device: Device::UNKNOWN,
        }
    }
}

/// An audit trail entry to be written.
#[derive(Clone, Copy, Debug)]
pub struct AuditEntry<'a> {
    pub event: Event,
    pub account: Option<&'a AccountId>,
    pub flow: Option<&'a FlowId>,
    /// The purpose of the flow, for the metrics. It is not stored.
    pub purpose: Option<Purpose>,
    pub origin: AuditOrigin<'a>,
    /// An outcome, a method, an id or a hash. Never a code, a token or a phone number.
    pub detail: &'a str,
}

impl<'a> AuditEntry<'a> {
    /// Creates an audit trail entry about an account, without verification flow and detail.
    pub const fn entry_about_account(
        account: &'a AccountId,
        event: Event,
        origin: AuditOrigin<'a>,
    ) -> Self {
        Self {
            event,
            account: Some(account),
            flow: None,
            purpose: None,
            origin,
            detail: "",
        }
    }

    /// Returns this audit trail entry with its detail replaced by `detail`.
    #[must_use]
    pub const fn with_detail(self, detail: &'a str) -> Self {
        Self { detail, ..self }
    }

    /// Returns this audit trail entry with its purpose replaced by `purpose`.
    #[must_use]
    pub const fn with_purpose(self, purpose: Purpose) -> Self {
        Self {
            purpose: Some(purpose),
            ..self
        }
    }
}

/// The detail of [`Event::PasswordRefused`] if the password was not verified, because earlier wrong passwords have
/// slowed down the account.
pub const PASSWORD_NOT_VERIFIED: &str = "not_evaluated";

/// Writes an entry to the audit trail. Call it in the transaction of the change that the entry records.
///
/// The metrics count the entry once the transaction is committed.
pub async fn record_audit_entry(
    tx: &mut Tx,
    entry: &AuditEntry<'_>,
    now: Timestamp,
) -> Result<(), StoreError> {
    sqlx::query(
        "INSERT INTO audit_events (id, at, event, account_id, flow_id, source, detail, device, request_id) \
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)",
    )
    .bind(EntryId::generate().as_str())
    .bind(now.as_millis())
    .bind(entry.event.as_str())
    .bind(entry.account.map_or("", AccountId::as_str))
    .bind(entry.flow.map_or("", FlowId::as_str))
    .bind(entry.origin.source)
    .bind(entry.detail)
    .bind(entry.origin.device.stored_name())
    .bind(entry.origin.request_id)
    .execute(&mut **tx)
    .await?;
    tx.count_event_after_commit(entry.to_counted_event());
    Ok(())
}

/// An audit trail entry as it is stored in the database.
#[derive(Clone, Debug)]
pub struct StoredAuditEntry {
    pub id: EntryId,
    pub at: Timestamp,
    pub event: Event,
    pub source: String,
    pub device: Device,
    pub detail: String,
}

/// Lists the newest `count` audit trail entries of an account with one of these events.
///
/// Only entries older than the cursor `before` are listed.
pub async fn list_audit_entries_of_account(
    store: &Store,
    account: &AccountId,
    events: &[Event],
    before: Option<&PageCursor<EntryId>>,
    count: i64,
) -> Result<Vec<StoredAuditEntry>, StoreError> {
    let query = format!(
        "SELECT id, at, event, source, device, detail FROM audit_events WHERE account_id = $1 \
         AND (at < $2 OR (at = $2 AND id < $3)) AND event IN ({}) \
         ORDER BY at DESC, id DESC LIMIT $4",
        quote_event_names_for_sql(events)
    );
    let rows = sqlx::query(sqlx::AssertSqlSafe(query))
        .bind(account.as_str())
        .bind(before.map_or(i64::MAX, |mark| mark.at.as_millis()))
        .bind(before.map_or("", |mark| mark.id.as_str()))
        .bind(count)
        .fetch_all(&mut *store.acquire_reader().await?)
        .await?;
    rows.iter().map(audit_entry_from_row).collect()
}

/// Returns whether a session of this account was ever started.
///
/// Call it in the transaction that starts a session, before it writes the audit event of that session.
pub async fn has_account_started_session(
    tx: &mut Tx,
    account: &AccountId,
) -> Result<bool, StoreError> {
    let started = "SELECT 1 FROM audit_events WHERE account_id = $1 AND event = $2 LIMIT 1";
    let row = sqlx::query(started)
        .bind(account.as_str())
        .bind(Event::SessionStarted.as_str())
        .fetch_optional(&mut **tx)
        .await?;
    Ok(row.is_some())
}

/// Lists the audit trail entries of the registration that created an account, newest first.
///
/// They are stored without account ID.
pub async fn list_audit_entries_of_registration(
    store: &Store,
    account: &AccountId,
) -> Result<Vec<StoredAuditEntry>, StoreError> {
    let query = format!(
        "SELECT id, at, event, source, device, detail FROM audit_events WHERE account_id = '' \
         AND flow_id <> '' AND flow_id IN (SELECT flow_id FROM audit_events WHERE account_id = $1 \
         AND event = 'account_created' AND flow_id <> '') AND event IN ({}) \
         ORDER BY at DESC, id DESC",
        quote_event_names_for_sql(Event::ALL)
    );
    let rows = sqlx::query(sqlx::AssertSqlSafe(query))
        .bind(account.as_str())
        .fetch_all(&mut *store.acquire_reader().await?)
        .await?;
    rows.iter().map(audit_entry_from_row).collect()
}

/// Returns the stored names of audit events as a quoted SQL list. All names are constants of this program.
fn quote_event_names_for_sql(events: &[Event]) -> String {
    let quoted = events.iter().map(|event| format!("'{}'", event.as_str()));
    quoted.collect::<Vec<_>>().join(", ")
}

/// Reads an audit trail entry from a database row.
fn audit_entry_from_row(row: &AnyRow) -> Result<StoredAuditEntry, StoreError> {
    let event: String = row.try_get("event")?;
    Ok(StoredAuditEntry {
        id: EntryId::from_stored(row.try_get("id")?),
        at: Timestamp::from_millis(row.try_get("at")?),
        event: Event::parse_event_name(&event).ok_or(StoreError::Inconsistent {
            table: "audit_events",
            column: "event",
        })?,
        source: row.try_get("source")?,
        device: Device::from_stored(row.try_get("device")?),
        detail: row.try_get("detail")?,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn stored_event_names_are_parsed_as_their_event() {
        for event in Event::ALL {
            assert_eq!(Event::parse_event_name(event.as_str()), Some(*event));
        }
        assert_eq!(Event::parse_event_name("Session_Started"), None);
        assert_eq!(Event::parse_event_name(""), None);
    }
}
