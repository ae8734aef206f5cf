//! Parses PBKDF2 hashes (RFC 8018) of other systems: Django, passlib, Keycloak, Ory and Werkzeug.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD_NO_PAD;

use super::error::InvalidHash;

/// Parsed PBKDF2 hash.
#[derive(Clone, PartialEq, Eq)]
pub struct Pbkdf2Hash {
    pub digest: Pbkdf2Digest,
    pub rounds: u32,
    pub salt: Vec<u8>,
    /// The derived key, or its first block if it is longer than the output of the hash function.
    pub output: Vec<u8>,
}

/// Hash function inside the HMAC of PBKDF2.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Pbkdf2Digest {
    Sha1,
    Sha256,
    Sha512,
}

impl Pbkdf2Digest {
    /// Returns the output length of the hash function in bytes.
    const fn output_length_in_bytes(self) -> usize {
        match self {
            Self::Sha1 => 20,
            Self::Sha256 => 32,
            Self::Sha512 => 64,
        }
    }

    /// Returns the cost of one PBKDF2 round, relative to a round with SHA-256 (cost 1).
    const fn cost_per_round(self) -> u64 {
        // A round with SHA-512 costs about 5 on processors with SHA instructions, and less than 2 on others.
        match self {
            Self::Sha1 | Self::Sha256 => 1,
            Self::Sha512 => 3,
        }
    }
}

impl Pbkdf2Hash {
    /// The maximum work. More would occupy a processor core for several seconds.
    const MAX_WORK: u64 = 10_000_000;
    const MIN_OUTPUT: usize = 16;

    /// Parses a PBKDF2 hash of Django: `pbkdf2_sha256$rounds$salt$output`, with a plain-text salt and base64 output.
    pub(super) fn parse_django_pbkdf2(django_hash: &str) -> Result<Self, InvalidHash> {
        let fields: Vec<&str> = django_hash.split('$').collect();
        let [scheme, rounds, salt, output] = fields.as_slice() else {
            return Err(InvalidHash::Malformed);
        };
        let digest = match *scheme {
            "pbkdf2_sha1" => Pbkdf2Digest::Sha1,
            "pbkdf2_sha256" => Pbkdf2Digest::Sha256,
            _ => return Err(InvalidHash::UnknownScheme),
        };
        Self {
            digest,
            rounds: parse_round_count(rounds)?,
            salt: salt.as_bytes().to_vec(),
            output: decode_base64(output)?,
        }
        .check_pbkdf2_bounds()
    }

    /// Parses a PBKDF2 hash of passlib, `$pbkdf2-sha256$rounds$salt$output`, or in PHC format,
    /// `$pbkdf2-sha512$i=rounds,l=length$salt$output`.
    pub(super) fn parse(pbkdf2_hash: &str) -> Result<Self, InvalidHash> {
        // The PHC format serves for the values of a Keycloak export. Base64 may have padding, and `.` in place of `+`
        // as passlib writes it.
        let fields: Vec<&str> = pbkdf2_hash.split('$').collect();
        let ["", scheme, parameters, salt, output] = fields.as_slice() else {
            return Err(InvalidHash::Malformed);
        };
        let digest = match *scheme {
            "pbkdf2" | "pbkdf2-sha1" => Pbkdf2Digest::Sha1,
            "pbkdf2-sha256" => Pbkdf2Digest::Sha256,
            "pbkdf2-sha512" => Pbkdf2Digest::Sha512,
            _ => return Err(InvalidHash::UnknownScheme),
        };
        let output = decode_base64(output)?;
        let rounds = match parameters.strip_prefix("i=") {
            None => parameters,
            Some(named) => match named.split_once(",l=") {
                None => named,
                Some((rounds, length)) if length == output.len().to_string() => rounds,
                Some(_) => return Err(InvalidHash::Malformed),
            },
        };
        Self {
            digest,
            rounds: parse_round_count(rounds)?,
            salt: decode_base64(salt)?,
            output,
        }
        .check_pbkdf2_bounds()
    }

