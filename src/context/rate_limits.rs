//! All rate limits except those on wrong passwords and codes, on messages to phones and on mailed codes. Each method
//! returns the key of the bucket that counts events, and the rule of the limit.

use std::time::Duration;

use super::app_state::AppState;
use super::request_context::RequestContext;
use crate::security::rate_limit::{RateLimit, Rule};
use crate::security::send_limits::max_messages_for_non_owners;
use crate::security::token::{AccountId, BucketKey, SessionId, TokenHash};
use crate::security::totp::{RECOGNISED_TIME, STEP, TimeStep};
use crate::store::outbox::Channel;
use domain::{Notification, OneTimeCode, Timestamp};

const MINUTE: Duration = Duration::from_mins(1);
const HOUR: Duration = Duration::from_hours(1);
const DAY: Duration = Duration::from_hours(24);

/// How long a link that resets a password or opens a recovery is valid after its mail was sent.
pub const MAILED_LINK_LIFE: Duration = Duration::from_mins(30);

/// The maximum number of mails about a lost phone that one account causes a day.
const MAX_DAILY_RECOVERY_MAILS: usize = 5;
/// The maximum number of further such mails that recognised browsers request for one account a day.
const MAX_DAILY_RECOVERY_MAILS_OF_RECOGNISED_BROWSERS: usize = 2;

impl AppState {
    /// Returns the rate limit on new payments of one account.
    pub fn payment_limit_per_account(&self, account: &AccountId) -> RateLimit {
        let rule = Rule::per_window(HOUR, self.limits.payments_per_account_per_hour);
        self.create_rate_limit("payment", account.as_str(), rule)
    }

    /// Returns the rate limit on audit events about refused payments of one account.
    pub fn refused_payment_audit_limit(&self, account: &AccountId) -> RateLimit {
        let rule = Rule::per_window(HOUR, self.limits.payments_per_account_per_hour);
        self.create_rate_limit("payment-refused", account.as_str(), rule)
    }

    /// Returns the bucket that records the last completed password reset of one account for 24 hours.
    ///
    /// It limits no reset. While its rule permits no further event, sign-ins have additional messages.
    pub fn bucket_of_completed_password_reset(&self, account: &AccountId) -> RateLimit {
        self.create_rate_limit(
            "password-reset-done",
            account.as_str(),
            Rule::per_window(DAY, 1),
        )
    }

    /// Returns the rate limit on submissions of one wrong code in the set-up of an authenticator app.
    ///
    /// It permits one per time step. The server rejects a repeated submission and does not count it as an attempt.
    pub fn wrong_setup_code_repetition_limit(
        &self,
        session: &SessionId,
        code: &OneTimeCode,
        now: Timestamp,
    ) -> RateLimit {
        let step = TimeStep::from_time(now).step_number();
        let subject = format!("{}\n{step}\n{}", session.as_str(), code.expose());
        self.create_rate_limit("refused-enrolment", &subject, Rule::per_window(STEP, 1))
    }

    /// Returns the rate limit on attempts with one authenticator app code from a wrong clock.
    ///
    /// It permits one attempt while the clock is wrong by up to 10 minutes. A second attempt at the correct time is
    /// therefore rejected.
    pub fn wrong_clock_totp_limit(&self, account: &AccountId, code: &OneTimeCode) -> RateLimit {
        let subject = format!("{}\n{}", account.as_str(), code.expose());
        self.create_rate_limit(
            "void-totp-code",
            &subject,
            Rule::per_window(RECOGNISED_TIME, 1),
        )
    }

    /// Returns the rate limit on notifications that warn an account holder of wrong codes.
    pub fn wrong_code_alert_limit(&self, account: &AccountId) -> RateLimit {
        self.create_rate_limit(
            "notice-failures",
            account.as_str(),
            Rule::per_window(DAY, 1),
        )
    }

    /// Returns the rate limit on notifications that warn an account holder of blocked code entry.
    pub fn blocked_code_entry_alert_limit(&self, account: &AccountId) -> RateLimit {
        self.create_rate_limit("notice-held", account.as_str(), Rule::per_window(DAY, 1))
    }

    /// Returns the rate limit on notifications that warn an account holder of other users who enter the verified e-mail
    /// address of the account.
    pub fn registration_conflict_alert_limit(&self, account: &AccountId) -> RateLimit {
        self.create_rate_limit(
            "notice-conflict",
            account.as_str(),
            Rule::per_window(HOUR, 1),
        )
    }

    /// Returns the rate limit on notifications to one account, over e-mail and SMS together.
    pub fn notification_limit_per_account(&self, account: &AccountId) -> RateLimit {
        self.create_rate_limit(
            "notification-account",
            account.as_str(),
            Rule::per_window(HOUR, 20),
        )
    }

