//! Keys for what the store holds encrypted, and must be able to read again.
//!
//! They come from the configuration and are never in the database, so that a copy of the database
//! alone opens nothing (docs/security.md#totp-05). Each sealed text names its key: after a change of keys the
//! previous ones still decrypt, and the caller encrypts the value again with the current key.

use std::fmt;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use chacha20poly1305::aead::{Aead as _, KeyInit as _, Payload};
use chacha20poly1305::{XChaCha20Poly1305, XNonce};
use sha2::{Digest as _, Sha256};
use zeroize::Zeroizing;

use super::token::{AccountId, random};

/// What a sealed text holds, and its owner. Nothing sealed as one thing opens as another.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Contents<'a> {
    /// The TOTP secret of an account.
    AuthenticatorSecret(&'a AccountId),
    /// The key that hashes the names of rate limit buckets.
    LimitKey,
}

/// Ciphertext as the store keeps it: a version, the key's id, nonce and content in base64url.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Sealed(String);

impl Sealed {
    /// A sealed text that was read from the database.
    pub const fn from_stored(text: String) -> Self {
        Self(text)
    }

    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// What was sealed. Prints as its name, and is overwritten when it goes.
pub struct Plain(Zeroizing<Vec<u8>>);

impl Plain {
    pub fn expose(&self) -> &[u8] {
        &self.0
    }
}

impl fmt::Debug for Plain {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Plain")
    }
}

/// The contents of a sealed text, and whether the current key sealed it.
#[derive(Debug)]
pub enum Opened {
    Current(Plain),
    /// With a previous key: encrypt it again, or it is lost when the key is removed.
    Previous(Plain),
}

impl Opened {
    pub const fn plain(&self) -> &Plain {
        match self {
            Self::Current(plain) | Self::Previous(plain) => plain,
        }
    }
}

/// Why something was not sealed or opened. No variant holds a word of what was inside.
#[derive(Debug, thiserror::Error)]
pub enum KeyringError {
    #[error(
        "a sealed text names key {id}, which is not among SALLYPORT_SECRET_KEY and SALLYPORT_PREVIOUS_SECRET_KEYS"
    )]
    UnknownKey { id: String },
    /// Changed, moved from another row, or not sealed by this server.
    #[error("a sealed text is damaged or belongs elsewhere")]
    Damaged,
    #[error("more was to be sealed than the cipher can take")]
    TooLong,
}

/// The current key, which seals and opens, and the previous keys, which only open.
pub struct Keyring {
    current: Key,
    previous: Vec<Key>,
}

struct Key {
    id: String,
    cipher: XChaCha20Poly1305,
}

const VERSION: &str = "v1";
const NONCE_BYTES: usize = 24;

impl Key {
    fn new(key: &[u8; 32]) -> Self {
        // 32 of the hash's 256 bits distinguish keys and reveal nothing about them.
        let digest = Sha256::new()
            .chain_update(b"the id of a key: ")
            .chain_update(key)
            .finalize();
        Self {
            id: hex::encode(&digest[..4]),
            cipher: XChaCha20Poly1305::new(key.into()),
        }
    }
}

impl Keyring {
    pub fn new(current: &[u8; 32], previous: impl Iterator<Item = [u8; 32]>) -> Self {
        Self {
            current: Key::new(current),
            previous: previous.map(|key| Key::new(&key)).collect(),
        }
    }

    /// Seals `plain` with the current key, as these contents only.
    pub fn seal(&self, contents: Contents<'_>, plain: &[u8]) -> Result<Sealed, KeyringError> {
        // A random nonce of 192 bits does not repeat, so nodes need no shared counter.
        let nonce: [u8; NONCE_BYTES] = random();
        let aad = additional_data(contents);
        let payload = Payload {
            msg: plain,
            aad: aad.as_bytes(),
        };
        let sealed = self.current.cipher.encrypt(&XNonce::from(nonce), payload);
        let sealed = sealed.map_err(|_| KeyringError::TooLong)?;
        let text = URL_SAFE_NO_PAD.encode([&nonce[..], &sealed].concat());
        Ok(Sealed(format!("{VERSION}.{}.{text}", self.current.id)))
    }

    /// Opens a text that was sealed as these contents, with the key that it names.
    pub fn open(&self, contents: Contents<'_>, sealed: &Sealed) -> Result<Opened, KeyringError> {
        let text = sealed.as_str().strip_prefix(VERSION);
        let (id, text) = text
            .and_then(|rest| rest.strip_prefix('.')?.split_once('.'))
            .ok_or(KeyringError::Damaged)?;
        if self.current.id == id {
            return open_with(&self.current, contents, text).map(Opened::Current);
        }
        let Some(key) = self.previous.iter().find(|key| key.id == id) else {
            return Err(KeyringError::UnknownKey { id: id.to_owned() });
        };
        open_with(key, contents, text).map(Opened::Previous)
    }
}

