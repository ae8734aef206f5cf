//! Account changes by an operator that also end the sessions and flows of the account.

use crate::auth::engine::persistence::{FlowSelection, end_selected_flows_of_account};
use crate::auth::entry::new_password::parse_new_password_of_account;
use crate::auth::error::FormProblems;
use crate::context::ACCOUNTS_PER_PHONE;
use crate::security::password::PasswordHash;
use crate::security::token::AccountId;
use crate::store::accounts::Account;
use crate::store::emails::{self, EmailChangeActor};
use crate::store::passwords::{self, PasswordChangeActor};
use crate::store::{
    StoreError, Tx, accounts, accounts_operator, contact_changes, email_proofs, sessions,
};
use domain::{EmailAddress, FieldProblem, Password, PhoneNumber, Timestamp};

/// Disables sign-in for an account, and ends the sessions and live verification flows of the account.
///
/// Returns `false` if the account was disabled already.
pub async fn disable_account(
    tx: &mut Tx,
    id: &AccountId,
    now: Timestamp,
) -> Result<bool, StoreError> {
    end_flows_of_account(tx, id, now).await?;
    let has_changed = accounts_operator::disable_account(tx, id).await?;
    sessions::end_all_sessions(tx, id).await?;
    Ok(has_changed)
}

/// Removes the second factor of an account and ends all sessions and live verification flows.
///
/// The user enrols a new second factor at the next sign-in.
pub async fn reset_mfa(tx: &mut Tx, id: &AccountId, now: Timestamp) -> Result<(), StoreError> {
    end_flows_of_account(tx, id, now).await?;
    accounts_operator::reset_mfa(tx, id).await?;
    sessions::end_all_sessions(tx, id).await.map(drop)
}

/// Sets the phone number of an account on behalf of an operator.
///
/// Removes the second factor and ends all sessions and live flows. The user verifies the new number at the next
/// sign-in. Returns `false` and changes nothing if the number already has the maximum number of accounts.
pub async fn set_account_phone_number(
    tx: &mut Tx,
    id: &AccountId,
    phone: &PhoneNumber,
    now: Timestamp,
) -> Result<bool, StoreError> {
    if accounts::count_other_accounts_by_phone(tx, phone, id).await? >= ACCOUNTS_PER_PHONE {
        return Ok(false);
    }
    end_flows_of_account(tx, id, now).await?;
    accounts_operator::reset_mfa(tx, id).await?;
    accounts_operator::set_account_phone(tx, id, phone, now).await?;
    sessions::end_all_sessions(tx, id).await?;
    Ok(true)
}

/// Validates a new password that an operator sets for an account.
///
/// Applies the rules of registration and returns all violated ones. `service_name` is the name of this service, which
/// the password must not equal.
pub fn parse_new_password_set_by_operator(
    service_name: &str,
    typed: String,
    account: &Account,
) -> Result<Password, Vec<FieldProblem>> {
    let mut problems = FormProblems::default();
    let password = parse_new_password_of_account(service_name, typed, account, &mut problems);
    password.ok_or_else(|| problems.into_field_problems())
}

/// Replaces the password of an account. A disabled account stays disabled.
///
/// Ends the sessions and live flows of the account, and revokes the password reset links and device cookies. Returns
/// [`StoreError::Raced`] if the password has changed since `account` was read.
pub async fn set_account_password(
    tx: &mut Tx,
    account: &Account,
    hash: &PasswordHash,
    now: Timestamp,
) -> Result<(), StoreError> {
    let id = &account.id;
    end_flows_of_account(tx, id, now).await?;
    let (old, actor) = (&account.password_hash, PasswordChangeActor::Operator);
    passwords::replace_password_hash(tx, id, old, hash, actor).await?;
    accounts::revoke_device_cookies_and_cancel_recovery(tx, id).await?;
    sessions::end_all_sessions(tx, id).await.map(drop)
}

/// Replaces the e-mail address of an account. The new address counts as verified. A disabled account stays disabled.
///
/// Ends the sessions and live flows of the account, revokes its device cookies, cancels its lost-phone recovery, and
/// makes the links invalid that undo earlier contact changes.
///
/// Returns [`StoreError::Taken`] if another account has verified the address, and [`StoreError::Raced`] if the address
/// has changed since `account` was read.
pub async fn set_account_email(
    tx: &mut Tx,
    account: &Account,
    email: &EmailAddress,
    now: Timestamp,
) -> Result<(), StoreError> {
    end_flows_of_account(tx, &account.id, now).await?;
    mark_email_verified(tx, account, email, now).await?;
    contact_changes::delete_contact_changes(tx, &account.id).await?;
    accounts::revoke_device_cookies_and_cancel_recovery(tx, &account.id).await?;
    sessions::end_all_sessions(tx, &account.id).await.map(drop)
}

/// Marks an e-mail address of an account as verified and deletes the pending verification of an address.
///
/// Fails for the same reasons as [`set_account_email`].
pub async fn mark_email_verified(
    tx: &mut Tx,
    account: &Account,
    email: &EmailAddress,
    now: Timestamp,
) -> Result<(), StoreError> {
    email_proofs::delete_email_proof(tx, &account.id).await?;
    let actor = EmailChangeActor::Operator;
    emails::replace_account_email(tx, &account.id, &account.email, email, actor, now).await
}

/// Ends the live verification flows of an account, and deletes its pending e-mail proof.
///
/// Call it before other changes to the account, and end the sessions after them. Another lock order could deadlock with
/// a concurrent sign-in, or miss its session.
async fn end_flows_of_account(
    tx: &mut Tx,
    id: &AccountId,
    now: Timestamp,
) -> Result<(), StoreError> {
    // A command does not call the provider. The next send to the same number cancels the codes, or they expire.
    end_selected_flows_of_account(tx, id, FlowSelection::All, now)
        .await
        .map(drop)
}
