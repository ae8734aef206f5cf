//! Codes that are mailed to prove an e-mail address, and their hashes.

use super::token::{self, BucketKey};
use crate::security::token::AccountId;
use domain::{EmailAddress, OneTimeCode};

/// The length of a code that proves an e-mail address.
const DIGITS: domain::CodeLength = domain::CodeLength::SIX;

/// Generates a random code of six digits for a mail.
pub fn generate_email_code() -> String {
    const CODES: u64 = 1_000_000;
    // 2^64 is far larger than the number of codes, so all codes are practically equally likely.
    let number = u64::from_be_bytes(token::generate_random_bytes()) % CODES;
    format!("{number:06}")
}

/// Parses a mailed code that the user has typed. Returns `None` if the text does not have the format of a code.
pub fn parse_email_code(typed_code: &str) -> Option<OneTimeCode> {
    OneTimeCode::parse(typed_code, DIGITS)
}

/// Keyed hash of account, e-mail address and mailed code.
///
/// The database contains the key only encrypted, so a copy of the database reveals no code.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct EmailCodeHash(String);

impl EmailCodeHash {
    /// Computes the hash of a code that was mailed to the e-mail address of an account.
    pub fn new(account: &AccountId, email: &EmailAddress, code: &str, hash_key: &[u8]) -> Self {
        let subject = format!("{}\n{}\n{code}", account.as_str(), email.canonical());
        Self(
            BucketKey::new("email-code", &subject, hash_key)
                .as_str()
                .to_owned(),
        )
    }

    /// Creates the hash of an e-mail code from its text in the database.
    pub const fn from_stored(email_code_hash: String) -> Self {
        Self(email_code_hash)
    }

    /// Returns the hash of an e-mail code as text for the database.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// Identifier of an account and an e-mail address, in the forms of the page that proves the address.
///
/// The server refuses a form whose page shows another account or another address than the code proves. The identifier
/// grants no access.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct EmailProofId(String);

impl EmailProofId {
    /// Computes the identifier of an account and an e-mail address, as keyed hash.
    pub fn new(account: &AccountId, email: &EmailAddress, hash_key: &[u8]) -> Self {
        let subject = format!("{}\n{}", account.as_str(), email.canonical());
        let key = BucketKey::new("email-proof", &subject, hash_key);
        Self(key.as_str().to_owned())
    }

    /// Reads the identifier from a form. Returns `None` for a form without it.
    pub fn from_form(text: &str) -> Option<Self> {
        (!text.is_empty()).then(|| Self(text.to_owned()))
    }

    /// Returns the identifier as text for a form.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn email_code_has_six_random_digits() {
        let codes: Vec<String> = (0..20).map(|_| generate_email_code()).collect();
        assert!(codes.iter().all(|code| parse_email_code(code).is_some()));
        let distinct: std::collections::BTreeSet<&String> = codes.iter().collect();
        assert!(distinct.len() > 10, "{codes:?}");
    }

    #[test]
    fn email_code_hash_depends_on_account_address_and_code() {
        let account = |id: &str| AccountId::from_stored(id.to_owned());
        let email = |text| EmailAddress::parse(text).expect("valid e-mail address");
        let hash =
            |id, text, code, key: &[u8]| EmailCodeHash::new(&account(id), &email(text), code, key);
        let one = hash("1", "ann@example.com", "123456", b"key");
        assert_eq!(one, hash("1", "ANN@example.com", "123456", b"key"));
        for other in [
            hash("2", "ann@example.com", "123456", b"key"),
            hash("1", "bob@example.com", "123456", b"key"),
            hash("1", "ann@example.com", "123457", b"key"),
            hash("1", "ann@example.com", "123456", b"other"),
        ] {
            assert_ne!(one, other);
        }
        assert!(!format!("{one:?}").contains("123456"));
    }

    #[test]
    fn email_proof_id_depends_on_account_and_address() {
        let id = |account: &str, email| {
            let email = EmailAddress::parse(email).expect("valid e-mail address");
            EmailProofId::new(&AccountId::from_stored(account.to_owned()), &email, b"key")
        };
        let one = id("1", "ann@example.com");
        assert_eq!(one, id("1", "ANN@example.com"));
        assert_ne!(one, id("2", "ann@example.com"));
        assert_ne!(one, id("1", "bob@example.com"));
        assert_eq!(EmailProofId::from_form(one.as_str()), Some(one));
        assert_eq!(EmailProofId::from_form(""), None);
    }
}
