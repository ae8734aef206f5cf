//! Solves the proof of work of the CAPTCHA, for tests and for programs that use the JSON API. In browsers,
//! `public/proof-of-work.js` solves it.
//!
//! The challenges follow ALTCHA version 2 with iterated SHA-256 (<https://altcha.org/docs/v2/proof-of-work>). The key
//! of a counter n is `SHA-256^cost(salt || nonce || n)`, with n as four big-endian bytes. The solver searches for an n
//! whose key begins with the hexadecimal digits of `keyPrefix`.

use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

/// Proof-of-work challenge: only the members that the solver reads.
///
/// [`encode_payload`] returns the server's JSON unchanged, because the signature covers every byte of it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Challenge {
    pub parameters: Parameters,
}

/// Parameters of a proof-of-work challenge.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Parameters {
    pub algorithm: String,
    /// Number of hash iterations for each key.
    pub cost: u32,
    pub key_length: usize,
    pub key_prefix: String,
    pub nonce: String,
    pub salt: String,
}

/// Name of the only supported hash algorithm.
pub const ALGORITHM: &str = "SHA-256";

/// Length of a SHA-256 digest in bytes.
const DIGEST_BYTES: usize = 32;

/// Key derivation of one proof-of-work challenge, which computes one key for each counter.
pub struct KeyDerivation {
    /// The hash state after `salt || nonce`, with which every derivation begins.
    head: Sha256,
    cost: u32,
}

impl KeyDerivation {
    /// Creates the key derivation of a proof-of-work challenge. Returns `None` if `salt` or `nonce` is not hexadecimal.
    pub fn new(salt: &str, nonce: &str, cost: u32) -> Option<Self> {
        let head = Sha256::new()
            .chain_update(decode_hex(salt)?)
            .chain_update(decode_hex(nonce)?);
        Some(Self {
            head,
            cost: cost.max(1),
        })
    }

    /// Derives the key of a proof-of-work counter in hexadecimal.
    pub fn derive_key_in_hex(&self, counter: u32) -> String {
        encode_hex(&self.derive_key(counter))
    }

    /// Derives the key of a proof-of-work counter by hashing salt, nonce and counter `cost` times.
    fn derive_key(&self, counter: u32) -> [u8; DIGEST_BYTES] {
        let first = self.head.clone().chain_update(counter.to_be_bytes());
        let mut key = first.finalize();
        for _ in 1..self.cost {
            key = Sha256::digest(key);
        }
        key.into()
    }
}

/// Search for the solution of a proof-of-work challenge, which can run in slices.
pub struct Solver {
    keys: KeyDerivation,
    key_length: usize,
    /// The hexadecimal digits with which the key must begin, as values of 0 to 15.
    prefix: Vec<u8>,
    /// The counter to try next; `None` after the last one.
    next: Option<u32>,
}

/// Solution of a proof-of-work challenge: a counter and the key derived from it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Solution {
    counter: u32,
    /// The derived key in hexadecimal.
    key: String,
}

impl Solver {
    /// Starts the search for the solution of a proof-of-work challenge.
    ///
    /// Returns `None` if the algorithm is not supported, a value is malformed, or the key cannot contain the demanded
    /// prefix.
    pub fn new(challenge: &Challenge) -> Option<Self> {
        let wanted = &challenge.parameters;
        let prefix = parse_hex_digits(&wanted.key_prefix)?;
        let solvable = wanted.algorithm == ALGORITHM
            && (1..=DIGEST_BYTES).contains(&wanted.key_length)
            && prefix.len() <= 2 * wanted.key_length;
        solvable.then_some(())?;
        Some(Self {
            keys: KeyDerivation::new(&wanted.salt, &wanted.nonce, wanted.cost)?,
            key_length: wanted.key_length,
            prefix,
            next: Some(0),
        })
    }

