//! A verification of Twilio: one code for one phone number, with limited sends and checks.

use std::collections::VecDeque;

use rand::Rng;
use serde_json::Value;

use crate::codes::generate_random_code;
use crate::identifiers::generate_random_twilio_sid;

/// Maximum number of wrong codes for a Twilio verification. The last one locks it.
pub(crate) const MAX_WRONG_CHECKS: usize = 5;
/// Maximum number of messages of a Twilio verification. Further sends are rejected.
pub(crate) const MAX_SENDS: usize = 5;
/// Limits on fetch calls for one Twilio verification, as pairs of call count and period in milliseconds.
///
/// Source: <https://www.twilio.com/docs/verify/api/rate-limits-and-timeouts>.
const FETCH_LIMITS: [(usize, i64); 3] = [(60, 60_000), (180, 3_600_000), (250, 86_400_000)];

/// Message channel of a Twilio verification: SMS or voice call.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Channel {
    Sms,
    Call,
}

impl Channel {
    /// Returns the channel's name in Twilio's requests and responses.
    pub(crate) fn as_str(self) -> &'static str {
        match self {
            Self::Sms => "sms",
            Self::Call => "call",
        }
    }
}

/// Payment that a PSD2 code confirms: amount and payee.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(crate) struct Transaction {
    pub(crate) amount: String,
    pub(crate) payee: String,
}

/// Key of a Twilio verification: service, phone number and payment.
///
/// A create call with the key of a pending verification sends its code again.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(crate) struct VerificationKey {
    pub(crate) service: String,
    pub(crate) to: String,
    pub(crate) transaction: Option<Transaction>,
}

/// Rules of a new Twilio verification: code length, lifetime, and the response after five wrong codes.
#[derive(Clone, Copy, Debug)]
pub(crate) struct VerificationRules {
    /// The number of digits of the code, 4 to 10.
    pub(crate) code_length: u8,
    pub(crate) lifetime_millis: i64,
    /// Whether five wrong codes delete the verification instead of locking it.
    pub(crate) exhausted_is_gone: bool,
}

/// Options of one message of a Twilio verification: channel, locale and tags.
#[derive(Clone, Debug)]
pub(crate) struct SendOptions {
    pub(crate) channel: Channel,
    /// The language tag of the message.
    pub(crate) locale: String,
    /// A JSON object of the create request, which webhook events repeat.
    pub(crate) tags: Value,
}

/// Record of one message that a Twilio verification sent.
#[derive(Clone, Debug)]
pub(crate) struct SendAttempt {
    pub(crate) sid: String,
    pub(crate) options: SendOptions,
    pub(crate) at: i64,
}

/// Record of one code check of a Twilio verification.
#[derive(Clone, Copy, Debug)]
pub(crate) struct CheckAttempt {
    pub(crate) at: i64,
    pub(crate) correct: bool,
}

/// Stored phase of a Twilio verification.
///
/// The status at a given time also depends on the lifetime and the number of wrong codes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum TwilioPhase {
    Open,
    Canceled,
    Approved,
}

/// Status of a Twilio verification at a given time.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum TwilioStatus {
    Pending,
    /// Five wrong codes were checked before the lifetime ended.
    Exhausted,
    Canceled,
    /// The verification was approved, expired, or deleted after five wrong codes. Responses are 404.
    Deleted,
}

/// Seconds until a rejected call is allowed again, at least 1.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct RetryAfterSecs(pub(crate) i64);

/// Twilio verification of one phone number.
#[derive(Clone, Debug)]
pub(crate) struct TwilioVerification {
    pub(crate) sid: String,
    pub(crate) key: VerificationKey,
    /// The channel of the latest message.
    pub(crate) channel: Channel,
    pub(crate) code: String,
    pub(crate) created_at: i64,
    pub(crate) updated_at: i64,
    pub(crate) attempts: Vec<SendAttempt>,
    /// All checks. At most the last one is correct.
    pub(crate) checks: Vec<CheckAttempt>,
    expires_at: i64,
    exhausted_is_gone: bool,
    pub(crate) phase: TwilioPhase,
    fetches: VecDeque<i64>,
}