    /// Returns the rate limit on notifications of one kind to one account over one channel.
    ///
    /// An attacker can request password reset links for another user. For these links, the window of the limit is the
    /// lifetime of a link, so that the user always has a valid link in the mailbox or gets one.
    ///
    /// The user waits for the link that opens a lost-phone recovery. So the limit delays none of the mails that
    /// [`Self::phone_recovery_limit_per_account`] and [`Self::phone_recovery_limit_of_recognised_browsers`] permit.
    pub fn notification_limit_per_kind(
        &self,
        account: &AccountId,
        channel: Channel,
        kind: &str,
    ) -> RateLimit {
        let subject = format!("{} {} {kind}", account.as_str(), channel.as_str());
        let rule = if kind == Notification::PasswordResetRequested.name() {
            Rule::per_window(MAILED_LINK_LIFE, 3)
        } else if kind == Notification::RecoveryRequested.name() {
            let max = MAX_DAILY_RECOVERY_MAILS + MAX_DAILY_RECOVERY_MAILS_OF_RECOGNISED_BROWSERS;
            Rule::per_window(HOUR, max)
        } else {
            Rule::per_window(HOUR, 3)
        };
        self.create_rate_limit("notification-kind", &subject, rule)
    }

    /// Returns the rate limit on notifications to one e-mail address or phone number, which several accounts may have.
    pub fn notification_limit_per_recipient(&self, channel: Channel, recipient: &str) -> RateLimit {
        let subject = format!("{} {recipient}", channel.as_str());
        self.create_rate_limit(
            "notification-recipient",
            &subject,
            Rule::per_window(HOUR, 10),
        )
    }

    /// Returns the daily rate limit on notifications by text message to one phone number, which several accounts may
    /// have.
    ///
    /// It counts ordinary notifications. The notifications about a recovery, a new phone number, a held second factor or
    /// the reset of a second factor by an operator are critical and do not count in it.
    pub fn text_notification_limit_per_phone_number(&self, number: &str) -> RateLimit {
        self.create_rate_limit("notification-number-day", number, Rule::per_window(DAY, 20))
    }

    /// Returns the daily rate limit on critical notifications by text message to one phone number, which several
    /// accounts may have.
    ///
    /// It counts the critical kinds that an account holder can repeat. One account opens and cancels at most seven
    /// recoveries a day, so its recoveries alone do not reach this limit.
    pub fn critical_text_notification_limit_per_phone_number(&self, number: &str) -> RateLimit {
        self.create_rate_limit(
            "notification-critical-day",
            number,
            Rule::per_window(DAY, 15),
        )
    }

    /// Returns the rate limit on attempts to send notifications over one channel, shared by all accounts and nodes.
    ///
    /// Notifications that `strangers` can cause get a part of it, so that they do not delay those of account holders.
    pub fn notification_limit_per_channel(&self, channel: Channel, strangers: bool) -> RateLimit {
        let max = match channel {
            Channel::Mail => 300,
            Channel::Sms => 60,
        };
        let part = max_messages_for_non_owners(max);
        self.create_rate_limit(
            "notification-global",
            channel.as_str(),
            Rule::per_window(MINUTE, if strangers { part } else { max }),
        )
    }

    /// Returns the rate limit on how often one account may generate recovery codes.
    pub fn recovery_code_generation_limit(&self, account: &AccountId) -> RateLimit {
        self.create_rate_limit(
            "recovery-codes",
            account.as_str(),
            Rule::per_window(HOUR, 5),
        )
    }

    /// Returns the rate limit on data exports of one account.
    pub fn data_export_limit(&self, account: &AccountId) -> RateLimit {
        self.create_rate_limit("export", account.as_str(), Rule::per_window(HOUR, 5))
    }

    /// Returns the rate limit on how often one account may begin to set up an authenticator app.
    pub fn authenticator_setup_limit(&self, account: &AccountId) -> RateLimit {
        self.create_rate_limit("authenticator", account.as_str(), Rule::per_window(HOUR, 6))
    }

    /// Returns the rate limit on sign-in attempts from one source address.
    pub fn sign_in_limit_per_source(&self, context: &RequestContext) -> RateLimit {
        let max = self.limits.sign_ins_per_source_per_hour;
        self.event_limit_per_source(["sign-in-source", "sign-in-client"], context, max)
    }

    /// Returns the rate limit rule for tokens that a CAPTCHA service rejects.
    ///
    /// A network may send as many of them in an hour as one source may begin sign-ins.
    pub const fn rejected_captcha_token_rule(&self) -> Rule {
        Rule::per_window(HOUR, self.limits.sign_ins_per_source_per_hour)
    }

    /// Returns the rate limit on registrations from one source address.
    pub fn registration_limit_per_source(&self, context: &RequestContext) -> RateLimit {
        let max = self.limits.registrations_per_source_per_hour;
        self.event_limit_per_source(["register-source", "register-client"], context, max)
    }

    /// Returns the rate limit on requests for a password reset link from one source address.
    pub fn password_reset_limit_per_source(&self, context: &RequestContext) -> RateLimit {
        let max = self.limits.registrations_per_source_per_hour;
        self.event_limit_per_source(["reset-source", "reset-client"], context, max)
    }

