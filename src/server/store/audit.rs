use super::{StoreError, Tx};
use crate::domain::Timestamp;
use crate::server::token::{AccountId, FlowId, random_id};

/// What can be recorded. The stored names are part of what operators search for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Event {
    RegistrationOpened,
    AccountCreated,
    /// Proven and then not created: username, e-mail or number belong to others.
    RegistrationConflict,
    PasswordAccepted,
    PasswordRefused,
    CodeRequested,
    CodeSent,
    CodeNotSent,
    CodeApproved,
    CodeRefused,
    TriesExhausted,
    FactorHeld,
    SessionStarted,
    SessionEnded,
    FlowCancelled,
    TwoFactorSetUp,
    PhoneChangeBegun,
    PhoneChanged,
    SteppedUp,
    /// A fresh set; whatever was left of the one before is dead.
    RecoveryCodesCreated,
    /// One was used in place of the second factor.
    RecoveryCodeSpent,
    RecoveryCodeRefused,
}

impl Event {
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::RegistrationOpened => "registration_opened",
            Self::AccountCreated => "account_created",
            Self::RegistrationConflict => "registration_conflict",
            Self::PasswordAccepted => "password_accepted",
            Self::PasswordRefused => "password_refused",
            Self::CodeRequested => "code_requested",
            Self::CodeSent => "code_sent",
            Self::CodeNotSent => "code_not_sent",
            Self::CodeApproved => "code_approved",
            Self::CodeRefused => "code_refused",
            Self::TriesExhausted => "tries_exhausted",
            Self::FactorHeld => "factor_held",
            Self::SessionStarted => "session_started",
            Self::SessionEnded => "session_ended",
            Self::FlowCancelled => "flow_cancelled",
            Self::TwoFactorSetUp => "two_factor_set_up",
            Self::PhoneChangeBegun => "phone_change_begun",
            Self::PhoneChanged => "phone_changed",
            Self::SteppedUp => "stepped_up",
            Self::RecoveryCodesCreated => "recovery_codes_created",
            Self::RecoveryCodeSpent => "recovery_code_spent",
            Self::RecoveryCodeRefused => "recovery_code_refused",
        }
    }
}

/// One line of the audit trail.
#[derive(Clone, Copy, Debug)]
pub struct Entry<'a> {
    pub event: Event,
    pub account: Option<&'a AccountId>,
    pub flow: Option<&'a FlowId>,
    pub source: &'a str,
    /// A word of our own (an outcome, a method); never a code, token or number.
    pub detail: &'a str,
}

/// Appends to the audit trail.
pub async fn record(tx: &mut Tx, entry: &Entry<'_>, now: Timestamp) -> Result<(), StoreError> {
    sqlx::query(
        "INSERT INTO audit_events (id, at, event, account_id, flow_id, source, detail) \
         VALUES ($1, $2, $3, $4, $5, $6, $7)",
    )
    .bind(random_id())
    .bind(now.as_millis())
    .bind(entry.event.as_str())
    .bind(entry.account.map_or("", AccountId::as_str))
    .bind(entry.flow.map_or("", FlowId::as_str))
    .bind(entry.source)
    .bind(entry.detail)
    .execute(&mut **tx)
    .await?;
    Ok(())
}
