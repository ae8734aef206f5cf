//! The verifications of the Twilio account as a state machine. It has no access to HTTP, clock or
//! random numbers: time and generator are arguments.
//!
//! Rules: `docs/verify-contract.md#27-states-timing-and-attempts`.

use std::collections::{HashMap, VecDeque};

use rand::Rng;

use super::verification::{
    CheckAttempt, MAX_SENDS, RetryAfterSecs, SendOptions, Transaction, TwilioPhase, TwilioStatus,
    TwilioVerification, VerificationKey, VerificationRules,
};
use crate::identifiers::generate_random_twilio_sid;

/// Maximum number of stored Twilio verifications. A new one replaces the oldest.
const MAX_VERIFICATIONS: usize = 10_000;

/// Error of a request to create a verification after too many messages or too many wrong codes.
///
/// Twilio sends no code, and responds with HTTP status 429 and error code 60203 in both cases.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct SendError {
    /// Seconds until the verification expires.
    pub(crate) retry_after_secs: i64,
}

/// Result of a checked one-time code.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum CheckResult {
    Correct,
    Wrong,
}

/// Reason why Twilio did not check a code.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum CheckError {
    NotFound,
    Exhausted { sid: String },
}

/// Reason why Twilio did not return a verification.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum FetchError {
    NotFound,
    TooMany { retry_after_secs: i64 },
}

/// New status that an update call sets on a verification.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum NewStatus {
    Canceled,
    Approved,
}

/// Criteria that find the verification of a check call. All given members must match.
#[derive(Clone, Debug)]
pub(crate) struct CheckTarget<'a> {
    pub(crate) service: &'a str,
    pub(crate) sid: Option<&'a str>,
    pub(crate) to: Option<&'a str>,
    pub(crate) transaction: Option<Transaction>,
}

/// Stored verifications of the simulated Twilio account: at most 10,000.
#[derive(Clone, Debug, Default)]
pub(crate) struct TwilioVerifications {
    by_sid: HashMap<String, TwilioVerification>,
    /// The SID of the newest verification of each key.
    current: HashMap<VerificationKey, String>,
    /// All SIDs, oldest first.
    order: VecDeque<String>,
    /// When [`Self::take_expired_verifications`] was called last, in Unix milliseconds.
    expiry_checked_at: i64,
}

impl TwilioVerifications {
    /// Creates a verification, or sends the code again if one with this key is pending.
    pub(crate) fn create_verification_or_resend_code(
        &mut self,
        key: VerificationKey,
        options: SendOptions,
        rules: VerificationRules,
        now_millis: i64,
        rng: &mut impl Rng,
    ) -> Result<&TwilioVerification, SendError> {
        let sid = match self.find_newest_verification_by_key(&key) {
            Some(old) if old.status_at(now_millis) == TwilioStatus::Exhausted => {
                return Err(SendError {
                    retry_after_secs: old.secs_until_expiry(now_millis),
                });
            }
            Some(old) if old.status_at(now_millis) == TwilioStatus::Pending => {
                if old.attempts.len() >= MAX_SENDS {
                    return Err(SendError {
                        retry_after_secs: old.secs_until_expiry(now_millis),
                    });
                }
                old.sid.clone()
            }
            _ => generate_random_twilio_sid("VE", rng),
        };
        let verification = self.by_sid.entry(sid.clone()).or_insert_with(|| {
            TwilioVerification::create_pending_verification(
                sid.clone(),
                key.clone(),
                options.channel,
                rules,
                now_millis,
                rng,
            )
        });
        let is_new = verification.attempts.is_empty();
        verification.record_sent_message(options, now_millis, rng);
        if is_new {
            self.index_verification_by_key(sid.clone(), key);
        }
        self.by_sid.get(&sid).ok_or(SendError {
            retry_after_secs: 1,
        })
    }

    /// Checks a one-time code. Only checks of a pending verification count toward the limit.
    pub(crate) fn check_one_time_code(
        &mut self,
        target: &CheckTarget<'_>,
        code: &str,
        now_millis: i64,
    ) -> Result<(CheckResult, &TwilioVerification), CheckError> {
        let verification = self
            .find_verification_to_check(target)
            .ok_or(CheckError::NotFound)?;
        match verification.status_at(now_millis) {
            TwilioStatus::Pending => {}
            TwilioStatus::Exhausted => {
                let sid = verification.sid.clone();
                return Err(CheckError::Exhausted { sid });
            }
            TwilioStatus::Canceled | TwilioStatus::Deleted => return Err(CheckError::NotFound),
        }
        let correct = verification.code == code;
        verification.updated_at = now_millis;
        verification.checks.push(CheckAttempt {
            at: now_millis,
            correct,
        });
        if correct {
            verification.phase = TwilioPhase::Approved;
            return Ok((CheckResult::Correct, verification));
        }
        Ok((CheckResult::Wrong, verification))
    }

