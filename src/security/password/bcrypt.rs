//! Parses bcrypt hashes of other systems (Provos and Mazières, 1999).

use base64::Engine as _;
use base64::alphabet;
use base64::engine::{DecodePaddingMode, GeneralPurpose, GeneralPurposeConfig};

use super::error::InvalidHash;

/// The base64 alphabet of bcrypt. Some systems leave unused bits after the last byte of salt or output set.
const BCRYPT_BASE64: GeneralPurpose = GeneralPurpose::new(
    &alphabet::BCRYPT,
    GeneralPurposeConfig::new()
        .with_decode_padding_mode(DecodePaddingMode::RequireNone)
        .with_decode_allow_trailing_bits(true),
);

/// The maximum cost. A higher one would occupy a processor core for several seconds.
const MAX_COST: u32 = 16;
const MIN_COST: u32 = 4;
/// The number of stored bytes of the 24 bytes of output.
const OUTPUT_BYTES: usize = 23;

/// Parsed bcrypt hash.
#[derive(Clone, PartialEq, Eq)]
pub struct BcryptHash {
    /// The binary logarithm of the number of rounds.
    pub cost: u32,
    pub salt: [u8; 16],
    pub output: [u8; OUTPUT_BYTES],
}

/// Hash function applied to a password before bcrypt, which reads only 72 bytes.
#[derive(Clone, PartialEq, Eq)]
pub enum Prehash {
    /// SHA-256 in hexadecimal, as used by Django.
    HexSha256,
    /// SHA-256 in base64, as used by the first version of passlib's format.
    Base64Sha256,
    /// HMAC-SHA-256 in base64, as used by the second version of passlib's format. The key is the text of the salt.
    Base64HmacSha256 { salt: String },
}

impl BcryptHash {
    /// Parses a bcrypt hash of passlib: `$bcrypt-sha256$v=2,t=2b,r=12$salt$output`, or
    /// `$bcrypt-sha256$2b,12$salt$output` (version 1).
    ///
    /// Source: <https://passlib.readthedocs.io/en/stable/lib/passlib.hash.bcrypt_sha256.html>.
    pub(super) fn parse_passlib_bcrypt(passlib_hash: &str) -> Result<(Self, Prehash), InvalidHash> {
        let fields: Vec<&str> = passlib_hash.split('$').collect();
        let ["", "bcrypt-sha256", parameters, salt, output] = fields.as_slice() else {
            return Err(InvalidHash::Malformed);
        };
        let parameters: Vec<&str> = parameters.split(',').collect();
        let (version, cost, prehash) = match parameters.as_slice() {
            ["v=2", version, cost] => {
                let version = version.strip_prefix("t=").ok_or(InvalidHash::Malformed)?;
                let cost = cost.strip_prefix("r=").ok_or(InvalidHash::Malformed)?;
                let salt = (*salt).to_owned();
                (version, cost, Prehash::Base64HmacSha256 { salt })
            }
            [version, cost] => (*version, *cost, Prehash::Base64Sha256),
            _ => return Err(InvalidHash::Malformed),
        };
        // passlib writes a cost below 10 with one digit.
        let hash = Self::parse(&format!("${version}${cost:0>2}${salt}{output}"))?;
        Ok((hash, prehash))
    }

    /// Parses a bcrypt hash: `$2b$12$`, 22 characters of salt and 31 of output; `$2a$` and `$2y$` are equivalent.
    ///
    /// Rejects `$2x$`, with which several passwords can match one hash.
    pub(super) fn parse(bcrypt_hash: &str) -> Result<Self, InvalidHash> {
        // `$2x$` marks hashes of an old library that read bytes above 127 with the wrong sign.
        let fields: Vec<&str> = bcrypt_hash.split('$').collect();
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
            salt: decode_base64(salt)?,
            output: decode_base64(output)?,
        };
        if read.cost > MAX_COST {
            return Err(InvalidHash::TooCostly);
        }
        Ok(read)
    }
}

fn decode_base64<const N: usize>(base64_text: &str) -> Result<[u8; N], InvalidHash> {
    let bytes = BCRYPT_BASE64
        .decode(base64_text)
        .map_err(|_| InvalidHash::Malformed)?;
    bytes.try_into().map_err(|_| InvalidHash::Malformed)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn malformed_or_costly_bcrypt_hash_is_refused_with_its_reason() {
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
