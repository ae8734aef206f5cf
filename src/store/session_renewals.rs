//! The action that has replaced the token of a session, for a browser that has not received the new token.

use serde::{Deserialize, Serialize};
use sqlx::Row as _;

use super::{Store, StoreError, Tx, require_one_changed_row};
use crate::security::token::{AccountId, TokenHash};
use domain::{ProtectedArea, Timestamp};

/// The action of a user that has replaced the token of the session.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum RenewalReason {
    /// A step-up that has opened this area.
    StepUp(ProtectedArea),
    PasswordChange,
    PhoneChange,
    AuthenticatorAdded,
    AuthenticatorRemoved,
    EmailChange,
    DeletionWithdrawn,
}

/// Replaces the token of a session, and its step-up time if the reason is a step-up.
///
/// The old token becomes invalid (docs/security.md#ses-03).
pub async fn renew_session_token(
    tx: &mut Tx,
    old: &TokenHash,
    new: &TokenHash,
    account: &AccountId,
    reason: RenewalReason,
    now: Timestamp,
) -> Result<(), StoreError> {
    let stored_reason = serde_json::to_string(&reason).map_err(|_| StoreError::Inconsistent {
        table: "sessions",
        column: "renewed_for",
    })?;
    let stepped_up_at = match reason {
        RenewalReason::StepUp(_) => now.as_millis(),
        _ => 0,
    };
    let result = sqlx::query(
        "UPDATE sessions SET token_hash = $1, previous_token_hash = token_hash, renewed_for = $2, renewed_at = $3, \
         stepped_up_at = CASE WHEN $4 > 0 THEN $4 ELSE stepped_up_at END \
         WHERE token_hash = $5 AND account_id = $6",
    )
    .bind(new.as_str())
    .bind(stored_reason)
    .bind(now.as_millis())
    .bind(stepped_up_at)
    .bind(old.as_str())
    .bind(account.as_str())
    .execute(&mut **tx)
    .await?;
    require_one_changed_row(&result)
}

/// Returns why and when the session of this earlier token got its present one.
///
/// Returns `None` if no session had the token, if the session has ended, or if its token was replaced again.
pub async fn find_renewal_by_previous_token(
    store: &Store,
    previous: &TokenHash,
) -> Result<Option<(RenewalReason, Timestamp)>, StoreError> {
    let row =
        sqlx::query("SELECT renewed_for, renewed_at FROM sessions WHERE previous_token_hash = $1")
            .bind(previous.as_str())
            .fetch_optional(&mut *store.acquire_reader().await?)
            .await?;
    let Some(row) = row else {
        return Ok(None);
    };
    let reason: String = row.try_get("renewed_for")?;
    let at = Timestamp::from_millis(row.try_get("renewed_at")?);
    // A newer version may have stored a reason that this one does not know.
    let reason = serde_json::from_str(&reason).ok();
    Ok(reason.map(|reason| (reason, at)))
}
