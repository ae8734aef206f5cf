//! Writes of the phone number of an account.

use super::accounts::revoke_devices;
use super::{StoreError, Tx, exactly_one};
use crate::security::token::AccountId;
use domain::{PhoneNumber, Timestamp};

/// Enrols the second factor: flag and proven number in one statement, and only once (docs/security.md#enr-03,
/// docs/security.md#enr-06). [`StoreError::Raced`] if one is enrolled, or the account is disabled.
pub async fn enrol(
    tx: &mut Tx,
    id: &AccountId,
    phone: &PhoneNumber,
    now: Timestamp,
) -> Result<(), StoreError> {
    let result = sqlx::query(
        "UPDATE accounts SET phone = $1, phone_verified_at = $2, mfa = 1, last_method = 'sms' \
         WHERE id = $3 AND mfa = 0 AND disabled = 0 AND held_at = 0",
    )
    .bind(phone.as_e164())
    .bind(now.as_millis())
    .bind(id.as_str())
    .execute(&mut **tx)
    .await?;
    exactly_one(&result)
}

/// Replaces the number of a lost phone, if it is still `old`, as the only second factor: deletes authenticator and
/// recovery codes, which may be on the lost phone. [`StoreError::Raced`] if the account has changed or may not sign in.
pub async fn replace_lost_phone(
    tx: &mut Tx,
    id: &AccountId,
    old: &PhoneNumber,
    new: &PhoneNumber,
    now: Timestamp,
) -> Result<(), StoreError> {
    change_phone(tx, id, old, new, now).await?;
    for statement in [
        "UPDATE accounts SET last_method = 'sms' WHERE id = $1",
        "DELETE FROM authenticators WHERE account_id = $1",
        "DELETE FROM recovery_codes WHERE account_id = $1",
    ] {
        sqlx::query(statement)
            .bind(id.as_str())
            .execute(&mut **tx)
            .await?;
    }
    revoke_devices(tx, id).await
}

/// Replaces the number `old` by `new`, if `old` is still the number (docs/security.md#phn-03).
pub async fn change_phone(
    tx: &mut Tx,
    id: &AccountId,
    old: &PhoneNumber,
    new: &PhoneNumber,
    now: Timestamp,
) -> Result<(), StoreError> {
    let result = sqlx::query(
        "UPDATE accounts SET phone = $1, phone_verified_at = $2, phone_changed_at = $2 \
         WHERE id = $3 AND phone = $4 AND disabled = 0 AND held_at = 0",
    )
    .bind(new.as_e164())
    .bind(now.as_millis())
    .bind(id.as_str())
    .bind(old.as_e164())
    .execute(&mut **tx)
    .await?;
    exactly_one(&result)
}