    /// Tries the next `count` counters. Returns `None` if no counter solves the proof-of-work challenge.
    pub fn search_next_counters(&mut self, count: u32) -> Option<Solution> {
        for _ in 0..count {
            let counter = self.next?;
            let key = self.keys.derive_key(counter);
            if self.does_key_have_required_prefix(&key) {
                let key = encode_hex(key.get(..self.key_length)?);
                return Some(Solution { counter, key });
            }
            self.next = counter.checked_add(1);
        }
        None
    }

    /// Returns whether a key begins with the hexadecimal prefix that the challenge requires.
    fn does_key_have_required_prefix(&self, key: &[u8]) -> bool {
        let digits = key.iter().flat_map(|byte| [byte >> 4, byte & 15]);
        self.prefix.iter().copied().zip(digits).all(|(a, b)| a == b)
    }
}

/// Encodes challenge and solution in base64, as the value of the form field that proves the work.
pub fn encode_payload(challenge_json: &str, solution: &Solution) -> String {
    let Solution { counter, key } = solution;
    encode_base64(&format!(
        r#"{{"challenge":{challenge_json},"solution":{{"counter":{counter},"derivedKey":"{key}"}}}}"#
    ))
}

/// Parses hexadecimal digits of either case into values from 0 to 15. Returns `None` for other characters.
fn parse_hex_digits(hex: &str) -> Option<Vec<u8>> {
    let value = |c: char| c.to_digit(16).and_then(|digit| u8::try_from(digit).ok());
    hex.chars().map(value).collect()
}

/// Decodes hexadecimal text to bytes. Returns `None` if the text is malformed.
fn decode_hex(hex: &str) -> Option<Vec<u8>> {
    let digits = parse_hex_digits(hex)?;
    let (pairs, odd) = digits.as_chunks::<2>();
    let has_complete_pairs = odd.is_empty();
    has_complete_pairs.then(|| pairs.iter().map(|[high, low]| high << 4 | low).collect())
}

/// Encodes bytes as lower-case hexadecimal digits.
fn encode_hex(bytes: &[u8]) -> String {
    let digits = bytes.iter().flat_map(|byte| [byte >> 4, byte & 15]);
    digits
        .filter_map(|digit| char::from_digit(u32::from(digit), 16))
        .collect()
}

