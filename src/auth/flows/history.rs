//! The security history: what happened to an account, for its holder to recognise, or not.

use crate::context::AppState;
use crate::security::token::{AccountId, EntryId};
use crate::store::StoreError;
use crate::store::audit::{self, Event, Mark, Recorded};
use domain::{ActivityEvent, Method, Timestamp};

/// How many lines a page has.
pub const PAGE: usize = 25;

/// One line of the history.
#[derive(Clone, Debug)]
pub struct Line {
    pub what: ActivityEvent,
    pub at: Timestamp,
    /// The network address it came from.
    pub source: String,
}

/// A page of the history, newest first.
#[derive(Clone, Debug)]
pub struct History {
    pub lines: Vec<Line>,
    /// Where the next page goes on, if there is more.
    pub older: Option<Mark>,
}

/// The history of an account from `before` on back.
pub async fn page(
    app: &AppState,
    account: &AccountId,
    before: Option<&Mark>,
) -> Result<History, StoreError> {
    let shown: Vec<Event> = Event::ALL
        .iter()
        .copied()
        .filter(|event| happening(*event, "").is_some())
        .collect();
    // One more than is shown: whether there is another page.
    let count = i64::try_from(PAGE + 1).unwrap_or(i64::MAX);
    let mut found = audit::about(&app.store, account, &shown, before, count).await?;
    let more = found.len() > PAGE;
    found.truncate(PAGE);
    let older = found.last().filter(|_| more).map(|last| Mark {
        at: last.at,
        id: last.id.clone(),
    });
    let lines = found.into_iter().filter_map(line).collect();
    Ok(History { lines, older })
}

fn line(recorded: Recorded) -> Option<Line> {
    Some(Line {
        what: happening(recorded.event, &recorded.detail)?,
        at: recorded.at,
        source: recorded.source,
    })
}

/// How many entries are looked at to tell of wrong codes; there are no more than ten a day (OTP-06).
const LOOKED_AT: i64 = 50;

/// How many wrong second factors were entered between the last two sign-ins (LOG-11).
pub async fn failures_before_last_sign_in(
    app: &AppState,
    account: &AccountId,
) -> Result<usize, StoreError> {
    let events = [Event::SessionStarted, Event::CodeRefused];
    let found = audit::about(&app.store, account, &events, None, LOOKED_AT).await?;
    let mut before_last = found
        .iter()
        .skip_while(|entry| entry.event != Event::SessionStarted)
        .skip(1);
    Ok(before_last
        .by_ref()
        .take_while(|entry| entry.event == Event::CodeRefused)
        .count())
}

/// A mark as a link carries it, and back; `None` for what no link of ours says.
pub fn mark(text: &str) -> Option<Mark> {
    let (at, id) = text.split_once('-')?;
    Some(Mark {
        at: Timestamp::from_millis(at.parse().ok().filter(|at| *at >= 0)?),
        id: EntryId::parse(id)?,
    })
}

/// The other way round.
pub fn link(mark: &Mark) -> String {
    format!("{}-{}", mark.at.as_millis(), mark.id.as_str())
}

/// What an entry of the audit log tells its holder. `None` for what would tell a person nothing
/// that another line does not; which it is depends on the event alone, never on its detail.
fn happening(event: Event, detail: &str) -> Option<ActivityEvent> {
    Some(match event {
        Event::AccountCreated | Event::AccountImported => ActivityEvent::AccountCreated,
        Event::AccountDisabled => ActivityEvent::AccountDisabled,
        Event::AccountEnabled => ActivityEvent::AccountEnabled,
        Event::MfaReset => ActivityEvent::MfaReset,
        Event::PasswordAccepted => ActivityEvent::PasswordAccepted,
        Event::PasswordRefused => ActivityEvent::PasswordRefused,
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
        // Before there is an account, or about nobody's.
        Event::RegistrationOpened | Event::RegistrationConflict
        // Said by what comes of it: the code that is sent, the session that starts.
        | Event::CodeRequested | Event::CodeApproved
        // Nothing came of it.
        | Event::FlowCancelled | Event::PaymentRefused => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn whether_an_event_is_shown_does_not_hang_on_its_detail() {
        for event in Event::ALL {
            let shown = happening(*event, "").is_some();
            for detail in [
                "sms", "totp", "recovery", "wrong", "gone", "unknown", "one", "replaced", "\u{e4}",
            ] {
                assert_eq!(
                    happening(*event, detail).is_some(),
                    shown,
                    "{event:?} {detail}"
                );
            }
        }
    }

    #[test]
    fn a_mark_survives_its_link_and_nothing_else_is_one() {
        let mark = Mark {
            at: Timestamp::from_millis(1_800_000_000_123),
            id: EntryId::generate(),
        };
        assert_eq!(super::mark(&link(&mark)), Some(mark));
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
            assert_eq!(super::mark(forged), None, "{forged}");
        }
    }
}
