//! The share of a limit on messages that each kind of sender may use.
//!
//! An attacker who uses up a limit must not block the account's user. So flows with a number that is not the account's
//! get a share of the messages to this number, and a share of all messages.

use std::net::IpAddr;
use std::time::Duration;

use ipnet::{IpNet, Ipv4Net, Ipv6Net};

use crate::security::rate_limit::RateLimit;

/// The log target of events about limits of the whole installation. Operators set an alert on it.
pub const ALARM_TARGET: &str = "sallyport::send_limits";

const DAY: Duration = Duration::from_hours(24);

/// The number of messages in a day to one phone number, and of one account, that only password resets may use.
const DAILY_MESSAGES_FOR_PASSWORD_RESETS: usize = 2;

/// The sender of a message with a code: the owner of the phone number, another account, or a registration.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Sender {
    /// The number is stored for the account of the flow.
    Owner,
    /// The account of the flow has another stored number or none: a phone change, or a set-up with a different number.
    Member,
    /// The flow is a registration, which has no account.
    Stranger,
}

impl Sender {
    /// Returns whether the phone number belongs to the account of the flow.
    pub const fn is_owner_of_phone_number(self) -> bool {
        matches!(self, Self::Owner)
    }

    /// Returns whether this sender must leave a code valid that `other_sender` has requested before.
    ///
    /// Both codes are for the same phone number. A sender is an account or a registration.
    pub const fn must_not_invalidate_code_requested_by(self, other_sender: Self) -> bool {
        // Two accounts may share a number, so one owner may invalidate the code of another owner. A code of a phone
        // change is protected from the phone change of another account.
        match (self, other_sender) {
            (Self::Owner, _) | (Self::Stranger, Self::Stranger) => false,
            (Self::Member, other) => !matches!(other, Self::Stranger),
            (Self::Stranger, Self::Owner | Self::Member) => true,
        }
    }
}

/// Limit on sent messages.
///
/// `allowance` is the number of messages after which the current sender, an account or a registration, is refused.
#[derive(Clone, Debug)]
pub struct SendLimit {
    pub kind: SendLimitKind,
    pub rate_limit: RateLimit,
    /// The number of messages in the window from which this sender is refused. It is below the rule's maximum if the
    /// rest is reserved for other senders.
    pub allowance: usize,
}

impl SendLimit {
    /// Returns this limit for a message of a password reset, which may exceed some limits by two messages.
    ///
    /// These are the limits on the messages to a phone number and of an account in a day. An attacker who knows the
    /// password can use up these limits with sign-ins. A reset needs a mailed link too.
    #[must_use]
    pub fn with_messages_for_password_resets(mut self) -> Self {
        let rule = &mut self.rate_limit.rule;
        let has_reserve = matches!(self.kind, SendLimitKind::Number | SendLimitKind::Account);
        if has_reserve && rule.window >= DAY {
            rule.max = rule.max.saturating_add(DAILY_MESSAGES_FOR_PASSWORD_RESETS);
            self.allowance = self
                .allowance
                .saturating_add(DAILY_MESSAGES_FOR_PASSWORD_RESETS);
        }
        self
    }
}

/// Kind of a limit on sent messages: which messages the limit counts.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum SendLimitKind {
    /// Messages to one phone number.
    Number,
    /// Messages that one network address causes.
    Source,
    /// Messages that one account causes.
    Account,
    /// Messages to new numbers that one account causes. Password resets do not raise this limit.
    NewNumbersOfAccount,
    /// Messages of many users. Reaching such a limit is logged.
    Shared(SharedLimit),
}

/// Limit on sent messages that many users share.
///
/// A new number is the number of a registration, or a number that is not stored for the account of the flow.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum SharedLimit {
    Minute,
    Day,
    /// Messages to one country, given by its ISO 3166 code.
    Country(String),
    /// Messages to new numbers that requests from one network cause.
    Network(IpNet),
    /// Voice calls to new numbers, in a day.
    CallsToNewNumbersPerDay,
    /// Voice calls to new numbers of one country, given by its ISO 3166 code.
    CallsToNewNumbersOfCountry(String),
}

