//! The rate limit buckets: what each one counts, under which key, and its rule.

use std::time::Duration;

use super::app_state::AppState;
use super::request_context::RequestContext;
use crate::security::rate_limit::Rule;
use crate::security::token::{AccountId, BucketKey};
use domain::PhoneNumber;

const HOUR: Duration = Duration::from_hours(1);
const DAY: Duration = Duration::from_hours(24);

impl AppState {
    /// Messages to one phone number, over all flows, accounts and nodes.
    pub fn number_limit(&self, phone: &PhoneNumber) -> (BucketKey, Rule) {
        let rule =
            Rule::per(HOUR, self.limits.sends_per_number_per_hour).with_gap(self.limits.resend_gap);
        (self.bucket("sms-number", phone.as_e164()), rule)
    }

    /// Messages that requests from one address may cause before a sign-in.
    pub fn send_source_limit(&self, context: &RequestContext) -> (BucketKey, Rule) {
        let max = self.limits.sends_per_source_per_hour;
        self.source_limit(["sms-source", "sms-client"], context, max)
    }

    /// Messages that one account may cause.
    pub fn send_account_limit(&self, account: &AccountId) -> (BucketKey, Rule) {
        let rule = Rule::per(DAY, self.limits.sends_per_account_per_day);
        (self.bucket("sms-account", account.as_str()), rule)
    }

    /// Payments that one account may begin.
    pub fn payment_limit(&self, account: &AccountId) -> (BucketKey, Rule) {
        let rule = Rule::per(HOUR, self.limits.payments_per_account_per_hour);
        (self.bucket("payment", account.as_str()), rule)
    }

    /// Audit lines about refused payments of one account.
    pub fn payment_refusal_limit(&self, account: &AccountId) -> (BucketKey, Rule) {
        let rule = Rule::per(HOUR, self.limits.payments_per_account_per_hour);
        (self.bucket("payment-refused", account.as_str()), rule)
    }

    /// Second-factor failures of an account, whatever the flow or method.
    pub fn factor_limit(&self, account: &AccountId) -> (BucketKey, Rule) {
        let rule = Rule::per(DAY, self.limits.factor_failures_per_day);
        (self.bucket("factor", account.as_str()), rule)
    }

    /// Notifications about wrong codes.
    pub fn failures_alert_limit(&self, account: &AccountId) -> (BucketKey, Rule) {
        let key = self.bucket("notice-failures", account.as_str());
        (key, Rule::per(DAY, 1))
    }

    /// Notifications that the second factor is blocked.
    pub fn held_alert_limit(&self, account: &AccountId) -> (BucketKey, Rule) {
        let key = self.bucket("notice-held", account.as_str());
        (key, Rule::per(DAY, 1))
    }

    /// Notifications that an account's e-mail address was used in a registration.
    pub fn conflict_alert_limit(&self, account: &AccountId) -> (BucketKey, Rule) {
        let key = self.bucket("notice-conflict", account.as_str());
        (key, Rule::per(HOUR, 1))
    }

    /// Sign-in attempts from one address.
    pub fn sign_in_source_limit(&self, context: &RequestContext) -> (BucketKey, Rule) {
        let max = self.limits.sign_ins_per_source_per_hour;
        self.source_limit(["sign-in-source", "sign-in-client"], context, max)
    }

    /// Registrations.
    pub fn registration_source_limit(&self, context: &RequestContext) -> (BucketKey, Rule) {
        let max = self.limits.registrations_per_source_per_hour;
        self.source_limit(["register-source", "register-client"], context, max)
    }

    /// `max` an hour from one address. All users of an authenticated API client share its address, so their
    /// requests are counted under the client's name, with a limit of its own.
    fn source_limit(
        &self,
        [by_source, by_client]: [&'static str; 2],
        context: &RequestContext,
        max: usize,
    ) -> (BucketKey, Rule) {
        match context.caller.client() {
            Some(client) => (
                self.bucket(by_client, client.as_str()),
                Rule::per(HOUR, self.limits.calls_per_client_per_hour),
            ),
            None => (
                self.bucket(by_source, &context.source),
                Rule::per(HOUR, max),
            ),
        }
    }

    /// Wrong passwords for one identifier, whether or not such an account exists.
    pub fn password_bucket(&self, identifier: &str) -> BucketKey {
        self.bucket("password", identifier)
    }

    fn bucket(&self, kind: &'static str, key: &str) -> BucketKey {
        BucketKey::new(kind, key, &self.bucket_key)
    }
}
