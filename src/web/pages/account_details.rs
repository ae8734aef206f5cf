//! Account details that pages show.

use crate::store::accounts::Account;
use domain::{PhoneHint, PhoneNumber};

/// Account details that pages show, without the password hash.
#[derive(Clone, Debug)]
pub struct AccountDetails {
    pub full_name: String,
    pub username: String,
    pub email: String,
    /// Whether the user has verified the e-mail address.
    pub email_verified: bool,
    pub phone: Option<PhoneNumber>,
}

impl From<&Account> for AccountDetails {
    fn from(account: &Account) -> Self {
        Self {
            full_name: account.full_name.clone(),
            username: account.username.clone(),
            email: account.email.clone(),
            email_verified: account.email_verified,
            phone: account.phone.clone(),
        }
    }
}

impl AccountDetails {
    /// Returns the masked phone number of the account.
    pub fn phone_hint(&self) -> Option<PhoneHint> {
        self.phone.as_ref().map(PhoneNumber::masked_hint)
    }
}
