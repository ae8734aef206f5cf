//! Proof of work: the browser computes for a moment, and no third party is involved.
//!
//! Challenges and their verification are ALTCHA's, version 2. Action and expiry stand in the
//! signed `data`: ALTCHA's own `expiresAt` is compared with the system's clock, ours with the
//! clock of the application. Nothing is remembered about a challenge until it is spent.
//!
//! The signature ties a challenge to this site, since no other has the key.

use std::collections::BTreeMap;
use std::time::Duration;

use altcha::{
    Challenge, ChallengeParameters, CreateChallengeOptions, Solution, VerifySolutionOptions,
    create_challenge, verify_solution,
};
use async_trait::async_trait;
use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use serde::Deserialize;
use serde_json::Value;

use super::{Action, Captcha, CaptchaFailure, Passed, Widget, Work};
use domain::Timestamp;
use domain::proof_of_work::{ALGORITHM, Keys};

/// How much a challenge asks of the browser: on average `cost` times 16 to the number of digits
/// of `key_prefix` hashes, and of the server `cost` hashes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Difficulty {
    pub cost: u32,
    pub key_prefix: String,
}

impl Default for Difficulty {
    /// 655,360 hashes on average. In 16 parts they took 0.3 to 1.1 s (median 0.4 s) in 16 runs of V8 on a busy machine;
    /// as one search 0.05 to 2.6 s.
    fn default() -> Self {
        Self {
            cost: 160,
            key_prefix: "000".into(),
        }
    }
}

impl Difficulty {
    /// Ten milliseconds of our own time: garbage must not cost more than that.
    const MAX_COST: u32 = 20_000;
    /// Six digits are sixteen million tries.
    const MAX_DIGITS: usize = 6;

    /// Number of parts that replace the solution: a hexadecimal digit less makes a search this much shorter.
    const PARTS: usize = 16;

    /// The prefix of the key of each part. `None` for a search that is too short to be divided.
    fn part_prefix(&self) -> Option<&str> {
        let shorter = self
            .key_prefix
            .get(..self.key_prefix.len().checked_sub(1)?)?;
        (!shorter.is_empty()).then_some(shorter)
    }

    /// The cost of a challenge that demands this work.
    fn cost_of(&self, work: Work) -> u32 {
        match work {
            Work::Normal => self.cost,
            Work::Hard => self.cost.saturating_mul(4),
        }
    }

