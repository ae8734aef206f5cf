//! Rate limits on mailed codes that prove an e-mail address. Each method returns the key of the bucket that counts
//! events, and the rule of the limit.

use std::time::Duration;

use super::app_state::AppState;
use super::request_context::RequestContext;
use crate::security::rate_limit::{RateLimit, Rule};
use crate::security::token::AccountId;
use crate::store::email_proofs::EmailProof;
use domain::{EmailAddress, OneTimeCode};

const HOUR: Duration = Duration::from_hours(1);
const DAY: Duration = Duration::from_hours(24);

impl AppState {
    /// Returns the rate limit on e-mail codes that one account requests, over all addresses.
    ///
    /// It is at most [`Self::notification_limit_per_kind`], above which mails are delayed.
    pub fn email_code_limit_per_account(&self, account: &AccountId) -> RateLimit {
        let rule =
            Rule::per_window(HOUR, 3).with_minimum_time_between_events(self.limits.resend_gap);
        self.create_rate_limit("email-send-account", account.as_str(), rule)
    }

    /// Returns the rate limit on codes sent to one e-mail address, over all accounts.
    ///
    /// Codes within [`Self::email_code_reserve_of_account`] are not counted.
    pub fn email_code_limit_per_address(&self, email: &EmailAddress) -> RateLimit {
        self.create_rate_limit(
            "email-send-address",
            &email.canonical(),
            Rule::per_window(HOUR, 5),
        )
    }

    /// Returns the reserved rate limit on codes that an account sends to its own e-mail address.
    ///
    /// It applies even if other accounts have used up [`Self::email_code_limit_per_address`].
    pub fn email_code_reserve_of_account(&self, account: &AccountId) -> RateLimit {
        self.create_rate_limit(
            "email-send-reserve",
            account.as_str(),
            Rule::per_window(DAY, 1),
        )
    }

    /// Returns the rate limit on all codes sent to one e-mail address.
    ///
    /// It includes the codes reserved for the account with this address.
    pub fn total_email_code_limit_per_address(&self, email: &EmailAddress) -> RateLimit {
        self.create_rate_limit(
            "email-send-address-all",
            &email.canonical(),
            Rule::per_window(HOUR, 20),
        )
    }

    /// Returns the rate limit on e-mail codes requested from one source address.
    pub fn email_code_limit_per_source(&self, context: &RequestContext) -> RateLimit {
        let max = self.limits.registrations_per_source_per_hour;
        let names = ["email-send-source", "email-send-client"];
        self.event_limit_per_source(names, context, max.saturating_mul(2))
    }

    /// Returns the rate limit on wrong e-mail codes that one account enters.
    pub fn wrong_email_code_limit_per_account(&self, account: &AccountId) -> RateLimit {
        let key = self.account_bucket_keys().wrong_email_codes(account);
        RateLimit::new(key, Rule::per_window(DAY, 10))
    }

    /// Returns the rate limit on wrong codes entered to prove one e-mail address, over all accounts.
    ///
    /// Codes within [`Self::wrong_email_code_reserve_of_account`] are not counted.
    pub fn wrong_email_code_limit_per_address(&self, email: &EmailAddress) -> RateLimit {
        self.create_rate_limit(
            "email-code-address",
            &email.canonical(),
            Rule::per_window(DAY, 20),
        )
    }

    /// Returns the reserved rate limit on wrong codes that an account enters for its own e-mail address.
    ///
    /// It applies even if other accounts have used up [`Self::wrong_email_code_limit_per_address`].
    pub fn wrong_email_code_reserve_of_account(&self, account: &AccountId) -> RateLimit {
        let key = self
            .account_bucket_keys()
            .wrong_email_codes_within_reserve(account);
        RateLimit::new(key, Rule::per_window(DAY, 5))
    }

    /// Returns the rate limit on all wrong codes entered to prove one e-mail address.
    ///
    /// It includes the codes reserved for the account with this address.
    pub fn total_wrong_email_code_limit_per_address(&self, email: &EmailAddress) -> RateLimit {
        self.create_rate_limit(
            "email-code-address-all",
            &email.canonical(),
            Rule::per_window(DAY, 100),
        )
    }

    /// Returns the rate limit on submissions of one wrong code during the verification of an e-mail address: one.
    ///
    /// The server rejects a repeated submission and does not count it as an attempt.
    pub fn wrong_email_code_repetition_limit(
        &self,
        proof: &EmailProof,
        code: &OneTimeCode,
    ) -> RateLimit {
        // The creation time is part of the key: a new code may equal an earlier wrong code, and is checked again.
        let (account, began) = (proof.account.as_str(), proof.created_at.as_millis());
        let subject = format!("{account}\n{began}\n{}", code.expose());
        self.create_rate_limit("email-code-refused", &subject, Rule::per_window(DAY, 1))
    }
}
