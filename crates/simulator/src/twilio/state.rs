//! The verifications of one Twilio account as a pure state machine: time and chance come in by
//! argument, nothing here knows of HTTP.
//!
//! Rules: contract sections 2.2 to 2.5 and 2.7, and the defaults of section 5.

use std::collections::{HashMap, VecDeque};

use rand::Rng;

use super::verification::{
    CheckAttempt, Key, MAX_SENDS, Phase, Rules, Sending, Standing, Transaction, Verification,
    random_sid,
};

/// Verifications kept; the oldest are forgotten first.
const KEEP: usize = 10_000;

/// Why nothing was sent: too many sends, or locked by wrong codes. Both are 429 / 60203.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct SendRefused {
    /// Seconds until the lifetime ends.
    pub(super) retry_after_secs: i64,
}

/// How an evaluated code was found.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Verdict {
    Right,
    Wrong,
}

/// Why a code was not evaluated.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum CheckRefused {
    NotFound,
    Exhausted { sid: String },
}

/// Why a verification was not shown.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum FetchRefused {
    NotFound,
    TooMany { retry_after_secs: i64 },
}

/// What an update asks for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum NewStatus {
    Canceled,
    Approved,
}

/// Which verification a check means. Whatever is given must fit.
#[derive(Clone, Debug)]
pub(super) struct Target<'a> {
    pub(super) service: &'a str,
    pub(super) sid: Option<&'a str>,
    pub(super) to: Option<&'a str>,
    pub(super) transaction: Option<Transaction>,
}

/// All verifications of the account, at most 10,000.
#[derive(Clone, Debug, Default)]
pub(in super::super) struct Verifications {
    by_sid: HashMap<String, Verification>,
    /// The newest verification of each key, dead or alive.
    current: HashMap<Key, String>,
    /// Oldest first.
    order: VecDeque<String>,
    /// When it was last asked what ran out, Unix milliseconds.
    asked_at: i64,
}

impl Verifications {
    /// Starts a verification, or sends the pending one's code again.
    pub(super) fn create(
        &mut self,
        key: Key,
        sending: Sending,
        rules: Rules,
        now: i64,
        rng: &mut impl Rng,
    ) -> Result<&Verification, SendRefused> {
        let sid = match self.current_of(&key) {
            Some(old) if old.standing(now) == Standing::Exhausted => {
                return Err(SendRefused {
                    retry_after_secs: old.secs_left(now),
                });
            }
            Some(old) if old.standing(now) == Standing::Pending => {
                if old.attempts.len() >= MAX_SENDS {
                    return Err(SendRefused {
                        retry_after_secs: old.secs_left(now),
                    });
                }
                old.sid.clone()
            }
            _ => random_sid("VE", rng),
        };
        let verification = self.by_sid.entry(sid.clone()).or_insert_with(|| {
            Verification::begin(sid.clone(), key.clone(), sending.channel, rules, now, rng)
        });
        let is_new = verification.attempts.is_empty();
        verification.send(sending, now, rng);
        if is_new {
            self.remember(sid.clone(), key);
        }
        self.by_sid.get(&sid).ok_or(SendRefused {
            retry_after_secs: 1,
        })
    }

    /// Evaluates a code. Only a pending verification spends an attempt.
    pub(super) fn check(
        &mut self,
        target: &Target<'_>,
        code: &str,
        now: i64,
    ) -> Result<(Verdict, &Verification), CheckRefused> {
        let verification = self.target_of(target).ok_or(CheckRefused::NotFound)?;
        match verification.standing(now) {
            Standing::Pending => {}
            Standing::Exhausted => {
                let sid = verification.sid.clone();
                return Err(CheckRefused::Exhausted { sid });
            }
            Standing::Canceled | Standing::Gone => return Err(CheckRefused::NotFound),
        }
        let right = verification.code == code;
        verification.updated_at = now;
        verification.checks.push(CheckAttempt { at: now, right });
        if right {
            verification.phase = Phase::Approved;
            return Ok((Verdict::Right, verification));
        }
        Ok((Verdict::Wrong, verification))
    }

    /// Ends a verification from outside, by its SID or by its number (then the newest live one).
    /// A locked one may be canceled, not approved.
    pub(super) fn update(
        &mut self,
        service: &str,
        sid_or_to: &str,
        status: NewStatus,
        now: i64,
    ) -> Option<&Verification> {
        let verification = self.find(service, sid_or_to, now)?;
        verification.phase = match (verification.standing(now), status) {
            (Standing::Pending, NewStatus::Approved) => Phase::Approved,
            (Standing::Pending | Standing::Exhausted, NewStatus::Canceled) => Phase::Canceled,
            (Standing::Exhausted, NewStatus::Approved)
            | (Standing::Canceled | Standing::Gone, _) => return None,
        };
        verification.updated_at = now;
        Some(verification)
    }

    /// Shows a verification that is not gone, within the fetch limits.
    pub(super) fn fetch(
        &mut self,
        service: &str,
        sid: &str,
        now: i64,
    ) -> Result<&Verification, FetchRefused> {
        let verification = self
            .by_sid
            .get_mut(sid)
            .filter(|found| found.key.service == service && found.standing(now) != Standing::Gone)
            .ok_or(FetchRefused::NotFound)?;
        match verification.note_fetch(now) {
            Ok(()) => Ok(verification),
            Err(retry_after_secs) => Err(FetchRefused::TooMany { retry_after_secs }),
        }
    }

    /// Lets the next create begin anew; what there was can still be named by its SID.
    pub(super) fn set_aside(&mut self, key: &Key) {
        self.current.remove(key);
    }

    /// Where the code of this verification went.
    pub(super) fn number_of(&self, sid: &str) -> Option<&str> {
        self.by_sid.get(sid).map(|found| found.key.to.as_str())
    }

    /// What was pending and has run out since this was last asked, the oldest first.
    pub(super) fn run_out(&mut self, now: i64) -> impl Iterator<Item = &Verification> {
        let since = std::mem::replace(&mut self.asked_at, now);
        let kept = self.order.iter().filter_map(|sid| self.by_sid.get(sid));
        kept.filter(move |found| {
            let end = found.expires_at();
            since < end && end <= now && found.standing(end - 1) == Standing::Pending
        })
    }

    fn current_of(&self, key: &Key) -> Option<&Verification> {
        self.by_sid.get(self.current.get(key)?)
    }

    fn target_of(&mut self, target: &Target<'_>) -> Option<&mut Verification> {
        let sid = match (target.sid, target.to) {
            (Some(sid), _) => sid,
            (None, to) => self.current.get(&Key {
                service: target.service.to_owned(),
                to: to?.to_owned(),
                transaction: target.transaction.clone(),
            })?,
        };
        self.by_sid.get_mut(sid).filter(|found| {
            found.key.service == target.service
                && found.key.transaction == target.transaction
                && target.to.is_none_or(|to| found.key.to == to)
        })
    }

    fn find(&mut self, service: &str, sid_or_to: &str, now: i64) -> Option<&mut Verification> {
        let fits = |found: &Verification| {
            found.key.service == service
                && (found.sid == sid_or_to
                    || found.key.to == sid_or_to
                        && matches!(found.standing(now), Standing::Pending | Standing::Exhausted))
        };
        let newest = self
            .order
            .iter()
            .rev()
            .find(|sid| self.by_sid.get(*sid).is_some_and(fits))?;
        self.by_sid.get_mut(newest)
    }

    fn remember(&mut self, sid: String, key: Key) {
        self.current.insert(key, sid.clone());
        self.order.push_back(sid);
        if self.order.len() <= KEEP {
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
