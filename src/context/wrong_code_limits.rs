//! The rate limits on wrong second-factor codes of one account: in 24 hours, and in all without a correct one.

use std::time::Duration;

use super::app_state::AppState;
use crate::security::rate_limit::{RateLimit, Rule};
use crate::security::token::AccountId;

const DAY: Duration = Duration::from_hours(24);

/// How long a wrong code counts for the ceilings, unless a correct code clears them.
const CEILING_WINDOW: Duration = Duration::from_hours(366 * 24);

/// The maximum number of wrong second-factor codes in the password resets of one account within 24 hours.
const MAX_DAILY_WRONG_CODES_IN_PASSWORD_RESETS: usize = 5;

/// The maximum number of wrong second-factor codes of one account without a correct one, except in password resets.
///
/// Together with [`MAX_WRONG_CODES_IN_PASSWORD_RESETS`] it is 100, the maximum of NIST SP 800-63B section 3.2.2.
const MAX_WRONG_CODES: usize = 80;

/// The maximum number of wrong second-factor codes in the password resets of one account without a correct code.
///
/// It is a separate limit, so that an attacker who knows only the password leaves the owner all attempts of a reset.
const MAX_WRONG_CODES_IN_PASSWORD_RESETS: usize = 20;

impl AppState {
    /// Returns the daily rate limit on wrong second-factor codes of one account, over all verification flows and
    /// methods.
    ///
    /// Password resets have a separate limit: [`Self::wrong_code_limit_of_password_resets`].
    pub fn wrong_code_limit_per_account(&self, account: &AccountId) -> RateLimit {
        let rule = Rule::per_window(DAY, self.limits.factor_failures_per_day);
        RateLimit::new(self.account_bucket_keys().wrong_codes(account), rule)
    }

    /// Returns the daily rate limit on wrong second-factor codes in password resets of one account, over all methods.
    ///
    /// It permits 5 a day, or fewer if the setting of [`Self::wrong_code_limit_per_account`] is lower. Only a mailed
    /// link opens a password reset. So an attacker who knows the password but cannot read the mail cannot reach it.
    pub fn wrong_code_limit_of_password_resets(&self, account: &AccountId) -> RateLimit {
        let max = self
            .limits
            .factor_failures_per_day
            .min(MAX_DAILY_WRONG_CODES_IN_PASSWORD_RESETS);
        let key = self
            .account_bucket_keys()
            .wrong_codes_in_password_resets(account);
        RateLimit::new(key, Rule::per_window(DAY, max))
    }

    /// Returns the rate limit on wrong second-factor codes of one account without a correct one.
    ///
    /// Counts the same codes as [`Self::wrong_code_limit_per_account`].
    pub fn wrong_code_ceiling_per_account(&self, account: &AccountId) -> RateLimit {
        let rule = Rule::per_window(CEILING_WINDOW, MAX_WRONG_CODES);
        RateLimit::new(self.account_bucket_keys().wrong_code_ceiling(account), rule)
    }

    /// Returns the rate limit on wrong second-factor codes in password resets of one account without a correct code.
    ///
    /// Counts the same codes as [`Self::wrong_code_limit_of_password_resets`].
    pub fn wrong_code_ceiling_of_password_resets(&self, account: &AccountId) -> RateLimit {
        let key = self
            .account_bucket_keys()
            .wrong_code_ceiling_of_password_resets(account);
        let rule = Rule::per_window(CEILING_WINDOW, MAX_WRONG_CODES_IN_PASSWORD_RESETS);
        RateLimit::new(key, rule)
    }
}