fn open_with(key: &Key, contents: Contents<'_>, text: &str) -> Result<Plain, KeyringError> {
    let bytes = URL_SAFE_NO_PAD
        .decode(text)
        .map_err(|_| KeyringError::Damaged)?;
    let (nonce, sealed) = bytes
        .split_first_chunk::<NONCE_BYTES>()
        .ok_or(KeyringError::Damaged)?;
    let aad = additional_data(contents);
    let payload = Payload {
        msg: sealed,
        aad: aad.as_bytes(),
    };
    let plain = key.cipher.decrypt(&XNonce::from(*nonce), payload);
    plain
        .map(|plain| Plain(Zeroizing::new(plain)))
        .map_err(|_| KeyringError::Damaged)
}

/// Authenticated with the text, so that a row copied to another account or column does not open there.
fn additional_data(contents: Contents<'_>) -> String {
    match contents {
        Contents::AuthenticatorSecret(account) => {
            format!("authenticator secret: {}", account.as_str())
        }
        Contents::LimitKey => "limit key".to_owned(),
    }
}

impl fmt::Debug for Keyring {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Keyring")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SECRET: &[u8] = b"twenty bytes exactly";

    fn keyring(current: u8, previous: &[u8]) -> Keyring {
        Keyring::new(&[current; 32], previous.iter().map(|key| [*key; 32]))
    }

    const fn of(account: &AccountId) -> Contents<'_> {
        Contents::AuthenticatorSecret(account)
    }

    fn ann() -> AccountId {
        AccountId::from_stored("ann".into())
    }

    /// Tests docs/security.md#totp-05.
    #[test]
    fn what_is_sealed_opens_again_and_shows_nothing() {
        let keys = keyring(1, &[]);
        let sealed = keys.seal(of(&ann()), SECRET).expect("sealed");
        let opened = keys.open(of(&ann()), &sealed).expect("opened");
        assert!(matches!(&opened, Opened::Current(plain) if plain.expose() == SECRET));
        assert_eq!(format!("{opened:?} {keys:?}"), "Current(Plain) Keyring");
        assert!(!sealed.as_str().contains(&URL_SAFE_NO_PAD.encode(SECRET)));
    }

    #[test]
    fn the_same_secret_is_never_sealed_the_same_way_twice() {
        let keys = keyring(1, &[]);
        let seal = || keys.seal(of(&ann()), SECRET).expect("sealed");
        assert_ne!(seal(), seal());
    }

    /// Tests docs/security.md#totp-05.
    #[test]
    fn a_row_moved_to_another_account_does_not_open() {
        let keys = keyring(1, &[]);
        let sealed = keys.seal(of(&ann()), SECRET).expect("sealed");
        let bob = AccountId::from_stored("bob".into());
        let opened = keys.open(of(&bob), &sealed);
        assert!(matches!(opened, Err(KeyringError::Damaged)), "{opened:?}");
    }

    #[test]
    fn a_text_does_not_open_as_other_contents() {
        let keys = keyring(1, &[]);
        let sealed = keys.seal(Contents::LimitKey, SECRET).expect("sealed");
        let opened = keys.open(Contents::LimitKey, &sealed).expect("opened");
        assert_eq!(opened.plain().expose(), SECRET);
        assert!(keys.open(of(&ann()), &sealed).is_err());
    }

    #[test]
    fn a_previous_key_opens_and_says_that_it_is_one() {
        let sealed = keyring(1, &[]).seal(of(&ann()), SECRET).expect("sealed");
        let opened = keyring(2, &[3, 1]).open(of(&ann()), &sealed);
        let opened = opened.expect("opened");
        assert!(matches!(&opened, Opened::Previous(plain) if plain.expose() == SECRET));
    }

    #[test]
    fn without_its_key_a_sealed_text_stays_shut() {
        let sealed = keyring(1, &[]).seal(of(&ann()), SECRET).expect("sealed");
        let opened = keyring(2, &[3]).open(of(&ann()), &sealed);
        assert!(matches!(opened, Err(KeyringError::UnknownKey { .. })));
    }

    #[test]
    fn whatever_was_changed_does_not_open() {
        let keys = keyring(1, &[]);
        let sealed = keys.seal(of(&ann()), SECRET).expect("sealed").0;
        let flipped: Vec<String> = (0..sealed.len())
            .map(|at| {
                let other = if sealed.as_bytes()[at] == b'A' {
                    "B"
                } else {
                    "A"
                };
                format!("{}{other}{}", &sealed[..at], &sealed[at + 1..])
            })
            .collect();
        let cut = (0..sealed.len()).map(|at| sealed[..at].to_owned());
        for text in flipped.into_iter().chain(cut) {
            let opened = keys.open(of(&ann()), &Sealed(text.clone()));
            assert!(opened.is_err(), "{text}");
        }
    }
}
