//! The security history: what happened to an account, for its holder to recognise, or not.

use crate::domain::Timestamp;
use crate::server::context::Context;
use crate::server::store::StoreError;
use crate::server::store::audit::{self, Event, Mark, Recorded};
use crate::server::token::{AccountId, EntryId};

/// How many lines a page has.
pub const PAGE: usize = 25;

/// One line of the history.
#[derive(Clone, Debug)]
pub struct Line {
    pub text: &'static str,
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
    cx: &Context,
    account: &AccountId,
    before: Option<&Mark>,
) -> Result<History, StoreError> {
    let shown: Vec<Event> = Event::ALL
        .iter()
        .copied()
        .filter(|event| text(*event, "").is_some())
        .collect();
    // One more than is shown: whether there is another page.
    let count = i64::try_from(PAGE + 1).unwrap_or(i64::MAX);
    let mut found = audit::about(&cx.store, account, &shown, before, count).await?;
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
        text: text(recorded.event, &recorded.detail)?,
        at: recorded.at,
        source: recorded.source,
    })
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

/// An event in its holder's words. `None` for what would tell a person nothing that another line
/// does not; which it is depends on the event alone, never on its detail.
fn text(event: Event, detail: &str) -> Option<&'static str> {
    Some(match event {
        Event::AccountCreated | Event::AccountImported => "Account created",
        Event::AccountDisabled => "Account disabled by an administrator",
        Event::AccountEnabled => "Account enabled by an administrator",
        Event::MfaReset => "Two-factor authentication reset by an administrator",
        Event::PasswordAccepted => "Right password entered",
        Event::PasswordRefused => "Wrong password entered",
        Event::CodeSent => "Code sent",
        Event::CodeNotSent => "A code could not be sent",
        Event::CodeRefused => match detail {
            "gone" => "Code entered too late",
            "unknown" => "A code could not be checked",
            "recovery" => "Wrong recovery code entered",
            _ => "Wrong code entered",
        },
        Event::TriesExhausted => "Too many wrong codes entered",
        Event::FactorHeld => "Codes put on hold after too many wrong ones",
        Event::SessionStarted => match detail {
            "sms" => "Signed in with a code sent to your phone",
            "totp" => "Signed in with a code of your authenticator app",
            "recovery" => "Signed in with a recovery code",
            _ => "Signed in",
        },
        Event::SessionEnded => "Signed out",
        Event::SessionsEnded => match detail {
            "one" => "Signed out on another device",
            _ => "Signed out everywhere else",
        },
        Event::SteppedUp => match detail {
            "recovery" => "Confirmed to be you, with a recovery code",
            _ => "Confirmed to be you, with password and code",
        },
        Event::TwoFactorSetUp => "Two-factor authentication set up",
        Event::PhoneChangeBegun => "Change of phone number begun",
        Event::PhoneChanged => "Phone number changed",
        Event::RecoveryCodesCreated => "New recovery codes created",
        Event::AuthenticatorBegun => "Set-up of an authenticator app begun",
        Event::AuthenticatorRefused => "Wrong code entered while setting up an authenticator app",
        Event::AuthenticatorAdded => match detail {
            "replaced" => "Authenticator app replaced",
            _ => "Authenticator app added",
        },
        Event::AuthenticatorRemoved => "Authenticator app removed",
        // Before there is an account, or about nobody's.
        Event::RegistrationOpened | Event::RegistrationConflict
        // Said by what comes of it: the code that is sent, the session that starts.
        | Event::CodeRequested | Event::CodeApproved
        // Nothing came of it.
        | Event::FlowCancelled => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn whether_an_event_is_shown_does_not_hang_on_its_detail() {
        for event in Event::ALL {
            let shown = text(*event, "").is_some();
            for detail in [
                "sms", "totp", "recovery", "wrong", "gone", "unknown", "one", "replaced", "\u{e4}",
            ] {
                assert_eq!(text(*event, detail).is_some(), shown, "{event:?} {detail}");
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
