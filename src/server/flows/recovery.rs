//! Recovery codes: made by whoever is signed in, spent in place of a second factor (OPS-09).

use crate::domain::Timestamp;
use crate::server::recovery::RecoveryCode;
use crate::server::store::{StoreError, Tx, recovery_codes};
use crate::server::token::AccountId;

/// Spends what was typed, if it is a good code of the account: how many are left then. `None`
/// for everything else, be it no code, another account's, or one spent before.
///
/// Within the caller's transaction, so that the code and what it opens are one commit: rolled
/// back, the code is good again. Counting the failure (OTP-06) and the audit line
/// (`RecoveryCodeSpent`, `RecoveryCodeRefused`) are the caller's, who knows the flow.
pub async fn check(
    tx: &mut Tx,
    account: &AccountId,
    typed: &str,
    now: Timestamp,
) -> Result<Option<u32>, StoreError> {
    let Some(code) = RecoveryCode::parse(typed) else {
        return Ok(None);
    };
    if !recovery_codes::spend(tx, account, &code.hash(), now).await? {
        return Ok(None);
    }
    recovery_codes::left_within(tx, account).await.map(Some)
}
