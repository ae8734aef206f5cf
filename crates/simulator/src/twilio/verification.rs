//! One verification: one code, one number, a few sends and a few tries.

use std::collections::VecDeque;

use rand::{Rng, RngExt};
use serde_json::Value;

use super::super::codes::random_code;

/// Wrong codes one verification takes before it locks.
pub(super) const MAX_WRONG_CHECKS: usize = 5;
/// Messages one verification sends before further sends are refused.
pub(super) const MAX_SENDS: usize = 5;
/// Fetches of one verification: (how many, in how many milliseconds).
const FETCH_LIMITS: [(usize, i64); 3] = [(60, 60_000), (180, 3_600_000), (250, 86_400_000)];

/// How a code travels.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Channel {
    Sms,
    Call,
}

impl Channel {
    /// The name on the wire. Lower case everywhere: contract section 5.
    pub(super) fn name(self) -> &'static str {
        match self {
            Self::Sms => "sms",
            Self::Call => "call",
        }
    }
}

/// The payment a PSD2 code is bound to.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(super) struct Transaction {
    pub(super) amount: String,
    pub(super) payee: String,
}

/// What makes two creates the same verification.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(super) struct Key {
    pub(super) service: String,
    pub(super) to: String,
    pub(super) transaction: Option<Transaction>,
}

/// How a new verification is made.
#[derive(Clone, Copy, Debug)]
pub(super) struct Rules {
    /// Digits, 4 to 10.
    pub(super) code_length: u8,
    pub(super) lifetime_millis: i64,
    /// Five wrong codes end it there and then (contract section 5, second row).
    pub(super) exhausted_is_gone: bool,
}

/// What is asked of one message.
#[derive(Clone, Debug)]
pub(super) struct Sending {
    pub(super) channel: Channel,
    /// A language tag.
    pub(super) locale: String,
    /// Whatever events are to echo.
    pub(super) tags: Value,
}

/// One message sent for a verification.
#[derive(Clone, Debug)]
pub(super) struct SendAttempt {
    pub(super) sid: String,
    pub(super) sending: Sending,
    pub(super) at: i64,
}

/// One code that was compared.
#[derive(Clone, Copy, Debug)]
pub(super) struct CheckAttempt {
    pub(super) at: i64,
    pub(super) right: bool,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Phase {
    Open,
    Canceled,
    Approved,
}

/// Where a verification stands at a given time, as the outside sees it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Standing {
    Pending,
    /// Five wrong codes, lifetime not over.
    Exhausted,
    Canceled,
    /// Approved, expired, or exhausted where that ends it: 404 from then on.
    Gone,
}

/// One verification from creation to end.
#[derive(Clone, Debug)]
pub(super) struct Verification {
    pub(super) sid: String,
    pub(super) key: Key,
    /// The channel of the latest send.
    pub(super) channel: Channel,
    pub(super) code: String,
    pub(super) created_at: i64,
    pub(super) updated_at: i64,
    pub(super) attempts: Vec<SendAttempt>,
    /// All wrong, but for one that approved it.
    pub(super) checks: Vec<CheckAttempt>,
    expires_at: i64,
    exhausted_is_gone: bool,
    pub(super) phase: Phase,
    fetches: VecDeque<i64>,
}

impl Verification {
    /// A verification that has sent nothing yet.
    pub(super) fn begin(
        sid: String,
        key: Key,
        channel: Channel,
        rules: Rules,
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
            phase: Phase::Open,
            fetches: VecDeque::new(),
        }
    }

    /// When its lifetime ends, Unix milliseconds.
    pub(super) fn expires_at(&self) -> i64 {
        self.expires_at
    }

    pub(super) fn standing(&self, now: i64) -> Standing {
        match self.phase {
            Phase::Approved => Standing::Gone,
            _ if now >= self.expires_at => Standing::Gone,
            Phase::Canceled => Standing::Canceled,
            Phase::Open if !self.is_exhausted() => Standing::Pending,
            Phase::Open if self.exhausted_is_gone => Standing::Gone,
            Phase::Open => Standing::Exhausted,
        }
    }

    /// Whether it has taken all the wrong codes it takes.
    pub(super) fn is_exhausted(&self) -> bool {
        self.phase == Phase::Open && self.checks.len() >= MAX_WRONG_CHECKS
    }

    /// Whole seconds until the lifetime ends, rounded up, at least 1.
    pub(super) fn secs_left(&self, now: i64) -> i64 {
        secs_up(self.expires_at.saturating_sub(now))
    }

    /// Notes one more message.
    pub(super) fn send(&mut self, sending: Sending, now: i64, rng: &mut impl Rng) {
        self.channel = sending.channel;
        self.attempts.push(SendAttempt {
            sid: random_sid("VL", rng),
            sending,
            at: now,
        });
        self.updated_at = now;
    }

    /// Counts a fetch, or says in how many seconds the next one is allowed.
    pub(super) fn note_fetch(&mut self, now: i64) -> Result<(), i64> {
        let wait = FETCH_LIMITS
            .iter()
            .filter_map(|(limit, window)| {
                let first = self.fetches.len().checked_sub(*limit)?;
                Some(self.fetches.get(first)?.saturating_add(*window) - now)
            })
            .max()
            .unwrap_or(0);
        if wait > 0 {
            return Err(secs_up(wait));
        }
        let (most, _) = FETCH_LIMITS[2];
        if self.fetches.len() >= most {
            self.fetches.pop_front();
        }
        self.fetches.push_back(now);
        Ok(())
    }
}

/// Two letters and 32 hex digits.
pub(super) fn random_sid(prefix: &str, rng: &mut impl Rng) -> String {
    format!("{prefix}{:032x}", rng.random::<u128>())
}

fn secs_up(millis: i64) -> i64 {
    millis.saturating_add(999).div_euclid(1000).max(1)
}
