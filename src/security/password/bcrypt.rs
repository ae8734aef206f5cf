//! bcrypt (Provos and Mazières, 1999), of which other systems have many hashes. None is made here.

use base64::Engine as _;
use base64::alphabet;
use base64::engine::{DecodePaddingMode, GeneralPurpose, GeneralPurposeConfig};
use subtle::ConstantTimeEq as _;

use super::error::InvalidHash;

/// bcrypt's own base64. Some systems leave bits behind the last byte of salt or output.
const BASE64: GeneralPurpose = GeneralPurpose::new(
    &alphabet::BCRYPT,
    GeneralPurposeConfig::new()
        .with_decode_padding_mode(DecodePaddingMode::RequireNone)
        .with_decode_allow_trailing_bits(true),
);

/// Above this one hash takes a core for more than some seconds.
const MAX_COST: u32 = 16;
const MIN_COST: u32 = 4;
/// What bcrypt reads of a password and the NUL behind it, in bytes.
const MAX_READ: usize = 72;
/// What is stored of the 24 bytes of output.
const OUTPUT: usize = 23;

/// A stored bcrypt hash, read.
#[derive(Clone, PartialEq, Eq)]
pub(super) struct BcryptHash {
    /// 2 to the power of this are the rounds.
    cost: u32,
    salt: [u8; 16],
    output: [u8; OUTPUT],
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
            return Err(InvalidHash::TooDear);
        }
        Ok(read)
    }

    /// Whether the hash is of this password, as the system that made it would say: what stands
    /// beyond 72 bytes does not count.
    ///
    /// A NUL is never right. Where one stands, some systems stop reading and others go on; a form
    /// cannot contain one.
    pub(super) fn matches(&self, password: &str) -> bool {
        let whole = password.bytes().chain([0]);
        let read: Vec<u8> = whole.take(MAX_READ).collect();
        let output = ::bcrypt::bcrypt(self.cost, self.salt, &read);
        let same: bool = output[..OUTPUT].ct_eq(&self.output).into();
        same && !password.contains('\0')
    }
}

fn decoded<const N: usize>(text: &str) -> Result<[u8; N], InvalidHash> {
    let bytes = BASE64.decode(text).map_err(|_| InvalidHash::Malformed)?;
    bytes.try_into().map_err(|_| InvalidHash::Malformed)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn matches(text: &str, password: &str) -> bool {
        let hash = BcryptHash::parse(text).unwrap_or_else(|error| panic!("{text}: {error}"));
        hash.matches(password)
    }

    /// Known answers of `crypt_blowfish` (`wrapper.c`), and one computed with libxcrypt.
    #[test]
    fn the_published_vectors_verify() {
        for (text, password) in [
            (
                "$2a$05$CCCCCCCCCCCCCCCCCCCCC.E5YPO9kmyuRGyh0XouQYb4YMJKvyOeW",
                "U*U",
            ),
            (
                "$2b$05$CCCCCCCCCCCCCCCCCCCCC.VGOzA784oUp/Z0DY336zx7pLYAy0lwK",
                "U*U*",
            ),
            (
                "$2y$05$XXXXXXXXXXXXXXXXXXXXXOAcXxm9kjPGEMsLznoKqmqw7tc8WCx4a",
                "U*U*U",
            ),
            (
                "$2a$05$CCCCCCCCCCCCCCCCCCCCC.7uG0VCzI2bS7j6ymqJi9CdcdxiRTWNy",
                "",
            ),
            (
                "$2b$04$7LCcf6rKdtqPJdKeRLEhZeWYg35rISJEj736NEDrmpcVClhLJgr/G",
                "caf\u{e9} au lait",
            ),
        ] {
            assert!(matches(text, password), "{password:?}");
            assert!(!matches(text, &format!("{password} ")), "{password:?}");
        }
    }

    #[test]
    fn only_the_first_72_bytes_count_as_they_did_where_it_was_made() {
        let text = "$2a$05$abcdefghijklmnopqrstuu5s2v8.iXieOjg/.AySBTTZIIVFJeBui";
        let head = "0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789";
        assert_eq!(head.len(), 72);
        assert!(matches(text, &format!("{head}chars after 72 are ignored")));
        assert!(matches(text, head));
        assert!(!matches(text, &head[..71]));
    }

    #[test]
    fn a_password_with_a_nul_is_never_right() {
        let text = "$2a$05$CCCCCCCCCCCCCCCCCCCCC.E5YPO9kmyuRGyh0XouQYb4YMJKvyOeW";
        assert!(!matches(text, "U*U\0"));
        assert!(!matches(text, "U*U\0more"));
    }

    #[test]
    fn bits_behind_the_salt_change_nothing() {
        let clean = "$2a$05$CCCCCCCCCCCCCCCCCCCCC.E5YPO9kmyuRGyh0XouQYb4YMJKvyOeW";
        let dirty = clean.replace("CC.E5", "CC/E5");
        assert!(matches(&dirty, "U*U"));
    }

    #[test]
    fn what_cannot_be_verified_is_refused_for_its_reason() {
        let rest = "CCCCCCCCCCCCCCCCCCCCC.E5YPO9kmyuRGyh0XouQYb4YMJKvyOeW";
        for (head, expected) in [
            ("$2x$05$", InvalidHash::SignExtended),
            ("$2$05$", InvalidHash::UnknownScheme),
            ("$2b$17$", InvalidHash::TooDear),
            ("$2b$31$", InvalidHash::TooDear),
            ("$2b$99$", InvalidHash::TooDear),
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
