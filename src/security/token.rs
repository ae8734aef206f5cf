//! Random values: session and flow tokens, their hashes, and ids.

use std::fmt;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use hmac::{Hmac, KeyInit as _, Mac as _};
use rand::TryRng as _;
use rand::rngs::SysRng;
use serde::{Deserialize, Serialize};
use sha2::{Digest as _, Sha256};

use domain::{ChangeId, PaymentId, RecoveryId};

/// Session token or flow token: a random secret of 256 bits that the client stores (docs/security.md#ses-01).
#[derive(Clone, PartialEq, Eq)]
pub struct Token(String);

impl Token {
    /// The length of 32 bytes in base64url without padding.
    const LENGTH: usize = 43;

    /// Generates a random token.
    pub fn generate() -> Self {
        Self(URL_SAFE_NO_PAD.encode(generate_random_bytes::<32>()))
    }

    /// Derives a token from `key` and `subject`.
    ///
    /// The same key and subject always give the same token, which is unpredictable without the key.
    pub fn derive_from_key(key: &[u8], subject: &str) -> Self {
        Self(URL_SAFE_NO_PAD.encode(keyed_hash(key, subject)))
    }

    /// Parses a session token or flow token from a request.
    ///
    /// Returns `None` if length or characters are wrong (docs/security.md#ses-04).
    pub fn parse(token: &str) -> Option<Self> {
        let is_well_formed = token.len() == Self::LENGTH
            && token
                .bytes()
                .all(|b| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'_'));
        is_well_formed.then(|| Self(token.to_owned()))
    }

    /// Returns the secret text of the token, to send it to the client.
    pub fn expose(&self) -> &str {
        &self.0
    }

    /// Computes the SHA-256 hash of the token, which is stored instead of the token.
    pub fn hash(&self) -> TokenHash {
        // 256 random bits need neither salt nor slow hash.
        TokenHash(hex::encode(Sha256::digest(self.0.as_bytes())))
    }
}

impl fmt::Debug for Token {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Token")
    }
}

/// SHA-256 hash of a [`Token`] in hexadecimal.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct TokenHash(String);

impl TokenHash {
    /// Creates a token hash from its text in the database.
    pub const fn from_stored(token_hash: String) -> Self {
        Self(token_hash)
    }

    /// Returns the token hash as text for the database.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// Database key of a rate limit: its kind, and a keyed hash of its subject (docs/security.md#lim-09).
///
/// The hash hides the subject, such as a phone number.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct BucketKey(String);

impl BucketKey {
    /// Creates the database key of a rate limit on `subject`, such as a phone number.
    ///
    /// `limit_kind` is the name of the limit, and `hash_key` hashes the subject.
    pub fn new(limit_kind: &'static str, subject: &str, hash_key: &[u8]) -> Self {
        let subject_hash = hex::encode(keyed_hash(hash_key, subject));
        Self(format!("{limit_kind}:{subject_hash}"))
    }

    /// Creates the database key of a rate limit from its text in the database.
    pub const fn from_stored(bucket_key: String) -> Self {
        Self(bucket_key)
    }

    /// Returns the database key of a rate limit as text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// Computes the HMAC-SHA-256 of the text `subject` with `key`.
fn keyed_hash(key: &[u8], subject: &str) -> [u8; 32] {
    // HMAC accepts keys of any length, so this cannot fail.
    Hmac::<Sha256>::new_from_slice(key)
        .map(|mac| mac.chain_update(subject.as_bytes()).finalize().into_bytes())
        .unwrap_or_default()
        .into()
}

/// Generates a random ID of 128 bits in hexadecimal, which reveals neither the order nor the number of IDs
/// (docs/security.md#enum-04).
pub fn generate_random_id() -> String {
    hex::encode(generate_random_bytes::<16>())
}

/// Generates a random payment ID.
pub fn generate_payment_id() -> PaymentId {
    PaymentId::from_bits(u128::from_be_bytes(generate_random_bytes()))
}

/// Generates a random ID for a lost-phone recovery of an account.
pub fn generate_recovery_id() -> RecoveryId {
    RecoveryId::from_bits(u128::from_be_bytes(generate_random_bytes()))
}

/// Generates a random ID for a change of phone number or e-mail address.
pub fn generate_change_id() -> ChangeId {
    ChangeId::from_bits(u128::from_be_bytes(generate_random_bytes()))
}

/// Generates a random password of 100 bits for a new account: four groups of five letters without similar ones
/// (Crockford's base 32).
pub fn generate_readable_password() -> String {
    let letters = generate_random_letters::<20>();
    let groups: Vec<String> = letters
        .chunks(5)
        .map(|group| group.iter().collect())
        .collect();
    groups.join("-")
}

/// Generates the random end of a username: six letters and digits (30 bits).
pub fn generate_username_suffix() -> String {
    generate_random_letters::<6>().iter().collect()
}

/// Generates `N` random letters and digits of 5 bits each, without letters that look like others (Crockford's base 32).
fn generate_random_letters<const N: usize>() -> [char; N] {
    const LETTERS: &[u8; 32] = b"0123456789abcdefghjkmnpqrstvwxyz";
    generate_random_bytes::<N>().map(|byte| char::from(LETTERS[usize::from(byte & 31)]))
}

/// Generates `N` random bytes with the random source of the operating system.
pub(super) fn generate_random_bytes<const N: usize>() -> [u8; N] {
    let mut bytes = [0; N];
    // Without random bytes of the system every token would be insecure, so the process stops.
    #[expect(
        clippy::expect_used,
        reason = "a machine without randomness must stop, not guess"
    )]
    SysRng
        .try_fill_bytes(&mut bytes)
        .expect("the system's random source answers");
    bytes
}

