//! A password hash as it lies in the store.

use std::fmt;

use super::argon2::{self, Argon2Hash, Memory};
use super::bcrypt::BcryptHash;
use super::error::{HashError, InvalidHash};
use super::parameters::HashParameters;
use super::scrypt::ScryptHash;

/// A hash of a scheme we know, with parameters we are ready to compute.
///
/// `Debug` prints the type's name: a hash in a log is a hash to be cracked.
#[derive(Clone, PartialEq, Eq)]
pub struct PasswordHash {
    text: String,
    scheme: Scheme,
}

/// The schemes a stored hash may be of. All but today's argon2id were taken over from another
/// system, and are replaced at their owners' next sign-in.
#[derive(Clone, PartialEq, Eq)]
pub(super) enum Scheme {
    Argon2(Argon2Hash),
    Bcrypt(BcryptHash),
    Scrypt(ScryptHash),
}

impl PasswordHash {
    /// The longest text of a hash that any scheme here needs; argon2id's takes 97 bytes.
    const MAX_BYTES: usize = 256;

    /// Hashes a password with Argon2id and a random salt.
    pub(super) fn compute(
        password: &str,
        parameters: HashParameters,
        memory: &mut Memory,
    ) -> Result<Self, HashError> {
        let text = argon2::hash(password, parameters, memory)?;
        Self::parse(&text).map_err(|error| HashError::Failed(error.to_string()))
    }

    /// Parses a hash that this server or another system stored.
    pub fn parse(text: &str) -> Result<Self, InvalidHash> {
        if text.len() > Self::MAX_BYTES {
            return Err(InvalidHash::Malformed);
        }
        let named = text
            .strip_prefix('$')
            .and_then(|rest| rest.split('$').next());
        let scheme = match named {
            Some("argon2id" | "argon2i" | "argon2d") => Scheme::Argon2(Argon2Hash::parse(text)?),
            Some("2a" | "2b" | "2x" | "2y") => Scheme::Bcrypt(BcryptHash::parse(text)?),
            Some("scrypt") => Scheme::Scrypt(ScryptHash::parse(text)?),
            _ => return Err(InvalidHash::UnknownScheme),
        };
        let text = text.to_owned();
        Ok(Self { text, scheme })
    }

    /// The text, for the store.
    pub fn as_str(&self) -> &str {
        &self.text
    }

    /// Whether it is of the form of hashes made here, which any hash is after a sign-in.
    pub fn is_of_our_form(&self) -> bool {
        matches!(&self.scheme, Scheme::Argon2(hash) if hash.is_of_our_form())
    }

    /// Whether a new hash would be made with the same parameters.
    pub(super) fn is_made_with(&self, current: HashParameters) -> bool {
        matches!(&self.scheme, Scheme::Argon2(hash) if hash.is_made_with(current))
    }

    /// Whether it is the hash of this password; computed in `memory`, where it is of our scheme.
    pub(super) fn matches(&self, password: &str, memory: &mut Memory) -> Result<bool, HashError> {
        match &self.scheme {
            Scheme::Argon2(hash) => hash.matches(password, memory),
            Scheme::Bcrypt(hash) => Ok(hash.matches(password)),
            Scheme::Scrypt(hash) => hash.matches(password),
        }
    }

    /// What verifying takes.
    pub(super) fn memory_kib(&self) -> u32 {
        match &self.scheme {
            Scheme::Argon2(hash) => hash.memory_kib(),
            Scheme::Bcrypt(_) => 4,
            Scheme::Scrypt(hash) => hash.memory_kib(),
        }
    }

    pub(super) const fn scheme(&self) -> &Scheme {
        &self.scheme
    }
}

