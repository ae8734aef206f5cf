//! Converts entries of the audit trail into the events that the metrics count.

use super::audit::{AuditEntry, Event, PASSWORD_NOT_VERIFIED};
use crate::metrics::{CodeCheck, CountedEvent, PasswordCheckOutcome, SignInOutcome};
use domain::Purpose;

impl AuditEntry<'_> {
    /// Returns the event as the metrics count it.
    pub(super) fn to_counted_event(self) -> CountedEvent {
        CountedEvent {
            event: self.event.as_str(),
            sign_in: self.sign_in_outcome(),
            password_check: self.password_check_outcome(),
            code_check: self.code_check(),
        }
    }

    /// Returns how the event has ended a sign-in. Returns `None` if it has ended none.
    const fn sign_in_outcome(self) -> Option<SignInOutcome> {
        // The set-up of a second factor is the second step of the first sign-in.
        match (self.purpose, self.event) {
            (Some(Purpose::SignIn | Purpose::SetUp), Event::SessionStarted) => {
                Some(SignInOutcome::Completed)
            }
            (Some(Purpose::SignIn | Purpose::SetUp), Event::PasswordRefused) => {
                Some(SignInOutcome::PasswordRefused)
            }
            (Some(Purpose::SignIn | Purpose::SetUp), Event::TriesExhausted) => {
                Some(SignInOutcome::AttemptsUsedUp)
            }
            (Some(Purpose::SignIn | Purpose::SetUp), Event::FlowCancelled) => {
                Some(SignInOutcome::Cancelled)
            }
            _ => None,
        }
    }

    /// Returns the result of the password attempt that the event records, or `None`.
    fn password_check_outcome(self) -> Option<PasswordCheckOutcome> {
        match self.event {
            Event::PasswordAccepted => Some(PasswordCheckOutcome::Right),
            Event::PasswordRefused if self.detail == PASSWORD_NOT_VERIFIED => {
                Some(PasswordCheckOutcome::Limited)
            }
            Event::PasswordRefused => Some(PasswordCheckOutcome::Wrong),
            _ => None,
        }
    }

    /// Returns the code check that the event records, or `None`.
    fn code_check(self) -> Option<CodeCheck> {
        let outcome = match self.event {
            Event::CodeApproved => "approved",
            // With the detail `held`, code entry was blocked and no code was checked.
            Event::CodeRefused | Event::TriesExhausted if self.detail != "held" => {
                match self.detail {
                    "gone" => "gone",
                    "exhausted" => "exhausted",
                    "unknown" => "unknown",
                    _ => "wrong",
                }
            }
            _ => return None,
        };
        Some(CodeCheck {
            purpose: self.purpose.map_or("none", Purpose::as_str),
            // The detail of a code that the server itself checks is the method.
            method: match self.detail {
                "totp" => "totp",
                "recovery" => "recovery",
                _ => "sms",
            },
            outcome,
        })
    }
}

#[cfg(test)]
#[path = "audit_metrics_tests.rs"]
mod tests;
