//! All rate limits except those on wrong passwords, on messages to phones and on mailed codes. Each method returns the
//! key of the bucket that counts events, and the rule of the limit.

use std::time::Duration;

use super::app_state::AppState;
use super::request_context::RequestContext;
use crate::security::rate_limit::Rule;
use crate::security::send_limits::max_messages_for_registrations;
use crate::security::token::{AccountId, BucketKey, SessionId};
use crate::security::totp::{RECOGNISED_TIME, STEP, TimeStep};
use crate::store::outbox::Channel;
use domain::{Notification, OneTimeCode, Timestamp};

const MINUTE: Duration = Duration::from_mins(1);
const HOUR: Duration = Duration::from_hours(1);
const DAY: Duration = Duration::from_hours(24);

/// How long a link that resets a password or opens a recovery is valid after its mail was sent.
pub const MAILED_LINK_LIFE: Duration = Duration::from_mins(30);

impl AppState {
    /// Returns the rate limit on new payments of one account.
    pub fn limit_of_payments_per_account(&self, account: &AccountId) -> (BucketKey, Rule) {
        let rule = Rule::per_window(HOUR, self.limits.payments_per_account_per_hour);
        (
            self.create_rate_limit_key("payment", account.as_str()),
            rule,
        )
    }

    /// Returns the rate limit on audit events about refused payments of one account.
    pub fn limit_of_refused_payment_audit_events(&self, account: &AccountId) -> (BucketKey, Rule) {
        let rule = Rule::per_window(HOUR, self.limits.payments_per_account_per_hour);
        (
            self.create_rate_limit_key("payment-refused", account.as_str()),
            rule,
        )
    }

    /// Returns the rate limit on wrong second-factor codes of one account, over all flows and methods.
    pub fn limit_of_wrong_codes_per_account(&self, account: &AccountId) -> (BucketKey, Rule) {
        let rule = Rule::per_window(DAY, self.limits.factor_failures_per_day);
        (self.create_rate_limit_key("factor", account.as_str()), rule)
    }

    /// Returns the rate limit on submissions of one wrong code during the set-up of an authenticator app: one per time
    /// step. The server rejects a repeated submission and does not count it as an attempt.
    pub fn limit_of_wrong_authenticator_setup_code(
        &self,
        session: &SessionId,
        code: &OneTimeCode,
        now: Timestamp,
    ) -> (BucketKey, Rule) {
        let step = TimeStep::from_time(now).step_number();
        let subject = format!("{}\n{step}\n{}", session.as_str(), code.expose());
        (
            self.create_rate_limit_key("refused-enrolment", &subject),
            Rule::per_window(STEP, 1),
        )
    }

    /// Returns the rate limit on attempts with one authenticator app code from a clock that is wrong by up to 10
    /// minutes: one attempt. A second attempt at the correct time is therefore rejected.
    pub fn limit_of_totp_code_attempts_at_wrong_time(
        &self,
        account: &AccountId,
        code: &OneTimeCode,
    ) -> (BucketKey, Rule) {
        let subject = format!("{}\n{}", account.as_str(), code.expose());
        (
            self.create_rate_limit_key("void-totp-code", &subject),
            Rule::per_window(RECOGNISED_TIME, 1),
        )
    }

    /// Returns the rate limit on notifications that warn an account holder of wrong codes.
    pub fn limit_of_wrong_code_alerts(&self, account: &AccountId) -> (BucketKey, Rule) {
        let key = self.create_rate_limit_key("notice-failures", account.as_str());
        (key, Rule::per_window(DAY, 1))
    }

    /// Returns the rate limit on notifications that warn an account holder of blocked code entry.
    pub fn limit_of_blocked_code_entry_alerts(&self, account: &AccountId) -> (BucketKey, Rule) {
        let key = self.create_rate_limit_key("notice-held", account.as_str());
        (key, Rule::per_window(DAY, 1))
    }

    /// Returns the rate limit on notifications that warn an account holder of a registration with the same e-mail
    /// address.
    pub fn limit_of_registration_conflict_alerts(&self, account: &AccountId) -> (BucketKey, Rule) {
        let key = self.create_rate_limit_key("notice-conflict", account.as_str());
        (key, Rule::per_window(HOUR, 1))
    }

