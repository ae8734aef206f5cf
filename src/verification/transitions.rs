use serde::{Deserialize, Serialize};

use super::code::SentCode;
use super::rules::{IN_FLIGHT_LIMIT, PROVIDER_LIFE, Rules};
use super::state::{Ending, State};
use domain::{Channel, PhoneNumber, Timestamp};
use verify::{Sent, VerificationId};

/// One verification from its opening to its end.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Verification {
    pub state: State,
    pub opened_at: Timestamp,
    /// Not a moment longer, whatever is resent meanwhile (OTP-08).
    pub ends_at: Timestamp,
    /// Wrong codes so far, of every code and method.
    #[serde(default)]
    pub wrong: u32,
    /// The provider wants no send to this number before that.
    #[serde(default)]
    pub not_before: Option<Timestamp>,
}

/// Why a transition was refused. Nothing changed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Refused {
    /// Not a step of this state (SM-02).
    OutOfOrder,
    /// Too early for another send.
    TooSoon {
        until: Timestamp,
    },
    /// A provider call of this verification is still under way (OTP-09).
    Busy,
    /// The code's time is over; another can be sent.
    CodeExpired,
    Over(Ending),
}

/// What a granted send has to do.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SendPlan {
    pub phone: PhoneNumber,
    pub channel: Channel,
    /// The code that may be sent again. Any other must die first, so that a new one is another.
    pub again: Option<VerificationId>,
}

/// What a granted check has to ask.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CheckPlan {
    pub code: SentCode,
}

/// What came of a check, in the machine's words.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Judgement {
    Approved,
    Wrong,
    /// The provider no longer knows this verification.
    Gone,
    /// The provider takes no more tries.
    Exhausted,
    /// Not evaluated, or nobody knows: the try is given back.
    Unknown,
}

impl Verification {
    /// A verification that has still to learn its number.
    pub fn collecting(rules: &Rules, now: Timestamp) -> Self {
        Self {
            state: State::Collecting,
            opened_at: now,
            ends_at: now + rules.collecting_life,
            wrong: 0,
            not_before: None,
        }
    }

