//! The turns a verification can take besides send and check: another number, another method.

use super::code::SentCode;
use super::rules::Rules;
use super::state::{Ending, State};
use super::transitions::{Refused, Verification, refusal};
use domain::{Method, PhoneNumber, Timestamp};

impl Verification {
    /// Forgets the number, for another one; the code that is out dies with it.
    pub fn recollect(self) -> Result<Self, Refused> {
        match &self.state {
            State::Collecting | State::Ready { .. } | State::AwaitingCode { .. } => Ok(Self {
                state: State::Collecting,
                not_before: None,
                ..self
            }),
            other => Err(refusal(other)),
        }
    }

    /// The number was proven, and the purpose needs another one proven too. Its time runs on.
    pub fn then_prove(self, phone: PhoneNumber) -> Result<Self, Refused> {
        match &self.state {
            State::Approved { .. } => Ok(Self {
                state: State::Ready {
                    phone,
                    resend_at: None,
                },
                not_before: None,
                ..self
            }),
            other => Err(refusal(other)),
        }
    }

    /// From when on another message can follow the one of `code`.
    pub fn resend_at(&self, code: &SentCode, rules: &Rules) -> Timestamp {
        let after_gap = code.sent_at + rules.resend_gap;
        self.not_before
            .map_or(after_gap, |until| until.max(after_gap))
    }

    /// Asks for a code of `method`, which needs no provider.
    pub fn expect_factor(self, method: Method) -> Result<Self, Refused> {
        let (phone, resend_at) = match self.state {
            State::Ready { phone, resend_at } => (phone, resend_at),
            other => return Err(refusal(&other)),
        };
        Ok(Self {
            state: State::AwaitingFactor {
                method,
                phone,
                resend_at,
                tries: 0,
            },
            ..self
        })
    }

    /// Judges a code of the expected method. `right` consumes the verification; a wrong one costs
    /// a try, the last of which ends it.
    pub fn factor_judged(self, right: bool, rules: &Rules) -> Result<Self, Refused> {
        let State::AwaitingFactor {
            method,
            phone,
            resend_at,
            tries,
        } = self.state
        else {
            return Err(refusal(&self.state));
        };
        let wrong = self.wrong + u32::from(!right);
        let state = if right {
            State::Ended {
                how: Ending::Completed,
            }
        } else if tries + 1 >= rules.tries || wrong >= rules.wrong_in_all {
            State::Ended {
                how: Ending::Exhausted,
            }
        } else {
            State::AwaitingFactor {
                method,
                phone,
                resend_at,
                tries: tries + 1,
            }
        };
        Ok(Self {
            state,
            wrong,
            ..self
        })
    }
}
