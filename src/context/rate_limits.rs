//! The rate limit buckets other than those of messages. Each method returns the key and the rule of one bucket.

use std::time::Duration;

use super::app_state::AppState;
use super::request_context::RequestContext;
use crate::security::device::DeviceId;
use crate::security::rate_limit::Rule;
use crate::security::token::{AccountId, BucketKey, SessionId};
use crate::security::totp::{STEP, TimeStep};
use crate::store::outbox::Channel;
use domain::{OneTimeCode, Timestamp};

const MINUTE: Duration = Duration::from_mins(1);
const HOUR: Duration = Duration::from_hours(1);
const DAY: Duration = Duration::from_hours(24);

/// Whose password is tried: an account, whichever identifier was typed, or an identifier without an account.
#[derive(Clone, Debug)]
pub struct PasswordSubject(String);

impl PasswordSubject {
    /// `identifier` is in its canonical form.
    pub fn new(identifier: &str, account: Option<&AccountId>) -> Self {
        Self(match account {
            Some(account) => format!("account {}", account.as_str()),
            None => format!("identifier {identifier}"),
        })
    }
}

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

    /// Notifications to one account, over both channels.
    pub fn notification_account_limit(&self, account: &AccountId) -> (BucketKey, Rule) {
        let key = self.bucket("notification-account", account.as_str());
        (key, Rule::per(HOUR, 20))
    }

    /// Notifications of one kind to one account over one channel.
    pub fn notification_kind_limit(
        &self,
        account: &AccountId,
        channel: Channel,
        kind: &str,
    ) -> (BucketKey, Rule) {
        let about = format!("{} {} {kind}", account.as_str(), channel.as_str());
        (self.bucket("notification-kind", &about), Rule::per(HOUR, 3))
    }

    /// Notifications to one address or number, which several accounts may have.
    pub fn notification_recipient_limit(
        &self,
        channel: Channel,
        recipient: &str,
    ) -> (BucketKey, Rule) {
        let about = format!("{} {recipient}", channel.as_str());
        (
            self.bucket("notification-recipient", &about),
            Rule::per(HOUR, 10),
        )
    }

    /// Attempts to send a notification over one channel, over all accounts and nodes.
    pub fn notification_global_limit(&self, channel: Channel) -> (BucketKey, Rule) {
        let max = match channel {
            Channel::Mail => 300,
            Channel::Sms => 60,
        };
        (
            self.bucket("notification-global", channel.as_str()),
            Rule::per(MINUTE, max),
        )
    }

    /// Sets of recovery codes that one account may create.
    pub fn recovery_codes_limit(&self, account: &AccountId) -> (BucketKey, Rule) {
        let key = self.bucket("recovery-codes", account.as_str());
        (key, Rule::per(HOUR, 5))
    }

    /// Set-ups of an authenticator that one account may begin. It also bounds removals: each one needs a set-up.
    pub fn authenticator_limit(&self, account: &AccountId) -> (BucketKey, Rule) {
        let key = self.bucket("authenticator", account.as_str());
        (key, Rule::per(HOUR, 6))
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

    /// Limits requests for a reset link from one address.
    pub fn password_reset_source_limit(&self, context: &RequestContext) -> (BucketKey, Rule) {
        let max = self.limits.registrations_per_source_per_hour;
        self.source_limit(["reset-source", "reset-client"], context, max)
    }

    /// Passwords entered in registrations, resets and changes. A user may correct the form, so it is twice the number of registrations.
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

    /// Limits answers that a username, e-mail address or number is taken (docs/security.md#enum-02).
    pub fn taken_answers_limit(&self, context: &RequestContext) -> (BucketKey, Rule) {
        let (key, rule) = self.source_limit(["taken-source", "taken-client"], context, 5);
        match context.caller.client() {
            Some(_) => (key, rule),
            None => (key, Rule::per(Duration::from_mins(10), rule.max)),
        }
    }

    /// Counts password tries of strangers for one account, or for one identifier without an account.
    pub fn account_password_bucket(&self, subject: &PasswordSubject) -> BucketKey {
        self.bucket("password", &subject.0)
    }

    /// Counts password tries of one browser that has signed in to the account before.
    pub fn device_password_bucket(&self, account: &AccountId, device: &DeviceId) -> BucketKey {
        let key = format!("{} {}", account.as_str(), device.to_hex());
        self.bucket("password-device", &key)
    }

    /// Counts password tries of step-ups in one session.
    pub fn session_password_bucket(&self, session: &SessionId) -> BucketKey {
        self.bucket("password-session", session.as_str())
    }

    /// Limits password tries of strangers from one network for one account. A network with fewer may try although the
    /// account is slowed down.
    pub fn password_network_limit(
        &self,
        subject: &PasswordSubject,
        context: &RequestContext,
    ) -> (BucketKey, Rule) {
        let key = format!("{} {}", context.network(), subject.0);
        (self.bucket("password-network", &key), Rule::per(DAY, 3))
    }

    /// Limits password tries from all such networks while the account is slowed down.
    pub fn password_networks_limit(&self, subject: &PasswordSubject) -> (BucketKey, Rule) {
        let key = self.bucket("password-networks", &subject.0);
        (key, Rule::per(HOUR, 10))
    }

    /// Limits password tries with the harder proof of work while the account is slowed down.
    pub fn password_work_limit(&self, subject: &PasswordSubject) -> (BucketKey, Rule) {
        (
            self.bucket("password-work", &subject.0),
            Rule::per(HOUR, 10),
        )
    }

    /// Counts refused sign-ins from one address. When the limit is reached, its challenges demand more work.
    pub fn refused_sign_ins_limit(&self, context: &RequestContext) -> (BucketKey, Rule) {
        let key = self.bucket("sign-in-refused", &context.source);
        (key, Rule::per(HOUR, 3))
    }

    /// The key of the bucket for events of this kind.
    pub(super) fn bucket(&self, kind: &'static str, key: &str) -> BucketKey {
        BucketKey::new(kind, key, &self.bucket_key)
    }
}