impl SharedLimit {
    /// Returns the name in the keys of the buckets that count the messages of this limit.
    pub const fn bucket_name(&self) -> &'static str {
        match self {
            Self::Minute => "sms-minute",
            Self::Day => "sms-day",
            Self::Country(_) => "sms-country",
            Self::Network(_) => "sms-network",
            Self::CallsToNewNumbersPerDay => "call-day",
            Self::CallsToNewNumbersOfCountry(_) => "call-country",
        }
    }

    /// Returns the name of the setting that determines the maximum of this shared message limit.
    pub const fn setting_name(&self) -> &'static str {
        match self {
            Self::Minute => "SALLYPORT_LIMIT_SENDS_PER_MINUTE",
            Self::Day | Self::CallsToNewNumbersPerDay => "SALLYPORT_LIMIT_SENDS_PER_DAY",
            Self::Country(_) | Self::CallsToNewNumbersOfCountry(_) => {
                "SALLYPORT_LIMIT_SENDS_PER_COUNTRY_PER_HOUR"
            }
            Self::Network(_) => "SALLYPORT_LIMIT_SENDS_PER_NETWORK_PER_HOUR",
        }
    }

    /// Returns the country or network to which this message limit applies; empty for a limit on all messages.
    pub fn country_or_network_of_limit(&self) -> String {
        match self {
            Self::Minute | Self::Day | Self::CallsToNewNumbersPerDay => String::new(),
            Self::Country(country) | Self::CallsToNewNumbersOfCountry(country) => country.clone(),
            Self::Network(network) => network.to_string(),
        }
    }

    /// Returns the log text about the messages that the server refuses or delays at this usage of the rate limit.
    pub const fn describe_effect_on_further_messages(&self, percent: u8) -> &'static str {
        match (self, percent) {
            (Self::Network(_), 100..) => {
                "codes to new numbers are refused for this network until earlier messages leave the window"
            }
            (Self::Network(_), _) => {
                "codes to new numbers are refused for this network from 100 % on"
            }
            (Self::CallsToNewNumbersPerDay | Self::CallsToNewNumbersOfCountry(_), 100..) => {
                "calls to new numbers are refused until earlier calls leave the window"
            }
            (Self::CallsToNewNumbersPerDay | Self::CallsToNewNumbersOfCountry(_), _) => {
                "calls to new numbers are refused from 100 % on"
            }
            (_, 100..) => {
                "codes by text message or call are refused and notifications by text message are delayed \
                 until earlier messages leave the window"
            }
            _ => "codes to new numbers are refused from 80 % on",
        }
    }
}

/// Lists the thresholds at which the usage of a shared message limit is logged: percentage and number of messages.
pub fn list_usage_percentages_and_counts_to_log(max_messages: usize) -> [(u8, usize); 3] {
    [
        (50, max_messages.div_ceil(2)),
        (80, max_messages_for_non_owners(max_messages)),
        (100, max_messages),
    ]
}

/// Returns how many messages of a shared limit senders may use that do not own the phone number.
///
/// That is four fifths of `max_for_all_senders`, and at least one.
pub fn max_messages_for_non_owners(max_for_all_senders: usize) -> usize {
    fraction_of_max_messages(max_for_all_senders, 4, 5)
}

/// Returns how many messages of a shared limit ordinary notifications may use.
///
/// That is half of `max_for_all_messages`, and at least one. The other half is reserved for codes and critical
/// notifications.
pub fn max_messages_for_notifications(max_for_all_messages: usize) -> usize {
    fraction_of_max_messages(max_for_all_messages, 1, 2)
}

/// Returns how many voice calls senders may cause in the window of a shared limit that do not own the phone number.
///
/// That is a fifth of `max_for_all_messages`, and at least one.
pub fn max_calls_for_non_owners(max_for_all_messages: usize) -> usize {
    fraction_of_max_messages(max_for_all_messages, 1, 5)
}

/// Returns the hourly limit of messages to a phone number for senders that do not own the number.
///
/// That is three fifths of `max_for_all_senders`, and at least one.
pub fn max_hourly_messages_for_non_owner_of_number(max_for_all_senders: usize) -> usize {
    // Of 5 messages, that is 3: the first message of a registration, a resend and a voice call.
    fraction_of_max_messages(max_for_all_senders, 3, 5)
}

/// Returns the daily limit of messages to a phone number for senders that do not own the number.
///
/// That is two fifths of `max_for_all_senders`, and at least one.
pub fn max_daily_messages_for_non_owner_of_number(max_for_all_senders: usize) -> usize {
    fraction_of_max_messages(max_for_all_senders, 2, 5)
}

/// Returns how many daily messages one account may cause to numbers that it does not own.
///
/// That is two fifths of `max_for_all_numbers`, and at least one.
pub fn max_daily_messages_of_account_to_new_numbers(max_for_all_numbers: usize) -> usize {
    // Of 15 messages that is a text message, a resend and a voice call to each of two numbers.
    fraction_of_max_messages(max_for_all_numbers, 2, 5)
}

/// Returns the maximum number of messages to a phone number for a sender that does not own the number.
///
/// One of `max_for_all_senders` is reserved for the owner, but at least one is allowed.
pub fn max_messages_reserving_one_for_number_owner(max_for_all_senders: usize) -> usize {
    max_for_all_senders.saturating_sub(1).max(1)
}

/// Returns the fraction `numerator / denominator` of `max_messages`, rounded down, and at least one.
fn fraction_of_max_messages(max_messages: usize, numerator: usize, denominator: usize) -> usize {
    (max_messages.saturating_mul(numerator) / denominator).max(1)
}

/// Returns the network that an Internet provider assigns to one customer or site.
///
/// That is the IPv4 /24 or IPv6 /48 of the address (RFC 6177).
pub fn find_network_of_internet_customer(ip: IpAddr) -> IpNet {
    match ip.to_canonical() {
        IpAddr::V4(ip) => IpNet::V4(Ipv4Net::new_assert(ip, 24).trunc()),
        IpAddr::V6(ip) => IpNet::V6(Ipv6Net::new_assert(ip, 48).trunc()),
    }
}

#[cfg(test)]
#[path = "send_limits_tests.rs"]
mod tests;