macro_rules! ids {
    ($($(#[$doc:meta])* $name:ident;)*) => {$(
        $(#[$doc])*
        #[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
        #[serde(transparent)]
        pub struct $name(String);

        impl $name {
            /// Generates a random ID.
            pub fn generate() -> Self {
                Self(generate_random_id())
            }

            /// Parses a random ID from a request. Returns `None` if its format is wrong.
            pub fn parse(id: &str) -> Option<Self> {
                let is_well_formed = id.len() == 32
                    && id.bytes().all(|b| matches!(b, b'0'..=b'9' | b'a'..=b'f'));
                is_well_formed.then(|| Self(id.to_owned()))
            }

            /// Creates an ID from its text in the database.
            pub const fn from_stored(id: String) -> Self {
                Self(id)
            }

            /// Returns the ID as text.
            pub fn as_str(&self) -> &str {
                &self.0
            }
        }
    )*};
}

ids! {
    /// The id of an account.
    AccountId;
    /// The id of an entry of the audit trail.
    EntryId;
    /// The id of a flow. It grants no access; the flow token does.
    FlowId;
    /// The id of a notification in the outbox.
    NotificationId;
    /// The id of a session. It grants no access; the session token does.
    SessionId;
    /// The payment processor's id of an executed payment.
    TransactionId;
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn token_is_long_random_and_not_in_debug_output() {
        let (one, two) = (Token::generate(), Token::generate());
        assert_ne!(one, two);
        assert_eq!(Token::parse(one.expose()), Some(one.clone()));
        assert_eq!(format!("{one:?}"), "Token");
        assert_ne!(one.hash().as_str(), one.expose());
    }

    #[test]
    fn derived_token_depends_only_on_key_and_subject() {
        let token = Token::derive_from_key(b"key", "a payment");
        assert_eq!(token, Token::derive_from_key(b"key", "a payment"));
        assert_ne!(token, Token::derive_from_key(b"key", "another"));
        assert_ne!(token, Token::derive_from_key(b"another", "a payment"));
        assert_eq!(Token::parse(token.expose()), Some(token));
    }

    #[test]
    fn text_of_wrong_length_or_alphabet_is_not_parsed_as_token() {
        for text in [
            "",
            "short",
            &"a".repeat(44),
            &"ä".repeat(43),
            &format!("{}\0", "a".repeat(42)),
        ] {
            assert_eq!(Token::parse(text), None, "{text:?}");
        }
    }

    #[test]
    fn readable_password_is_long_random_and_without_similar_letters() {
        let (one, two) = (generate_readable_password(), generate_readable_password());
        assert_ne!(one, two);
        assert_eq!(one.split('-').map(str::len).collect::<Vec<_>>(), [5; 4]);
        assert!(!one.contains(['i', 'l', 'o', 'u']));
    }

    #[test]
    fn account_id_is_refused_as_username() {
        assert!(domain::Username::parse(AccountId::generate().as_str()).is_err());
    }

    #[test]
    fn rate_limit_key_does_not_reveal_its_subject() {
        let key = BucketKey::new("sms", "+14155550142", b"key");
        assert!(key.as_str().starts_with("sms:") && !key.as_str().contains("4155"));
        assert_ne!(key, BucketKey::new("sms", "+14155550142", b"other"));
    }
}
