//! The limits of messages to phones. Each method returns the bucket that counts messages, and the rule of its limit.

use std::time::Duration;

use super::app_state::AppState;
use super::request_context::RequestContext;
use crate::security::phone_rules;
use crate::security::rate_limit::{RateLimit, Rule};
use crate::security::send_limits::{
    self, SendLimit, SendLimitKind, Sender, SharedLimit, find_network_of_internet_customer,
};
use crate::security::token::{AccountId, BucketKey, FlowId, NotificationId};
use domain::PhoneNumber;

const MINUTE: Duration = Duration::from_mins(1);
const HOUR: Duration = Duration::from_hours(1);
const DAY: Duration = Duration::from_hours(24);

impl AppState {
    /// Returns the limits on messages to one phone number, over all verification flows, accounts and nodes.
    ///
    /// The owner of the number may use each limit in full, other senders only a part.
    pub fn message_limits_per_phone_number(
        &self,
        phone: &PhoneNumber,
        sender: Sender,
    ) -> Vec<SendLimit> {
        let (hourly, daily) = (
            self.limits.sends_per_number_per_hour,
            self.limits.sends_per_number_per_day,
        );
        let limit = |name, window, max: usize, part, gap| SendLimit {
            kind: SendLimitKind::Number,
            rate_limit: self.create_rate_limit(
                name,
                phone.as_e164(),
                Rule::per_window(window, max).with_minimum_time_between_events(gap),
            ),
            allowance: part,
        };
        let gap = self.limits.resend_gap;
        let none = Duration::ZERO;
        if sender.is_owner_of_phone_number() {
            return vec![
                limit("sms-number", HOUR, hourly, hourly, gap),
                limit("sms-number-day", DAY, daily, daily, none),
            ];
        }
        let (hourly_part, daily_part) = (
            send_limits::max_hourly_messages_for_non_owner_of_number(hourly),
            send_limits::max_daily_messages_for_non_owner_of_number(daily),
        );
        let (but_last_hourly, but_last_daily) = (
            send_limits::max_messages_reserving_one_for_number_owner(hourly),
            send_limits::max_messages_reserving_one_for_number_owner(daily),
        );
        vec![
            limit("sms-number", HOUR, hourly, but_last_hourly, gap),
            limit("sms-number-day", DAY, daily, but_last_daily, none),
            limit("sms-number-part", HOUR, hourly_part, hourly_part, none),
            limit("sms-number-day-part", DAY, daily_part, daily_part, none),
        ]
    }

    /// Returns the key of the bucket whose lock serialises the transactions that give one phone number to an account.
    ///
    /// It counts nothing.
    pub fn bucket_of_accounts_per_phone_number(&self, phone: &PhoneNumber) -> BucketKey {
        self.create_rate_limit_key("phone-accounts", phone.as_e164())
    }

    /// Returns the limit on messages that the server sends for requests from one source address.
    ///
    /// It counts messages before a sign-in, and messages to numbers that the account does not own.
    pub fn message_limit_per_source(&self, context: &RequestContext) -> SendLimit {
        let max = self.limits.sends_per_source_per_hour;
        let rate_limit = self.event_limit_per_source(["sms-source", "sms-client"], context, max);
        SendLimit {
            kind: SendLimitKind::Source,
            allowance: rate_limit.rule.max,
            rate_limit,
        }
    }

    /// Returns the limits on messages that the server sends for one account.
    ///
    /// Messages to numbers that the account does not own have a lower limit too. So one account cannot send many
    /// messages to other people.
    pub fn message_limits_per_account(
        &self,
        account: &AccountId,
        sender: Sender,
    ) -> Vec<SendLimit> {
        let max = self.limits.sends_per_account_per_day;
        let limit = |kind, name, max| SendLimit {
            kind,
            rate_limit: self.create_rate_limit(name, account.as_str(), Rule::per_window(DAY, max)),
            allowance: max,
        };
        let mut limits = vec![limit(SendLimitKind::Account, "sms-account", max)];
        if !sender.is_owner_of_phone_number() {
            let part = send_limits::max_daily_messages_of_account_to_new_numbers(max);
            let kind = SendLimitKind::NewNumbersOfAccount;
            limits.push(limit(kind, "sms-account-part", part));
        }
        limits
    }

