//! Transitions of a verification that check a code: one that the provider sent, one of an authenticator app, or a
//! recovery code.

use super::events::{CheckOutcome, CheckPlan, RefusedTransition};
use super::machine::Verification;
use super::rules::Rules;
use super::state::{Ending, State};
use domain::{Method, Timestamp};

impl Verification {
    /// Counts a code attempt, and marks the verification as being checked by the provider.
    ///
    /// The caller saves the result before the call to the provider.
    pub fn begin_code_check(
        self,
        rules: &Rules,
        now: Timestamp,
    ) -> Result<(Self, CheckPlan), RefusedTransition> {
        let mut code = match self.state {
            State::AwaitingCode { code } => code,
            other => return Err(RefusedTransition::refused_transition_for_state(&other)),
        };
        if code.is_expired(now) {
            return Err(RefusedTransition::CodeExpired);
        }
        if code.attempts_left(rules) == 0 || self.wrong >= rules.wrong_codes_per_flow {
            return Err(RefusedTransition::Ended(Ending::Exhausted));
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

    /// Applies the result of a code check at the provider. An attempt that the provider did not check is not counted.
    #[must_use]
    pub fn record_code_check_outcome(
        self,
        outcome: CheckOutcome,
        rules: &Rules,
        now: Timestamp,
    ) -> Self {
        let mut code = match self.state {
            State::Checking { code, .. } => code,
            state => return Self { state, ..self },
        };
        let wrong = self.wrong + u32::from(outcome == CheckOutcome::Wrong);
        let may_retry = code.attempts_left(rules) > 0 && wrong < rules.wrong_codes_per_flow;
        let state = match outcome {
            CheckOutcome::Approved => State::Approved { code },
            CheckOutcome::Wrong if may_retry => State::AwaitingCode { code },
            CheckOutcome::Wrong | CheckOutcome::Exhausted => State::Ended {
                how: Ending::Exhausted,
            },
            CheckOutcome::Gone => {
                code.tries = code.tries.saturating_sub(1);
                code.expires_at = code.expires_at.min(now);
                State::AwaitingCode { code }
            }
            CheckOutcome::Unknown => {
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

    /// Returns the number of attempts left for the current code of the verification.
    pub fn attempts_left(&self, rules: &Rules) -> u32 {
        let for_code = match &self.state {
            State::AwaitingCode { code } | State::Checking { code, .. } => {
                code.attempts_left(rules)
            }
            State::AwaitingFactor { tries, .. } => rules.tries.saturating_sub(*tries),
            State::Collecting
            | State::Ready { .. }
            | State::Sending { .. }
            | State::Approved { .. }
            | State::Ended { .. } => 0,
        };
        for_code.min(rules.wrong_codes_per_flow.saturating_sub(self.wrong))
    }

    /// Moves the verification to the state that awaits an authenticator app code or a recovery code.
    ///
    /// The server checks these codes without the provider.
    pub fn begin_factor_code_entry(self, method: Method) -> Result<Self, RefusedTransition> {
        let (phone, resend_at) = match self.state {
            State::Ready { phone, resend_at } => (phone, resend_at),
            other => return Err(RefusedTransition::refused_transition_for_state(&other)),
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

    /// Applies the result of checking an authenticator app code or a recovery code.
    ///
    /// A correct code completes the verification. A wrong code uses up an attempt, and the last attempt ends the
    /// verification.
    pub fn record_factor_check(
        self,
        right: bool,
        rules: &Rules,
    ) -> Result<Self, RefusedTransition> {
        let State::AwaitingFactor {
            method,
            phone,
            resend_at,
            tries,
        } = self.state
        else {
            return Err(RefusedTransition::refused_transition_for_state(&self.state));
        };
        let wrong = self.wrong + u32::from(!right);
        let state = if right {
            State::Ended {
                how: Ending::Completed,
            }
        } else if tries + 1 >= rules.tries || wrong >= rules.wrong_codes_per_flow {
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