    /// Returns the rate limit on notifications to one account, over e-mail and SMS together.
    pub fn limit_of_notifications_per_account(&self, account: &AccountId) -> (BucketKey, Rule) {
        let key = self.create_rate_limit_key("notification-account", account.as_str());
        (key, Rule::per_window(HOUR, 20))
    }

    /// Returns the rate limit on notifications of one kind to one account over one channel.
    ///
    /// For password reset links, which anyone can request for another user, the window of the limit is the life of a
    /// link. So the user always has a valid link in the mailbox or gets one.
    pub fn limit_of_notifications_per_kind(
        &self,
        account: &AccountId,
        channel: Channel,
        kind: &str,
    ) -> (BucketKey, Rule) {
        let subject = format!("{} {} {kind}", account.as_str(), channel.as_str());
        let window = if kind == Notification::PasswordResetRequested.name() {
            MAILED_LINK_LIFE
        } else {
            HOUR
        };
        (
            self.create_rate_limit_key("notification-kind", &subject),
            Rule::per_window(window, 3),
        )
    }

    /// Returns the rate limit on notifications to one e-mail address or phone number, which several accounts may have.
    pub fn limit_of_notifications_per_recipient(
        &self,
        channel: Channel,
        recipient: &str,
    ) -> (BucketKey, Rule) {
        let subject = format!("{} {recipient}", channel.as_str());
        (
            self.create_rate_limit_key("notification-recipient", &subject),
            Rule::per_window(HOUR, 10),
        )
    }

    /// Returns the rate limit on attempts to send notifications over one channel, shared by all accounts and nodes.
    /// Notifications that `strangers` can cause get a part of it, so that they do not delay those of account holders.
    pub fn limit_of_notifications_per_channel(
        &self,
        channel: Channel,
        strangers: bool,
    ) -> (BucketKey, Rule) {
        let max = match channel {
            Channel::Mail => 300,
            Channel::Sms => 60,
        };
        let part = max_messages_for_registrations(max);
        let key = self.create_rate_limit_key("notification-global", channel.as_str());
        (
            key,
            Rule::per_window(MINUTE, if strangers { part } else { max }),
        )
    }

    /// Returns the rate limit on how often one account may generate recovery codes.
    pub fn limit_of_recovery_code_generations(&self, account: &AccountId) -> (BucketKey, Rule) {
        let key = self.create_rate_limit_key("recovery-codes", account.as_str());
        (key, Rule::per_window(HOUR, 5))
    }

    /// Returns the rate limit on data exports of one account.
    pub fn limit_of_data_exports(&self, account: &AccountId) -> (BucketKey, Rule) {
        (
            self.create_rate_limit_key("export", account.as_str()),
            Rule::per_window(HOUR, 5),
        )
    }

    /// Returns the rate limit on how often one account may begin to set up an authenticator app.
    pub fn limit_of_authenticator_setups(&self, account: &AccountId) -> (BucketKey, Rule) {
        let key = self.create_rate_limit_key("authenticator", account.as_str());
        (key, Rule::per_window(HOUR, 6))
    }

    /// Returns the rate limit on sign-in attempts from one source address.
    pub fn limit_of_sign_ins_per_source_address(
        &self,
        context: &RequestContext,
    ) -> (BucketKey, Rule) {
        let max = self.limits.sign_ins_per_source_per_hour;
        self.limit_of_events_per_source_address(["sign-in-source", "sign-in-client"], context, max)
    }

    /// Returns the rate limit rule for tokens that a CAPTCHA service rejects. A network may send as many of them in an
    /// hour as one source may begin sign-ins.
    pub const fn rule_of_rejected_captcha_tokens(&self) -> Rule {
        Rule::per_window(HOUR, self.limits.sign_ins_per_source_per_hour)
    }

    /// Returns the rate limit on registrations from one source address.
    pub fn limit_of_registrations_per_source_address(
        &self,
        context: &RequestContext,
    ) -> (BucketKey, Rule) {
        let max = self.limits.registrations_per_source_per_hour;
        self.limit_of_events_per_source_address(
            ["register-source", "register-client"],
            context,
            max,
        )
    }

    /// Returns the rate limit on requests for a password reset link from one source address.
    pub fn limit_of_password_resets_per_source_address(
        &self,
        context: &RequestContext,
    ) -> (BucketKey, Rule) {
        let max = self.limits.registrations_per_source_per_hour;
        self.limit_of_events_per_source_address(["reset-source", "reset-client"], context, max)
    }

