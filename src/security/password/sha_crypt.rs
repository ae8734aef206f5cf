//! Parses SHA-crypt hashes of other systems: `$5$` (SHA-256) and `$6$` (SHA-512), as passlib and crypt(3) write them.
//!
//! Source: <https://www.akkadia.org/drepper/SHA-crypt.txt>.

use super::error::InvalidHash;

/// Parsed SHA-crypt hash. Salt and output stay in the text of the hash.
#[derive(Clone, PartialEq, Eq)]
pub struct ShaCryptHash {
    digest: ShaCryptDigest,
    rounds: u32,
}

/// Hash function of SHA-crypt.
#[derive(Clone, Copy, PartialEq, Eq)]
enum ShaCryptDigest {
    Sha256,
    Sha512,
}

impl ShaCryptDigest {
    /// Returns the number of bytes that one round hashes at most for a password of this length, with padding.
    const fn bytes_hashed_per_round(self, password_bytes: usize) -> usize {
        // A round hashes the last output, the password twice and the salt. The padding is one byte and the length field.
        let (output, block, padding) = match self {
            Self::Sha256 => (32, 64, 9),
            Self::Sha512 => (64, 128, 17),
        };
        password_bytes
            .saturating_mul(2)
            .saturating_add(output + MAX_SALT + padding)
            .div_ceil(block)
            .saturating_mul(block)
    }

    /// Returns the length of the encoded output in characters, and the characters that can be the last one.
    ///
    /// The last character encodes fewer than six bits.
    const fn output_length_and_last_characters(self) -> (usize, &'static str) {
        match self {
            Self::Sha256 => (43, "./0123456789ABCD"),
            Self::Sha512 => (86, "./01"),
        }
    }
}

/// The number of rounds of a hash without the parameter `rounds`.
const DEFAULT_ROUNDS: u32 = 5_000;
const MIN_ROUNDS: u32 = 1_000;
/// The maximum number of rounds. passlib uses 656,000 by default, and 535,000 for SHA-256.
const MAX_ROUNDS: u32 = 660_000;
/// The maximum number of bytes that verifying a password may hash: 256 bytes in each of [`MAX_ROUNDS`] rounds.
const MAX_HASHED_BYTES: u64 = 256 * MAX_ROUNDS as u64;
/// The maximum length of a salt in characters.
const MAX_SALT: usize = 16;

impl ShaCryptHash {
    /// Parses a SHA-crypt hash: `$6$rounds=656000$salt$output`, or `$6$salt$output` with 5,000 rounds.
    pub(super) fn parse(sha_crypt_hash: &str) -> Result<Self, InvalidHash> {
        let fields: Vec<&str> = sha_crypt_hash.split('$').collect();
        let (scheme, rounds, salt, output) = match fields.as_slice() {
            ["", scheme, salt, output] => (scheme, DEFAULT_ROUNDS, salt, output),
            ["", scheme, parameter, salt, output] => {
                (scheme, parse_rounds_parameter(parameter)?, salt, output)
            }
            _ => return Err(InvalidHash::Malformed),
        };
        let digest = match *scheme {
            "5" => ShaCryptDigest::Sha256,
            "6" => ShaCryptDigest::Sha512,
            _ => return Err(InvalidHash::UnknownScheme),
        };
        let (output_length, last_characters) = digest.output_length_and_last_characters();
        let has_valid_parts = !salt.is_empty()
            && salt.len() <= MAX_SALT
            && output.len() == output_length
            && output.ends_with(|last| last_characters.contains(last))
            && [salt, output].into_iter().all(|text| is_crypt_base64(text));
        if !has_valid_parts {
            return Err(InvalidHash::Malformed);
        }
        Ok(Self { digest, rounds })
    }

    /// Returns whether a password of this length can be verified in time.
    ///
    /// The work grows with the length of the password: at the maximum number of rounds 79 bytes are accepted for
    /// SHA-512, and 99 bytes for SHA-256.
    pub fn is_password_short_enough(&self, password_bytes: usize) -> bool {
        let per_round = self.digest.bytes_hashed_per_round(password_bytes);
        let per_round = u64::try_from(per_round).unwrap_or(u64::MAX);
        per_round.saturating_mul(u64::from(self.rounds)) <= MAX_HASHED_BYTES
    }
}

