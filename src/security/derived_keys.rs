//! Keys derived from the secret key: one for each use, as a keyed hash of a label (NIST SP 800-108).

use crate::config::KeysConfig;
use crate::security::keyring::Keyring;

/// Derives the key for one use from the current secret key.
pub fn derive_key(keys: &KeysConfig, label: &[u8]) -> [u8; 32] {
    derive(keys.secret_key.expose(), label)
}

/// Derives the first key of the rate limits. The database keeps it, encrypted, after that.
pub fn derived_limit_key(keys: &KeysConfig) -> Vec<u8> {
    derive_key(keys, b"limits").to_vec()
}

/// Derives the keys for one use from the previous secret keys.
pub fn derive_previous_keys(
    keys: &KeysConfig,
    label: &'static [u8],
) -> impl Iterator<Item = [u8; 32]> {
    let previous = keys.previous_secret_keys.iter();
    previous.map(move |secret| derive(secret.expose(), label))
}

/// Derives the key that signs and encrypts cookies.
pub fn cookie_key(keys: &KeysConfig) -> [u8; 64] {
    derive_cookie_key(keys.secret_key.expose())
}

/// Derives the keys that cookies were encrypted with before a rotation.
pub fn previous_cookie_keys(keys: &KeysConfig) -> impl Iterator<Item = [u8; 64]> {
    let previous = keys.previous_secret_keys.iter();
    previous.map(|secret| derive_cookie_key(secret.expose()))
}

fn derive_cookie_key(secret: &[u8]) -> [u8; 64] {
    let mut key = [0; 64];
    key[..32].copy_from_slice(&derive(secret, b"cookies: encryption"));
    key[32..].copy_from_slice(&derive(secret, b"cookies: signature"));
    key
}

/// Derives the keys that encrypt values in the database. Previous keys can only decrypt.
pub fn keyring(keys: &KeysConfig) -> Keyring {
    const LABEL: &[u8] = b"at rest";
    Keyring::new(&derive_key(keys, LABEL), derive_previous_keys(keys, LABEL))
}

fn derive(secret: &[u8], label: &[u8]) -> [u8; 32] {
    use hmac::{Hmac, KeyInit as _, Mac as _};
    // HMAC accepts keys of any length, so this cannot fail.
    Hmac::<sha2::Sha256>::new_from_slice(secret)
        .map(|mac| mac.chain_update(label).finalize().into_bytes().into())
        .unwrap_or_default()
}
