//! Stored keys that must survive a rotation of the secret key. The secret key encrypts them.

use sqlx::Row as _;

use super::{Store, StoreError};
use crate::security::keyring::Sealed;

/// The name of the key that hashes the keys of rate limit buckets.
pub const LIMIT_KEY_NAME: &str = "limits";

/// Finds the stored encrypted key with this name.
///
/// If there is none, stores `sealed`, so that all nodes get the same key.
pub async fn find_or_insert_encrypted_key(
    store: &Store,
    name: &'static str,
    sealed: &Sealed,
) -> Result<Sealed, StoreError> {
    // Reads first, so that the server also starts while the database is read-only.
    if let Some(stored) = find_encrypted_key(store, name).await? {
        return Ok(stored);
    }
    let statement = sqlx::query(
        "INSERT INTO sealed_keys (name, sealed) VALUES ($1, $2) ON CONFLICT DO NOTHING",
    )
    .bind(name)
    .bind(sealed.as_str());
    store.execute_single_write(statement).await?;
    let stored = find_encrypted_key(store, name).await?;
    stored.ok_or_else(|| sqlx::Error::RowNotFound.into())
}

/// Finds the stored encrypted key with this name. Returns `None` before the first start of a server with this database.
pub async fn find_encrypted_key(
    store: &Store,
    name: &'static str,
) -> Result<Option<Sealed>, StoreError> {
    let row = sqlx::query("SELECT sealed FROM sealed_keys WHERE name = $1")
        .bind(name)
        .fetch_optional(&mut *store.acquire_reader().await?)
        .await?;
    let stored = row.map(|row| row.try_get::<String, _>("sealed"));
    Ok(stored.transpose()?.map(Sealed::from_stored))
}

/// Replaces a stored encrypted key. Does nothing if another node has replaced it.
pub async fn replace_encrypted_key(
    store: &Store,
    name: &'static str,
    old: &Sealed,
    new: &Sealed,
) -> Result<(), StoreError> {
    let statement =
        sqlx::query("UPDATE sealed_keys SET sealed = $1 WHERE name = $2 AND sealed = $3")
            .bind(new.as_str())
            .bind(name)
            .bind(old.as_str());
    store.execute_single_write(statement).await?;
    Ok(())
}
