//! The verification itself: how it begins and ends, and its phone number.

use serde::{Deserialize, Serialize};

use super::events::{CheckOutcome, RefusedTransition};
use super::rules::{IN_FLIGHT_LIMIT, Rules};
use super::state::{Ending, State};
use crate::security::refused_code::RefusedCode;
use domain::{PhoneNumber, Timestamp};

/// One verification from its opening to its end. It is stored as JSON.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Verification {
    pub state: State,
    pub opened_at: Timestamp,
    /// When it expires. Resending a code does not extend it beyond the lifetime of the flow.
    pub ends_at: Timestamp,
    /// The number of wrong codes so far, over all codes and methods.
    #[serde(default)]
    pub wrong: u32,
    /// The provider, or a limit that other flows use too, permits no send to this number before this time.
    #[serde(default)]
    pub not_before: Option<Timestamp>,
    /// The code that was refused last. Sending it again uses up no attempt.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub refused: Option<RefusedCode>,
}

impl Verification {
    /// A verification without a number yet.
    pub fn collecting(rules: &Rules, now: Timestamp) -> Self {
        Self {
            state: State::Collecting,
            opened_at: now,
            ends_at: now + rules.collecting_life,
            wrong: 0,
            not_before: None,
            refused: None,
        }
    }

    /// A verification of a known number.
    pub fn ready(phone: PhoneNumber, rules: &Rules, now: Timestamp) -> Self {
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

    /// Whether this code was refused last, so that it needs no evaluation.
    pub fn was_refused(&self, code: &RefusedCode) -> bool {
        self.refused.as_ref() == Some(code)
    }

    /// This verification at `now`: ended if it has expired. A provider call that can no longer return counts as
    /// unknown, so that a crash during the call does not block the flow.
    #[must_use]
    pub fn at(self, rules: &Rules, now: Timestamp) -> Self {
        if !self.state.is_over() && now >= self.ends_at {
            return self.ended(Ending::Expired);
        }
        let lost = |since: Timestamp| now >= since + IN_FLIGHT_LIMIT;
        match self.state {
            State::Sending { since, .. } if lost(since) => self.send_unknown(rules),
            State::Checking { since, .. } if lost(since) => {
                self.check_finished(CheckOutcome::Unknown, rules, now)
            }
            _ => self,
        }
    }

    /// Sets or replaces the number, as long as no code is out.
    pub fn supply(self, phone: PhoneNumber) -> Result<Self, RefusedTransition> {
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
            // A code may be on its way to the earlier number.
            State::Ready { .. }
            | State::Sending { .. }
            | State::AwaitingCode { .. }
            | State::Checking { .. }
            | State::AwaitingFactor { .. }
            | State::Approved { .. } => Err(RefusedTransition::OutOfOrder),
            State::Ended { how } => Err(RefusedTransition::Over(*how)),
        }
    }

    /// Removes the number, so that another one can be set. The code that is out becomes invalid.
    pub fn forget_number(self) -> Result<Self, RefusedTransition> {
        match &self.state {
            State::Collecting | State::Ready { .. } | State::AwaitingCode { .. } => Ok(Self {
                state: State::Collecting,
                not_before: None,
                ..self
            }),
            other => Err(RefusedTransition::in_state(other)),
        }
    }

    /// The number was proven, and the purpose requires a second number. The expiry stays the same.
    pub fn then_prove(self, phone: PhoneNumber) -> Result<Self, RefusedTransition> {
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

    /// Invalidates the code that is out, so that another method can be chosen. Number and resend cooldown stay.
    pub fn set_aside(self, rules: &Rules) -> Result<Self, RefusedTransition> {
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

    /// Uses up the approved code for the purpose.
    pub fn complete(self) -> Result<Self, RefusedTransition> {
        match &self.state {
            State::Approved { .. } => Ok(self.ended(Ending::Completed)),
            other => Err(RefusedTransition::in_state(other)),
        }
    }

    /// Ends the verification, unless it has ended already: the first ending stays.
    #[must_use]
    pub fn ended(self, how: Ending) -> Self {
        if self.state.is_over() {
            return self;
        }
        Self {
            state: State::Ended { how },
            ..self
        }
    }
}
