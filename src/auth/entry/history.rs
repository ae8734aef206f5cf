//! The security history of an account, in which the account holder can recognise the activity of others.

use crate::auth::engine::security_alerts::FAILURES_BEFORE_ALERT;
use crate::auth::entry::paging::{Page, row_limit_per_page};
use crate::auth::session::SignedIn;
use crate::context::AppState;
use crate::security::token::{AccountId, EntryId};
use crate::store::audit::{self, Event, StoredAuditEntry};
use crate::store::{PageCursor, StoreError};
use domain::{ActivityEvent, Device, Method, PaymentFailure, Timestamp};

/// An entry of the security history that the account page shows to the user.
#[derive(Clone, Debug)]
pub struct HistoryEntry {
    pub event: ActivityEvent,
    pub at: Timestamp,
    /// The network address of the request.
    pub source: String,
    /// The browser and system of the request.
    pub device: Device,
    /// Whether no request caused the event. Source and device are then those of an earlier request.
    pub is_caused_by_server: bool,
}

/// Reads one page of the security history of an account, newest first.
///
/// Starts after the entry at the cursor `before`, or at the newest entry if the cursor is `None`.
pub async fn read_history_page(
    app: &AppState,
    account: &AccountId,
    before: Option<&PageCursor<EntryId>>,
) -> Result<Page<HistoryEntry, EntryId>, StoreError> {
    let shown: Vec<Event> = Event::ALL
        .iter()
        .copied()
        .filter(|event| find_shown_activity_of_audit_event(*event, "").is_some())
        .collect();
    let found = audit::list_audit_entries_of_account(
        &app.store,
        account,
        &shown,
        before,
        row_limit_per_page(),
    )
    .await?;
    let Page { rows, older } = Page::from_rows(found, |last| PageCursor {
        at: last.at,
        id: last.id.clone(),
    });
    Ok(Page {
        rows: rows
            .into_iter()
            .filter_map(convert_audit_event_to_history_entry)
            .collect(),
        older,
    })
}

/// Converts an audit event to an entry of the security history; `None` if the history omits the event.
fn convert_audit_event_to_history_entry(recorded: StoredAuditEntry) -> Option<HistoryEntry> {
    Some(HistoryEntry {
        is_caused_by_server: is_caused_by_server(&recorded),
        event: find_shown_activity_of_audit_event(recorded.event, &recorded.detail)?,
        at: recorded.at,
        source: recorded.source,
        device: recorded.device,
    })
}

/// Returns whether no request caused an audit event, for example the completion or expiry of a payment.
fn is_caused_by_server(recorded: &StoredAuditEntry) -> bool {
    match recorded.event {
        Event::PaymentCompleted | Event::PaymentExpired => true,
        Event::PaymentFailed => {
            let reason = recorded.detail.rsplit(' ').next();
            reason != Some(PaymentFailure::Cancelled.as_str())
        }
        Event::DeletionWithdrawn => recorded.source.is_empty(),
        _ => false,
    }
}

/// Finds the newest sign-in to the account, except the one that opened the current session.
pub async fn find_newest_sign_in_except_current_session(
    app: &AppState,
    signed_in: &SignedIn,
) -> Result<Option<HistoryEntry>, StoreError> {
    let account = &signed_in.account.id;
    let found = audit::list_audit_entries_of_account(
        &app.store,
        account,
        &[Event::SessionStarted],
        None,
        2,
    )
    .await?;
    let mut others = found
        .into_iter()
        .filter(|entry| entry.at != signed_in.session.created_at);
    Ok(others.next().and_then(convert_audit_event_to_history_entry))
}

/// How many audit events are read to count wrong codes. The daily limit of wrong codes is much lower.
const MAX_AUDIT_EVENTS_READ: i64 = 50;

/// Counts the wrong second-factor codes between the last two sign-ins to an account.
///
/// Returns `None` if the count is too low for a warning.
pub async fn count_wrong_codes_before_last_sign_in(
    app: &AppState,
    account: &AccountId,
) -> Result<Option<usize>, StoreError> {
    let events = [Event::SessionStarted, Event::CodeRefused];
    let found = audit::list_audit_entries_of_account(
        &app.store,
        account,
        &events,
        None,
        MAX_AUDIT_EVENTS_READ,
    )
    .await?;
    let mut before_last = found
        .iter()
        .skip_while(|entry| entry.event != Event::SessionStarted)
        .skip(1);
    let failures = before_last
        .by_ref()
        .take_while(|entry| entry.event == Event::CodeRefused)
        .count();
    Ok((failures >= FAILURES_BEFORE_ALERT).then_some(failures))
}