    /// Parses a PBKDF2 hash of Werkzeug: `pbkdf2:sha256:rounds$salt$output`, with a plain-text salt and hexadecimal
    /// output.
    ///
    /// Source: <https://werkzeug.palletsprojects.com/en/stable/utils/#module-werkzeug.security>.
    pub(super) fn parse_werkzeug_pbkdf2(werkzeug_hash: &str) -> Result<Self, InvalidHash> {
        let fields: Vec<&str> = werkzeug_hash.split([':', '$']).collect();
        let ["pbkdf2", digest, rounds, salt, output] = fields.as_slice() else {
            return Err(InvalidHash::Malformed);
        };
        let digest = match *digest {
            "sha1" => Pbkdf2Digest::Sha1,
            "sha256" => Pbkdf2Digest::Sha256,
            "sha512" => Pbkdf2Digest::Sha512,
            _ => return Err(InvalidHash::UnknownScheme),
        };
        Self {
            digest,
            rounds: parse_round_count(rounds)?,
            salt: salt.as_bytes().to_vec(),
            output: hex::decode(output).map_err(|_| InvalidHash::Malformed)?,
        }
        .check_pbkdf2_bounds()
    }

    /// Returns the PBKDF2 hash, with the first block of its output, if number of rounds, salt and output length are
    /// acceptable.
    fn check_pbkdf2_bounds(mut self) -> Result<Self, InvalidHash> {
        if self.rounds == 0 || self.salt.is_empty() || self.output.len() < Self::MIN_OUTPUT {
            return Err(InvalidHash::Malformed);
        }
        // Each block of output costs all rounds and depends on no other block (RFC 8018, section 5.2). The first one has
        // at least 160 bits, so comparing more would only cost time.
        self.output.truncate(self.digest.output_length_in_bytes());
        if self.work_factor() > Self::MAX_WORK {
            return Err(InvalidHash::TooCostly);
        }
        Ok(self)
    }

    /// Returns the computing cost of a PBKDF2 hash, as the number of rounds with SHA-256 that cost the same.
    pub(super) fn work_factor(&self) -> u64 {
        u64::from(self.rounds).saturating_mul(self.digest.cost_per_round())
    }
}

/// Parses the number of PBKDF2 rounds, a text of digits. A number above 32 bits is reported as too costly.
fn parse_round_count(text: &str) -> Result<u32, InvalidHash> {
    if text.is_empty() || !text.bytes().all(|byte| byte.is_ascii_digit()) {
        return Err(InvalidHash::Malformed);
    }
    text.parse().map_err(|_| InvalidHash::TooCostly)
}

