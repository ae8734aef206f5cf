//! Rows of the table `password_resets`: the links that mails contain. The row of a link is deleted when it is used.

use sqlx::Row as _;
use sqlx::any::AnyRow;

use super::accounts::Account;
use super::{Store, StoreError, Tx};
use crate::security::token::{AccountId, TokenHash};
use domain::Timestamp;
use serde::{Deserialize, Serialize};

/// The facts about an account on which a password reset depends. If one of them changes, the reset is void.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ResetBasis {
    pub account: AccountId,
    /// The address that received the link.
    pub email: String,
    /// The digest of the password hash that the reset replaces.
    pub password_digest: String,
}

impl ResetBasis {
    /// The current facts of an account.
    pub fn of(account: &Account) -> Self {
        Self {
            account: account.id.clone(),
            email: account.email.clone(),
            password_digest: account.password_hash.digest(),
        }
    }

    /// Whether the reset may go on: the account is enabled, and address and password are those of the link.
    pub fn still_holds(&self, account: &Account) -> bool {
        !account.disabled && *self == Self::of(account)
    }
}

/// A link that was not used yet. It can be expired.
#[derive(Clone, Debug)]
pub struct ResetLink {
    pub token: TokenHash,
    pub basis: ResetBasis,
    pub created_at: Timestamp,
    pub expires_at: Timestamp,
}

/// Stores a link. Stored again, it can be used again.
pub async fn insert(tx: &mut Tx, link: &ResetLink) -> Result<(), StoreError> {
    sqlx::query(
        "INSERT INTO password_resets (token_hash, account_id, email, password_digest, created_at, \
         expires_at) VALUES ($1, $2, $3, $4, $5, $6) ON CONFLICT DO NOTHING",
    )
    .bind(link.token.as_str())
    .bind(link.basis.account.as_str())
    .bind(link.basis.email.as_str())
    .bind(link.basis.password_digest.as_str())
    .bind(link.created_at.as_millis())
    .bind(link.expires_at.as_millis())
    .execute(&mut **tx)
    .await?;
    Ok(())
}

/// The unused link of this token. The caller checks its time and its basis.
pub async fn find(store: &Store, token: &TokenHash) -> Result<Option<ResetLink>, StoreError> {
    let row = sqlx::query(
        "SELECT token_hash, account_id, email, password_digest, created_at, expires_at \
         FROM password_resets WHERE token_hash = $1",
    )
    .bind(token.as_str())
    .fetch_optional(store.reader())
    .await?;
    row.as_ref().map(link).transpose()
}

/// Uses up a link. `false` if another request was first.
pub async fn spend(tx: &mut Tx, token: &TokenHash) -> Result<bool, StoreError> {
    let result = sqlx::query("DELETE FROM password_resets WHERE token_hash = $1")
        .bind(token.as_str())
        .execute(&mut **tx)
        .await?;
    Ok(result.rows_affected() == 1)
}

fn link(row: &AnyRow) -> Result<ResetLink, StoreError> {
    Ok(ResetLink {
        token: TokenHash::from_stored(row.try_get("token_hash")?),
        basis: ResetBasis {
            account: AccountId::from_stored(row.try_get("account_id")?),
            email: row.try_get("email")?,
            password_digest: row.try_get("password_digest")?,
        },
        created_at: Timestamp::from_millis(row.try_get("created_at")?),
        expires_at: Timestamp::from_millis(row.try_get("expires_at")?),
    })
}
