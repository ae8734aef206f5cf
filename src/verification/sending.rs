//! Transitions of a verification that send a code.

use super::code::SentCode;
use super::events::{RefusedTransition, SendPlan};
use super::machine::Verification;
use super::rules::{IN_FLIGHT_LIMIT, PROVIDER_CODE_LIFETIME, Rules};
use super::state::{Ending, State};
use domain::{Channel, Timestamp};
use verify::Sent;

impl Verification {
    /// Marks the verification as sending a code over this channel.
    ///
    /// The caller saves the result before the call to the provider.
    pub fn begin_code_send(
        self,
        channel: Channel,
        rules: &Rules,
        now: Timestamp,
    ) -> Result<(Self, SendPlan), RefusedTransition> {
        let earliest = self.earliest_time_of_next_send(rules);
        let (phone, earlier) = match self.state {
            State::Ready { phone, .. } => (phone, None),
            State::AwaitingCode { ref code } => (code.phone.clone(), Some(code.clone())),
            State::Sending { .. } | State::Checking { .. } => return Err(RefusedTransition::Busy),
            State::Collecting | State::AwaitingFactor { .. } | State::Approved { .. } => {
                return Err(RefusedTransition::OutOfOrder);
            }
            State::Ended { how } => return Err(RefusedTransition::Ended(how)),
        };
        if let Some(until) = earliest.filter(|until| now < *until) {
            return Err(RefusedTransition::TooSoon { until });
        }
        let again = earlier
            .as_ref()
            .filter(|code| !rules.new_code_on_resend && code.can_be_resent(rules, now));
        let plan = SendPlan {
            phone: phone.clone(),
            channel,
            resend_of: again.map(|code| code.verification.clone()),
        };
        let state = State::Sending {
            phone,
            channel,
            since: now,
            earlier,
        };
        let tried_text_message = self.tried_text_message || channel == Channel::Sms;
        let verification = Self {
            state,
            tried_text_message,
            ..self
        };
        Ok((verification, plan))
    }

    /// Records that the provider has accepted the message with the code. The verification now awaits the code.
    pub fn record_code_sent(
        self,
        sent: Sent,
        rules: &Rules,
        now: Timestamp,
    ) -> Result<Self, RefusedTransition> {
        let (phone, channel, since, earlier) = match self.state {
            State::Sending {
                phone,
                channel,
                since,
                earlier,
            } => (phone, channel, since, earlier),
            other => return Err(RefusedTransition::refused_transition_for_state(&other)),
        };
        // The same provider verification as before: code, attempts and lifetime continue.
        let sends = earlier.as_ref().map_or(0, |code| code.sends) + 1;
        let earlier = earlier.filter(|code| code.verification == sent.verification);
        let (created_at, tries) = earlier.map_or((since, 0), |code| (code.created_at, code.tries));
        let ends_at = self.opened_at + rules.flow_life;
        let expires_at = (now + rules.code_life)
            .min(created_at + PROVIDER_CODE_LIFETIME)
            .min(ends_at);
        let code = SentCode {
            phone,
            channel,
            service: sent.service,
            verification: sent.verification,
            created_at,
            sent_at: since,
            expires_at,
            tries,
            sends,
        };
        Ok(Self {
            state: State::AwaitingCode { code },
            ends_at,
            ..self
        })
    }

    /// Records that the provider has sent no code, and returns to the state before the send.
    ///
    /// `not_before` is the earliest time of the next send, if the rate limit of the provider is reached.
    pub fn record_code_not_sent(
        self,
        not_before: Option<Timestamp>,
    ) -> Result<Self, RefusedTransition> {
        let state = match self.state {
            State::Sending {
                earlier: Some(code),
                ..
            } => State::AwaitingCode { code },
            State::Sending {
                phone,
                earlier: None,
                ..
            } => State::Ready {
                phone,
                resend_at: None,
            },
            other => return Err(RefusedTransition::refused_transition_for_state(&other)),
        };
        Ok(Self {
            state,
            not_before,
            ..self
        })
    }

