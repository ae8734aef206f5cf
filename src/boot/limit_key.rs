//! The key that hashes the names of rate limit buckets.

use super::derived_keys::derive_key;
use super::start_error::StartError;
use crate::config::KeysConfig;
use crate::security::keyring::{Contents, Keyring, Opened};
use crate::store::{Store, sealed_keys};

/// Reads the key from the database, where it is encrypted with the secret key. It stays the same when the secret key
/// is rotated, so that no limit starts from zero.
///
/// The first node to start stores it. If no configured secret key decrypts it, a new one replaces it.
pub(super) async fn load_limit_key(
    store: &Store,
    keyring: &Keyring,
    keys: &KeysConfig,
) -> Result<Vec<u8>, StartError> {
    // Releases without a stored key derive this one, so that their limits continue.
    let derived = derive_key(keys, b"limits").to_vec();
    let seal = |key: &[u8]| {
        let sealed = keyring.seal(Contents::LimitKey, key);
        sealed.map_err(|error| StartError::LimitKey(error.to_string()))
    };
    let new = seal(&derived)?;
    let stored = sealed_keys::get_or_insert(store, sealed_keys::LIMITS, &new).await?;
    match keyring.open(Contents::LimitKey, &stored) {
        Ok(Opened::Current(key)) => Ok(key.expose().to_vec()),
        Ok(Opened::Previous(key)) => {
            let sealed = seal(key.expose())?;
            sealed_keys::replace(store, sealed_keys::LIMITS, &stored, &sealed).await?;
            Ok(key.expose().to_vec())
        }
        Err(error) => {
            tracing::warn!(
                error = &error as &dyn std::error::Error,
                "the key of the rate limits cannot be decrypted and is replaced: all limits start from zero; to keep \
                 them, add the earlier secret key to SALLYPORT_PREVIOUS_SECRET_KEYS"
            );
            sealed_keys::replace(store, sealed_keys::LIMITS, &stored, &new).await?;
            Ok(derived)
        }
    }
}
