//! Writes the phone number of an account.

use super::accounts::revoke_device_cookies_and_cancel_recovery;
use super::{StoreError, Tx, require_one_changed_row};
use crate::security::token::AccountId;
use domain::{PhoneNumber, Timestamp};

/// Stores the verified phone number of an account as the second factor.
///
/// Also sets the MFA flag, in the same statement (docs/security.md#enr-03, docs/security.md#enr-06). If the number
/// replaces another verified one, updates the time of the last phone change. The password counts as verified by a
/// second factor.
///
/// Fails with [`StoreError::Raced`] if a second factor is enrolled already, or if the account is disabled or requires a
/// password reset.
pub async fn enrol_phone_as_second_factor(
    tx: &mut Tx,
    id: &AccountId,
    phone: &PhoneNumber,
    now: Timestamp,
) -> Result<(), StoreError> {
    let result = sqlx::query(
        "UPDATE accounts SET phone = $1, phone_verified_at = $2, mfa = 1, last_method = 'sms', \
         password_from_mail = 0, phone_changed_at = CASE WHEN phone_verified_at > 0 AND phone <> $1 THEN $2 \
         ELSE phone_changed_at END WHERE id = $3 AND mfa = 0 AND disabled = 0 AND held_at = 0",
    )
    .bind(phone.as_e164())
    .bind(now.as_millis())
    .bind(id.as_str())
    .execute(&mut **tx)
    .await?;
    require_one_changed_row(&result)
}

/// Replaces the lost phone number `old` of an account by the verified number `new`.
///
/// Also sets the MFA flag, and deletes the authenticator app and the recovery codes of the account. Fails with
/// [`StoreError::Raced`] if the account has another phone number than `old`, or is disabled or held (locked until a
/// password reset).
pub async fn replace_lost_phone_number(
    tx: &mut Tx,
    id: &AccountId,
    old: &PhoneNumber,
    new: &PhoneNumber,
    now: Timestamp,
) -> Result<(), StoreError> {
    change_phone_number(tx, id, old, new, now).await?;
    for statement in [
        "UPDATE accounts SET mfa = 1, last_method = 'sms' WHERE id = $1",
        "DELETE FROM authenticators WHERE account_id = $1",
        "DELETE FROM recovery_codes WHERE account_id = $1",
    ] {
        sqlx::query(statement)
            .bind(id.as_str())
            .execute(&mut **tx)
            .await?;
    }
    revoke_device_cookies_and_cancel_recovery(tx, id).await
}

/// Replaces the phone number `old` of an account by `new`.
///
/// Fails with [`StoreError::Raced`] if the account has another number than `old` (docs/security.md#phn-03).
pub async fn change_phone_number(
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
    require_one_changed_row(&result)
}
