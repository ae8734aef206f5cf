//! Random values: what a browser holds, what the store keeps of it, and ids.

use std::fmt;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use hmac::{Hmac, KeyInit as _, Mac as _};
use rand::TryRng as _;
use rand::rngs::SysRng;
use serde::{Deserialize, Serialize};
use sha2::{Digest as _, Sha256};

use domain::{ChangeId, PaymentId, RecoveryId};

/// A 256-bit random secret the browser holds: a session, or the handle of a flow (docs/security.md#ses-01).
#[derive(Clone, PartialEq, Eq)]
pub struct Token(String);

impl Token {
    /// 32 bytes in base64url without padding.
    const LENGTH: usize = 43;

    pub fn generate() -> Self {
        Self(URL_SAFE_NO_PAD.encode(random::<32>()))
    }

    /// Derives a token from `key` and `about`. The same inputs give the same token, and it cannot be
    /// predicted without the key.
    pub fn derive(key: &[u8], about: &str) -> Self {
        Self(URL_SAFE_NO_PAD.encode(keyed_hash(key, about)))
    }

    /// Parses the value of a cookie; `None` unless it has the shape of a token (docs/security.md#ses-04).
    pub fn parse(text: &str) -> Option<Self> {
        let shaped = text.len() == Self::LENGTH
            && text
                .bytes()
                .all(|b| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'_'));
        shaped.then(|| Self(text.to_owned()))
    }

    /// For the cookie and nothing else.
    pub fn expose(&self) -> &str {
        &self.0
    }

    /// The hash that is stored instead of the token. 256 random bits need no salt and no slow hash.
    pub fn hash(&self) -> TokenHash {
        TokenHash(hex::encode(Sha256::digest(self.0.as_bytes())))
    }
}

impl fmt::Debug for Token {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Token")
    }
}

/// SHA-256 of a [`Token`], in hexadecimal.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct TokenHash(String);

impl TokenHash {
    /// A hash that was read from the database.
    pub const fn from_stored(text: String) -> Self {
        Self(text)
    }

    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// The key of a rate limit bucket: its kind, and a keyed hash of what is limited, so that the table does not reveal
/// phone numbers and addresses (docs/security.md#lim-09).
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct BucketKey(String);

impl BucketKey {
    pub fn new(kind: &'static str, about: &str, key: &[u8]) -> Self {
        Self(format!("{kind}:{}", hex::encode(keyed_hash(key, about))))
    }

    /// A key that was read from the database.
    pub const fn from_stored(text: String) -> Self {
        Self(text)
    }

    pub fn as_str(&self) -> &str {
        &self.0
    }
}

fn keyed_hash(key: &[u8], about: &str) -> [u8; 32] {
    // HMAC accepts keys of any length, so this cannot fail.
    Hmac::<Sha256>::new_from_slice(key)
        .map(|mac| mac.chain_update(about.as_bytes()).finalize().into_bytes())
        .unwrap_or_default()
        .into()
}

/// 128 random bits in hexadecimal: an id that reveals neither order nor number (docs/security.md#enum-04).
pub fn random_id() -> String {
    hex::encode(random::<16>())
}

/// The id of a payment about to be made.
pub fn payment_id() -> PaymentId {
    PaymentId::from_bits(u128::from_be_bytes(random()))
}

/// The id of a recovery about to be opened.
pub fn recovery_id() -> RecoveryId {
    RecoveryId::from_bits(u128::from_be_bytes(random()))
}

/// The id of a change about to be made.
pub fn change_id() -> ChangeId {
    ChangeId::from_bits(u128::from_be_bytes(random()))
}

/// A first password of 100 random bits for a person to copy: four groups of five, without the
/// letters that are mistaken for others (Crockford's base 32).
pub fn readable_secret() -> String {
    let letters = random_letters::<20>();
    let groups: Vec<String> = letters
        .chunks(5)
        .map(|group| group.iter().collect())
        .collect();
    groups.join("-")
}

/// 30 random bits as six letters and digits, for the end of a username.
pub fn username_suffix() -> String {
    random_letters::<6>().iter().collect()
}

/// Random letters and digits of five bits each, without those that are mistaken for others (Crockford's base 32).
fn random_letters<const N: usize>() -> [char; N] {
    const LETTERS: &[u8; 32] = b"0123456789abcdefghjkmnpqrstvwxyz";
    random::<N>().map(|byte| char::from(LETTERS[usize::from(byte & 31)]))
}

/// Bytes from the system's random source: keys, nonces, secrets.
pub(super) fn random<const N: usize>() -> [u8; N] {
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
            pub fn generate() -> Self {
                Self(random_id())
            }

            /// Parses an id of a request; `None` unless it has the shape of an id.
            pub fn parse(text: &str) -> Option<Self> {
                let shaped = text.len() == 32
                    && text.bytes().all(|b| matches!(b, b'0'..=b'9' | b'a'..=b'f'));
                shaped.then(|| Self(text.to_owned()))
            }

            /// An id that was read from the database.
            pub const fn from_stored(text: String) -> Self {
                Self(text)
            }

            pub fn as_str(&self) -> &str {
                &self.0
            }
        }
    )*};
}

ids! {
    /// The id of an account.
    AccountId;
    /// The id of a line of the audit trail.
    EntryId;
    /// The id of a flow. It grants no access; the flow token does.
    FlowId;
    /// The id of a notification in the outbox.
    NotificationId;
    /// The id of a session. It grants no access; the session token does.
    SessionId;
    /// The processor's name of an executed payment.
    TransactionId;
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tokens_are_long_random_and_never_printed() {
        let (one, two) = (Token::generate(), Token::generate());
        assert_ne!(one, two);
        assert_eq!(Token::parse(one.expose()), Some(one.clone()));
        assert_eq!(format!("{one:?}"), "Token");
        assert_ne!(one.hash().as_str(), one.expose());
    }

    #[test]
    fn token_depends_on_key_and_purpose_and_is_derived_again_alike() {
        let token = Token::derive(b"key", "a payment");
        assert_eq!(token, Token::derive(b"key", "a payment"));
        assert_ne!(token, Token::derive(b"key", "another"));
        assert_ne!(token, Token::derive(b"another", "a payment"));
        assert_eq!(Token::parse(token.expose()), Some(token));
    }

    #[test]
    fn text_of_another_length_or_alphabet_is_no_token() {
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
    fn a_readable_secret_is_long_random_and_without_look_alikes() {
        let (one, two) = (readable_secret(), readable_secret());
        assert_ne!(one, two);
        assert_eq!(one.split('-').map(str::len).collect::<Vec<_>>(), [5; 4]);
        assert!(!one.contains(['i', 'l', 'o', 'u']));
    }

    #[test]
    fn a_bucket_key_hides_whom_it_is_about() {
        let key = BucketKey::new("sms", "+14155550142", b"key");
        assert!(key.as_str().starts_with("sms:") && !key.as_str().contains("4155"));
        assert_ne!(key, BucketKey::new("sms", "+14155550142", b"other"));
    }
}