    /// Returns the rate limit on requests for a lost-phone recovery mail from one source address.
    pub fn limit_of_phone_recoveries_per_source_address(
        &self,
        context: &RequestContext,
    ) -> (BucketKey, Rule) {
        let max = self.limits.registrations_per_source_per_hour;
        self.limit_of_events_per_source_address(
            ["recovery-source", "recovery-client"],
            context,
            max,
        )
    }

    /// Returns the rate limit on lost-phone recovery mails of one account.
    pub fn limit_of_phone_recoveries_per_account(&self, account: &AccountId) -> (BucketKey, Rule) {
        (
            self.create_rate_limit_key("recovery", account.as_str()),
            Rule::per_window(DAY, 5),
        )
    }

    /// Returns the rate limit on requests with a new password from one source address: registrations, password resets
    /// and password changes. It is twice the rate limit on registrations, because users may correct the form and send
    /// it again.
    pub fn limit_of_new_passwords_per_source_address(
        &self,
        context: &RequestContext,
    ) -> (BucketKey, Rule) {
        let max = self.limits.registrations_per_source_per_hour;
        self.limit_of_events_per_source_address(
            ["credentials-source", "credentials-client"],
            context,
            max.saturating_mul(2),
        )
    }

    /// Returns the rate limit on username changes of one account.
    pub fn limit_of_username_changes(&self, account: &AccountId) -> (BucketKey, Rule) {
        let key = self.create_rate_limit_key("username-change", account.as_str());
        (key, Rule::per_window(DAY, 3))
    }

    /// Returns the rate limit on changes of the full name or username of one account, including changes of upper and
    /// lower case.
    pub fn limit_of_name_changes(&self, account: &AccountId) -> (BucketKey, Rule) {
        let key = self.create_rate_limit_key("name-change", account.as_str());
        (key, Rule::per_window(DAY, 20))
    }

    /// Returns the rate limit on how often one account may begin to change its phone number.
    pub fn limit_of_phone_changes(&self, account: &AccountId) -> (BucketKey, Rule) {
        let key = self.create_rate_limit_key("phone-change", account.as_str());
        (key, Rule::per_window(HOUR, 20))
    }

    /// Returns the rate limit on password changes of one account.
    pub fn limit_of_password_changes(&self, account: &AccountId) -> (BucketKey, Rule) {
        let key = self.create_rate_limit_key("password-change", account.as_str());
        (key, Rule::per_window(HOUR, 10))
    }

    /// Returns the rate limit on events from the source address of a request: `max` events per hour. For an
    /// authenticated API client, returns the configured hourly limit of the client instead.
    ///
    /// The key of the bucket contains `address_kind` and the address, or `client_kind` and the name of the client.
    pub(super) fn limit_of_events_per_source_address(
        &self,
        [address_kind, client_kind]: [&'static str; 2],
        context: &RequestContext,
        max: usize,
    ) -> (BucketKey, Rule) {
        match context.caller.authenticated_client_name() {
            Some(client) => (
                self.create_rate_limit_key(client_kind, client.as_str()),
                Rule::per_window(HOUR, self.limits.calls_per_client_per_hour),
            ),
            None => (
                self.create_rate_limit_key(address_kind, &context.source),
                Rule::per_window(HOUR, max),
            ),
        }
    }

    /// Returns the rate limit on "already taken" responses to one source, which reveal that an account exists
    /// (docs/security.md#enum-02).
    pub fn limit_of_responses_that_reveal_accounts(
        &self,
        context: &RequestContext,
    ) -> (BucketKey, Rule) {
        let (key, rule) =
            self.limit_of_events_per_source_address(["taken-source", "taken-client"], context, 5);
        match context.caller.authenticated_client_name() {
            Some(_) => (key, rule),
            None => (key, Rule::per_window(Duration::from_mins(10), rule.max)),
        }
    }

    /// Creates the key of the rate limit bucket that counts the kind of event `event` for `subject`, for example an
    /// account ID.
    pub(super) fn create_rate_limit_key(&self, event: &'static str, subject: &str) -> BucketKey {
        BucketKey::new(event, subject, &self.bucket_key)
    }
}