    /// Returns the limits on messages of all users: per minute, per day, and per country.
    ///
    /// Senders that do not own the phone number may use only a part of each limit, so that existing accounts can still
    /// sign in.
    pub fn message_limits_across_all_users(
        &self,
        phone: &PhoneNumber,
        sender: Sender,
    ) -> Vec<SendLimit> {
        let country = SharedLimit::Country(phone_rules::find_country_code_of_number(phone));
        [
            (SharedLimit::Minute, MINUTE, self.limits.sends_per_minute),
            (SharedLimit::Day, DAY, self.limits.sends_per_day),
            (country, HOUR, self.limits.sends_per_country_per_hour),
        ]
        .map(|(limit, window, max)| {
            let part = match sender {
                Sender::Owner => max,
                Sender::Member | Sender::Stranger => send_limits::max_messages_for_non_owners(max),
            };
            self.create_send_limit_shared_by_all_users(limit, window, max, part)
        })
        .into()
    }

    /// Returns the limits on ordinary notifications by text message to all users: half of each limit on messages of all
    /// users.
    ///
    /// They count neither codes nor critical notifications. So half of the messages is left for both, and codes delay no
    /// notification before the whole limit is reached.
    pub fn text_notification_limits_across_all_users(&self, phone: &PhoneNumber) -> [RateLimit; 3] {
        let country = phone_rules::find_country_code_of_number(phone);
        [
            (
                "notification-minute",
                "",
                MINUTE,
                self.limits.sends_per_minute,
            ),
            ("notification-day", "", DAY, self.limits.sends_per_day),
            (
                "notification-country",
                country.as_str(),
                HOUR,
                self.limits.sends_per_country_per_hour,
            ),
        ]
        .map(|(name, scope, window, max)| {
            let part = send_limits::max_messages_for_notifications(max);
            self.create_rate_limit(name, scope, Rule::per_window(window, part))
        })
    }

    /// Returns the rate limit that records that one notification counts in the limits of a window: once in the window.
    ///
    /// It is recorded when a text message may have been sent, so that the next attempt is not counted again.
    pub fn unconfirmed_text_notification_limit(
        &self,
        notification: &NotificationId,
        window: Duration,
    ) -> RateLimit {
        let subject = format!("{} {}", notification.as_str(), window.as_secs());
        self.create_rate_limit(
            "notification-unconfirmed",
            &subject,
            Rule::per_window(window, 1),
        )
    }

    /// Returns the limit on messages to new numbers that requests from one network cause.
    ///
    /// Returns `None` for the owner of the number, and for authenticated API clients, which have a separate limit.
    pub fn message_limit_to_new_numbers_per_network(
        &self,
        context: &RequestContext,
        sender: Sender,
    ) -> Option<SendLimit> {
        let ip = context.ip?;
        let counts = !sender.is_owner_of_phone_number()
            && context.caller.authenticated_client_name().is_none();
        let max = self.limits.sends_per_network_per_hour;
        counts.then(|| {
            self.create_send_limit_shared_by_all_users(
                SharedLimit::Network(find_network_of_internet_customer(ip)),
                HOUR,
                max,
                max,
            )
        })
    }

    /// Returns the limits on voice calls to numbers that the sender does not own, per day and per country.
    ///
    /// They are a fifth of the limits on messages of all users.
    pub fn call_limits_to_new_numbers(&self, phone: &PhoneNumber) -> [SendLimit; 2] {
        let country = phone_rules::find_country_code_of_number(phone);
        [
            (
                SharedLimit::CallsToNewNumbersPerDay,
                DAY,
                self.limits.sends_per_day,
            ),
            (
                SharedLimit::CallsToNewNumbersOfCountry(country),
                HOUR,
                self.limits.sends_per_country_per_hour,
            ),
        ]
        .map(|(limit, window, max)| {
            let part = send_limits::max_calls_for_non_owners(max);
            self.create_send_limit_shared_by_all_users(limit, window, part, part)
        })
    }

    /// Creates a limit of `max` messages that all users share.
    ///
    /// `allowance` is the number of messages after which the server refuses the current sender.
    fn create_send_limit_shared_by_all_users(
        &self,
        limit: SharedLimit,
        window: Duration,
        max: usize,
        allowance: usize,
    ) -> SendLimit {
        let scope = limit.country_or_network_of_limit();
        SendLimit {
            rate_limit: self.create_rate_limit(
                limit.bucket_name(),
                &scope,
                Rule::per_window(window, max),
            ),
            kind: SendLimitKind::Shared(limit),
            allowance,
        }
    }

    /// Returns the rate limit that counts refused code sends of one account, or of one verification flow without
    /// account.
    ///
    /// The count determines the waiting time after the next refusal.
    pub fn refused_code_send_limit(&self, flow: &FlowId, account: Option<&AccountId>) -> RateLimit {
        let subject = account.map_or(flow.as_str(), AccountId::as_str);
        self.create_rate_limit("sms-refused", subject, Rule::per_window(HOUR, 16))
    }
}
