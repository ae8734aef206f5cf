//! Derives the keys for all uses from the secret key, as keyed hashes of a label (NIST SP 800-108).

use crate::config::KeysConfig;
use crate::security::keyring::Keyring;

/// Derives a key for one purpose, named by `label`, from the current secret key.
pub fn derive_key(keys: &KeysConfig, label: &[u8]) -> [u8; 32] {
    derive_labelled_key(keys.secret_key.expose(), label)
}

/// Derives the first rate limit key from the secret key.
///
/// The rate limit key hashes the IP addresses and accounts in rate limits, and is stored encrypted in the database.
pub fn derive_initial_rate_limit_key(keys: &KeysConfig) -> Vec<u8> {
    derive_key(keys, b"limits").to_vec()
}

/// Derives the keys for one purpose, named by `label`, from the previous secret keys.
pub fn derive_previous_keys(
    keys: &KeysConfig,
    label: &'static [u8],
) -> impl Iterator<Item = [u8; 32]> {
    let previous = keys.previous_secret_keys.iter();
    previous.map(move |secret| derive_labelled_key(secret.expose(), label))
}

/// Derives the key that signs and encrypts cookies from the current secret key.
pub fn derive_current_cookie_key(keys: &KeysConfig) -> [u8; 64] {
    derive_cookie_key(keys.secret_key.expose())
}

/// Derives the keys that decrypt cookies from before a rotation of the secret key.
pub fn derive_previous_cookie_keys(keys: &KeysConfig) -> impl Iterator<Item = [u8; 64]> {
    let previous = keys.previous_secret_keys.iter();
    previous.map(|secret| derive_cookie_key(secret.expose()))
}

/// Derives a cookie key from a secret key.
fn derive_cookie_key(secret: &[u8]) -> [u8; 64] {
    let mut key = [0; 64];
    key[..32].copy_from_slice(&derive_labelled_key(secret, b"cookies: encryption"));
    key[32..].copy_from_slice(&derive_labelled_key(secret, b"cookies: signature"));
    key
}

/// Derives the keyring that encrypts values in the database. Keys from before a rotation only decrypt.
pub fn derive_keyring(keys: &KeysConfig) -> Keyring {
    const LABEL: &[u8] = b"at rest";
    Keyring::new(&derive_key(keys, LABEL), derive_previous_keys(keys, LABEL))
}

/// Derives the key for the purpose `label` from a secret key.
fn derive_labelled_key(secret: &[u8], label: &[u8]) -> [u8; 32] {
    use hmac::{Hmac, KeyInit as _, Mac as _};
    // HMAC accepts keys of any length, so this cannot fail.
    Hmac::<sha2::Sha256>::new_from_slice(secret)
        .map(|mac| mac.chain_update(label).finalize().into_bytes().into())
        .unwrap_or_default()
}
