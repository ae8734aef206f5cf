//! The rate limits on wrong passwords, which slow down password guessing without blocking the account holder.

use std::time::Duration;

use super::app_state::AppState;
use super::request_context::RequestContext;
use crate::security::device::DeviceId;
use crate::security::rate_limit::{RateLimit, Rule};
use crate::security::token::{AccountId, BucketKey, SessionId};

const HOUR: Duration = Duration::from_hours(1);
const DAY: Duration = Duration::from_hours(24);

/// The maximum number of password attempts within an hour in one session, or from one recognised browser.
///
/// A user needs at most one step-up in 5 minutes.
const MAX_HOURLY_ATTEMPTS_OF_OWNER: usize = 60;

/// The account whose password attempts are counted, or an unknown sign-in identifier in its place.
#[derive(Clone, Debug)]
pub struct PasswordSubject(String);

impl PasswordSubject {
    /// Creates the subject of a password rate limit: `account` if there is one, otherwise `identifier` (in canonical
    /// form).
    pub fn from_account_or_identifier(identifier: &str, account: Option<&AccountId>) -> Self {
        Self(match account {
            Some(account) => format!("account {}", account.as_str()),
            None => format!("identifier {identifier}"),
        })
    }

    /// Returns the subject as text for the key of a rate limit bucket.
    pub(super) fn as_str(&self) -> &str {
        &self.0
    }
}

impl AppState {
    /// Returns the key of the bucket that counts wrong passwords from unrecognised browsers.
    ///
    /// `subject` is an account, or a sign-in identifier that no account has.
    pub fn bucket_of_wrong_passwords_for_account(&self, subject: &PasswordSubject) -> BucketKey {
        self.account_bucket_keys().wrong_passwords(subject)
    }

    /// Returns the key of the bucket that counts wrong passwords from one recognised browser.
    ///
    /// A recognised browser has signed in to the account before.
    pub fn bucket_of_wrong_passwords_from_device(
        &self,
        account: &AccountId,
        device: &DeviceId,
    ) -> BucketKey {
        let key = format!("{} {}", account.as_str(), device.to_hex());
        self.create_rate_limit_key("password-device", &key)
    }

    /// Returns the key of the bucket that counts wrong passwords entered in one session for step-up authentication.
    pub fn bucket_of_wrong_passwords_in_session(&self, session: &SessionId) -> BucketKey {
        self.create_rate_limit_key("password-session", session.as_str())
    }

    /// Returns the rate limit on all password attempts in one session, also with the correct password.
    ///
    /// Attempts are step-ups and changes of the password.
    pub fn password_attempt_limit_per_session(&self, session: &SessionId) -> RateLimit {
        self.create_rate_limit(
            "password-session-all",
            session.as_str(),
            Rule::per_window(HOUR, MAX_HOURLY_ATTEMPTS_OF_OWNER),
        )
    }

    /// Returns the rate limit on all password attempts for one account from one recognised browser.
    ///
    /// A recognised browser has signed in to the account before. Attempts with the correct password count too. Beyond
    /// the limit, the browser counts as an unrecognised one.
    pub fn password_attempt_limit_per_device(
        &self,
        account: &AccountId,
        device: &DeviceId,
    ) -> RateLimit {
        let key = format!("{} {}", account.as_str(), device.to_hex());
        self.create_rate_limit(
            "password-device-all",
            &key,
            Rule::per_window(HOUR, MAX_HOURLY_ATTEMPTS_OF_OWNER),
        )
    }

    /// Returns the rate limit on password attempts for one account by unrecognised browsers of one network.
    ///
    /// While the limit is not reached, attempts may be checked even if the account is throttled.
    pub fn password_attempt_limit_per_network(
        &self,
        subject: &PasswordSubject,
        context: &RequestContext,
    ) -> RateLimit {
        let key = format!(
            "{} {}",
            context.name_of_rate_limited_network_or_client(),
            subject.as_str()
        );
        self.create_rate_limit("password-network", &key, Rule::per_window(DAY, 3))
    }

    /// Returns the rate limit on password attempts for one throttled account, over all networks together.
    ///
    /// Counts only attempts within [`Self::password_attempt_limit_per_network`].
    pub fn password_attempt_limit_across_networks(&self, subject: &PasswordSubject) -> RateLimit {
        let key = self
            .account_bucket_keys()
            .password_attempts_across_networks(subject);
        RateLimit::new(key, Rule::per_window(HOUR, 10))
    }

    /// Returns the rate limit on password attempts for one throttled account.
    ///
    /// Each of these attempts requires a CAPTCHA with a harder proof of work.
    pub fn password_attempt_limit_with_hard_captcha(&self, subject: &PasswordSubject) -> RateLimit {
        let key = self
            .account_bucket_keys()
            .password_attempts_with_hard_captcha(subject);
        RateLimit::new(key, Rule::per_window(HOUR, 10))
    }

    /// Returns the rate limit on refused sign-ins from one source address.
    ///
    /// A client that reaches the limit must solve a harder CAPTCHA.
    pub fn refused_sign_in_limit_per_source(&self, context: &RequestContext) -> RateLimit {
        self.create_rate_limit(
            "sign-in-refused",
            &context.source,
            Rule::per_window(HOUR, 3),
        )
    }
}