    /// Sets the status of a verification. `sid_or_to` is the SID, or the phone number of an active verification.
    ///
    /// A verification that is locked by wrong codes can be canceled, but not approved.
    pub(crate) fn set_verification_status(
        &mut self,
        service: &str,
        sid_or_to: &str,
        status: NewStatus,
        now_millis: i64,
    ) -> Option<&TwilioVerification> {
        let verification =
            self.find_verification_by_sid_or_number(service, sid_or_to, now_millis)?;
        verification.phase = match (verification.status_at(now_millis), status) {
            (TwilioStatus::Pending, NewStatus::Approved) => TwilioPhase::Approved,
            (TwilioStatus::Pending | TwilioStatus::Exhausted, NewStatus::Canceled) => {
                TwilioPhase::Canceled
            }
            (TwilioStatus::Exhausted, NewStatus::Approved)
            | (TwilioStatus::Canceled | TwilioStatus::Deleted, _) => return None,
        };
        verification.updated_at = now_millis;
        Some(verification)
    }

    /// Returns a verification that is not deleted, and counts the call toward the fetch limit.
    pub(crate) fn fetch_verification(
        &mut self,
        service: &str,
        sid: &str,
        now_millis: i64,
    ) -> Result<&TwilioVerification, FetchError> {
        let verification = self
            .by_sid
            .get_mut(sid)
            .filter(|verification| {
                verification.key.service == service
                    && verification.status_at(now_millis) != TwilioStatus::Deleted
            })
            .ok_or(FetchError::NotFound)?;
        match verification.count_verification_fetch(now_millis) {
            Ok(()) => Ok(verification),
            Err(RetryAfterSecs(retry_after_secs)) => Err(FetchError::TooMany { retry_after_secs }),
        }
    }

    /// Removes the key of a verification, so that the next create call starts a new verification.
    ///
    /// The old verification stays readable by its SID.
    pub(crate) fn remove_verification_key(&mut self, key: &VerificationKey) {
        self.current.remove(key);
    }

    /// Returns the phone number of the verification with this SID.
    pub(crate) fn find_phone_number_of_verification(&self, sid: &str) -> Option<&str> {
        self.by_sid
            .get(sid)
            .map(|verification| verification.key.to.as_str())
    }

    /// Returns the verifications that expired between the previous call and `now_millis`, oldest first.
    pub(crate) fn take_expired_verifications(
        &mut self,
        now_millis: i64,
    ) -> impl Iterator<Item = &TwilioVerification> {
        let since = std::mem::replace(&mut self.expiry_checked_at, now_millis);
        let kept = self.order.iter().filter_map(|sid| self.by_sid.get(sid));
        kept.filter(move |verification| {
            let end = verification.expires_at_millis();
            since < end
                && end <= now_millis
                && verification.status_at(end - 1) == TwilioStatus::Pending
        })
    }

    /// Finds the newest verification of this service, phone number and payment.
    fn find_newest_verification_by_key(
        &self,
        key: &VerificationKey,
    ) -> Option<&TwilioVerification> {
        self.by_sid.get(self.current.get(key)?)
    }

    /// Finds the verification that a check call concerns.
    fn find_verification_to_check(
        &mut self,
        target: &CheckTarget<'_>,
    ) -> Option<&mut TwilioVerification> {
        let sid = match (target.sid, target.to) {
            (Some(sid), _) => sid,
            (None, to) => self.current.get(&VerificationKey {
                service: target.service.to_owned(),
                to: to?.to_owned(),
                transaction: target.transaction.clone(),
            })?,
        };
        self.by_sid.get_mut(sid).filter(|verification| {
            verification.key.service == target.service
                && verification.key.transaction == target.transaction
                && target.to.is_none_or(|to| verification.key.to == to)
        })
    }

    /// Finds a Twilio verification by its SID, or the newest active one by phone number.
    fn find_verification_by_sid_or_number(
        &mut self,
        service: &str,
        sid_or_to: &str,
        now_millis: i64,
    ) -> Option<&mut TwilioVerification> {
        let matches = |verification: &TwilioVerification| {
            verification.key.service == service
                && (verification.sid == sid_or_to
                    || verification.key.to == sid_or_to
                        && matches!(
                            verification.status_at(now_millis),
                            TwilioStatus::Pending | TwilioStatus::Exhausted
                        ))
        };
        let newest = self
            .order
            .iter()
            .rev()
            .find(|sid| self.by_sid.get(*sid).is_some_and(matches))?;
        self.by_sid.get_mut(newest)
    }

    /// Records the SID of a new verification as the newest one for `key`.
    ///
    /// If more than the maximum number is stored, deletes the oldest verification.
    fn index_verification_by_key(&mut self, sid: String, key: VerificationKey) {
        self.current.insert(key, sid.clone());
        self.order.push_back(sid);
        if self.order.len() <= MAX_VERIFICATIONS {
            return;
        }
        let Some(oldest) = self
            .order
            .pop_front()
            .and_then(|sid| self.by_sid.remove(&sid))
        else {
            return;
        };
        if self.current.get(&oldest.key) == Some(&oldest.sid) {
            self.current.remove(&oldest.key);
        }
    }
}
