//! The key that hashes the names of rate limit buckets before they are stored.

use super::start_error::StartError;
use crate::config::{Config, Mode};
use crate::security::derived_keys::derive_initial_rate_limit_key;
use crate::security::keyring::{Keyring, Opened, SealedContents};
use crate::store::{Store, sealed_keys};

/// Loads and decrypts the secret key that hashes the subjects of rate limits.
///
/// Stores a new key if there is none.
///
/// If the stored key cannot be decrypted, production fails and keeps it. Development replaces it.
pub(super) async fn load_or_create_rate_limit_key(
    store: &Store,
    keyring: &Keyring,
    config: &Config,
) -> Result<Vec<u8>, StartError> {
    // The key stays the same when the secret key is rotated, so that no limit starts from zero.
    // Earlier releases derived this key and stored none. Using it as the first stored key continues their limits.
    let derived = derive_initial_rate_limit_key(&config.keys);
    let seal = |key: &[u8]| {
        let sealed = keyring.encrypt_value(SealedContents::LimitKey, key);
        sealed.map_err(|error| StartError::LimitKey(error.to_string()))
    };
    let new = seal(&derived)?;
    let stored =
        sealed_keys::find_or_insert_encrypted_key(store, sealed_keys::LIMIT_KEY_NAME, &new).await?;
    match keyring.decrypt_value(SealedContents::LimitKey, &stored) {
        Ok(Opened::Current(key)) => Ok(key.expose().to_vec()),
        Ok(Opened::Previous(key)) => {
            let sealed = seal(key.expose())?;
            sealed_keys::replace_encrypted_key(
                store,
                sealed_keys::LIMIT_KEY_NAME,
                &stored,
                &sealed,
            )
            .await?;
            Ok(key.expose().to_vec())
        }
        Err(error) if config.mode == Mode::Development => {
            tracing::warn!(
                error = &error as &dyn std::error::Error,
                "the HMAC key of the rate limit buckets cannot be decrypted and is replaced: all limits start from \
                 zero, and recovery codes are void"
            );
            sealed_keys::replace_encrypted_key(store, sealed_keys::LIMIT_KEY_NAME, &stored, &new)
                .await?;
            Ok(derived)
        }
        // The stored key can still be decrypted after the operator has configured the earlier secret key.
        Err(error) => Err(StartError::UnreadableLimitKey(error)),
    }
}