/// Returns the activity that the security history shows for an audit event.
///
/// Returns `None` if the history omits the event. For example, the history shows a sent code but omits the request for
/// the code.
fn find_shown_activity_of_audit_event(event: Event, detail: &str) -> Option<ActivityEvent> {
    Some(match event {
        Event::AccountCreated | Event::AccountImported => ActivityEvent::AccountCreated,
        Event::AccountDisabled => ActivityEvent::AccountDisabled,
        Event::AccountEnabled => ActivityEvent::AccountEnabled,
        Event::MfaReset => ActivityEvent::MfaReset,
        Event::PasswordAccepted => ActivityEvent::PasswordAccepted,
        Event::PasswordRefused => ActivityEvent::PasswordRefused,
        Event::PasswordResetRequested => ActivityEvent::PasswordResetRequested,
        Event::PasswordResetBegun => ActivityEvent::PasswordResetBegun,
        Event::PasswordReset => ActivityEvent::PasswordReset,
        Event::PasswordChanged => ActivityEvent::PasswordChanged,
        Event::EmailVerified => ActivityEvent::EmailVerified,
        Event::EmailCodeRefused => ActivityEvent::EmailCodeWrong,
        Event::EmailChangeBegun => ActivityEvent::EmailChangeBegun,
        Event::EmailChanged => ActivityEvent::EmailChanged,
        Event::EmailChangeCancelled => ActivityEvent::EmailChangeCancelled,
        Event::NameChanged => ActivityEvent::NameChanged,
        Event::UsernameChanged => ActivityEvent::UsernameChanged,
        Event::DataExported => ActivityEvent::DataExported,
        Event::DeletionRequested => ActivityEvent::DeletionRequested,
        Event::DeletionWithdrawn => ActivityEvent::DeletionWithdrawn,
        Event::AccountUnlocked => ActivityEvent::Unlocked,
        Event::CodeSent => ActivityEvent::CodeSent,
        Event::CodeNotSent => ActivityEvent::CodeNotSent,
        Event::CodeRefused => match detail {
            "gone" => ActivityEvent::CodeTooLate,
            "unknown" => ActivityEvent::CodeUnchecked,
            "recovery" => ActivityEvent::RecoveryCodeWrong,
            _ => ActivityEvent::CodeWrong,
        },
        Event::TriesExhausted => ActivityEvent::TriesExhausted,
        Event::FactorHeld => match detail {
            "password_reset" => ActivityEvent::PasswordResetsHeld,
            _ => ActivityEvent::FactorHeld,
        },
        Event::SessionStarted => ActivityEvent::SignedIn(Method::from_name(detail)),
        Event::SessionEnded => ActivityEvent::SignedOut,
        Event::SessionsEnded => match detail {
            "one" => ActivityEvent::SignedOutElsewhere,
            _ => ActivityEvent::SignedOutEverywhereElse,
        },
        Event::SteppedUp => match detail {
            "recovery" => ActivityEvent::SteppedUpByRecoveryCode,
            _ => ActivityEvent::SteppedUp,
        },
        Event::TwoFactorSetUp => ActivityEvent::TwoFactorSetUp,
        Event::PhoneChangeBegun => ActivityEvent::PhoneChangeBegun,
        Event::PhoneChanged => ActivityEvent::PhoneChanged,
        Event::RecoveryRequested => ActivityEvent::RecoveryRequested,
        Event::RecoveryOpened => ActivityEvent::RecoveryOpened,
        Event::RecoveryBrowserChanged => ActivityEvent::RecoveryBrowserChanged,
        Event::RecoveryCancelled => ActivityEvent::RecoveryCancelled,
        Event::RecoveryCompleted => ActivityEvent::RecoveryCompleted,
        Event::PhoneRestored => ActivityEvent::PhoneRestored,
        Event::EmailRestored => ActivityEvent::EmailRestored,
        Event::RecoveryCodesCreated => ActivityEvent::RecoveryCodesCreated,
        Event::AuthenticatorBegun => ActivityEvent::AuthenticatorBegun,
        Event::AuthenticatorRefused => ActivityEvent::AuthenticatorRefused,
        Event::AuthenticatorAdded => match detail {
            "replaced" => ActivityEvent::AuthenticatorReplaced,
            _ => ActivityEvent::AuthenticatorAdded,
        },
        Event::AuthenticatorRemoved => ActivityEvent::AuthenticatorRemoved,
        Event::PaymentBegun => ActivityEvent::PaymentBegun,
        Event::PaymentConfirmed => ActivityEvent::PaymentConfirmed,
        Event::PaymentCompleted => ActivityEvent::PaymentCompleted,
        Event::PaymentFailed => ActivityEvent::PaymentFailed,
        Event::PaymentExpired => ActivityEvent::PaymentExpired,
        // These events do not belong to an existing account.
        Event::RegistrationOpened | Event::RegistrationConflict | Event::BackupRestored
        // A following event shows the result: the code is sent, the session starts.
        | Event::CodeRequested | Event::CodeApproved | Event::EmailProofRequested
        // An erased account has no history.
        | Event::AccountErased
        // These events have no effect on the account.
        | Event::FlowCancelled | Event::PaymentRefused => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn security_history_shows_an_event_regardless_of_its_detail() {
        for event in Event::ALL {
            let shown = find_shown_activity_of_audit_event(*event, "").is_some();
            for detail in [
                "sms",
                "totp",
                "recovery",
                "wrong",
                "gone",
                "unknown",
                "one",
                "replaced",
                "password_reset",
                "\u{e4}",
            ] {
                assert_eq!(
                    find_shown_activity_of_audit_event(*event, detail).is_some(),
                    shown,
                    "{event:?} {detail}"
                );
            }
        }
    }

    #[test]
    fn hold_of_password_resets_has_a_separate_history_entry() {
        let shown = |detail| find_shown_activity_of_audit_event(Event::FactorHeld, detail);
        assert_eq!(shown(""), Some(ActivityEvent::FactorHeld));
        let of_resets = Some(ActivityEvent::PasswordResetsHeld);
        assert_eq!(shown("password_reset"), of_resets);
    }
}
