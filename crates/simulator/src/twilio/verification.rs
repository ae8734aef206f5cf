//! A verification of Twilio: one code for one phone number, with limited sends and checks.

use std::collections::VecDeque;

use rand::Rng;
use serde_json::Value;

use crate::codes::random_code;
use crate::identifiers::random_sid;

/// Maximum number of wrong codes. The last one locks a verification.
pub(crate) const MAX_WRONG_CHECKS: usize = 5;
/// Maximum number of messages of one verification. Further sends are rejected.
pub(crate) const MAX_SENDS: usize = 5;
/// Limits of fetches of one verification, as pairs of fetches and milliseconds. Source:
/// <https://www.twilio.com/docs/verify/api/rate-limits-and-timeouts>.
const FETCH_LIMITS: [(usize, i64); 3] = [(60, 60_000), (180, 3_600_000), (250, 86_400_000)];

/// The channel of a message: SMS or voice call.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Channel {
    Sms,
    Call,
}

impl Channel {
    /// Returns the name of the channel in requests and responses.
    pub(crate) fn as_str(self) -> &'static str {
        match self {
            Self::Sms => "sms",
            Self::Call => "call",
        }
    }
}

/// The payment that a PSD2 code confirms.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(crate) struct Transaction {
    pub(crate) amount: String,
    pub(crate) payee: String,
}

/// The service, number and payment that identify a verification.
///
/// A create with the key of a pending verification sends its code again.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(crate) struct VerificationKey {
    pub(crate) service: String,
    pub(crate) to: String,
    pub(crate) transaction: Option<Transaction>,
}

/// The rules of a new verification: code length, lifetime, and the response after five wrong codes.
#[derive(Clone, Copy, Debug)]
pub(crate) struct VerificationRules {
    /// The number of digits of the code, 4 to 10.
    pub(crate) code_length: u8,
    pub(crate) lifetime_millis: i64,
    /// Whether five wrong codes delete the verification instead of locking it.
    pub(crate) exhausted_is_gone: bool,
}

/// The options of one message: channel, text and parameters of the request.
#[derive(Clone, Debug)]
pub(crate) struct SendOptions {
    pub(crate) channel: Channel,
    /// The language tag of the message.
    pub(crate) locale: String,
    /// A JSON object of the request that events repeat.
    pub(crate) tags: Value,
}

/// One message that was sent for a verification.
#[derive(Clone, Debug)]
pub(crate) struct SendAttempt {
    pub(crate) sid: String,
    pub(crate) options: SendOptions,
    pub(crate) at: i64,
}

/// One check of a code.
#[derive(Clone, Copy, Debug)]
pub(crate) struct CheckAttempt {
    pub(crate) at: i64,
    pub(crate) correct: bool,
}

/// The stored phase of a verification.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum TwilioPhase {
    Open,
    Canceled,
    Approved,
}

/// The status of a Twilio verification at a given time.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum TwilioStatus {
    Pending,
    /// Five wrong codes were checked before the lifetime ended.
    Exhausted,
    Canceled,
    /// The verification was approved, expired, or deleted after five wrong codes. Responses are 404.
    Deleted,
}

/// A verification of one phone number at Twilio.
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
    /// Creates a verification without messages.
    pub(crate) fn new(
        sid: String,
        key: VerificationKey,
        channel: Channel,
        rules: VerificationRules,
        now: i64,
        rng: &mut impl Rng,
    ) -> Self {
        Self {
            sid,
            key,
            channel,
            code: random_code(rules.code_length, rng),
            created_at: now,
            updated_at: now,
            attempts: Vec::new(),
            checks: Vec::new(),
            expires_at: now.saturating_add(rules.lifetime_millis),
            exhausted_is_gone: rules.exhausted_is_gone,
            phase: TwilioPhase::Open,
            fetches: VecDeque::new(),
        }
    }

    /// Returns the end of the lifetime in Unix milliseconds.
    pub(crate) fn expires_at_millis(&self) -> i64 {
        self.expires_at
    }

    /// Returns the status at `now` (Unix milliseconds).
    pub(crate) fn status_at(&self, now: i64) -> TwilioStatus {
        match self.phase {
            TwilioPhase::Approved => TwilioStatus::Deleted,
            _ if now >= self.expires_at => TwilioStatus::Deleted,
            TwilioPhase::Canceled => TwilioStatus::Canceled,
            TwilioPhase::Open if !self.is_exhausted() => TwilioStatus::Pending,
            TwilioPhase::Open if self.exhausted_is_gone => TwilioStatus::Deleted,
            TwilioPhase::Open => TwilioStatus::Exhausted,
        }
    }

    /// Returns whether five wrong codes were checked.
    pub(crate) fn is_exhausted(&self) -> bool {
        self.phase == TwilioPhase::Open && self.checks.len() >= MAX_WRONG_CHECKS
    }

    /// Returns the seconds until the lifetime ends, rounded up, at least 1.
    pub(crate) fn remaining_secs(&self, now: i64) -> i64 {
        millis_to_secs_rounded_up(self.expires_at.saturating_sub(now))
    }

    /// Adds a sent message to the verification.
    pub(crate) fn add_message(&mut self, options: SendOptions, now: i64, rng: &mut impl Rng) {
        self.channel = options.channel;
        self.attempts.push(SendAttempt {
            sid: random_sid("VL", rng),
            options,
            at: now,
        });
        self.updated_at = now;
    }

    /// Counts a fetch at `now` (Unix milliseconds). If a limit is reached, fails with the seconds until the next fetch
    /// is allowed.
    pub(crate) fn count_fetch(&mut self, now: i64) -> Result<(), i64> {
        let wait = FETCH_LIMITS
            .iter()
            .filter_map(|(limit, window)| {
                let first = self.fetches.len().checked_sub(*limit)?;
                Some(self.fetches.get(first)?.saturating_add(*window) - now)
            })
            .max()
            .unwrap_or(0);
        if wait > 0 {
            return Err(millis_to_secs_rounded_up(wait));
        }
        let (most, _) = FETCH_LIMITS[2];
        if self.fetches.len() >= most {
            self.fetches.pop_front();
        }
        self.fetches.push_back(now);
        Ok(())
    }
}

/// Converts milliseconds to seconds, rounded up, at least 1.
fn millis_to_secs_rounded_up(millis: i64) -> i64 {
    millis.saturating_add(999).div_euclid(1000).max(1)
}
