//! The maximum number of accounts with one phone number, checked where a verified number is stored.
//!
//! A form checks the maximum too, before it sends a code. That check does not suffice: several accounts can prove the
//! same number before the first of them gets it.

use crate::auth::error::FlowError;
use crate::context::AppState;
use crate::store::{StoreError, Tx, accounts, limits};
use domain::{PhoneNumber, Problem};

/// Returns whether another account may get this phone number. Call it in the transaction that stores the number.
///
/// Locks the number until the transaction ends. So of two accounts that get the number at the same time, on any node,
/// the later one counts the earlier one.
pub(super) async fn may_another_account_get_phone_number(
    app: &AppState,
    tx: &mut Tx,
    phone: &PhoneNumber,
) -> Result<bool, StoreError> {
    limits::lock_rate_limit_bucket(tx, &app.bucket_of_accounts_per_phone_number(phone)).await?;
    let count = accounts::count_accounts_by_phone(tx, phone).await?;
    Ok(count < app.limits.accounts_per_phone)
}

/// Fails if another account may not get this phone number.
///
/// The user has verified the number, so the error names the reason.
pub(super) async fn require_capacity_of_phone_number(
    app: &AppState,
    tx: &mut Tx,
    phone: &PhoneNumber,
) -> Result<(), FlowError> {
    if may_another_account_get_phone_number(app, tx, phone).await? {
        Ok(())
    } else {
        Err(FlowError::from_form_problem(
            Problem::PhoneAccountLimitReached,
        ))
    }
}
