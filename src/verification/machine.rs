//! Starts and ends a verification, and sets its phone number.

use serde::{Deserialize, Serialize};

use super::events::{CheckOutcome, RefusedTransition};
use super::rules::{IN_FLIGHT_LIMIT, Rules};
use super::state::{Ending, State};
use crate::security::refused_code::RefusedCode;
use domain::{PhoneNumber, Timestamp};

/// One verification from its start to its end. The database stores it as JSON.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Verification {
    pub state: State,
    pub opened_at: Timestamp,
    /// When the verification expires. Resending a code does not extend it beyond the lifetime of the flow.
    pub ends_at: Timestamp,
    /// Number of wrong codes so far, over all codes and methods.
    #[serde(default)]
    pub wrong: u32,
    /// Before this time, the provider or a limit that flows share permits no send to this number.
    #[serde(default)]
    pub not_before: Option<Timestamp>,
    /// The last code that was refused. Entering it again uses up no attempt.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub refused: Option<RefusedCode>,
}

impl Verification {
    /// Starts a verification whose phone number is not known yet.
    pub fn start_without_phone(rules: &Rules, now: Timestamp) -> Self {
        Self {
            state: State::Collecting,
            opened_at: now,
            ends_at: now + rules.collecting_life,
            wrong: 0,
            not_before: None,
            refused: None,
        }
    }

    /// Starts a verification of a known phone number.
    pub fn start_with_phone(phone: PhoneNumber, rules: &Rules, now: Timestamp) -> Self {
        let state = State::Ready {
            phone,
            resend_at: None,
        };
        Self {
            state,
            opened_at: now,
            ends_at: now + rules.collecting_life,
            wrong: 0,
            not_before: None,
            refused: None,
        }
    }

    /// Whether this code is the last one that was refused, so that it need not be checked again.
    pub fn was_refused(&self, code: &RefusedCode) -> bool {
        self.refused.as_ref() == Some(code)
    }

    /// Returns the verification as it is at `now`: ended if it has expired. A provider call that takes longer than
    /// [`IN_FLIGHT_LIMIT`] counts as lost, so that a crash during the call does not block the flow.
    #[must_use]
    pub fn advance_to_now(self, rules: &Rules, now: Timestamp) -> Self {
        if !self.state.is_over() && now >= self.ends_at {
            return self.end(Ending::Expired);
        }
        let lost = |since: Timestamp| now >= since + IN_FLIGHT_LIMIT;
        match self.state {
            State::Sending { since, .. } if lost(since) => self.record_unknown_send(rules),
            State::Checking { since, .. } if lost(since) => {
                self.record_check(CheckOutcome::Unknown, rules, now)
            }
            _ => self,
        }
    }

    /// Sets or replaces the phone number. Refused while a code is pending.
    pub fn set_phone(self, phone: PhoneNumber) -> Result<Self, RefusedTransition> {
        match &self.state {
            State::Collecting
            | State::Ready {
                resend_at: None, ..
            } => Ok(Self {
                state: State::Ready {
                    phone,
                    resend_at: None,
                },
                not_before: None,
                ..self
            }),
            // A code may still arrive at the earlier number.
            State::Ready { .. }
            | State::Sending { .. }
            | State::AwaitingCode { .. }
            | State::Checking { .. }
            | State::AwaitingFactor { .. }
            | State::Approved { .. } => Err(RefusedTransition::OutOfOrder),
            State::Ended { how } => Err(RefusedTransition::Over(*how)),
        }
    }

    /// Removes the phone number, so that another one can be set. A pending code becomes invalid.
    pub fn remove_phone(self) -> Result<Self, RefusedTransition> {
        match &self.state {
            State::Collecting | State::Ready { .. } | State::AwaitingCode { .. } => Ok(Self {
                state: State::Collecting,
                not_before: None,
                ..self
            }),
            other => Err(RefusedTransition::in_state(other)),
        }
    }

    /// Starts the proof of a second phone number after the first one was proven. The expiry stays the same.
    pub fn start_second_phone(self, phone: PhoneNumber) -> Result<Self, RefusedTransition> {
        match &self.state {
            State::Approved { .. } => Ok(Self {
                state: State::Ready {
                    phone,
                    resend_at: None,
                },
                not_before: None,
                ..self
            }),
            other => Err(RefusedTransition::in_state(other)),
        }
    }

    /// Invalidates the pending code, so that the user can choose another method. The phone number and the resend
    /// cooldown stay.
    pub fn discard_code(self, rules: &Rules) -> Result<Self, RefusedTransition> {
        let state = match self.state {
            State::AwaitingCode { code } => {
                let resend_at = Some(code.sent_at + rules.resend_gap);
                State::Ready {
                    phone: code.phone,
                    resend_at,
                }
            }
            State::AwaitingFactor {
                phone, resend_at, ..
            } => State::Ready { phone, resend_at },
            ready @ State::Ready { .. } => ready,
            other => return Err(RefusedTransition::in_state(&other)),
        };
        Ok(Self { state, ..self })
    }

    /// Marks the approved code as used for the protected action. A code completes only one action.
    pub fn complete(self) -> Result<Self, RefusedTransition> {
        match &self.state {
            State::Approved { .. } => Ok(self.end(Ending::Completed)),
            other => Err(RefusedTransition::in_state(other)),
        }
    }

    /// Ends the verification for this reason. Has no effect if it has already ended.
    #[must_use]
    pub fn end(self, how: Ending) -> Self {
        if self.state.is_over() {
            return self;
        }
        Self {
            state: State::Ended { how },
            ..self
        }
    }
}