    fn is_sound(&self) -> bool {
        let digits = &self.key_prefix;
        (1..=Self::MAX_COST).contains(&self.cost)
            && (1..=Self::MAX_DIGITS).contains(&digits.len())
            && digits
                .bytes()
                .all(|b| matches!(b, b'0'..=b'9' | b'a'..=b'f'))
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the cost is 1 to 20000, the key prefix 1 to 6 hexadecimal digits in lower case")]
pub struct InvalidDifficulty;

/// Issues and checks challenges. See the module.
pub struct ProofOfWork {
    /// The current key and the previous ones, which only verify. ALTCHA wants text; any form of a key's bytes is as
    /// secret as they are.
    secret: String,
    previous_secrets: Vec<String>,
    difficulty: Difficulty,
    lifetime: Duration,
}

impl ProofOfWork {
    /// The longest response that is looked at; an honest one takes about 700 bytes.
    const MAX_RESPONSE: usize = 4096;
    const KEY_LENGTH: usize = 32;

    /// `lifetime` is how long after its issue a challenge is accepted; 5 minutes is usual.
    pub fn new(
        key: &[u8; 32],
        difficulty: Difficulty,
        lifetime: Duration,
    ) -> Result<Self, InvalidDifficulty> {
        if !difficulty.is_sound() {
            return Err(InvalidDifficulty);
        }
        Ok(Self {
            secret: BASE64_STANDARD.encode(key),
            previous_secrets: Vec::new(),
            difficulty,
            lifetime,
        })
    }

    /// Accepts challenges that were signed with these keys too: those of before a rotation.
    #[must_use]
    pub fn with_previous_keys(self, keys: impl Iterator<Item = [u8; 32]>) -> Self {
        Self {
            previous_secrets: keys.map(|key| BASE64_STANDARD.encode(key)).collect(),
            ..self
        }
    }

    /// The work that a challenge of this server demands; `None` for any other challenge.
    fn work_of(&self, sent: &ChallengeParameters) -> Option<Work> {
        let same_kind = sent.algorithm == ALGORITHM
            && sent.key_prefix == self.difficulty.key_prefix
            && sent.key_length == Self::KEY_LENGTH;
        let works = [Work::Hard, Work::Normal];
        let mut works = works.into_iter().filter(|_| same_kind);
        works.find(|work| self.difficulty.cost_of(*work) == sent.cost)
    }

    /// The cheap checks first; what they accept means nothing until the signature is verified.
    fn check(
        &self,
        action: Action,
        response: &str,
        now: Timestamp,
    ) -> Result<Passed, CaptchaFailure> {
        let sent = Response::read(response)?;
        let parameters = &sent.challenge.parameters;
        let work = self
            .work_of(parameters)
            .ok_or(CaptchaFailure::ForeignChallenge)?;
        let terms = Terms::read(parameters).ok_or(CaptchaFailure::ForeignChallenge)?;
        if terms.action != action.as_str() {
            return Err(CaptchaFailure::WrongAction);
        }
        if terms.expires_at <= now {
            return Err(CaptchaFailure::Expired);
        }
        self.check_work(&sent)?;
        Ok(Passed {
            single_use_id: Some(parameters.nonce.clone()),
            expires_at: terms.expires_at,
            work,
        })
    }

    /// Checks the signature by each key, then one key derivation, or one for each part.
    fn check_work(&self, sent: &Response) -> Result<(), CaptchaFailure> {
        // ALTCHA verifies the signature before the solution, which an answer in parts does not have.
        let none = Solution {
            counter: 0,
            derived_key: String::new(),
            time: None,
        };
        let solution = sent.solution.as_ref().unwrap_or(&none);
        for secret in std::iter::once(&self.secret).chain(&self.previous_secrets) {
            let options = VerifySolutionOptions::new(&sent.challenge, solution, secret.as_str());
            let result = verify_solution(options).map_err(|_| CaptchaFailure::Malformed)?;
            if result.verified {
                return Ok(());
            }
            if result.invalid_signature == Some(false) {
                let solved = sent.solution.is_none() && self.are_parts_solved(sent);
                return solved.then_some(()).ok_or(CaptchaFailure::WrongSolution);
            }
        }
        Err(CaptchaFailure::BadSignature)
    }

    /// Whether the key of every counter begins with the prefix of a part. The counters ascend, so that none counts twice.
    fn are_parts_solved(&self, sent: &Response) -> bool {
        let parameters = &sent.challenge.parameters;
        let (Some(prefix), counters) = (self.difficulty.part_prefix(), &sent.counters) else {
            return false;
        };
        let Some(keys) = Keys::new(&parameters.salt, &parameters.nonce, parameters.cost) else {
            return false;
        };
        counters.len() == Difficulty::PARTS
            && counters.is_sorted_by(|a, b| a < b)
            && counters
                .iter()
                .all(|counter| keys.key_in_hex(*counter).starts_with(prefix))
    }
}

#[async_trait]
impl Captcha for ProofOfWork {
    fn challenge(&self, action: Action, work: Work, now: Timestamp) -> Widget {
        let terms = Terms {
            action: action.as_str(),
            expires_at: now + self.lifetime,
        };
        let mut data = terms.data();
        if let Some(prefix) = self.difficulty.part_prefix() {
            data.insert("parts".to_owned(), Difficulty::PARTS.into());
            data.insert("partPrefix".to_owned(), prefix.into());
        }
        let made = create_challenge(CreateChallengeOptions {
            algorithm: ALGORITHM.into(),
            cost: self.difficulty.cost_of(work),
            key_prefix: self.difficulty.key_prefix.clone(),
            key_length: Self::KEY_LENGTH,
            data: Some(data),
            hmac_signature_secret: Some(self.secret.clone()),
            ..CreateChallengeOptions::default()
        });
        let json = made.and_then(|challenge| Ok(serde_json::to_string(&challenge)?));
        match json {
            Ok(challenge_json) => Widget::ProofOfWork { challenge_json },
            Err(error) => {
                // The form is shown without a challenge, and sending it will be refused.
                tracing::error!(%error, "no proof-of-work challenge could be made");
                Widget::None
            }
        }
    }

    async fn verify(
        &self,
        action: Action,
        response: &str,
        now: Timestamp,
    ) -> Result<Passed, CaptchaFailure> {
        self.check(action, response, now)
    }
}

/// What a challenge is good for; travels in its signed `data`.
struct Terms<'a> {
    action: &'a str,
    expires_at: Timestamp,
}

impl<'a> Terms<'a> {
    const ACTION: &'static str = "action";
    const EXPIRES: &'static str = "expiresAtMillis";

    fn data(&self) -> BTreeMap<String, Value> {
        BTreeMap::from([
            (Self::ACTION.to_owned(), self.action.into()),
            (Self::EXPIRES.to_owned(), self.expires_at.as_millis().into()),
        ])
    }

    fn read(parameters: &'a ChallengeParameters) -> Option<Self> {
        let data = parameters.data.as_ref()?;
        let expires_at = data.get(Self::EXPIRES)?.as_i64()?;
        Some(Self {
            action: data.get(Self::ACTION)?.as_str()?,
            expires_at: Timestamp::from_millis(expires_at),
        })
    }
}

/// The response of a form: base64 of JSON.
///
/// It has a `solution` as in ALTCHA, whose key begins with the whole prefix of the challenge. Or it has `counters`: many
/// short searches take about as long as one long search, but the time varies four times less.
#[derive(Deserialize)]
struct Response {
    challenge: Challenge,
    solution: Option<Solution>,
    #[serde(default)]
    counters: Vec<u32>,
}

impl Response {
    fn read(response: &str) -> Result<Self, CaptchaFailure> {
        if response.is_empty() {
            return Err(CaptchaFailure::Missing);
        }
        if response.len() > ProofOfWork::MAX_RESPONSE {
            return Err(CaptchaFailure::TooLong);
        }
        let json = BASE64_STANDARD.decode(response);
        let json = json.map_err(|_| CaptchaFailure::Malformed)?;
        serde_json::from_slice(&json).map_err(|_| CaptchaFailure::Malformed)
    }
}

#[cfg(test)]
#[path = "tests.rs"]
mod tests;