    /// Records that it is unknown whether the provider has sent the code.
    ///
    /// The resend cooldown applies as after a sent code.
    #[must_use]
    pub fn record_unknown_send_result(self, rules: &Rules) -> Self {
        let state = match self.state {
            State::Sending {
                since,
                earlier: Some(code),
                ..
            } => State::AwaitingCode {
                code: SentCode {
                    sent_at: since,
                    ..code
                },
            },
            State::Sending {
                phone,
                since,
                earlier: None,
                ..
            } => State::Ready {
                phone,
                resend_at: Some(since + rules.resend_gap),
            },
            other => other,
        };
        Self { state, ..self }
    }

    /// Ends the verification after a failed send, or a send with unknown result, if `rules` require that.
    ///
    /// Keeps a verification open whose earlier code is pending.
    #[must_use]
    pub fn end_verification_if_no_code_sent(self, rules: &Rules) -> Self {
        match &self.state {
            State::Ready { .. } if rules.ends_if_unsent => self.end_for_reason(Ending::Unsent),
            _ => self,
        }
    }

    /// Sets the earliest time of the next send to `until`. Keeps a later time that is set already.
    #[must_use]
    pub fn block_sends_until(self, until: Timestamp) -> Self {
        let not_before = self.not_before.map_or(until, |before| before.max(until));
        Self {
            not_before: Some(not_before),
            ..self
        }
    }

    /// Returns the earliest time of the next send, while no provider call is running.
    ///
    /// Returns `None` if a code can be sent at once, or if the state permits no send.
    pub fn earliest_time_of_next_send(&self, rules: &Rules) -> Option<Timestamp> {
        match &self.state {
            State::Ready { resend_at, .. } => (*resend_at).max(self.not_before),
            State::AwaitingCode { code } => Some(self.earliest_resend_time(code, rules)),
            _ => None,
        }
    }

    /// Returns the earliest time of the next send after a running provider call.
    ///
    /// Returns `None` if no provider call for the pending code is running. Assumes that the call lasts for
    /// [`IN_FLIGHT_LIMIT`], because a crash may have ended it.
    pub fn earliest_resend_time_after_provider_call(&self, rules: &Rules) -> Option<Timestamp> {
        let (State::Checking { since, .. } | State::Sending { since, .. }) = &self.state else {
            return None;
        };
        let code = self.state.sent_code()?;
        let call_ends = *since + IN_FLIGHT_LIMIT;
        Some(call_ends.max(self.earliest_resend_time(code, rules)))
    }

    /// Returns the earliest time at which this code can be sent again, or replaced by a new code.
    pub fn earliest_resend_time(&self, code: &SentCode, rules: &Rules) -> Timestamp {
        let after_gap = code.sent_at + rules.resend_gap;
        self.not_before
            .map_or(after_gap, |until| until.max(after_gap))
    }
}

#[cfg(test)]
mod tests {
    use super::super::test_support::{T0, sign_in_limits, test_phone, verification_without_code};
    use domain::Channel;

    #[test]
    fn text_message_that_failed_counts_as_tried_until_the_number_changes() {
        let ready = verification_without_code();
        assert!(!ready.has_tried_text_message());
        let (calling, _) = ready
            .clone()
            .begin_code_send(Channel::Call, &sign_in_limits(), T0)
            .expect("code send is permitted");
        assert!(!calling.has_tried_text_message());
        let (sending, _) = ready
            .begin_code_send(Channel::Sms, &sign_in_limits(), T0)
            .expect("code send is permitted");
        let failed = sending
            .record_code_not_sent(None)
            .expect("code send is in progress");
        assert!(failed.has_tried_text_message());
        let corrected = failed
            .set_phone(test_phone())
            .expect("the number can be replaced");
        assert!(!corrected.has_tried_text_message());
    }
}
