//! Encrypts values in the database that must be readable again.
//!
//! The keys come from the configuration and are never in the database, so a copy of the database does not reveal the
//! values (docs/security.md#totp-05). Each encrypted text names its key. After a key rotation the previous keys still
//! decrypt, and the caller encrypts the value again with the current key.

use std::fmt;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use chacha20poly1305::aead::{Aead as _, KeyInit as _, Payload};
use chacha20poly1305::{XChaCha20Poly1305, XNonce};
use sha2::{Digest as _, Sha256};
use zeroize::Zeroizing;

use super::token::{AccountId, generate_random_bytes};

/// Kind and account of an encrypted value. Decryption succeeds only with the same kind and account.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SealedContents<'a> {
    /// The TOTP secret of an account.
    AuthenticatorSecret(&'a AccountId),
    /// The key that hashes the keys of rate limit buckets.
    LimitKey,
}

/// Encrypted value as stored in the database: version, key ID, nonce and ciphertext.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Sealed(String);

impl Sealed {
    /// Creates an encrypted value from its text in the database.
    pub const fn from_stored(encrypted_value: String) -> Self {
        Self(encrypted_value)
    }

    /// Returns the encrypted value as text for the database.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// Decrypted value. `Debug` hides the value, and its memory is overwritten when it is dropped.
pub struct Plain(Zeroizing<Vec<u8>>);

impl Plain {
    /// Returns the decrypted bytes.
    pub fn expose(&self) -> &[u8] {
        &self.0
    }
}

impl fmt::Debug for Plain {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Plain")
    }
}

/// Decrypted value. The variant says whether the current key or a previous key had encrypted the value.
#[derive(Debug)]
pub enum Opened {
    Current(Plain),
    /// Encrypted with a previous key. The caller must encrypt it again before that key is removed.
    Previous(Plain),
}

impl Opened {
    /// Returns the decrypted value, whichever key had encrypted it.
    pub const fn decrypted_value(&self) -> &Plain {
        match self {
            Self::Current(plain) | Self::Previous(plain) => plain,
        }
    }
}

/// Error of encrypting or decrypting a database value. The error never contains the value.
#[derive(Debug, thiserror::Error)]
pub enum KeyringError {
    #[error(
        "the database contains a value encrypted with key {id}, which is neither in `SALLYPORT_SECRET_KEY` nor in `SALLYPORT_PREVIOUS_SECRET_KEYS`"
    )]
    UnknownKey { id: String },
    /// The text was changed, was copied from another row, or was not encrypted by this installation.
    #[error("an encrypted database value is damaged, or was copied from another row")]
    Damaged,
    #[error("a value for the database is too long to be encrypted")]
    TooLong,
}

/// Encryption keys for values in the database: the current key, and previous keys, which only decrypt.
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
    /// Creates the cipher for a key, and the ID that identifies the key in encrypted values.
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
    /// Creates a keyring from the current key and the previous ones.
    pub fn new(current_key: &[u8; 32], previous_keys: impl Iterator<Item = [u8; 32]>) -> Self {
        Self {
            current: Key::new(current_key),
            previous: previous_keys.map(|key| Key::new(&key)).collect(),
        }
    }

    /// Encrypts a value with the current key.
    ///
    /// Decryption succeeds only with the same `contents`: the kind and account of the value, for example the TOTP
    /// secret of an account.
    pub fn encrypt_value(
        &self,
        contents: SealedContents<'_>,
        plain: &[u8],
    ) -> Result<Sealed, KeyringError> {
        // A random nonce of 192 bits does not repeat, so nodes need no shared counter.
        let nonce: [u8; NONCE_BYTES] = generate_random_bytes();
        let aad = associated_data_of_contents(contents);
        let payload = Payload {
            msg: plain,
            aad: aad.as_bytes(),
        };
        let sealed = self.current.cipher.encrypt(&XNonce::from(nonce), payload);
        let sealed = sealed.map_err(|_| KeyringError::TooLong)?;
        let text = URL_SAFE_NO_PAD.encode([&nonce[..], &sealed].concat());
        Ok(Sealed(format!("{VERSION}.{}.{text}", self.current.id)))
    }

    /// Decrypts a value with the key that encrypted it.
    ///
    /// `contents` is the kind and account of the value, for example the TOTP secret of an account, as given for the
    /// encryption.
    pub fn decrypt_value(
        &self,
        contents: SealedContents<'_>,
        sealed: &Sealed,
    ) -> Result<Opened, KeyringError> {
        let text = sealed.as_str().strip_prefix(VERSION);
        let (id, text) = text
            .and_then(|rest| rest.strip_prefix('.')?.split_once('.'))
            .ok_or(KeyringError::Damaged)?;
        if self.current.id == id {
            return decrypt_with_key(&self.current, contents, text).map(Opened::Current);
        }
        let Some(key) = self.previous.iter().find(|key| key.id == id) else {
            return Err(KeyringError::UnknownKey { id: id.to_owned() });
        };
        decrypt_with_key(key, contents, text).map(Opened::Previous)
    }
}