impl fmt::Debug for PasswordHash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("PasswordHash")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SALT: &str = "c2FsdHNhbHRzYWx0c2FsdA";
    const OUTPUT: &str = "MTIzNDU2Nzg5MDEyMzQ1Njc4OTAxMjM0NTY3ODkwMTI";

    fn phc(head: &str) -> String {
        format!("${head}${SALT}${OUTPUT}")
    }

    #[test]
    fn what_was_stored_is_read_back_and_never_printed() {
        let text = phc("argon2id$v=19$m=19456,t=2,p=1");
        let hash = PasswordHash::parse(&text).expect("sound");
        assert_eq!(hash.as_str(), text);
        assert_eq!(format!("{hash:?}"), "PasswordHash");
    }

    #[test]
    fn absurd_parameters_are_refused_before_anything_is_computed() {
        for head in [
            "argon2id$v=19$m=4294967295,t=2,p=1",
            "argon2id$v=19$m=1048577,t=2,p=1",
            "argon2id$v=19$m=19456,t=4294967295,p=1",
            "argon2id$v=19$m=19456,t=33,p=1",
            "argon2id$v=19$m=1048576,t=17,p=1",
            "argon2id$v=19$m=19456,t=2,p=16777215",
            "argon2id$v=19$m=19456,t=2,p=17",
            "argon2id$v=19$m=19456,t=0,p=1",
            "argon2id$v=19$m=19456,t=2,p=0",
            "argon2id$v=19$m=7,t=2,p=1",
            "argon2id$v=19$m=63,t=2,p=8",
            "argon2id$v=19$m=99999999999999,t=2,p=1",
            "argon2id$v=19$m=-1,t=2,p=1",
        ] {
            assert!(PasswordHash::parse(&phc(head)).is_err(), "{head}");
        }
    }

    #[test]
    fn other_schemes_and_malformed_texts_are_no_hashes() {
        let sound = phc("argon2id$v=19$m=19456,t=2,p=1");
        for text in [
            String::new(),
            "hunter22".into(),
            "$".into(),
            "$argon2id".into(),
            phc("argon2$v=19$m=19456,t=2,p=1"),
            phc("argon2id$v=18$m=19456,t=2,p=1"),
            phc("pbkdf2-sha256$i=600000,l=32"),
            phc("7$ln=14,r=8,p=1"),
            phc("argon2id$v=19"),
            phc("argon2id$v=19$m=19456,t=2"),
            phc("argon2id$v=19$m=19456,t=2,p=1,keyid=AAAA"),
            "$1$abcdefgh$ABCDEFGHIJKLMNOPQRSTUV".into(),
            "bcrypt$$2b$12$abcdefghijklmnopqrstuuABCDEFGHIJKLMNOPQRSTUVWXYZ01234".into(),
            format!("{sound}$more"),
            format!(" {sound}"),
            format!("{sound}{}", "A".repeat(300)),
            format!("$argon2id$v=19$m=19456,t=2,p=1${SALT}"),
            format!("$argon2id$v=19$m=19456,t=2,p=1$c2FsdA${OUTPUT}"),
            format!("$argon2id$v=19$m=19456,t=2,p=1${SALT}$MTIzNA"),
        ] {
            assert!(PasswordHash::parse(&text).is_err(), "{text}");
        }
    }

    #[test]
    fn only_argon2id_as_it_is_made_here_is_of_our_form() {
        let is_ours = |text: &str| PasswordHash::parse(text).map(|hash| hash.is_of_our_form());
        assert_eq!(is_ours(&phc("argon2id$v=19$m=64,t=1,p=1")), Ok(true));
        for other in [
            phc("argon2i$v=19$m=64,t=1,p=1"),
            phc("argon2d$v=19$m=64,t=1,p=1"),
            phc("argon2id$v=16$m=64,t=1,p=1"),
            phc("argon2id$m=64,t=1,p=1"),
            phc("scrypt$ln=14,r=8,p=1"),
            "$2b$12$abcdefghijklmnopqrstuuABCDEFGHIJKLMNOPQRSTUVWXYZ01234".into(),
        ] {
            assert_eq!(is_ours(&other), Ok(false), "{other}");
        }
    }
}
