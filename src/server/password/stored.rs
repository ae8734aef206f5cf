//! A password hash as it lies in the store.

use std::fmt;

use argon2::password_hash::phc;

use super::argon2id;

/// A PHC string of a scheme we know, with parameters we are ready to compute.
///
/// `Debug` prints the type's name: a hash in a log is a hash to be cracked.
#[derive(Clone, PartialEq, Eq)]
pub struct PasswordHash {
    text: String,
    scheme: Scheme,
}

/// The schemes a stored hash may be of. Named by what stands between the first two `$`, so that
/// hashes of other schemes can be taken over and replaced at their owners' next sign-in.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Scheme {
    Argon2id,
}

/// The text is no hash we would compute: malformed, of an unknown scheme, or with parameters that
/// would cost too much.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("not a password hash that can be verified here")]
pub struct InvalidHash;

impl PasswordHash {
    /// The longest PHC string any scheme here needs; argon2id's takes 97 bytes.
    const MAX_BYTES: usize = 256;

    /// Reads what was stored.
    pub fn parse(text: &str) -> Result<Self, InvalidHash> {
        if text.len() > Self::MAX_BYTES {
            return Err(InvalidHash);
        }
        let scheme = match text.split('$').nth(1) {
            Some("argon2id") => Scheme::Argon2id,
            _ => return Err(InvalidHash),
        };
        let sound = match scheme {
            Scheme::Argon2id => {
                phc::PasswordHash::new(text).is_ok_and(|hash| argon2id::is_sound(&hash))
            }
        };
        let text = text.to_owned();
        sound.then_some(Self { text, scheme }).ok_or(InvalidHash)
    }

    /// The PHC string, for the store.
    pub fn as_str(&self) -> &str {
        &self.text
    }

    pub(super) fn scheme(&self) -> Scheme {
        self.scheme
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
            "argon2id$v=19$m=19456,t=2,p=16777215",
            "argon2id$v=19$m=19456,t=2,p=17",
            "argon2id$v=19$m=19456,t=0,p=1",
            "argon2id$v=19$m=19456,t=2,p=0",
            "argon2id$v=19$m=7,t=2,p=1",
            "argon2id$v=19$m=63,t=2,p=8",
            "argon2id$v=19$m=99999999999999,t=2,p=1",
            "argon2id$v=19$m=-1,t=2,p=1",
        ] {
            assert_eq!(PasswordHash::parse(&phc(head)), Err(InvalidHash), "{head}");
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
            phc("argon2i$v=19$m=19456,t=2,p=1"),
            phc("argon2d$v=19$m=19456,t=2,p=1"),
            phc("argon2id$v=16$m=19456,t=2,p=1"),
            phc("argon2id$m=19456,t=2,p=1"),
            phc("argon2id$v=19"),
            phc("argon2id$v=19$m=19456,t=2"),
            phc("argon2id$v=19$m=19456,t=2,p=1,keyid=AAAA"),
            "$2b$12$abcdefghijklmnopqrstuuABCDEFGHIJKLMNOPQRSTUVWXYZ01234".into(),
            format!("{sound}$more"),
            format!(" {sound}"),
            format!("{sound}{}", "A".repeat(300)),
            format!("$argon2id$v=19$m=19456,t=2,p=1${SALT}"),
            format!("$argon2id$v=19$m=19456,t=2,p=1$c2FsdHNhbHQ${OUTPUT}"),
            format!("$argon2id$v=19$m=19456,t=2,p=1${SALT}$MTIzNA"),
        ] {
            assert_eq!(PasswordHash::parse(&text), Err(InvalidHash), "{text}");
        }
    }
}
