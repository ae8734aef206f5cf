//! A CAPTCHA by proof of work: the browser computes for a moment, and no third party is involved.
//!
//! Challenges and their verification follow ALTCHA version 2. The signed `data` contains action and expiry: ALTCHA
//! compares its own `expiresAt` with the system clock, but the app has its own clock. The server stores nothing about
//! a challenge until it is used. The signature ties a challenge to this installation, because only this installation
//! has the key.

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

use super::{AcceptedResponse, Action, Captcha, CaptchaFailure, Widget, Work};
use domain::Timestamp;
use domain::proof_of_work::{ALGORITHM, KeyDerivation};

/// Difficulty of a proof-of-work challenge.
///
/// On average, the browser computes `cost` × 16^n hash iterations, where n is the length of `key_prefix`. The server
/// computes `cost` iterations to verify one key.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Difficulty {
    pub cost: u32,
    pub key_prefix: String,
}

impl Default for Difficulty {
    /// Returns the default difficulty: 655,360 hash iterations on average.
    fn default() -> Self {
        // Measured in 16 runs of V8 on a busy machine: in 16 parts 0.3 to 1.1 s (median 0.4 s), as one search 0.05 to
        // 2.6 s.
        Self {
            cost: 160,
            key_prefix: "000".into(),
        }
    }
}

impl Difficulty {
    /// The maximum cost: about ten milliseconds of the server's time, which an invalid response can cause.
    const MAX_COST: u32 = 20_000;
    /// The maximum length of the key prefix: six hexadecimal digits demand 16 million attempts.
    const MAX_KEY_PREFIX_DIGITS: usize = 6;

    /// The number of small puzzles that replace one large puzzle.
    ///
    /// The key prefix of a small puzzle is shorter by one hexadecimal digit.
    const SMALL_PUZZLES_PER_CHALLENGE: usize = 16;

    /// Returns the prefix that a key must have to solve one of the small puzzles of a proof of work.
    ///
    /// Returns `None` if the full prefix has only one digit, which permits no division into small puzzles.
    fn key_prefix_of_small_puzzle(&self) -> Option<&str> {
        let shorter = self
            .key_prefix
            .get(..self.key_prefix.len().checked_sub(1)?)?;
        (!shorter.is_empty()).then_some(shorter)
    }

    /// Returns how many hash iterations derive a key from one counter.
    ///
    /// A hard challenge requires four times as many as a normal one.
    fn hash_iterations_per_attempt(&self, work: Work) -> u32 {
        match work {
            Work::Normal => self.cost,
            Work::Hard => self.cost.saturating_mul(4),
        }
    }

    /// Returns whether this proof-of-work difficulty has a permitted cost and key prefix.
    fn is_within_permitted_bounds(&self) -> bool {
        let digits = &self.key_prefix;
        (1..=Self::MAX_COST).contains(&self.cost)
            && (1..=Self::MAX_KEY_PREFIX_DIGITS).contains(&digits.len())
            && digits
                .bytes()
                .all(|b| matches!(b, b'0'..=b'9' | b'a'..=b'f'))
    }
}

/// A difficulty outside its bounds.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error(
    "invalid proof-of-work difficulty: the cost must be 1 to 20000, the key prefix must be 1 to 6 hexadecimal digits in lower case"
)]
pub struct InvalidDifficulty;

/// CAPTCHA that makes the browser compute a proof of work.
pub struct ProofOfWork {
    /// The current key as text, as ALTCHA requires.
    secret: String,
    /// The keys from before a rotation. They verify challenges and sign none.
    previous_secrets: Vec<String>,
    difficulty: Difficulty,
    lifetime: Duration,
}

impl ProofOfWork {
    /// The maximum length of a response in bytes. A genuine one has about 700.
    const MAX_RESPONSE_BYTES: usize = 4096;
    const KEY_LENGTH: usize = 32;

    /// Creates a proof-of-work CAPTCHA. `key` signs the challenges, which expire after `lifetime`.
    pub fn new(
        key: &[u8; 32],
        difficulty: Difficulty,
        lifetime: Duration,
    ) -> Result<Self, InvalidDifficulty> {
        if !difficulty.is_within_permitted_bounds() {
            return Err(InvalidDifficulty);
        }
        Ok(Self {
            secret: BASE64_STANDARD.encode(key),
            previous_secrets: Vec::new(),
            difficulty,
            lifetime,
        })
    }

    /// Adds signing keys from before a key rotation, whose challenges are still accepted.
    #[must_use]
    pub fn with_previous_keys(self, keys: impl Iterator<Item = [u8; 32]>) -> Self {
        Self {
            previous_secrets: keys.map(|key| BASE64_STANDARD.encode(key)).collect(),
            ..self
        }
    }

    /// Returns the amount of work that a challenge with these parameters demands.
    ///
    /// Returns `None` for parameters that this server does not issue.
    fn determine_work_demanded_by_challenge(&self, sent: &ChallengeParameters) -> Option<Work> {
        let same_kind = sent.algorithm == ALGORITHM
            && sent.key_prefix == self.difficulty.key_prefix
            && sent.key_length == Self::KEY_LENGTH;
        let works = [Work::Hard, Work::Normal];
        let mut works = works.into_iter().filter(|_| same_kind);
        works.find(|work| self.difficulty.hash_iterations_per_attempt(*work) == sent.cost)
    }

    /// Returns whether a CAPTCHA response has the format of a proof of work. The proof may be wrong.
    pub(super) fn is_proof_of_work(response: &str) -> bool {
        Response::decode_captcha_response(response).is_ok()
    }

