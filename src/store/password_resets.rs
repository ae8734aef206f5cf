//! The state of an account on which a password reset depends. The link of a reset is stored in `mailed_links`.

use super::accounts::Account;
use crate::security::token::AccountId;
use serde::{Deserialize, Serialize};

/// The account data on which a password reset depends. A change of any value invalidates the reset.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ResetBasis {
    pub account: AccountId,
    /// The address to which the link was mailed.
    pub email: String,
    /// The digest of the password hash that the reset replaces.
    pub password_digest: String,
}

impl ResetBasis {
    /// Copies ID, e-mail address and password digest of an account, so that later changes are detected.
    pub fn from_account(account: &Account) -> Self {
        Self {
            account: account.id.clone(),
            email: account.email.clone(),
            password_digest: account.password_hash.sha256_digest(),
        }
    }

    /// Returns whether a password reset is still valid for an account.
    ///
    /// The account must be enabled, and its e-mail address and password the same as when the link was mailed.
    pub fn is_valid_for(&self, account: &Account) -> bool {
        !account.disabled && account.email_verified && *self == Self::from_account(account)
    }
}
