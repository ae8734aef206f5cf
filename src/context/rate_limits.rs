//! The rate limit buckets other than those of messages. Each method returns the key and the rule of one bucket.

use std::time::Duration;

use super::app_state::AppState;
use super::request_context::RequestContext;
use crate::security::rate_limit::Rule;
use crate::security::token::{AccountId, BucketKey, SessionId};
use crate::security::totp::{STEP, TimeStep};
use domain::{OneTimeCode, Timestamp};

const HOUR: Duration = Duration::from_hours(1);
const DAY: Duration = Duration::from_hours(24);

impl AppState {
    /// Limits payments that one account begins.
    pub fn payment_limit(&self, account: &AccountId) -> (BucketKey, Rule) {
        let rule = Rule::per(HOUR, self.limits.payments_per_account_per_hour);
        (self.bucket("payment", account.as_str()), rule)
    }

    /// Limits audit events about refused payments of one account.
    pub fn payment_refusal_limit(&self, account: &AccountId) -> (BucketKey, Rule) {
        let rule = Rule::per(HOUR, self.limits.payments_per_account_per_hour);
        (self.bucket("payment-refused", account.as_str()), rule)
    }

    /// Limits failures of the second factor of an account, over all flows and methods.
    pub fn factor_limit(&self, account: &AccountId) -> (BucketKey, Rule) {
        let rule = Rule::per(DAY, self.limits.factor_failures_per_day);
        (self.bucket("factor", account.as_str()), rule)
    }

    /// One wrong code of an authenticator app that a session is setting up. In the same time step the code is certainly
    /// wrong again, so a repetition costs no attempt.
    pub fn refused_enrolment_code(
        &self,
        session: &SessionId,
        code: &OneTimeCode,
        now: Timestamp,
    ) -> (BucketKey, Rule) {
        let step = TimeStep::at(now).number();
        let about = format!("{}\n{step}\n{}", session.as_str(), code.expose());
        (self.bucket("refused-enrolment", &about), Rule::per(STEP, 1))
    }

    /// Limits notifications about wrong codes.
    pub fn failures_alert_limit(&self, account: &AccountId) -> (BucketKey, Rule) {
        let key = self.bucket("notice-failures", account.as_str());
        (key, Rule::per(DAY, 1))
    }

    /// Limits notifications about a blocked second factor.
    pub fn held_alert_limit(&self, account: &AccountId) -> (BucketKey, Rule) {
        let key = self.bucket("notice-held", account.as_str());
        (key, Rule::per(DAY, 1))
    }

    /// Limits notifications about a registration with the e-mail address of an account.
    pub fn conflict_alert_limit(&self, account: &AccountId) -> (BucketKey, Rule) {
        let key = self.bucket("notice-conflict", account.as_str());
        (key, Rule::per(HOUR, 1))
    }

    /// Limits sign-in attempts from one address.
    pub fn sign_in_source_limit(&self, context: &RequestContext) -> (BucketKey, Rule) {
        let max = self.limits.sign_ins_per_source_per_hour;
        self.source_limit(["sign-in-source", "sign-in-client"], context, max)
    }

    /// Limits registrations from one address.
    pub fn registration_source_limit(&self, context: &RequestContext) -> (BucketKey, Rule) {
        let max = self.limits.registrations_per_source_per_hour;
        self.source_limit(["register-source", "register-client"], context, max)
    }

    /// Passwords entered in registrations. A user may correct the form, so it is twice the number of registrations.
    pub fn credentials_source_limit(&self, context: &RequestContext) -> (BucketKey, Rule) {
        let max = self.limits.registrations_per_source_per_hour;
        self.source_limit(
            ["credentials-source", "credentials-client"],
            context,
            max.saturating_mul(2),
        )
    }

    /// Limits events to `max` per hour and address. All users of an authenticated API client share its address, so
    /// their requests are counted by client name, with a separate limit.
    pub(super) fn source_limit(
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

    /// Counts wrong passwords for one identifier, whether or not such an account exists.
    pub fn password_bucket(&self, identifier: &str) -> BucketKey {
        self.bucket("password", identifier)
    }

    /// The key of the bucket for events of this kind.
    pub(super) fn bucket(&self, kind: &'static str, key: &str) -> BucketKey {
        BucketKey::new(kind, key, &self.bucket_key)
    }
}