    /// Returns the rate limit on requests for a lost-phone recovery mail from one source address.
    pub fn phone_recovery_limit_per_source(&self, context: &RequestContext) -> RateLimit {
        let max = self.limits.registrations_per_source_per_hour;
        self.event_limit_per_source(["recovery-source", "recovery-client"], context, max)
    }

    /// Returns the rate limit on lost-phone recovery mails of one account.
    pub fn phone_recovery_limit_per_account(&self, account: &AccountId) -> RateLimit {
        self.create_rate_limit(
            "recovery",
            account.as_str(),
            Rule::per_window(DAY, MAX_DAILY_RECOVERY_MAILS),
        )
    }

    /// Returns the rate limit on further lost-phone recovery mails that recognised browsers request for one account.
    ///
    /// It applies after [`Self::phone_recovery_limit_per_account`] is reached.
    pub fn phone_recovery_limit_of_recognised_browsers(&self, account: &AccountId) -> RateLimit {
        let max = MAX_DAILY_RECOVERY_MAILS_OF_RECOGNISED_BROWSERS;
        self.create_rate_limit(
            "recovery-device",
            account.as_str(),
            Rule::per_window(DAY, max),
        )
    }

    /// Returns the rate limit on requests with a new password from one source address.
    ///
    /// Such requests are registrations, password resets and password changes. The limit is twice the rate limit on
    /// registrations, because users may correct the form and send it again.
    pub fn new_password_limit_per_source(&self, context: &RequestContext) -> RateLimit {
        let max = self.limits.registrations_per_source_per_hour;
        self.event_limit_per_source(
            ["credentials-source", "credentials-client"],
            context,
            max.saturating_mul(2),
        )
    }

    /// Returns the rate limit on password hashes for one password reset link.
    ///
    /// A link works once, but its form may be sent again after an error of the database.
    pub fn password_hash_limit_per_reset_link(&self, link: &TokenHash) -> RateLimit {
        self.create_rate_limit(
            "reset-link-hash",
            link.as_str(),
            Rule::per_window(MAILED_LINK_LIFE, 5),
        )
    }

    /// Returns the rate limit on username changes of one account.
    pub fn username_change_limit(&self, account: &AccountId) -> RateLimit {
        self.create_rate_limit(
            "username-change",
            account.as_str(),
            Rule::per_window(DAY, 3),
        )
    }

    /// Returns the rate limit on changes of the full name or username of one account.
    ///
    /// Changes of upper and lower case count too.
    pub fn name_change_limit(&self, account: &AccountId) -> RateLimit {
        self.create_rate_limit("name-change", account.as_str(), Rule::per_window(DAY, 20))
    }

    /// Returns the rate limit on how often one account may begin to change its phone number.
    pub fn phone_change_limit(&self, account: &AccountId) -> RateLimit {
        self.create_rate_limit("phone-change", account.as_str(), Rule::per_window(HOUR, 20))
    }

    /// Returns the rate limit on password changes of one account.
    pub fn password_change_limit(&self, account: &AccountId) -> RateLimit {
        self.create_rate_limit(
            "password-change",
            account.as_str(),
            Rule::per_window(HOUR, 10),
        )
    }

    /// Returns the rate limit on events from the source address of a request: `max` events per hour.
    ///
    /// For an authenticated API client, returns the configured hourly limit of the client instead. The key of the
    /// bucket contains `address_kind` and the address, or `client_kind` and the name of the client.
    pub(super) fn event_limit_per_source(
        &self,
        [address_kind, client_kind]: [&'static str; 2],
        context: &RequestContext,
        max: usize,
    ) -> RateLimit {
        match context.caller.authenticated_client_name() {
            Some(client) => self.create_rate_limit(
                client_kind,
                client.as_str(),
                Rule::per_window(HOUR, self.limits.calls_per_client_per_hour),
            ),
            None => {
                self.create_rate_limit(address_kind, &context.source, Rule::per_window(HOUR, max))
            }
        }
    }

    /// Returns the rate limit on "already taken" responses to one source, which reveal that an account exists
    /// (docs/security.md#enum-02).
    pub fn account_enumeration_limit(&self, context: &RequestContext) -> RateLimit {
        let limit = self.event_limit_per_source(["taken-source", "taken-client"], context, 5);
        match context.caller.authenticated_client_name() {
            Some(_) => limit,
            None => RateLimit {
                rule: Rule::per_window(Duration::from_mins(10), limit.rule.max),
                ..limit
            },
        }
    }

    /// Creates a rate limit on the event `event` of `subject`, for example an account ID.
    pub(super) fn create_rate_limit(
        &self,
        event: &'static str,
        subject: &str,
        rule: Rule,
    ) -> RateLimit {
        RateLimit::new(self.create_rate_limit_key(event, subject), rule)
    }

    /// Creates the key of a rate limit bucket for the event `event` and for `subject`, for example an account ID.
    pub(super) fn create_rate_limit_key(&self, event: &'static str, subject: &str) -> BucketKey {
        BucketKey::new(event, subject, &self.bucket_key)
    }
}