/// Decrypts the nonce and ciphertext in `text` with one key of the keyring.
fn decrypt_with_key(
    key: &Key,
    contents: SealedContents<'_>,
    text: &str,
) -> Result<Plain, KeyringError> {
    let bytes = URL_SAFE_NO_PAD
        .decode(text)
        .map_err(|_| KeyringError::Damaged)?;
    let (nonce, sealed) = bytes
        .split_first_chunk::<NONCE_BYTES>()
        .ok_or(KeyringError::Damaged)?;
    let aad = associated_data_of_contents(contents);
    let payload = Payload {
        msg: sealed,
        aad: aad.as_bytes(),
    };
    let plain = key.cipher.decrypt(&XNonce::from(*nonce), payload);
    plain
        .map(|plain| Plain(Zeroizing::new(plain)))
        .map_err(|_| KeyringError::Damaged)
}

/// Returns the associated data of an encryption: kind and account of the encrypted value.
///
/// It binds the ciphertext to them.
fn associated_data_of_contents(contents: SealedContents<'_>) -> String {
    match contents {
        SealedContents::AuthenticatorSecret(account) => {
            format!("authenticator secret: {}", account.as_str())
        }
        SealedContents::LimitKey => "limit key".to_owned(),
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

    fn create_keyring(current_key_byte: u8, previous_key_bytes: &[u8]) -> Keyring {
        Keyring::new(
            &[current_key_byte; 32],
            previous_key_bytes.iter().map(|key| [*key; 32]),
        )
    }

    /// Returns the context that binds an encrypted TOTP secret to its account. Decryption for another account fails.
    const fn encryption_context_of_totp_secret(account: &AccountId) -> SealedContents<'_> {
        SealedContents::AuthenticatorSecret(account)
    }

    fn create_account_id() -> AccountId {
        AccountId::from_stored("ann".into())
    }

    /// Encrypted values in the database must be unreadable (docs/security.md#totp-05).
    #[test]
    fn encrypted_value_is_decrypted_and_not_readable() {
        let keys = create_keyring(1, &[]);
        let sealed = keys
            .encrypt_value(
                encryption_context_of_totp_secret(&create_account_id()),
                SECRET,
            )
            .expect("encryption succeeds");
        let opened = keys
            .decrypt_value(
                encryption_context_of_totp_secret(&create_account_id()),
                &sealed,
            )
            .expect("decryption succeeds");
        assert!(matches!(&opened, Opened::Current(plain) if plain.expose() == SECRET));
        assert_eq!(format!("{opened:?} {keys:?}"), "Current(Plain) Keyring");
        assert!(!sealed.as_str().contains(&URL_SAFE_NO_PAD.encode(SECRET)));
    }

    #[test]
    fn encrypting_the_same_value_twice_gives_different_texts() {
        let keys = create_keyring(1, &[]);
        let seal = || {
            keys.encrypt_value(
                encryption_context_of_totp_secret(&create_account_id()),
                SECRET,
            )
            .expect("encryption succeeds")
        };
        assert_ne!(seal(), seal());
    }

    /// An encrypted value must be bound to its account (docs/security.md#totp-05).
    #[test]
    fn encrypted_value_of_another_account_is_not_decrypted() {
        let keys = create_keyring(1, &[]);
        let sealed = keys
            .encrypt_value(
                encryption_context_of_totp_secret(&create_account_id()),
                SECRET,
            )
            .expect("encryption succeeds");
        let bob = AccountId::from_stored("bob".into());
        let opened = keys.decrypt_value(encryption_context_of_totp_secret(&bob), &sealed);
        assert!(matches!(opened, Err(KeyringError::Damaged)), "{opened:?}");
    }

    #[test]
    fn value_encrypted_as_limit_key_is_not_decrypted_as_totp_secret() {
        let keys = create_keyring(1, &[]);
        let sealed = keys
            .encrypt_value(SealedContents::LimitKey, SECRET)
            .expect("encryption succeeds");
        let opened = keys
            .decrypt_value(SealedContents::LimitKey, &sealed)
            .expect("decryption succeeds");
        assert_eq!(opened.decrypted_value().expose(), SECRET);
        assert!(
            keys.decrypt_value(
                encryption_context_of_totp_secret(&create_account_id()),
                &sealed
            )
            .is_err()
        );
    }

    #[test]
    fn previous_key_decrypts_and_is_reported_as_previous() {
        let sealed = create_keyring(1, &[])
            .encrypt_value(
                encryption_context_of_totp_secret(&create_account_id()),
                SECRET,
            )
            .expect("encryption succeeds");
        let opened = create_keyring(2, &[3, 1]).decrypt_value(
            encryption_context_of_totp_secret(&create_account_id()),
            &sealed,
        );
        let opened = opened.expect("decryption succeeds");
        assert!(matches!(&opened, Opened::Previous(plain) if plain.expose() == SECRET));
    }

    #[test]
    fn encrypted_value_is_not_decrypted_without_its_key() {
        let sealed = create_keyring(1, &[])
            .encrypt_value(
                encryption_context_of_totp_secret(&create_account_id()),
                SECRET,
            )
            .expect("encryption succeeds");
        let opened = create_keyring(2, &[3]).decrypt_value(
            encryption_context_of_totp_secret(&create_account_id()),
            &sealed,
        );
        assert!(matches!(opened, Err(KeyringError::UnknownKey { .. })));
    }

    #[test]
    fn changed_encrypted_value_is_not_decrypted() {
        let keys = create_keyring(1, &[]);
        let sealed = keys
            .encrypt_value(
                encryption_context_of_totp_secret(&create_account_id()),
                SECRET,
            )
            .expect("encryption succeeds")
            .0;
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
            let opened = keys.decrypt_value(
                encryption_context_of_totp_secret(&create_account_id()),
                &Sealed(text.clone()),
            );
            assert!(opened.is_err(), "{text}");
        }
    }
}