    /// A verification of a number that is known from the start.
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
        }
    }

    /// This verification as it stands at `now`: over when its time is up, and with a provider
    /// call that can no longer come back taken as unknown (a crash in mid-call is no dead end).
    #[must_use]
    pub fn at(self, rules: &Rules, now: Timestamp) -> Self {
        if !self.state.is_over() && now >= self.ends_at {
            return self.ended(Ending::Expired);
        }
        let lost = |since: Timestamp| now >= since + IN_FLIGHT_LIMIT;
        match self.state {
            State::Sending { since, .. } if lost(since) => self.send_unknown(rules),
            State::Checking { since, .. } if lost(since) => {
                self.judged(Judgement::Unknown, rules, now)
            }
            _ => self,
        }
    }

    /// Sets or replaces the number; only before a code is out.
    pub fn supply(self, phone: PhoneNumber) -> Result<Self, Refused> {
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
            // A code may be on its way to the earlier number: keep to it, or start over.
            State::Ready { .. }
            | State::Sending { .. }
            | State::AwaitingCode { .. }
            | State::Checking { .. }
            | State::AwaitingFactor { .. }
            | State::Approved { .. } => Err(Refused::OutOfOrder),
            State::Ended { how } => Err(Refused::Over(*how)),
        }
    }

    /// Reserves a send. Commit the result before the provider is called (PRV-03).
    pub fn begin_send(
        self,
        channel: Channel,
        rules: &Rules,
        now: Timestamp,
    ) -> Result<(Self, SendPlan), Refused> {
        let (phone, earlier, waits) = match self.state {
            State::Ready { phone, resend_at } => (phone, None, resend_at.max(self.not_before)),
            State::AwaitingCode { ref code } => {
                let resend_at = self.resend_at(code, rules);
                (code.phone.clone(), Some(code.clone()), Some(resend_at))
            }
            State::Sending { .. } | State::Checking { .. } => return Err(Refused::Busy),
            State::Collecting | State::AwaitingFactor { .. } | State::Approved { .. } => {
                return Err(Refused::OutOfOrder);
            }
            State::Ended { how } => return Err(Refused::Over(how)),
        };
        if let Some(until) = waits.filter(|until| now < *until) {
            return Err(Refused::TooSoon { until });
        }
        let again = earlier
            .as_ref()
            .filter(|code| !rules.new_code_on_resend && code.worth_resending(rules, now));
        let plan = SendPlan {
            phone: phone.clone(),
            channel,
            again: again.map(|code| code.verification.clone()),
        };
        let state = State::Sending {
            phone,
            channel,
            since: now,
            earlier,
        };
        Ok((Self { state, ..self }, plan))
    }

    /// The provider took the send.
    pub fn sent(self, sent: Sent, rules: &Rules, now: Timestamp) -> Result<Self, Refused> {
        let (phone, channel, since, earlier) = match self.state {
            State::Sending {
                phone,
                channel,
                since,
                earlier,
            } => (phone, channel, since, earlier),
            other => return Err(refusal(&other)),
        };
        // The same verification again: its code, its tries and its lifetime go on.
        let sends = earlier.as_ref().map_or(0, |code| code.sends) + 1;
        let earlier = earlier.filter(|code| code.verification == sent.verification);
        let (created_at, tries) = earlier.map_or((since, 0), |code| (code.created_at, code.tries));
        let ends_at = self.opened_at + rules.flow_life;
        let expires_at = (now + rules.code_life)
            .min(created_at + PROVIDER_LIFE)
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

    /// The provider certainly sent nothing: as if it had not been asked, except that it may want no
    /// send before a time.
    pub fn not_sent(self, not_before: Option<Timestamp>) -> Result<Self, Refused> {
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
            other => return Err(refusal(&other)),
        };
        Ok(Self {
            state,
            not_before,
            ..self
        })
    }

    /// Nobody knows whether a message went out: the wait runs as if it had.
    #[must_use]
    pub fn send_unknown(self, rules: &Rules) -> Self {
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

    /// After a send that failed, or may have: over, where the rules do not wait for another try and
    /// no earlier code is out.
    #[must_use]
    pub fn if_unsent(self, rules: &Rules) -> Self {
        match &self.state {
            State::Ready { .. } if rules.ends_unsent => self.ended(Ending::Unsent),
            _ => self,
        }
    }

    /// Sets the code that is out aside, for another method; the number and the wait stay.
    pub fn set_aside(self, rules: &Rules) -> Result<Self, Refused> {
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
            other => return Err(refusal(&other)),
        };
        Ok(Self { state, ..self })
    }

    /// Reserves a try. Commit the result before the provider is called (OTP-09).
    pub fn begin_check(self, rules: &Rules, now: Timestamp) -> Result<(Self, CheckPlan), Refused> {
        let mut code = match self.state {
            State::AwaitingCode { code } => code,
            other => return Err(refusal(&other)),
        };
        if code.is_expired(now) {
            return Err(Refused::CodeExpired);
        }
        if code.tries_left(rules) == 0 || self.wrong >= rules.wrong_in_all {
            return Err(Refused::Over(Ending::Exhausted));
        }
        code.tries += 1;
        let plan = CheckPlan { code: code.clone() };
        Ok((
            Self {
                state: State::Checking { code, since: now },
                ..self
            },
            plan,
        ))
    }

    /// Records what came of the reserved try.
    #[must_use]
    pub fn judged(self, judgement: Judgement, rules: &Rules, now: Timestamp) -> Self {
        let mut code = match self.state {
            State::Checking { code, .. } => code,
            state => return Self { state, ..self },
        };
        let wrong = self.wrong + u32::from(judgement == Judgement::Wrong);
        let goes_on = code.tries_left(rules) > 0 && wrong < rules.wrong_in_all;
        let state = match judgement {
            Judgement::Approved => State::Approved { code },
            Judgement::Wrong if goes_on => State::AwaitingCode { code },
            Judgement::Wrong | Judgement::Exhausted => State::Ended {
                how: Ending::Exhausted,
            },
            Judgement::Gone => {
                code.tries = code.tries.saturating_sub(1);
                code.expires_at = code.expires_at.min(now);
                State::AwaitingCode { code }
            }
            Judgement::Unknown => {
                code.tries = code.tries.saturating_sub(1);
                State::AwaitingCode { code }
            }
        };
        Self {
            state,
            wrong,
            ..self
        }
    }

    /// How many tries are left for what is asked for now.
    pub fn tries_left(&self, rules: &Rules) -> u32 {
        let of_this = match &self.state {
            State::AwaitingCode { code } | State::Checking { code, .. } => code.tries_left(rules),
            State::AwaitingFactor { tries, .. } => rules.tries.saturating_sub(*tries),
            State::Collecting
            | State::Ready { .. }
            | State::Sending { .. }
            | State::Approved { .. }
            | State::Ended { .. } => 0,
        };
        of_this.min(rules.wrong_in_all.saturating_sub(self.wrong))
    }

    /// The purpose was carried out with the approved code.
    pub fn complete(self) -> Result<Self, Refused> {
        match &self.state {
            State::Approved { .. } => Ok(self.ended(Ending::Completed)),
            other => Err(refusal(other)),
        }
    }

    /// Ends it, unless it has ended already: the first ending stands.
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

/// Why `state` does not take the event that asked for another state.
pub(super) const fn refusal(state: &State) -> Refused {
    match state {
        State::Ended { how } => Refused::Over(*how),
        State::Sending { .. } | State::Checking { .. } => Refused::Busy,
        State::Collecting
        | State::Ready { .. }
        | State::AwaitingCode { .. }
        | State::AwaitingFactor { .. }
        | State::Approved { .. } => Refused::OutOfOrder,
    }
}
