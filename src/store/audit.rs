use sqlx::Row as _;
use sqlx::any::AnyRow;

use super::{Mark, Store, StoreError, Tx};
use crate::security::token::{AccountId, EntryId, FlowId};
use domain::{Device, Timestamp};

/// Defines each event on one line, so that every stored name can be read back.
macro_rules! events {
    ($($(#[$doc:meta])* $event:ident => $name:literal,)*) => {
        /// What can be recorded. Operators search for the stored names, so they never change.
        #[derive(Clone, Copy, Debug, PartialEq, Eq)]
        pub enum Event {
            $($(#[$doc])* $event,)*
        }

        impl Event {
            pub const ALL: &[Self] = &[$(Self::$event),*];

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
    /// The code was right, but username, e-mail or number belong to other accounts.
    RegistrationConflict => "registration_conflict",
    PasswordAccepted => "password_accepted",
    PasswordRefused => "password_refused",
    /// A mail with a link to a new password was asked for.
    PasswordResetRequested => "password_reset_requested",
    /// The link was used and a new password entered. It is saved after the second factor.
    PasswordResetBegun => "password_reset_begun",
    PasswordReset => "password_reset",
    /// The signed-in user changed the password.
    PasswordChanged => "password_changed",
    /// A code to the unproven e-mail address was asked for.
    EmailProofRequested => "email_proof_requested",
    EmailVerified => "email_verified",
    EmailCodeRefused => "email_code_refused",
    /// A code to a new e-mail address was asked for.
    EmailChangeBegun => "email_change_begun",
    EmailChanged => "email_changed",
    /// With the link in the mail to the old address.
    EmailChangeCancelled => "email_change_cancelled",
    NameChanged => "name_changed",
    UsernameChanged => "username_changed",
    /// By the holder or an operator.
    DataExported => "data_exported",
    /// The account will be erased after a waiting time.
    DeletionRequested => "deletion_requested",
    /// By a sign-in within the waiting time.
    DeletionWithdrawn => "deletion_withdrawn",
    /// The personal data of the account are erased, also those of its earlier entries.
    AccountErased => "account_erased",
    /// An operator has cleared the limits on passwords and codes of the account.
    AccountUnlocked => "account_unlocked",
    CodeRequested => "code_requested",
    CodeSent => "code_sent",
    CodeNotSent => "code_not_sent",
    CodeApproved => "code_approved",
    CodeRefused => "code_refused",
    TriesExhausted => "tries_exhausted",
    FactorHeld => "factor_held",
    SessionStarted => "session_started",
    SessionEnded => "session_ended",
    /// Sessions other than the one of the request: `one`, or all `others`.
    SessionsEnded => "sessions_ended",
    FlowCancelled => "flow_cancelled",
    TwoFactorSetUp => "two_factor_set_up",
    PhoneChangeBegun => "phone_change_begun",
    PhoneChanged => "phone_changed",
    /// A mail with the link that opens a recovery was asked for, with the password.
    RecoveryRequested => "recovery_requested",
    RecoveryOpened => "recovery_opened",
    /// With a `link`, or by the user who has signed in: `session`.
    RecoveryCancelled => "recovery_cancelled",
    RecoveryCompleted => "recovery_completed",
    /// With the link in the message about a change.
    PhoneRestored => "phone_restored",
    /// With the link in the mail about a change.
    EmailRestored => "email_restored",
    SteppedUp => "stepped_up",
    /// A new set. Unused codes of the earlier set are invalid.
    RecoveryCodesCreated => "recovery_codes_created",
    /// By an operator, from a file of another system.
    AccountImported => "account_imported",
    AccountDisabled => "account_disabled",
    AccountEnabled => "account_enabled",
    /// By an operator, for a user who has lost every second factor.
    MfaReset => "mfa_reset",
    AuthenticatorBegun => "authenticator_begun",
    /// A wrong first code: nothing was enrolled.
    AuthenticatorRefused => "authenticator_refused",
    /// The user confirmed an authenticator. The detail is `replaced` if the account had one before.
    AuthenticatorAdded => "authenticator_added",
    AuthenticatorRemoved => "authenticator_removed",
    /// The row with amount and recipient exists from here on.
    PaymentBegun => "payment_begun",
    /// Refused at the start or at the confirmation. The detail has the reason.
    PaymentRefused => "payment_refused",
    /// With the method, the hash of the quote and the provider's id of the verification (docs/security.md#pay-09).
    PaymentConfirmed => "payment_confirmed",
    PaymentCompleted => "payment_completed",
    PaymentFailed => "payment_failed",
    PaymentExpired => "payment_expired",
}

impl Event {
    /// `None` for a name that is no event of this version.
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL
            .iter()
            .copied()
            .find(|event| event.as_str() == name)
    }
}

/// Where an event comes from.
#[derive(Clone, Copy, Debug)]
pub struct AuditOrigin<'a> {
    /// The network address of the request, or `operator`; empty if it says nothing about the holder.
    pub source: &'a str,
    /// The browser and system of the request.
    pub device: Device,
}

impl<'a> AuditOrigin<'a> {
    /// The origin of an event that no request of a browser causes.
    pub const fn without_device(source: &'a str) -> Self {
        Self {
            source,
            device: Device::UNKNOWN,
        }
    }
}

/// One line of the audit trail.
#[derive(Clone, Copy, Debug)]
pub struct AuditEntry<'a> {
    pub event: Event,
    pub account: Option<&'a AccountId>,
    pub flow: Option<&'a FlowId>,
    pub origin: AuditOrigin<'a>,
    /// An outcome, a method, an id or a hash; never a code, a token or a phone number.
    pub detail: &'a str,
}

impl<'a> AuditEntry<'a> {
    /// A line about an account, outside any flow.
    pub const fn about(account: &'a AccountId, event: Event, origin: AuditOrigin<'a>) -> Self {
        Self {
            event,
            account: Some(account),
            flow: None,
            origin,
            detail: "",
        }
    }

    /// The same entry with this detail.
    #[must_use]
    pub const fn saying(self, detail: &'a str) -> Self {
        Self { detail, ..self }
    }
}

/// Appends to the audit trail.
pub async fn record(tx: &mut Tx, entry: &AuditEntry<'_>, now: Timestamp) -> Result<(), StoreError> {
    sqlx::query(
        "INSERT INTO audit_events (id, at, event, account_id, flow_id, source, detail, device) \
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8)",
    )
    .bind(EntryId::generate().as_str())
    .bind(now.as_millis())
    .bind(entry.event.as_str())
    .bind(entry.account.map_or("", AccountId::as_str))
    .bind(entry.flow.map_or("", FlowId::as_str))
    .bind(entry.origin.source)
    .bind(entry.detail)
    .bind(entry.origin.device.stored_name())
    .execute(&mut **tx)
    .await?;
    Ok(())
}

/// A stored line of the audit trail.
#[derive(Clone, Debug)]
pub struct Recorded {
    pub id: EntryId,
    pub at: Timestamp,
    pub event: Event,
    pub source: String,
    pub device: Device,
    pub detail: String,
}

/// The newest `count` lines about an account with one of these events, older than `before`. A page ends at a key and
/// not at an offset, so new lines do not move it.
pub async fn about(
    store: &Store,
    account: &AccountId,
    events: &[Event],
    before: Option<&Mark<EntryId>>,
    count: i64,
) -> Result<Vec<Recorded>, StoreError> {
    let query = format!(
        "SELECT id, at, event, source, device, detail FROM audit_events WHERE account_id = $1 \
         AND (at < $2 OR (at = $2 AND id < $3)) AND event IN ({}) \
         ORDER BY at DESC, id DESC LIMIT $4",
        names(events)
    );
    let rows = sqlx::query(sqlx::AssertSqlSafe(query))
        .bind(account.as_str())
        .bind(before.map_or(i64::MAX, |mark| mark.at.as_millis()))
        .bind(before.map_or("", |mark| mark.id.as_str()))
        .bind(count)
        .fetch_all(store.reader())
        .await?;
    rows.iter().map(recorded).collect()
}

/// The lines about the registration that created the account, newest first. It had no account yet.
pub async fn of_registration(
    store: &Store,
    account: &AccountId,
) -> Result<Vec<Recorded>, StoreError> {
    let query = format!(
        "SELECT id, at, event, source, device, detail FROM audit_events WHERE account_id = '' \
         AND flow_id <> '' AND flow_id IN (SELECT flow_id FROM audit_events WHERE account_id = $1 \
         AND event = 'account_created' AND flow_id <> '') AND event IN ({}) \
         ORDER BY at DESC, id DESC",
        names(Event::ALL)
    );
    let rows = sqlx::query(sqlx::AssertSqlSafe(query))
        .bind(account.as_str())
        .fetch_all(store.reader())
        .await?;
    rows.iter().map(recorded).collect()
}

/// The stored names of events, for a condition. They are constants and never user input.
fn names(events: &[Event]) -> String {
    let quoted = events.iter().map(|event| format!("'{}'", event.as_str()));
    quoted.collect::<Vec<_>>().join(", ")
}

fn recorded(row: &AnyRow) -> Result<Recorded, StoreError> {
    let event: String = row.try_get("event")?;
    Ok(Recorded {
        id: EntryId::from_stored(row.try_get("id")?),
        at: Timestamp::from_millis(row.try_get("at")?),
        event: Event::from_name(&event).ok_or(StoreError::Inconsistent {
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
    fn every_stored_name_is_read_back_as_its_event() {
        for event in Event::ALL {
            assert_eq!(Event::from_name(event.as_str()), Some(*event));
        }
        assert_eq!(Event::from_name("Session_Started"), None);
        assert_eq!(Event::from_name(""), None);
    }
}
