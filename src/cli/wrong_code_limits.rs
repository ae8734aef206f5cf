//! The key of the rate limits on wrong codes of an account, and the end of the ceilings of an earlier second factor.

use super::command_context::CommandContext;
use super::error::CommandError;
use crate::context::AccountBucketKeys;
use crate::security::derived_keys::{derive_initial_rate_limit_key, derive_keyring};
use crate::security::keyring::{Opened, SealedContents};
use crate::security::token::AccountId;
use crate::store::{Tx, limits, sealed_keys};

/// Deletes the wrong codes that the ceilings of an account have counted, because its second factor is replaced.
///
/// `key` is the key of [`load_rate_limit_key`]. Limits are locked before flows and account, so call this first in a
/// transaction.
pub(super) async fn clear_wrong_code_ceilings(
    tx: &mut Tx,
    account: &AccountId,
    key: &[u8],
) -> Result<(), CommandError> {
    for bucket in AccountBucketKeys::from_hash_key(key).wrong_code_ceilings(account) {
        limits::delete_rate_limit_bucket(tx, &bucket).await?;
    }
    Ok(())
}

/// Loads and decrypts the key that hashes the subjects of rate limits.
pub(super) async fn load_rate_limit_key(
    context: &CommandContext<'_>,
) -> Result<Vec<u8>, CommandError> {
    let keys = &context.config.keys;
    let Some(stored) =
        sealed_keys::find_encrypted_key(&context.store, sealed_keys::LIMIT_KEY_NAME).await?
    else {
        return Ok(derive_initial_rate_limit_key(keys));
    };
    match derive_keyring(keys).decrypt_value(SealedContents::LimitKey, &stored) {
        Ok(Opened::Current(key) | Opened::Previous(key)) => Ok(key.expose().to_vec()),
        Err(_) => Err(CommandError::LimitKey),
    }
}
