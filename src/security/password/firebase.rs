//! Parses password hashes of Firebase Authentication. scrypt derives a key, with which AES-256-CTR encrypts the
//! signer key of the project (<https://github.com/firebase/scrypt>).
//!
//! The format is that of Supabase Auth, because Firebase exports salt and hash without the parameters of the project.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD_NO_PAD;

use super::error::InvalidHash;
use super::scrypt::ScryptHash;

/// Parsed Firebase password hash: a signer key encrypted with a scrypt key of the password.
#[derive(Clone, PartialEq, Eq)]
pub struct FirebaseHash {
    /// The hash that derives the key. Its salt includes the salt separator, and its output is the encrypted signer
    /// key.
    pub scrypt: ScryptHash,
    /// The signer key, which is the same for all accounts of a project.
    pub signer_key: Vec<u8>,
}

impl FirebaseHash {
    /// Parses a Firebase hash: `$fbscrypt$v=1,n=MEM_COST,r=ROUNDS,p=1,ss=SALT_SEPARATOR,sk=SIGNER_KEY$SALT$HASH`.
    ///
    /// The last four values are base64.
    pub(super) fn parse(firebase_hash: &str) -> Result<Self, InvalidHash> {
        let fields: Vec<&str> = firebase_hash.split('$').collect();
        let ["", "fbscrypt", parameters, salt, hash] = fields.as_slice() else {
            return Err(InvalidHash::Malformed);
        };
        let parameters: Vec<&str> = parameters.split(',').collect();
        let ["v=1", cost, rounds, runs, separator, signer_key] = parameters.as_slice() else {
            return Err(InvalidHash::Malformed);
        };
        let named = |firebase_hash: &str, name: &str| {
            let value = firebase_hash
                .strip_prefix(name)
                .and_then(|rest| rest.strip_prefix('='));
            value.map(str::to_owned).ok_or(InvalidHash::Malformed)
        };
        let number = |firebase_hash: &str, name: &str| {
            named(firebase_hash, name)?
                .parse()
                .map_err(|_| InvalidHash::Malformed)
        };
        let mut salt = decode_base64(salt)?;
        salt.extend(decode_base64(&named(separator, "ss")?)?);
        let signer_key = decode_base64(&named(signer_key, "sk")?)?;
        let output = decode_base64(hash)?;
        if output.len() != signer_key.len() {
            return Err(InvalidHash::Malformed);
        }
        let (log_n, block, times) = (number(cost, "n")?, number(rounds, "r")?, number(runs, "p")?);
        let scrypt = ScryptHash::from_parameters(log_n, block, times, salt, output)?;
        Ok(Self { scrypt, signer_key })
    }
}

/// Decodes base64 in the standard or the URL-safe alphabet, with or without padding.
fn decode_base64(base64_text: &str) -> Result<Vec<u8>, InvalidHash> {
    let base64_text = base64_text.trim_end_matches('=');
    let base64_text = base64_text.replace('-', "+").replace('_', "/");
    STANDARD_NO_PAD
        .decode(base64_text)
        .map_err(|_| InvalidHash::Malformed)
}

#[cfg(test)]
mod tests {
    use super::*;

    const SIGNER_KEY: &str = "c2FsdHNhbHRzYWx0c2FsdHNhbHRzYWx0";

    /// Parses a Firebase hash made of `head`, a valid signer key and `tail`.
    ///
    /// Returns the error, or `None` if the hash is valid.
    fn find_firebase_hash_error(head: &str, tail: &str) -> Option<InvalidHash> {
        FirebaseHash::parse(&format!("$fbscrypt${head},sk={SIGNER_KEY}${tail}")).err()
    }

    #[test]
    fn malformed_or_costly_firebase_hash_is_refused_with_its_reason() {
        let tail = format!("c2FsdA==${SIGNER_KEY}");
        let valid_parameters = "v=1,n=14,r=8,p=1,ss=Bw==";
        assert_eq!(find_firebase_hash_error(valid_parameters, &tail), None);
        assert_eq!(
            find_firebase_hash_error("v=1,n=14,r=8,p=1,ss=", &tail),
            None
        );
        for head in [
            "v=2,n=14,r=8,p=1,ss=Bw==",
            "v=1,n=14,r=8,ss=Bw==",
            "v=1,r=8,n=14,p=1,ss=Bw==",
            "v=1,n=,r=8,p=1,ss=Bw==",
            "v=1,n=14,r=8,p=1,ss=!",
            "v=1,n=0,r=8,p=1,ss=Bw==",
        ] {
            assert_eq!(
                find_firebase_hash_error(head, &tail),
                Some(InvalidHash::Malformed),
                "{head}"
            );
        }
        for tail in ["c2FsdA==", "c2FsdA==$c2FsdA==", "c2FsdA==$", "!$c2FsdA=="] {
            assert_eq!(
                find_firebase_hash_error(valid_parameters, tail),
                Some(InvalidHash::Malformed),
                "{tail}"
            );
        }
        for head in ["v=1,n=21,r=8,p=1,ss=Bw==", "v=1,n=14,r=65,p=1,ss=Bw=="] {
            assert_eq!(
                find_firebase_hash_error(head, &tail),
                Some(InvalidHash::TooCostly),
                "{head}"
            );
        }
    }

    #[test]
    fn firebase_hash_with_either_base64_alphabet_or_without_padding_is_parsed() {
        let standard = "$fbscrypt$v=1,n=14,r=8,p=1,ss=Bw==,sk=+/+/+/+/+/+/+/+/+/+/+w==$+/8=$/+/+/+/+/+/+/+/+/+/+/w==";
        let Ok(standard) = FirebaseHash::parse(standard) else {
            panic!("the hash is well-formed");
        };
        let web =
            "$fbscrypt$v=1,n=14,r=8,p=1,ss=Bw,sk=-_-_-_-_-_-_-_-_-_-_-w$-_8$_-_-_-_-_-_-_-_-_-_-_w";
        assert!(FirebaseHash::parse(web).is_ok_and(|read| read == standard));
    }
}
