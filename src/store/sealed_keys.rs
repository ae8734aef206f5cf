//! Keys that outlive a rotation of the secret key. The table holds them encrypted with it.

use sqlx::Row as _;

use super::{Store, StoreError};
use crate::security::keyring::Sealed;

/// The name of the key that hashes the names of rate limit buckets.
pub const LIMITS: &str = "limits";

/// Stores a key, unless one of this name exists. Returns the stored one, which is the same on every node.
pub async fn get_or_insert(
    store: &Store,
    name: &'static str,
    sealed: &Sealed,
) -> Result<Sealed, StoreError> {
    // The server also starts while the database is read-only.
    if let Some(stored) = find(store, name).await? {
        return Ok(stored);
    }
    sqlx::query("INSERT INTO sealed_keys (name, sealed) VALUES ($1, $2) ON CONFLICT DO NOTHING")
        .bind(name)
        .bind(sealed.as_str())
        .execute(store.reader())
        .await?;
    let stored = find(store, name).await?;
    stored.ok_or_else(|| sqlx::Error::RowNotFound.into())
}

/// The stored key of this name; `None` before the first start of a server.
pub async fn find(store: &Store, name: &'static str) -> Result<Option<Sealed>, StoreError> {
    let row = sqlx::query("SELECT sealed FROM sealed_keys WHERE name = $1")
        .bind(name)
        .fetch_optional(store.reader())
        .await?;
    let stored = row.map(|row| row.try_get::<String, _>("sealed"));
    Ok(stored.transpose()?.map(Sealed::from_stored))
}

/// Replaces a key, unless another node has replaced it.
pub async fn replace(
    store: &Store,
    name: &'static str,
    old: &Sealed,
    new: &Sealed,
) -> Result<(), StoreError> {
    sqlx::query("UPDATE sealed_keys SET sealed = $1 WHERE name = $2 AND sealed = $3")
        .bind(new.as_str())
        .bind(name)
        .bind(old.as_str())
        .execute(store.reader())
        .await?;
    Ok(())
}
