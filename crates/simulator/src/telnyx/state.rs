//! The verifications of the Telnyx account as a state machine. It has no access to HTTP, clock or
//! random numbers: time and generator are arguments.
//!
//! Rules: `docs/verify-contract.md#36-timing-and-attempts`. Telnyx does not document resends and the
//! limit of checks.

use std::collections::VecDeque;

use rand::Rng;

use super::json_body::CheckInput;
use super::verification::{NewVerification, TelnyxPhase, TelnyxStatus, TelnyxVerification};

/// Maximum number of stored Telnyx verifications. A new one replaces the oldest.
const MAX_VERIFICATIONS: usize = 10_000;

/// Result of a code check. The variants have the names of Telnyx's `response_code` values.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum ResponseCode {
    Accepted,
    Rejected,
    Expired,
    MaxAttemptsExceeded,
}

/// Reason why Telnyx did not check a code.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum TelnyxCheckError {
    NotFound,
    /// The application reported a status, but the verification has no custom code.
    NoCustomCode,
}

/// Stored verifications of the simulated Telnyx account: at most 10,000, oldest first.
#[derive(Clone, Debug, Default)]
pub(crate) struct TelnyxVerifications {
    all: VecDeque<TelnyxVerification>,
}

impl TelnyxVerifications {
    /// Creates a pending verification. If the maximum number is stored already, deletes the oldest verification first.
    pub(crate) fn create_pending_verification(
        &mut self,
        parameters: NewVerification,
        now_millis: i64,
        rng: &mut impl Rng,
    ) -> TelnyxVerification {
        if self.all.len() >= MAX_VERIFICATIONS {
            self.all.pop_front();
        }
        let verification =
            TelnyxVerification::create_pending_verification(parameters, now_millis, rng);
        self.all.push_back(verification.clone());
        verification
    }

    /// Checks a one-time code. Only a wrong code for a pending verification counts toward the limit of wrong codes.
    pub(crate) fn check_one_time_code(
        &mut self,
        id: &str,
        input: CheckInput<'_>,
        now_millis: i64,
    ) -> Result<(ResponseCode, &TelnyxVerification), TelnyxCheckError> {
        let verification = self
            .all
            .iter_mut()
            .rev()
            .find(|candidate| candidate.id == id);
        let verification = verification.ok_or(TelnyxCheckError::NotFound)?;
        if matches!(input, CheckInput::Reported(_)) && verification.parameters.custom_code.is_none()
        {
            return Err(TelnyxCheckError::NoCustomCode);
        }
        let wrong_checks = match (verification.status_at(now_millis), verification.phase) {
            (TelnyxStatus::Expired, _) => return Ok((ResponseCode::Expired, verification)),
            (TelnyxStatus::Invalid, _) => {
                return Ok((ResponseCode::MaxAttemptsExceeded, verification));
            }
            (TelnyxStatus::Pending, TelnyxPhase::Open { wrong_checks }) => wrong_checks,
            // A finished verification accepts no code.
            _ => return Ok((ResponseCode::Rejected, verification)),
        };
        verification.updated_at = now_millis;
        let (phase, code) = match input {
            CheckInput::Reported(true) => (TelnyxPhase::Accepted, ResponseCode::Accepted),
            CheckInput::Reported(false) => (TelnyxPhase::Rejected, ResponseCode::Rejected),
            CheckInput::Code(text) if text == verification.code => {
                (TelnyxPhase::Accepted, ResponseCode::Accepted)
            }
            CheckInput::Code(_) => {
                let wrong_checks = wrong_checks + 1;
                (TelnyxPhase::Open { wrong_checks }, ResponseCode::Rejected)
            }
        };
        verification.phase = phase;
        Ok((code, verification))
    }

    /// Returns the id of the newest pending verification of a phone number.
    ///
    /// If none is pending, returns the id of the newest one. `profile` is the id of the Verify profile, `now_millis` is
    /// in Unix milliseconds.
    pub(crate) fn find_newest_verification_of_number(
        &self,
        profile: &str,
        number: &str,
        now_millis: i64,
    ) -> Option<&str> {
        let matches = |candidate: &&TelnyxVerification| {
            candidate.parameters.profile == profile && candidate.parameters.phone_number == number
        };
        let pending = |candidate: &&TelnyxVerification| {
            candidate.status_at(now_millis) == TelnyxStatus::Pending
        };
        let newest = || self.all.iter().rev().filter(matches);
        let verification = newest().find(pending).or_else(|| newest().next())?;
        Some(&verification.id)
    }

    /// Finds the Telnyx verification with this id.
    pub(crate) fn find_verification_by_id(&self, id: &str) -> Option<&TelnyxVerification> {
        self.all.iter().rev().find(|candidate| candidate.id == id)
    }

    /// Returns the Telnyx verifications of a phone number, newest first.
    pub(crate) fn list_verifications_of_number(
        &self,
        number: &str,
    ) -> impl Iterator<Item = &TelnyxVerification> {
        let matches =
            move |candidate: &&TelnyxVerification| candidate.parameters.phone_number == number;
        self.all.iter().rev().filter(matches)
    }
}
