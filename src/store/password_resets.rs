//! What a password reset depends on. Its link is one of `mailed_links`.

use super::accounts::Account;
use crate::security::token::AccountId;
use serde::{Deserialize, Serialize};

/// The facts about an account on which a password reset depends. If one of them changes, the reset is void.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ResetBasis {
    pub account: AccountId,
    /// The address that received the link.
    pub email: String,
    /// The digest of the password hash that the reset replaces.
    pub password_digest: String,
}

impl ResetBasis {
    /// The current facts of an account.
    pub fn of(account: &Account) -> Self {
        Self {
            account: account.id.clone(),
            email: account.email.clone(),
            password_digest: account.password_hash.digest(),
        }
    }

    /// Whether the reset may go on: the account is enabled, and the proven address and the password are those of the
    /// link.
    pub fn still_holds(&self, account: &Account) -> bool {
        !account.disabled && account.email_verified && *self == Self::of(account)
    }
}