impl TwilioVerification {
    /// Creates a pending Twilio verification that has sent no message.
    pub(crate) fn create_pending_verification(
        sid: String,
        key: VerificationKey,
        channel: Channel,
        rules: VerificationRules,
        now_millis: i64,
        rng: &mut impl Rng,
    ) -> Self {
        Self {
            sid,
            key,
            channel,
            code: generate_random_code(rules.code_length, rng),
            created_at: now_millis,
            updated_at: now_millis,
            attempts: Vec::new(),
            checks: Vec::new(),
            expires_at: now_millis.saturating_add(rules.lifetime_millis),
            exhausted_is_gone: rules.exhausted_is_gone,
            phase: TwilioPhase::Open,
            fetches: VecDeque::new(),
        }
    }

    /// Returns when the verification expires, in Unix milliseconds.
    pub(crate) fn expires_at_millis(&self) -> i64 {
        self.expires_at
    }

    /// Returns the status of the verification at `now_millis` (Unix milliseconds).
    pub(crate) fn status_at(&self, now_millis: i64) -> TwilioStatus {
        match self.phase {
            TwilioPhase::Approved => TwilioStatus::Deleted,
            _ if now_millis >= self.expires_at => TwilioStatus::Deleted,
            TwilioPhase::Canceled => TwilioStatus::Canceled,
            TwilioPhase::Open if !self.has_too_many_wrong_codes() => TwilioStatus::Pending,
            TwilioPhase::Open if self.exhausted_is_gone => TwilioStatus::Deleted,
            TwilioPhase::Open => TwilioStatus::Exhausted,
        }
    }

    /// Returns whether five wrong codes have locked the verification.
    pub(crate) fn has_too_many_wrong_codes(&self) -> bool {
        self.phase == TwilioPhase::Open && self.checks.len() >= MAX_WRONG_CHECKS
    }

    /// Returns the seconds until the verification expires, rounded up, at least 1.
    pub(crate) fn secs_until_expiry(&self, now_millis: i64) -> i64 {
        millis_to_secs_rounded_up(self.expires_at.saturating_sub(now_millis))
    }

    /// Records a message that the verification sent.
    pub(crate) fn record_sent_message(
        &mut self,
        options: SendOptions,
        now_millis: i64,
        rng: &mut impl Rng,
    ) {
        self.channel = options.channel;
        self.attempts.push(SendAttempt {
            sid: generate_random_twilio_sid("VL", rng),
            options,
            at: now_millis,
        });
        self.updated_at = now_millis;
    }

    /// Counts a call that fetches the verification.
    ///
    /// If a limit on such calls is reached, fails with the seconds until the next call is allowed.
    pub(crate) fn count_verification_fetch(
        &mut self,
        now_millis: i64,
    ) -> Result<(), RetryAfterSecs> {
        let wait = FETCH_LIMITS
            .iter()
            .filter_map(|(limit, window)| {
                let first = self.fetches.len().checked_sub(*limit)?;
                Some(self.fetches.get(first)?.saturating_add(*window) - now_millis)
            })
            .max()
            .unwrap_or(0);
        if wait > 0 {
            return Err(RetryAfterSecs(millis_to_secs_rounded_up(wait)));
        }
        let (most, _) = FETCH_LIMITS[2];
        if self.fetches.len() >= most {
            self.fetches.pop_front();
        }
        self.fetches.push_back(now_millis);
        Ok(())
    }
}

/// Converts milliseconds to seconds, rounded up, at least 1.
fn millis_to_secs_rounded_up(millis: i64) -> i64 {
    millis.saturating_add(999).div_euclid(1000).max(1)
}
