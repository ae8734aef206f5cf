//! Account changes by an operator that also end what the account has open.

use crate::auth::engine::persistence::{FlowSelection, end_flows};
use crate::auth::entry::new_password::read_for_account;
use crate::auth::error::FormProblems;
use crate::context::ACCOUNTS_PER_PHONE;
use crate::security::password::PasswordHash;
use crate::security::token::AccountId;
use crate::store::accounts::Account;
use crate::store::{StoreError, Tx, accounts, accounts_operator, sessions};
use domain::{FieldProblem, Password, PhoneNumber, Timestamp};

/// Bars the account from signing in and ends its sessions and live flows. `false` when it was barred before.
pub async fn disable(tx: &mut Tx, id: &AccountId, now: Timestamp) -> Result<bool, StoreError> {
    let changed = accounts_operator::disable(tx, id).await?;
    end_everything(tx, id, now).await?;
    Ok(changed)
}

/// Removes the second factor, so that the next sign-in sets up a new one, and ends the account's sessions
/// and live flows.
pub async fn reset_mfa(tx: &mut Tx, id: &AccountId, now: Timestamp) -> Result<(), StoreError> {
    accounts_operator::reset_mfa(tx, id).await?;
    end_everything(tx, id, now).await
}

/// Replaces the number on file and removes the second factor, so that the next sign-in proves the new number. Ends the
/// account's sessions and live flows.
///
/// Returns `false` if the number already has the maximum number of accounts; nothing was changed then.
pub async fn set_phone(
    tx: &mut Tx,
    id: &AccountId,
    phone: &PhoneNumber,
    now: Timestamp,
) -> Result<bool, StoreError> {
    if accounts::count_others_by_phone(tx, phone, id).await? >= ACCOUNTS_PER_PHONE {
        return Ok(false);
    }
    accounts_operator::set_phone(tx, id, phone, now).await?;
    reset_mfa(tx, id, now).await?;
    Ok(true)
}

/// A new password of the account, by the rules of registration; otherwise every rule that it breaks.
pub fn parse_password(typed: String, account: &Account) -> Result<Password, Vec<FieldProblem>> {
    let mut problems = FormProblems::default();
    let password = read_for_account(typed, account, &mut problems);
    password.ok_or_else(|| problems.into_list())
}

/// Replaces the password of an enabled account. Ends its sessions, live flows and reset links, and no browser is
/// recognised any more. [`StoreError::Raced`] if the password has changed since `account` was read.
pub async fn set_password(
    tx: &mut Tx,
    account: &Account,
    hash: &PasswordHash,
    now: Timestamp,
) -> Result<(), StoreError> {
    let id = &account.id;
    accounts::set_password(tx, id, &account.password_hash, hash).await?;
    accounts::revoke_devices(tx, id).await?;
    end_everything(tx, id, now).await
}

async fn end_everything(tx: &mut Tx, id: &AccountId, now: Timestamp) -> Result<(), StoreError> {
    sessions::end_all(tx, id).await?;
    // An operator's command calls no provider. The codes are cancelled there before the next send to the
    // same number, or expire with their own lifetime.
    end_flows(tx, id, FlowSelection::All, now).await.map(drop)
}
