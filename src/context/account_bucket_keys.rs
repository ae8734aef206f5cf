//! The keys of the rate limit buckets that hold an account back after wrong passwords or codes. The server counts
//! attempts in these buckets, and commands of the operator clear them.

use super::app_state::AppState;
use super::password_limits::PasswordSubject;
use crate::security::token::{AccountId, BucketKey};

/// Creates the keys of the rate limit buckets that count wrong passwords and codes of one account.
///
/// Each bucket has one method, which is the only place with its name.
#[derive(Clone, Copy)]
pub struct AccountBucketKeys<'a> {
    /// The secret key that hashes the subjects of rate limits.
    hash_key: &'a [u8],
}

impl<'a> AccountBucketKeys<'a> {
    /// Creates bucket keys with the secret key that hashes the subjects of rate limits: [`AppState::bucket_key`].
    pub const fn from_hash_key(hash_key: &'a [u8]) -> Self {
        Self { hash_key }
    }

    /// Returns the keys of all buckets that block an account after wrong passwords or codes.
    ///
    /// Codes sent by mail are included. Unlocking the account clears the buckets.
    pub fn all_buckets_of_account(self, account: &AccountId) -> [BucketKey; 9] {
        let subject = PasswordSubject::from_account_or_identifier("", Some(account));
        let [ceiling, ceiling_of_password_resets] = self.wrong_code_ceilings(account);
        [
            // A correct code of a password reset locks the next four buckets, in this order too.
            ceiling,
            ceiling_of_password_resets,
            self.wrong_codes_in_password_resets(account),
            self.wrong_codes(account),
            self.wrong_email_codes(account),
            self.wrong_email_codes_within_reserve(account),
            self.wrong_passwords(&subject),
            self.password_attempts_across_networks(&subject),
            self.password_attempts_with_hard_captcha(&subject),
        ]
    }

    /// Returns the keys of the buckets that count the wrong second-factor codes of one account without a correct one.
    ///
    /// A new second factor clears them. Transactions lock the buckets in this order.
    pub fn wrong_code_ceilings(self, account: &AccountId) -> [BucketKey; 2] {
        [
            self.wrong_code_ceiling(account),
            self.wrong_code_ceiling_of_password_resets(account),
        ]
    }

    /// Returns the key of the bucket that counts wrong second-factor codes without a correct one, except in password
    /// resets.
    pub(super) fn wrong_code_ceiling(self, account: &AccountId) -> BucketKey {
        self.create_bucket_key("factor-ceiling", account.as_str())
    }

    /// Returns the key of the bucket that counts wrong second-factor codes in password resets without a correct one.
    pub(super) fn wrong_code_ceiling_of_password_resets(self, account: &AccountId) -> BucketKey {
        self.create_bucket_key("factor-reset-ceiling", account.as_str())
    }

    /// Returns the key of the bucket that counts wrong second-factor codes of a day, except in password resets.
    pub(super) fn wrong_codes(self, account: &AccountId) -> BucketKey {
        self.create_bucket_key("factor", account.as_str())
    }

    /// Returns the key of the bucket that counts wrong second-factor codes of a day in password resets.
    pub(super) fn wrong_codes_in_password_resets(self, account: &AccountId) -> BucketKey {
        self.create_bucket_key("factor-reset", account.as_str())
    }

    /// Returns the key of the bucket that counts wrong e-mail codes, over all addresses.
    pub(super) fn wrong_email_codes(self, account: &AccountId) -> BucketKey {
        self.create_bucket_key("email-code-account", account.as_str())
    }

    /// Returns the key of the bucket that counts wrong e-mail codes in the reserve for the address of the account.
    pub(super) fn wrong_email_codes_within_reserve(self, account: &AccountId) -> BucketKey {
        self.create_bucket_key("email-code-reserve", account.as_str())
    }

    /// Returns the key of the bucket that counts wrong passwords from unrecognised browsers.
    pub(super) fn wrong_passwords(self, subject: &PasswordSubject) -> BucketKey {
        self.create_bucket_key("password", subject.as_str())
    }

    /// Returns the key of the bucket that counts password attempts of a throttled account, over all networks.
    pub(super) fn password_attempts_across_networks(self, subject: &PasswordSubject) -> BucketKey {
        self.create_bucket_key("password-networks", subject.as_str())
    }

    /// Returns the key of the bucket that counts password attempts of a throttled account with a harder CAPTCHA.
    pub(super) fn password_attempts_with_hard_captcha(
        self,
        subject: &PasswordSubject,
    ) -> BucketKey {
        self.create_bucket_key("password-work", subject.as_str())
    }

    /// Creates the key of the bucket with this name and subject.
    fn create_bucket_key(self, name: &'static str, subject: &str) -> BucketKey {
        BucketKey::new(name, subject, self.hash_key)
    }
}

impl AppState {
    /// Returns the keys of the buckets that count wrong passwords and codes of one account.
    pub(super) fn account_bucket_keys(&self) -> AccountBucketKeys<'_> {
        AccountBucketKeys::from_hash_key(&self.bucket_key)
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn each_bucket_of_an_account_has_a_different_key() {
        let account = AccountId::generate();
        let keys = AccountBucketKeys::from_hash_key(b"key").all_buckets_of_account(&account);
        let different: BTreeSet<_> = keys.iter().collect();
        assert_eq!(different.len(), keys.len());
    }
}
