//! The security history: what happened to an account, so that its holder can recognise foreign activity.

use crate::auth::engine::security_alerts::FAILURES_BEFORE_ALERT;
use crate::auth::entry::paging::{Page, rows_read};
use crate::auth::session::SignedIn;
use crate::context::AppState;
use crate::security::token::{AccountId, EntryId};
use crate::store::audit::{self, Event, StoredAuditEntry};
use crate::store::{PageCursor, StoreError};
use domain::{ActivityEvent, Device, Method, Timestamp};

/// One line of the history.
#[derive(Clone, Debug)]
pub struct Line {
    pub event: ActivityEvent,
    pub at: Timestamp,
    /// The network address of the request.
    pub source: String,
    /// The browser and system of the request.
    pub device: Device,
}

/// The history of an account before `before`, newest first.
pub async fn page(
    app: &AppState,
    account: &AccountId,
    before: Option<&PageCursor<EntryId>>,
) -> Result<Page<Line, EntryId>, StoreError> {
    let shown: Vec<Event> = Event::ALL
        .iter()
        .copied()
        .filter(|event| activity(*event, "").is_some())
        .collect();
    let found =
        audit::list_account_entries(&app.store, account, &shown, before, rows_read()).await?;
    let Page { rows, older } = Page::of_rows_read(found, |last| PageCursor {
        at: last.at,
        id: last.id.clone(),
    });
    Ok(Page {
        rows: rows.into_iter().filter_map(line).collect(),
        older,
    })
}

fn line(recorded: StoredAuditEntry) -> Option<Line> {
    Some(Line {
        event: activity(recorded.event, &recorded.detail)?,
        at: recorded.at,
        source: recorded.source,
        device: recorded.device,
    })
}

/// The newest sign-in besides the one that opened the session of this request. `None` if there is no other.
pub async fn last_other_sign_in(
    app: &AppState,
    signed_in: &SignedIn,
) -> Result<Option<Line>, StoreError> {
    let account = &signed_in.account.id;
    let found =
        audit::list_account_entries(&app.store, account, &[Event::SessionStarted], None, 2).await?;
    let mut others = found
        .into_iter()
        .filter(|entry| entry.at != signed_in.session.created_at);
    Ok(others.next().and_then(line))
}

/// How many entries are read to count wrong codes; the daily limit is far lower.
const ENTRIES_READ: i64 = 50;

/// The number of wrong second factors between the last two sign-ins, if it is high enough for a warning.
pub async fn failures_before_last_sign_in(
    app: &AppState,
    account: &AccountId,
) -> Result<Option<usize>, StoreError> {
    let events = [Event::SessionStarted, Event::CodeRefused];
    let found =
        audit::list_account_entries(&app.store, account, &events, None, ENTRIES_READ).await?;
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

/// What the history shows for an audit entry; `None` for an entry that adds nothing to another line. Whether
/// an entry is shown depends on its event alone, never on its detail.
fn activity(event: Event, detail: &str) -> Option<ActivityEvent> {
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
        Event::FactorHeld => ActivityEvent::FactorHeld,
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
        Event::RegistrationOpened | Event::RegistrationConflict
        // The next line says it: the code is sent, the session starts.
        | Event::CodeRequested | Event::CodeApproved | Event::EmailProofRequested
        // No user can read it.
        | Event::AccountErased
        // Without effect.
        | Event::FlowCancelled | Event::PaymentRefused => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn whether_an_event_is_shown_does_not_depend_on_its_detail() {
        for event in Event::ALL {
            let shown = activity(*event, "").is_some();
            for detail in [
                "sms", "totp", "recovery", "wrong", "gone", "unknown", "one", "replaced", "\u{e4}",
            ] {
                assert_eq!(
                    activity(*event, detail).is_some(),
                    shown,
                    "{event:?} {detail}"
                );
            }
        }
    }
}
