//! State transitions that start and end a verification, and that set its phone number.

use serde::{Deserialize, Serialize};

use super::events::{CheckOutcome, RefusedTransition};
use super::rules::{IN_FLIGHT_LIMIT, Rules};
use super::state::{Ending, State};
use crate::security::refused_code::RefusedCode;
use domain::{PhoneNumber, Timestamp};

/// State machine that verifies one second factor: state, expiry and attempt counters. The database stores it as JSON.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Verification {
    pub state: State,
    pub opened_at: Timestamp,
    /// When the verification expires. Resending a code does not extend it beyond the lifetime of the flow.
    pub ends_at: Timestamp,
    /// Number of wrong codes so far, over all codes and methods.
    #[serde(default)]
    pub wrong: u32,
    /// The earliest time of the next send to this number, if the provider or a shared limit delays it.
    #[serde(default)]
    pub not_before: Option<Timestamp>,
    /// Whether a text message to the current number was sent, or could not be sent.
    #[serde(default)]
    pub tried_text_message: bool,
    /// The last code that was refused. Entering it again uses up no attempt.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub refused: Option<RefusedCode>,
}

impl Verification {
    /// Starts a verification without phone number, which the user enters later.
    pub fn start_verification_without_phone(rules: &Rules, now: Timestamp) -> Self {
        Self {
            state: State::Collecting,
            opened_at: now,
            ends_at: now + rules.collecting_life,
            wrong: 0,
            not_before: None,
            tried_text_message: false,
            refused: None,
        }
    }

    /// Starts a verification of this phone number.
    pub fn start_verification_of_phone(phone: PhoneNumber, rules: &Rules, now: Timestamp) -> Self {
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
            tried_text_message: false,
            refused: None,
        }
    }

    /// Returns whether a text message to the current number was sent, or could not be sent.
    pub const fn has_tried_text_message(&self) -> bool {
        // A node with an earlier release stores no flag, so a sent code counts too.
        self.tried_text_message || self.state.sent_code().is_some()
    }

    /// Returns whether this code equals the last rejected code. The server rejects it again without another check.
    pub fn is_most_recently_refused_code(&self, code: &RefusedCode) -> bool {
        self.refused.as_ref() == Some(code)
    }

    /// Applies the timeouts that have elapsed at `now`, for example the expiry of the verification.
    ///
    /// A provider call that takes longer than [`IN_FLIGHT_LIMIT`] counts as lost, so that a crash during the call does
    /// not block the flow.
    #[must_use]
    pub fn apply_elapsed_timeouts(self, rules: &Rules, now: Timestamp) -> Self {
        if !self.state.is_ended() && now >= self.ends_at {
            return self.end_for_reason(Ending::Expired);
        }
        let is_call_lost = |since: Timestamp| now >= since + IN_FLIGHT_LIMIT;
        match self.state {
            State::Sending { since, .. } if is_call_lost(since) => {
                self.record_unknown_send_result(rules)
            }
            State::Checking { since, .. } if is_call_lost(since) => {
                self.record_code_check_outcome(CheckOutcome::Unknown, rules, now)
            }
            _ => self,
        }
    }

    /// Sets or replaces the phone number of the verification.
    ///
    /// Fails while a code for the earlier number is pending or may still arrive.
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
                tried_text_message: false,
                ..self
            }),
            // A code may still arrive at the earlier number.
            State::Ready { .. }
            | State::Sending { .. }
            | State::AwaitingCode { .. }
            | State::Checking { .. }
            | State::AwaitingFactor { .. }
            | State::Approved { .. } => Err(RefusedTransition::OutOfOrder),
            State::Ended { how } => Err(RefusedTransition::Ended(*how)),
        }
    }

    /// Removes the phone number of the verification, so that the user can enter another number.
    ///
    /// A pending code becomes invalid.
    pub fn remove_phone(self) -> Result<Self, RefusedTransition> {
        match &self.state {
            State::Collecting | State::Ready { .. } | State::AwaitingCode { .. } => Ok(Self {
                state: State::Collecting,
                not_before: None,
                tried_text_message: false,
                ..self
            }),
            other => Err(RefusedTransition::refused_transition_for_state(other)),
        }
    }

    /// Starts the verification of a second phone number after the first number was verified.
    ///
    /// The expiry of the verification stays the same.
    pub fn start_verification_of_second_phone(
        self,
        phone: PhoneNumber,
    ) -> Result<Self, RefusedTransition> {
        match &self.state {
            State::Approved { .. } => Ok(Self {
                state: State::Ready {
                    phone,
                    resend_at: None,
                },
                not_before: None,
                tried_text_message: false,
                ..self
            }),
            other => Err(RefusedTransition::refused_transition_for_state(other)),
        }
    }

    /// Invalidates the pending code, so that the user can choose another second-factor method.
    ///
    /// Keeps phone number and resend cooldown.
    pub fn discard_pending_code(self, rules: &Rules) -> Result<Self, RefusedTransition> {
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
            other => return Err(RefusedTransition::refused_transition_for_state(&other)),
        };
        Ok(Self { state, ..self })
    }

    /// Marks an approved verification as completed after its protected action. Each approval permits one action.
    pub fn complete_approved_verification(self) -> Result<Self, RefusedTransition> {
        match &self.state {
            State::Approved { .. } => Ok(self.end_for_reason(Ending::Completed)),
            other => Err(RefusedTransition::refused_transition_for_state(other)),
        }
    }

    /// Ends the verification for this reason. Does nothing if the verification has already ended.
    #[must_use]
    pub fn end_for_reason(self, reason: Ending) -> Self {
        if self.state.is_ended() {
            return self;
        }
        Self {
            state: State::Ended { how: reason },
            ..self
        }
    }
}
