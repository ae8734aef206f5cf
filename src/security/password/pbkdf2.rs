//! Reads stored PBKDF2 hashes (RFC 8018) of other systems: Django, passlib and Keycloak.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD_NO_PAD;

use super::error::InvalidHash;

/// A stored PBKDF2 hash, parsed.
#[derive(Clone, PartialEq, Eq)]
pub struct Pbkdf2Hash {
    pub digest: Pbkdf2Digest,
    pub rounds: u32,
    pub salt: Vec<u8>,
    pub output: Vec<u8>,
}

/// The hash function of the HMAC.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Pbkdf2Digest {
    Sha1,
    Sha256,
    Sha512,
}

impl Pbkdf2Digest {
    /// The length of its output in bytes.
    const fn bytes(self) -> usize {
        match self {
            Self::Sha1 => 20,
            Self::Sha256 => 32,
            Self::Sha512 => 64,
        }
    }

    /// The time of one round, in rounds of SHA-256. For SHA-512 it is about 5 on processors with SHA instructions, and
    /// less than 2 on others.
    const fn weight(self) -> u64 {
        match self {
            Self::Sha1 | Self::Sha256 => 1,
            Self::Sha512 => 3,
        }
    }
}

impl Pbkdf2Hash {
    /// A hash of more work occupies a core for several seconds.
    const MAX_WORK: u64 = 10_000_000;
    const MIN_OUTPUT: usize = 16;

    /// Reads the form of Django: `pbkdf2_sha256$rounds$salt$output`. The salt is text, the output base64.
    pub(super) fn parse_django(text: &str) -> Result<Self, InvalidHash> {
        let fields: Vec<&str> = text.split('$').collect();
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
            rounds: number(rounds)?,
            salt: salt.as_bytes().to_vec(),
            output: decoded(output)?,
        }
        .bounded()
    }

    /// Reads the form of passlib, `$pbkdf2-sha256$rounds$salt$output`, and that of the PHC string format, in which the
    /// values of a Keycloak export are written: `$pbkdf2-sha512$i=rounds,l=length$salt$output`.
    ///
    /// Base64 may have padding, and `.` in place of `+` as passlib writes it.
    pub(super) fn parse(text: &str) -> Result<Self, InvalidHash> {
        let fields: Vec<&str> = text.split('$').collect();
        let ["", scheme, parameters, salt, output] = fields.as_slice() else {
            return Err(InvalidHash::Malformed);
        };
        let digest = match *scheme {
            "pbkdf2" | "pbkdf2-sha1" => Pbkdf2Digest::Sha1,
            "pbkdf2-sha256" => Pbkdf2Digest::Sha256,
            "pbkdf2-sha512" => Pbkdf2Digest::Sha512,
            _ => return Err(InvalidHash::UnknownScheme),
        };
        let output = decoded(output)?;
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
            rounds: number(rounds)?,
            salt: decoded(salt)?,
            output,
        }
        .bounded()
    }

    fn bounded(self) -> Result<Self, InvalidHash> {
        if self.rounds == 0 || self.salt.is_empty() || self.output.len() < Self::MIN_OUTPUT {
            return Err(InvalidHash::Malformed);
        }
        if self.work() > Self::MAX_WORK {
            return Err(InvalidHash::TooCostly);
        }
        Ok(self)
    }

    /// The computing time, in rounds of SHA-256. Each block of output costs all rounds.
    pub(super) fn work(&self) -> u64 {
        let blocks = self.output.len().div_ceil(self.digest.bytes());
        let blocks = u64::try_from(blocks).unwrap_or(u64::MAX);
        u64::from(self.rounds)
            .saturating_mul(blocks)
            .saturating_mul(self.digest.weight())
    }
}

/// A number of digits only. One that does not fit is too high.
fn number(text: &str) -> Result<u32, InvalidHash> {
    if text.is_empty() || !text.bytes().all(|byte| byte.is_ascii_digit()) {
        return Err(InvalidHash::Malformed);
    }
    text.parse().map_err(|_| InvalidHash::TooCostly)
}

fn decoded(text: &str) -> Result<Vec<u8>, InvalidHash> {
    let text = text.trim_end_matches('=').replace('.', "+");
    STANDARD_NO_PAD
        .decode(text)
        .map_err(|_| InvalidHash::Malformed)
}

#[cfg(test)]
mod tests {
    use super::*;

    const OUTPUT: &str = "kWJPeDdnm/NP27F7pgljyLNgxAGvEiGCyRYSYCJnhlY";

    #[test]
    fn malformed_or_costly_hash_is_refused_with_its_reason() {
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
            let found = Pbkdf2Hash::parse_django(&format!("{text}${OUTPUT}="));
            assert_eq!(found.err(), Some(expected), "{text}");
        }
        assert!(Pbkdf2Hash::parse("$pbkdf2-sha256$1000$c2FsdA$c2FsdA").is_err());
    }

    #[test]
    fn every_block_of_output_counts_as_work() {
        let work = |text: &str| Pbkdf2Hash::parse(text).expect("sound").work();
        let head = "$pbkdf2-sha256$1000$c2FsdA$";
        assert_eq!(work(&format!("{head}{OUTPUT}")), 1000);
        assert_eq!(work(&format!("{head}{}", "A".repeat(86))), 2000);
    }
}