/// Encodes a text in standard base64 with padding (RFC 4648, section 4).
fn encode_base64(text: &str) -> String {
    const ALPHABET: [u8; 64] = *b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let mut out = String::with_capacity(text.len().div_ceil(3) * 4);
    for chunk in text.as_bytes().chunks(3) {
        let byte = |at: usize| chunk.get(at).copied().unwrap_or(0);
        let [a, b, c] = [byte(0), byte(1), byte(2)];
        let sextets = [
            a >> 2,
            (a << 4 | b >> 4) & 63,
            (b << 2 | c >> 6) & 63,
            c & 63,
        ];
        for (at, sextet) in sextets.into_iter().enumerate() {
            let past_the_end = at > chunk.len();
            let letter = ALPHABET[usize::from(sextet)];
            out.push(if past_the_end {
                '='
            } else {
                char::from(letter)
            });
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use ::base64::Engine;
    use ::base64::prelude::BASE64_STANDARD;
    use altcha::{CreateChallengeOptions, Payload, VerifySolutionOptions};
    use proptest::prelude::*;
    use serde_json::json;

    use super::*;

    const SECRET: &str = "a secret of the tests";

    /// Creates a proof-of-work challenge in JSON with the reference implementation.
    fn issue_challenge(cost: u32, key_prefix: &str, key_length: usize) -> String {
        let data = BTreeMap::from([
            ("zeta".to_owned(), json!({"b": [1, 2.5], "a": null})),
            ("action".to_owned(), json!("registration \"é\"")),
        ]);
        let challenge = altcha::create_challenge(CreateChallengeOptions {
            algorithm: ALGORITHM.into(),
            cost,
            key_prefix: key_prefix.into(),
            key_length,
            data: Some(data),
            hmac_signature_secret: Some(SECRET.into()),
            ..Default::default()
        });
        serde_json::to_string(&challenge.expect("valid challenge options"))
            .expect("value is serialised")
    }

    /// Starts the search for the solution of a challenge in JSON.
    fn start_solver(challenge_json: &str) -> Solver {
        let challenge = serde_json::from_str(challenge_json).expect("a challenge");
        Solver::new(&challenge).expect("challenge is supported")
    }

    /// Solves a challenge by testing `counters_per_slice` counters at a time.
    fn solve_challenge(challenge_json: &str, counters_per_slice: u32) -> Solution {
        let mut solver = start_solver(challenge_json);
        std::iter::repeat_with(|| solver.search_next_counters(counters_per_slice))
            .flatten()
            .next()
            .expect("solution is found")
    }

    /// Returns whether the reference implementation of ALTCHA (a proof-of-work CAPTCHA) accepts a solution payload.
    fn is_accepted_by_reference_implementation(payload: &str) -> bool {
        let json = BASE64_STANDARD.decode(payload).expect("base64");
        let sent: Payload = serde_json::from_slice(&json).expect("a payload");
        let options = VerifySolutionOptions::new(&sent.challenge, &sent.solution, SECRET);
        altcha::verify_solution(options).is_ok_and(|result| result.verified)
    }

    #[test]
    fn altcha_reference_implementation_accepts_solutions_of_every_difficulty() {
        for (cost, prefix, key_length) in [
            (1, "", 32),
            (0, "0", 32),
            (1, "00", 32),
            (1, "fff", 32),
            (2, "aB", 32),
            (7, "1c", 16),
            (50, "0", 20),
            (100, "0a", 32),
            (3, "000", 2),
            (1, "1234", 32),
        ] {
            let challenge = issue_challenge(cost, prefix, key_length);
            let solution = solve_challenge(&challenge, 100);
            assert!(
                is_accepted_by_reference_implementation(&encode_payload(&challenge, &solution)),
                "{challenge}"
            );
        }
    }

    #[test]
    fn batch_size_of_the_proof_of_work_search_does_not_change_the_solution() {
        let challenge = issue_challenge(2, "00", 32);
        let at_once = solve_challenge(&challenge, u32::MAX);
        for slice in [1, 3, 64, 1000] {
            assert_eq!(solve_challenge(&challenge, slice), at_once);
        }
    }

    #[test]
    fn wrong_proof_of_work_counter_is_refused() {
        let challenge = issue_challenge(2, "00", 32);
        let mut solution = solve_challenge(&challenge, 1000);
        solution.counter += 1;
        assert!(!is_accepted_by_reference_implementation(&encode_payload(
            &challenge, &solution
        )));
    }

    #[test]
    fn solver_search_ends_after_the_last_counter() {
        let mut solver = start_solver(&issue_challenge(1, &"f".repeat(64), 32));
        solver.next = Some(u32::MAX - 1);
        assert_eq!(solver.search_next_counters(10), None);
        assert_eq!(solver.next, None);
        assert_eq!(solver.search_next_counters(10), None);
    }

    #[test]
    fn unsupported_proof_of_work_challenges_are_refused() {
        type Change = fn(&mut Parameters);
        let changes: [Change; 9] = [
            |p| p.algorithm = "SHA-512".into(),
            |p| p.algorithm = "PBKDF2/SHA-256".into(),
            |p| p.key_length = 0,
            |p| p.key_length = 33,
            |p| p.key_prefix = "0g".into(),
            |p| p.key_prefix = "0".repeat(65),
            |p| p.nonce = "abc".into(),
            |p| p.nonce = "é0".into(),
            |p| p.salt = "zz".into(),
        ];
        let valid_challenge: Challenge =
            serde_json::from_str(&issue_challenge(1, "0", 32)).expect("a challenge");
        for change in changes {
            let mut challenge = valid_challenge.clone();
            change(&mut challenge.parameters);
            assert!(Solver::new(&challenge).is_none(), "{challenge:?}");
        }
    }

    proptest! {
        #[test]
        fn base64_equals_the_standard_encoding(text in ".{0,200}") {
            prop_assert_eq!(encode_base64(&text), BASE64_STANDARD.encode(&text));
        }
    }
}
