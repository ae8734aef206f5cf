//! Account changes by an operator that also end what the account has open.

use crate::auth::engine::persistence::{FlowSelection, end_flows};
use crate::auth::entry::new_password::read_for_account;
use crate::auth::error::FormProblems;
use crate::context::ACCOUNTS_PER_PHONE;
use crate::security::password::PasswordHash;
use crate::security::token::AccountId;
use crate::store::accounts::Account;
use crate::store::emails::{self, EmailReplacer};
use crate::store::{
    StoreError, Tx, accounts, accounts_operator, contact_changes, email_proofs, sessions,
};
use domain::{EmailAddress, FieldProblem, Password, PhoneNumber, Timestamp};

/// Bars the account from signing in and ends its sessions and live flows. `false` when it was barred before.
pub async fn disable(tx: &mut Tx, id: &AccountId, now: Timestamp) -> Result<bool, StoreError> {
    end_everything(tx, id, now).await?;
    accounts_operator::disable_account(tx, id).await
}

/// Removes the second factor, so that the next sign-in sets up a new one, and ends the account's sessions
/// and live flows.
pub async fn reset_mfa(tx: &mut Tx, id: &AccountId, now: Timestamp) -> Result<(), StoreError> {
    end_everything(tx, id, now).await?;
    accounts_operator::reset_mfa(tx, id).await
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
    if accounts::count_other_accounts_by_phone(tx, phone, id).await? >= ACCOUNTS_PER_PHONE {
        return Ok(false);
    }
    reset_mfa(tx, id, now).await?;
    accounts_operator::set_account_phone(tx, id, phone, now).await?;
    Ok(true)
}

/// A new password of the account of the service with this name, by the rules of registration; otherwise every rule that it
/// breaks.
pub fn parse_password(
    service: &str,
    typed: String,
    account: &Account,
) -> Result<Password, Vec<FieldProblem>> {
    let mut problems = FormProblems::default();
    let password = read_for_account(service, typed, account, &mut problems);
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
    end_everything(tx, id, now).await?;
    accounts::replace_password_hash(tx, id, &account.password_hash, hash).await?;
    accounts::revoke_device_cookies(tx, id).await
}

/// Replaces the e-mail address of an enabled account by one that counts as proven. Ends its sessions and live flows.
/// Earlier changes can no longer be undone.
/// [`StoreError::Taken`] if another account has proven the address; [`StoreError::Raced`] if the address has changed
/// since `account` was read.
pub async fn set_email(
    tx: &mut Tx,
    account: &Account,
    email: &EmailAddress,
    now: Timestamp,
) -> Result<(), StoreError> {
    end_everything(tx, &account.id, now).await?;
    verify_email(tx, account, email, now).await?;
    contact_changes::delete_contact_changes(tx, &account.id).await
}

/// Counts `email`, the address of an enabled account, as proven. Its pending proof is over. The errors are those of
/// [`set_email`].
pub async fn verify_email(
    tx: &mut Tx,
    account: &Account,
    email: &EmailAddress,
    now: Timestamp,
) -> Result<(), StoreError> {
    email_proofs::delete_email_proof(tx, &account.id).await?;
    let by = EmailReplacer::Operator;
    emails::set_proven_email(tx, &account.id, &account.email, email, by, now).await
}

/// Ends sessions and flows. Call it before other changes of the account: in another order this transaction and that of a
/// sign-in could wait for each other.
async fn end_everything(tx: &mut Tx, id: &AccountId, now: Timestamp) -> Result<(), StoreError> {
    sessions::end_all_sessions(tx, id).await?;
    // An operator's command calls no provider. The codes are cancelled there before the next send to the
    // same number, or expire with their own lifetime.
    end_flows(tx, id, FlowSelection::All, now).await.map(drop)
}