    /// Checks that a CAPTCHA response was issued for this form.
    ///
    /// Also checks its parameters, expiry, signature and solution.
    fn check_captcha_response(
        &self,
        action: Action,
        response: &str,
        now: Timestamp,
    ) -> Result<AcceptedResponse, CaptchaFailure> {
        // The cheap checks come first; only the signature, checked last, makes their results trustworthy.
        let sent = Response::decode_captcha_response(response)?;
        let parameters = &sent.challenge.parameters;
        let work = self
            .determine_work_demanded_by_challenge(parameters)
            .ok_or(CaptchaFailure::ForeignChallenge)?;
        let terms = ChallengeTerms::decode_challenge_terms(parameters)
            .ok_or(CaptchaFailure::ForeignChallenge)?;
        if terms.action != action.as_str() {
            return Err(CaptchaFailure::WrongAction);
        }
        if terms.expires_at <= now {
            return Err(CaptchaFailure::Expired);
        }
        self.check_solution(&sent)?;
        Ok(AcceptedResponse {
            single_use_id: Some(parameters.nonce.clone()),
            expires_at: terms.expires_at,
            work,
        })
    }

    /// Checks that one of the server's keys has signed the challenge, and that the solution is correct.
    fn check_solution(&self, sent: &Response) -> Result<(), CaptchaFailure> {
        // ALTCHA verifies the signature before the solution. A response with small puzzles has no single solution, so
        // it gets a placeholder.
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
                let solved = sent.solution.is_none() && self.are_all_small_puzzles_solved(sent);
                return solved.then_some(()).ok_or(CaptchaFailure::WrongSolution);
            }
        }
        Err(CaptchaFailure::BadSignature)
    }

    /// Returns whether the counters in a CAPTCHA response solve all small puzzles of the challenge.
    ///
    /// The counters must be in ascending order, so that each solution counts once.
    fn are_all_small_puzzles_solved(&self, captcha_response: &Response) -> bool {
        let parameters = &captcha_response.challenge.parameters;
        let (Some(prefix), counters) = (
            self.difficulty.key_prefix_of_small_puzzle(),
            &captcha_response.counters,
        ) else {
            return false;
        };
        let Some(keys) = KeyDerivation::new(&parameters.salt, &parameters.nonce, parameters.cost)
        else {
            return false;
        };
        counters.len() == Difficulty::SMALL_PUZZLES_PER_CHALLENGE
            && counters.is_sorted_by(|a, b| a < b)
            && counters
                .iter()
                .all(|counter| keys.derive_key_in_hex(*counter).starts_with(prefix))
    }
}

#[async_trait]
impl Captcha for ProofOfWork {
    fn create_challenge(&self, action: Action, work: Work, now: Timestamp) -> Widget {
        let terms = ChallengeTerms {
            action: action.as_str(),
            expires_at: now + self.lifetime,
        };
        let mut data = terms.encode_as_signed_challenge_data();
        if let Some(prefix) = self.difficulty.key_prefix_of_small_puzzle() {
            data.insert(
                "parts".to_owned(),
                Difficulty::SMALL_PUZZLES_PER_CHALLENGE.into(),
            );
            data.insert("partPrefix".to_owned(), prefix.into());
        }
        let made = create_challenge(CreateChallengeOptions {
            algorithm: ALGORITHM.into(),
            cost: self.difficulty.hash_iterations_per_attempt(work),
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
                tracing::error!(%error, "creating a proof-of-work challenge failed; the form will be refused");
                Widget::None
            }
        }
    }

    /// Verifies the proof of work in the CAPTCHA response of a form.
    async fn verify_response(
        &self,
        action: Action,
        response: &str,
        now: Timestamp,
    ) -> Result<AcceptedResponse, CaptchaFailure> {
        self.check_captcha_response(action, response, now)
    }
}

/// The kind of form for which a challenge was issued, and the expiry of the challenge.
///
/// The signed `data` of the challenge contains both.
struct ChallengeTerms<'a> {
    action: &'a str,
    expires_at: Timestamp,
}

impl<'a> ChallengeTerms<'a> {
    const ACTION: &'static str = "action";
    const EXPIRES: &'static str = "expiresAtMillis";

    /// Encodes the kind of form and the expiry as the signed `data` of a challenge.
    fn encode_as_signed_challenge_data(&self) -> BTreeMap<String, Value> {
        BTreeMap::from([
            (Self::ACTION.to_owned(), self.action.into()),
            (Self::EXPIRES.to_owned(), self.expires_at.as_millis().into()),
        ])
    }

    /// Decodes the kind of form and the expiry from the signed `data` of a challenge.
    fn decode_challenge_terms(parameters: &'a ChallengeParameters) -> Option<Self> {
        let data = parameters.data.as_ref()?;
        let expires_at = data.get(Self::EXPIRES)?.as_i64()?;
        Some(Self {
            action: data.get(Self::ACTION)?.as_str()?,
            expires_at: Timestamp::from_millis(expires_at),
        })
    }
}

/// CAPTCHA response of a form: JSON in base64.
///
/// It contains one `solution` as in ALTCHA, or `counters`, the solutions of the small puzzles of the proof of work.
#[derive(Deserialize)]
struct Response {
    challenge: Challenge,
    solution: Option<Solution>,
    #[serde(default)]
    counters: Vec<u32>,
}

impl Response {
    /// Decodes the CAPTCHA response of a form.
    fn decode_captcha_response(response: &str) -> Result<Self, CaptchaFailure> {
        if response.is_empty() {
            return Err(CaptchaFailure::Missing);
        }
        if response.len() > ProofOfWork::MAX_RESPONSE_BYTES {
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
