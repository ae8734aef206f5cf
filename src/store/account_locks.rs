//! Locks the row of an account, so that a sign-in and a change of the account do not run at the same time.
//!
//! Every transaction locks in this order, so that transactions wait for each other instead of deadlocking:
//!
//! 1. Rate limits of the request, for example of wrong codes.
//! 2. Flows of the account, in the order of their IDs. Their codes precede them.
//! 3. The pending e-mail proof.
//! 4. Accounts, in the order of their IDs.
//! 5. The lost-phone recovery, mailed links, contact changes, the authenticator app and recovery codes.
//! 6. Rate limits of notifications and of accounts with one number, then the outbox.
//!
//! A transaction can find a flow that was opened after it has locked the others. It locks such a flow only if no other
//! transaction has, and never waits for it.
//!
//! Sessions follow after step 5. A transaction that changes a password, contact or second factor ends the flows first
//! and the sessions last. So it also ends the sessions of all sign-ins that committed before it.

use std::ops::Deref;

use super::accounts::{Account, find_account};
use super::{ReadFrom, StoreError, Tx};
use crate::security::token::AccountId;

/// Locks an account until the transaction ends and reads it. Returns `None` if it does not exist or is erased.
pub async fn lock_account(tx: &mut Tx, id: &AccountId) -> Result<Option<Account>, StoreError> {
    // Changes nothing. PostgreSQL locks an updated row, and SQLite permits one writing transaction at a time.
    sqlx::query("UPDATE accounts SET device_epoch = device_epoch WHERE id = $1 AND erased_at = 0")
        .bind(id.as_str())
        .execute(&mut **tx)
        .await?;
    find_account(ReadFrom::Transaction(tx), id).await
}

/// Evidence that a user has entered the correct password of an account.
///
/// It becomes invalid when the password, e-mail address or phone number changes, because each change increments the
/// device epoch of the account.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PasswordProof {
    account: AccountId,
    /// The device epoch of the account when the password was verified. `None` in a flow that an earlier version began;
    /// it is then not compared.
    epoch: Option<i64>,
}

impl PasswordProof {
    /// Creates the proof for an account whose password was verified. `account` was read before the verification.
    pub fn from_verified_account(account: &Account) -> Self {
        Self {
            account: account.id.clone(),
            epoch: Some(account.device_epoch),
        }
    }

    /// Reads the proof from the stored data of a verification flow.
    pub(super) const fn from_stored(account: AccountId, epoch: Option<i64>) -> Self {
        Self { account, epoch }
    }

    /// Returns whether `account` is unchanged since the password was verified.
    pub fn is_valid_for(&self, account: &Account) -> bool {
        account.id == self.account && self.epoch.is_none_or(|epoch| account.device_epoch == epoch)
    }

    /// Locks the account of the proof.
    ///
    /// Returns `None` if the account has changed since the password was verified, or is erased.
    pub async fn lock_unchanged_account(
        &self,
        tx: &mut Tx,
    ) -> Result<Option<AuthenticatedAccount>, StoreError> {
        let account = lock_account(tx, &self.account).await?;
        Ok(account
            .filter(|account| self.is_valid_for(account))
            .map(AuthenticatedAccount))
    }
}

/// An account that the current transaction has locked, and that is unchanged since its user entered the password.
///
/// Only [`PasswordProof::lock_unchanged_account`] creates it, and only with it can a session be opened. So a password
/// that was changed or reset during a sign-in opens no session.
#[derive(Debug)]
pub struct AuthenticatedAccount(Account);

impl Deref for AuthenticatedAccount {
    type Target = Account;

    fn deref(&self) -> &Account {
        &self.0
    }
}
