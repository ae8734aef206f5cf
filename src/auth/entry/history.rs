//! The security history: what happened to an account, so that its holder can recognise foreign activity.

use crate::auth::engine::security_alerts::FAILURES_BEFORE_ALERT;
use crate::context::AppState;
use crate::security::token::{AccountId, EntryId};
use crate::store::StoreError;
use crate::store::audit::{self, Event, Mark, Recorded};
use domain::{ActivityEvent, Method, Timestamp};

/// The number of lines on a page.
pub const PAGE_SIZE: usize = 25;

/// One line of the history.
#[derive(Clone, Debug)]
pub struct Line {
    pub event: ActivityEvent,
    pub at: Timestamp,
    /// The network address of the request.
    pub source: String,
}

/// A page of the history, newest first.
#[derive(Clone, Debug)]
pub struct History {
    pub lines: Vec<Line>,
    /// Where the next page starts, if there is one.
    pub older: Option<Mark>,
}

/// The history of an account before `before`, newest first.
pub async fn page(
    app: &AppState,
    account: &AccountId,
    before: Option<&Mark>,
) -> Result<History, StoreError> {
    let shown: Vec<Event> = Event::ALL
        .iter()
        .copied()
        .filter(|event| activity(*event, "").is_some())
        .collect();
    // One more line than is shown tells whether there is another page.
    let count = i64::try_from(PAGE_SIZE + 1).unwrap_or(i64::MAX);
    let mut found = audit::about(&app.store, account, &shown, before, count).await?;
    let more = found.len() > PAGE_SIZE;
    found.truncate(PAGE_SIZE);
    let older = found.last().filter(|_| more).map(|last| Mark {
        at: last.at,
        id: last.id.clone(),
    });
    let lines = found.into_iter().filter_map(line).collect();
    Ok(History { lines, older })
}

fn line(recorded: Recorded) -> Option<Line> {
    Some(Line {
        event: activity(recorded.event, &recorded.detail)?,
        at: recorded.at,
        source: recorded.source,
    })
}

/// How many entries are read to count wrong codes; the daily limit is far lower.
const ENTRIES_READ: i64 = 50;

/// The number of wrong second factors between the last two sign-ins, if it is high enough for a warning.
pub async fn failures_before_last_sign_in(
    app: &AppState,
    account: &AccountId,
) -> Result<Option<usize>, StoreError> {
    let events = [Event::SessionStarted, Event::CodeRefused];
    let found = audit::about(&app.store, account, &events, None, ENTRIES_READ).await?;
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

/// Parses the mark in the link to an older page.
pub fn parse_mark(text: &str) -> Option<Mark> {
    let (at, id) = text.split_once('-')?;
    Some(Mark {
        at: Timestamp::from_millis(at.parse().ok().filter(|at| *at >= 0)?),
        id: EntryId::parse(id)?,
    })
}

/// Formats a mark for the link to an older page.
pub fn format_mark(mark: &Mark) -> String {
    format!("{}-{}", mark.at.as_millis(), mark.id.as_str())
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
        // Not about an existing account.
        Event::RegistrationOpened | Event::RegistrationConflict
        // The next line says it: the code is sent, the session starts.
        | Event::CodeRequested | Event::CodeApproved
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

    #[test]
    fn a_formatted_mark_is_parsed_and_other_texts_are_rejected() {
        let mark = Mark {
            at: Timestamp::from_millis(1_800_000_000_123),
            id: EntryId::generate(),
        };
        assert_eq!(parse_mark(&format_mark(&mark)), Some(mark));
        for forged in [
            "",
            "-",
            "1-",
            "1-x",
            "x-0123456789abcdef0123456789abcdef",
            "-1-0123456789abcdef0123456789abcdef",
            "99999999999999999999-0123456789abcdef0123456789abcdef",
            "1-0123456789ABCDEF0123456789abcdef",
        ] {
            assert_eq!(parse_mark(forged), None, "{forged}");
        }
    }
}
