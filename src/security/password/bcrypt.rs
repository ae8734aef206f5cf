//! Reads stored bcrypt hashes (Provos and Mazières, 1999) of other systems.

use base64::Engine as _;
use base64::alphabet;
use base64::engine::{DecodePaddingMode, GeneralPurpose, GeneralPurposeConfig};

use super::error::InvalidHash;

/// bcrypt's own base64. Some systems leave bits behind the last byte of salt or output.
const BASE64: GeneralPurpose = GeneralPurpose::new(
    &alphabet::BCRYPT,
    GeneralPurposeConfig::new()
        .with_decode_padding_mode(DecodePaddingMode::RequireNone)
        .with_decode_allow_trailing_bits(true),
);

/// A hash of a higher cost occupies a core for several seconds.
const MAX_COST: u32 = 16;
const MIN_COST: u32 = 4;
/// How many of the 24 bytes of output are stored.
const OUTPUT: usize = 23;

/// A stored bcrypt hash, parsed.
#[derive(Clone, PartialEq, Eq)]
pub struct BcryptHash {
    /// The binary logarithm of the number of rounds.
    pub cost: u32,
    pub salt: [u8; 16],
    pub output: [u8; OUTPUT],
}

impl BcryptHash {
    /// Reads `$2b$12$`, 22 characters of salt and 31 of output; `$2a$` and `$2y$` mean the same.
    ///
    /// `$2x$` is refused: it marks hashes of an old library that read bytes above 127 with the
    /// wrong sign, so that several passwords fit one hash. Its user needs a new password,
    /// which the import reports instead of a failing sign-in.
    pub(super) fn parse(text: &str) -> Result<Self, InvalidHash> {
        let fields: Vec<&str> = text.split('$').collect();
        let ["", version, cost, rest] = fields.as_slice() else {
            return Err(InvalidHash::Malformed);
        };
        match *version {
            "2a" | "2b" | "2y" => {}
            "2x" => return Err(InvalidHash::SignExtended),
            _ => return Err(InvalidHash::UnknownScheme),
        }
        let two_digits = cost.len() == 2 && cost.bytes().all(|b| b.is_ascii_digit());
        let cost = cost.parse().ok().filter(|_| two_digits);
        let (salt, output) = rest.split_at_checked(22).ok_or(InvalidHash::Malformed)?;
        let read = Self {
            cost: cost
                .filter(|cost| *cost >= MIN_COST)
                .ok_or(InvalidHash::Malformed)?,
            salt: decoded(salt)?,
            output: decoded(output)?,
        };
        if read.cost > MAX_COST {
            return Err(InvalidHash::TooCostly);
        }
        Ok(read)
    }
}

fn decoded<const N: usize>(text: &str) -> Result<[u8; N], InvalidHash> {
    let bytes = BASE64.decode(text).map_err(|_| InvalidHash::Malformed)?;
    bytes.try_into().map_err(|_| InvalidHash::Malformed)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn malformed_or_costly_hash_is_refused_with_its_reason() {
        let rest = "CCCCCCCCCCCCCCCCCCCCC.E5YPO9kmyuRGyh0XouQYb4YMJKvyOeW";
        for (head, expected) in [
            ("$2x$05$", InvalidHash::SignExtended),
            ("$2$05$", InvalidHash::UnknownScheme),
            ("$2b$17$", InvalidHash::TooCostly),
            ("$2b$31$", InvalidHash::TooCostly),
            ("$2b$99$", InvalidHash::TooCostly),
            ("$2b$03$", InvalidHash::Malformed),
            ("$2b$5$", InvalidHash::Malformed),
            ("$2b$+5$", InvalidHash::Malformed),
            ("$2b$05$.", InvalidHash::Malformed),
            ("2b$05$", InvalidHash::Malformed),
        ] {
            let found = BcryptHash::parse(&format!("{head}{rest}"));
            assert_eq!(found.err(), Some(expected), "{head}");
        }
        for cut in [0, 21, 22, 40, 52] {
            let found = BcryptHash::parse(&format!("$2b$05${}", &rest[..cut]));
            assert_eq!(found.err(), Some(InvalidHash::Malformed), "{cut}");
        }
    }
}