/// Parses the parameter `rounds=656000` of a SHA-crypt hash.
fn parse_rounds_parameter(parameter: &str) -> Result<u32, InvalidHash> {
    let rounds = parameter
        .strip_prefix("rounds=")
        .filter(|digits| !digits.starts_with('0') && digits.bytes().all(|b| b.is_ascii_digit()))
        .filter(|digits| !digits.is_empty())
        .ok_or(InvalidHash::Malformed)?;
    match rounds.parse::<u32>() {
        Ok(rounds) if rounds < MIN_ROUNDS => Err(InvalidHash::Malformed),
        Ok(rounds) if rounds <= MAX_ROUNDS => Ok(rounds),
        _ => Err(InvalidHash::TooCostly),
    }
}

/// Returns whether a text contains only characters of the base64 alphabet of crypt(3).
fn is_crypt_base64(text: &str) -> bool {
    text.bytes()
        .all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'.' | b'/'))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn malformed_or_costly_sha_crypt_hash_is_refused_with_its_reason() {
        let (sha256, sha512) = (".".repeat(43), ".".repeat(86));
        for (text, expected) in [
            (
                format!("$6$rounds=660001$salt${sha512}"),
                InvalidHash::TooCostly,
            ),
            (
                format!("$5$rounds=999999999$salt${sha256}"),
                InvalidHash::TooCostly,
            ),
            (
                format!("$6$rounds=99999999999$salt${sha512}"),
                InvalidHash::TooCostly,
            ),
            (
                format!("$6$rounds=999$salt${sha512}"),
                InvalidHash::Malformed,
            ),
            (
                format!("$6$rounds=05000$salt${sha512}"),
                InvalidHash::Malformed,
            ),
            (
                format!("$6$rounds=+5000$salt${sha512}"),
                InvalidHash::Malformed,
            ),
            (format!("$6$rounds=$salt${sha512}"), InvalidHash::Malformed),
            (format!("$6$5000$salt${sha512}"), InvalidHash::Malformed),
            (format!("$6$salt${sha256}"), InvalidHash::Malformed),
            (format!("$5$salt${sha512}"), InvalidHash::Malformed),
            (format!("$5$${sha256}"), InvalidHash::Malformed),
            (
                format!("$5$seventeencharacte${sha256}"),
                InvalidHash::Malformed,
            ),
            (format!("$5$sa=t${sha256}"), InvalidHash::Malformed),
            (format!("$5$salt${}E", &sha256[1..]), InvalidHash::Malformed),
            (format!("$6$salt${}2", &sha512[1..]), InvalidHash::Malformed),
            (format!("$6$salt$+{}", &sha512[1..]), InvalidHash::Malformed),
            (
                format!("$6$salt${sha512}$more$more"),
                InvalidHash::Malformed,
            ),
            ("$6$salt".to_owned(), InvalidHash::Malformed),
            ("$6$".to_owned(), InvalidHash::Malformed),
        ] {
            assert_eq!(ShaCryptHash::parse(&text).err(), Some(expected), "{text}");
        }
    }

    #[test]
    fn number_of_rounds_limits_the_length_of_a_password() {
        let longest = |text: &str| {
            let hash = ShaCryptHash::parse(text).expect("valid password hash");
            (0..100_000)
                .take_while(|length| hash.is_password_short_enough(*length))
                .last()
        };
        let (sha256, sha512) = (".".repeat(43), ".".repeat(86));
        let salt = "sixteencharacter";
        for (text, expected) in [
            (format!("$6$rounds=660000${salt}${sha512}"), 79),
            (format!("$6$rounds=656000${salt}${sha512}"), 79),
            (format!("$5$rounds=660000${salt}${sha256}"), 99),
            (format!("$6$rounds=330000${salt}${sha512}"), 207),
        ] {
            assert_eq!(longest(&text), Some(expected), "{text}");
        }
        // Passwords have at most 1,024 bytes, and up to three times as many in decomposed form.
        let default_rounds = longest(&format!("$6${salt}${sha512}"));
        assert!(default_rounds.is_some_and(|length| length > 3 * 1024));
    }
}