/// Decodes base64 with or without padding, also with `.` in place of `+`.
fn decode_base64(base64_text: &str) -> Result<Vec<u8>, InvalidHash> {
    let base64_text = base64_text.trim_end_matches('=').replace('.', "+");
    STANDARD_NO_PAD
        .decode(base64_text)
        .map_err(|_| InvalidHash::Malformed)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::security::password::PasswordHash;

    const OUTPUT: &str = "kWJPeDdnm/NP27F7pgljyLNgxAGvEiGCyRYSYCJnhlY";

    #[test]
    fn malformed_or_costly_pbkdf2_hash_is_refused_with_its_reason() {
        for (head, expected) in [
            ("$pbkdf2-sha256$99999999999$c2FsdA", InvalidHash::TooCostly),
            ("$pbkdf2-sha256$10000001$c2FsdA", InvalidHash::TooCostly),
            ("$pbkdf2-sha512$5000001$c2FsdA", InvalidHash::TooCostly),
            ("$pbkdf2-sha256$0$c2FsdA", InvalidHash::Malformed),
            ("$pbkdf2-sha256$+5$c2FsdA", InvalidHash::Malformed),
            ("$pbkdf2-sha256$$c2FsdA", InvalidHash::Malformed),
            ("$pbkdf2-sha256$1000$", InvalidHash::Malformed),
            ("$pbkdf2-sha256$1000$!", InvalidHash::Malformed),
            ("$pbkdf2-sha256$i=1000,l=31$c2FsdA", InvalidHash::Malformed),
            ("$pbkdf2-sha256$i=1000,x=1$c2FsdA", InvalidHash::Malformed),
            ("$pbkdf2-md5$1000$c2FsdA", InvalidHash::UnknownScheme),
            ("$pbkdf2-sha256$1000$c2FsdA$c2FsdA", InvalidHash::Malformed),
        ] {
            let found = Pbkdf2Hash::parse(&format!("{head}${OUTPUT}"));
            assert_eq!(found.err(), Some(expected), "{head}");
        }
        for (text, expected) in [
            ("pbkdf2_sha256$10000001$salt", InvalidHash::TooCostly),
            ("pbkdf2_sha256$1000$", InvalidHash::Malformed),
            ("pbkdf2_sha256$1000", InvalidHash::Malformed),
            ("pbkdf2_md5$1000$salt", InvalidHash::UnknownScheme),
        ] {
            let found = Pbkdf2Hash::parse_django_pbkdf2(&format!("{text}${OUTPUT}="));
            assert_eq!(found.err(), Some(expected), "{text}");
        }
        let hex_output = "00".repeat(32);
        for (text, expected) in [
            ("pbkdf2:sha256:10000001$salt", InvalidHash::TooCostly),
            ("pbkdf2:sha256:1000$", InvalidHash::Malformed),
            ("pbkdf2:sha256$salt", InvalidHash::Malformed),
            ("pbkdf2:sha256:1000$salt$0", InvalidHash::Malformed),
            ("pbkdf2:md5:1000$salt", InvalidHash::UnknownScheme),
        ] {
            let found = Pbkdf2Hash::parse_werkzeug_pbkdf2(&format!("{text}${hex_output}"));
            assert_eq!(found.err(), Some(expected), "{text}");
        }
        for output in ["", "00", "xx", &hex_output[1..]] {
            let text = format!("pbkdf2:sha256:1000$salt${output}");
            let found = Pbkdf2Hash::parse_werkzeug_pbkdf2(&text);
            assert_eq!(found.err(), Some(InvalidHash::Malformed), "{text}");
        }
        assert!(Pbkdf2Hash::parse("$pbkdf2-sha256$1000$c2FsdA$c2FsdA").is_err());
    }

    #[test]
    fn only_the_first_output_block_is_computed_and_compared() {
        let parse = |head: &str, characters: usize| {
            let text = format!("{head}$c2FsdA${}", "A".repeat(characters));
            Pbkdf2Hash::parse(&text).expect("valid password hash")
        };
        // 22 base64 characters are 16 bytes, 43 are 32 and 86 are 64.
        for (head, characters, compared, work) in [
            ("$pbkdf2$1000", 22, 16, 1000),
            ("$pbkdf2$1000", 86, 20, 1000),
            ("$pbkdf2-sha256$1000", 43, 32, 1000),
            ("$pbkdf2-sha256$1000", 86, 32, 1000),
            ("$pbkdf2-sha512$1000", 86, 64, 3000),
        ] {
            let hash = parse(head, characters);
            assert_eq!(hash.output.len(), compared, "{head}");
            assert_eq!(hash.work_factor(), work, "{head}");
        }
    }

    /// Uses the default numbers of iterations of Keycloak 24, which derives 64 bytes with every hash function.
    #[test]
    fn import_accepts_the_default_costs_of_keycloak() {
        for head in [
            "$pbkdf2$i=1300000",
            "$pbkdf2-sha256$i=600000",
            "$pbkdf2-sha512$i=210000",
        ] {
            let text = format!("{head}$c2FsdA==${}==", "A".repeat(86));
            assert!(PasswordHash::parse_imported_hash(&text).is_ok(), "{head}");
        }
    }
}
