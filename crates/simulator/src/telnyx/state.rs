//! The verifications of one Telnyx account as a pure state machine: time and chance come in by
//! argument, nothing here knows of HTTP.
//!
//! Rules: contract sections 3.2 to 3.6, and the defaults of section 5 where nothing is published.

use std::collections::VecDeque;

use rand::Rng;

use super::body::Attempt;
use super::verification::{Draft, Phase, Standing, Verification};

/// Verifications kept; the oldest are forgotten first.
const KEEP: usize = 10_000;

/// What a check comes to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Verdict {
    Accepted,
    Rejected,
    Expired,
    Exhausted,
}

/// Why a code was not evaluated.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum CheckRefused {
    NotFound,
    /// A status may only be reported of a code of the application's own.
    NoCustomCode,
}

/// All verifications of the account, at most 10,000, oldest first.
#[derive(Clone, Debug, Default)]
pub(in super::super) struct Verifications {
    all: VecDeque<Verification>,
}

impl Verifications {
    /// Starts a verification: always another id and another code.
    pub(super) fn create(&mut self, draft: Draft, now: i64, rng: &mut impl Rng) -> Verification {
        if self.all.len() >= KEEP {
            self.all.pop_front();
        }
        let made = Verification::begin(draft, now, rng);
        self.all.push_back(made.clone());
        made
    }

    /// Evaluates a code for the verification of this id. Only a pending one spends a try.
    pub(super) fn check(
        &mut self,
        id: &str,
        attempt: Attempt<'_>,
        now: i64,
    ) -> Result<(Verdict, &Verification), CheckRefused> {
        let found = self.all.iter_mut().rev().find(|one| one.id == id);
        let found = found.ok_or(CheckRefused::NotFound)?;
        if matches!(attempt, Attempt::Judged(_)) && found.draft.custom_code.is_none() {
            return Err(CheckRefused::NoCustomCode);
        }
        let wrong_checks = match (found.standing(now), found.phase) {
            (Standing::Expired, _) => return Ok((Verdict::Expired, found)),
            (Standing::Invalid, _) => return Ok((Verdict::Exhausted, found)),
            (Standing::Pending, Phase::Open { wrong_checks }) => wrong_checks,
            // Used up: no code is right any more.
            _ => return Ok((Verdict::Rejected, found)),
        };
        found.updated_at = now;
        let (phase, verdict) = match attempt {
            Attempt::Judged(true) => (Phase::Accepted, Verdict::Accepted),
            Attempt::Judged(false) => (Phase::Rejected, Verdict::Rejected),
            Attempt::Code(code) if code == found.code => (Phase::Accepted, Verdict::Accepted),
            Attempt::Code(_) => {
                let wrong_checks = wrong_checks + 1;
                (Phase::Open { wrong_checks }, Verdict::Rejected)
            }
        };
        found.phase = phase;
        Ok((verdict, found))
    }

    /// The verification a check by number means: the newest pending one of the profile, else the
    /// newest.
    pub(super) fn of_number(&self, profile: &str, number: &str, now: i64) -> Option<&str> {
        let fits =
            |one: &&Verification| one.draft.profile == profile && one.draft.phone_number == number;
        let pending = |one: &&Verification| one.standing(now) == Standing::Pending;
        let newest = || self.all.iter().rev().filter(fits);
        let found = newest().find(pending).or_else(|| newest().next())?;
        Some(&found.id)
    }

    pub(super) fn get(&self, id: &str) -> Option<&Verification> {
        self.all.iter().rev().find(|one| one.id == id)
    }

    /// Newest first.
    pub(super) fn list(&self, number: &str) -> impl Iterator<Item = &Verification> {
        let fits = move |one: &&Verification| one.draft.phone_number == number;
        self.all.iter().rev().filter(fits)
    }
}
