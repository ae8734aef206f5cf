//! The share of a limit on messages that each kind of sender may use.
//!
//! An attacker who uses up a limit must not block the account's user. So flows that have not proven a number get a
//! share of its messages, and registrations get a share of all messages.

use std::net::IpAddr;
use std::time::Duration;

use ipnet::{IpNet, Ipv4Net, Ipv6Net};

use crate::security::rate_limit::Rule;
use crate::security::token::BucketKey;

/// The log target of events about limits of the whole installation. Operators set an alarm on it.
pub const ALARM_TARGET: &str = "sallyport::send_limits";

const DAY: Duration = Duration::from_hours(24);

/// The number of messages in a day to one phone number, and of one account, that only password resets may use.
const DAILY_MESSAGES_FOR_PASSWORD_RESETS: usize = 2;

/// The sender of a message with a code: the owner of the phone number, another account, or a registration.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Sender {
    /// The number is stored for the account of the flow.
    Owner,
    /// The account of the flow has another stored number: a phone change, or a set-up with a different number.
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
    pub bucket: (BucketKey, Rule),
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
        let (_, rule) = &mut self.bucket;
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
    /// Messages of many users. Reaching such a limit is logged.
    Shared(SharedLimit),
}

/// Limit on sent messages that many users share.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum SharedLimit {
    Minute,
    Day,
    /// Messages to one country, given by its ISO 3166 code.
    Country(String),
    /// Messages that registrations from one network cause.
    Network(IpNet),
    /// Voice calls for registrations, in a day.
    RegistrationCallsPerDay,
    /// Voice calls for registrations to one country, given by its ISO 3166 code.
    RegistrationCallsToCountry(String),
}

impl SharedLimit {
    /// Returns the name in the keys of the buckets that count the messages of this limit.
    pub const fn bucket_name(&self) -> &'static str {
        match self {
            Self::Minute => "sms-minute",
            Self::Day => "sms-day",
            Self::Country(_) => "sms-country",
            Self::Network(_) => "sms-network",
            Self::RegistrationCallsPerDay => "call-day",
            Self::RegistrationCallsToCountry(_) => "call-country",
        }
    }

    /// Returns the name of the setting that determines the maximum of this shared message limit.
    pub const fn setting_name(&self) -> &'static str {
        match self {
            Self::Minute => "SALLYPORT_LIMIT_SENDS_PER_MINUTE",
            Self::Day | Self::RegistrationCallsPerDay => "SALLYPORT_LIMIT_SENDS_PER_DAY",
            Self::Country(_) | Self::RegistrationCallsToCountry(_) => {
                "SALLYPORT_LIMIT_SENDS_PER_COUNTRY_PER_HOUR"
            }
            Self::Network(_) => "SALLYPORT_LIMIT_SENDS_PER_NETWORK_PER_HOUR",
        }
    }

    /// Returns the country or network to which this message limit applies; empty for a limit on all messages.
    pub fn country_or_network_of_limit(&self) -> String {
        match self {
            Self::Minute | Self::Day | Self::RegistrationCallsPerDay => String::new(),
            Self::Country(country) | Self::RegistrationCallsToCountry(country) => country.clone(),
            Self::Network(network) => network.to_string(),
        }
    }

    /// Returns the log text about the messages that the server refuses or delays at this usage of the rate limit.
    pub const fn describe_effect_on_further_messages(&self, percent: u8) -> &'static str {
        match (self, percent) {
            (Self::Network(_), 100..) => {
                "registrations from this network are refused until earlier messages leave the window"
            }
            (Self::Network(_), _) => "registrations from this network are refused from 100 % on",
            (Self::RegistrationCallsPerDay | Self::RegistrationCallsToCountry(_), 100..) => {
                "calls for registrations are refused until earlier calls leave the window"
            }
            (Self::RegistrationCallsPerDay | Self::RegistrationCallsToCountry(_), _) => {
                "calls for registrations are refused from 100 % on"
            }
            (_, 100..) => {
                "codes by text message or call are refused and notifications by text message are delayed \
                 until earlier messages leave the window"
            }
            _ => "registrations are refused from 80 % on",
        }
    }
}

/// Lists the thresholds at which the usage of a shared message limit is logged: percentage and number of messages.
pub fn list_usage_percentages_and_counts_to_log(max_messages: usize) -> [(u8, usize); 3] {
    [
        (50, max_messages.div_ceil(2)),
        (80, max_messages_for_registrations(max_messages)),
        (100, max_messages),
    ]
}

/// Returns how many messages of a shared limit registrations may use: four fifths of `max_for_all_senders`, and at
/// least one.
pub fn max_messages_for_registrations(max_for_all_senders: usize) -> usize {
    fraction_of_max_messages(max_for_all_senders, 4, 5)
}

/// Returns how many messages of a shared limit ordinary notifications may use.
///
/// That is half of `max_for_all_messages`, and at least one. The other half is reserved for codes and critical
/// notifications.
pub fn max_messages_for_notifications(max_for_all_messages: usize) -> usize {
    fraction_of_max_messages(max_for_all_messages, 1, 2)
}

/// Returns how many voice calls registrations may cause in the window of a shared limit.
///
/// That is a fifth of `max_for_all_messages`, and at least one.
pub fn max_calls_for_registrations(max_for_all_messages: usize) -> usize {
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
mod tests {
    use super::*;

    #[test]
    fn notifications_and_senders_who_do_not_own_the_phone_number_cannot_use_up_a_message_limit() {
        assert_eq!(
            [1, 2, 3, 4, 5].map(max_hourly_messages_for_non_owner_of_number),
            [1, 1, 1, 2, 3]
        );
        assert_eq!(
            [1, 2, 5, 10].map(max_daily_messages_for_non_owner_of_number),
            [1, 1, 2, 4]
        );
        assert_eq!(
            [1, 2, 3, 5, 10, 100].map(max_messages_for_registrations),
            [1, 1, 2, 4, 8, 80]
        );
        assert_eq!(
            [1, 2, 3, 5, 10, 100].map(max_messages_for_notifications),
            [1, 1, 1, 2, 5, 50]
        );
        assert_eq!(
            [1, 2, 5, 10, 100].map(max_calls_for_registrations),
            [1, 1, 1, 2, 20]
        );
        for max in 2..1_000 {
            for allowance in [
                max_hourly_messages_for_non_owner_of_number,
                max_daily_messages_for_non_owner_of_number,
                max_messages_for_registrations,
                max_messages_for_notifications,
                max_calls_for_registrations,
                max_messages_reserving_one_for_number_owner,
            ] {
                assert!((1..max).contains(&allowance(max)), "{max}");
            }
        }
    }

    #[test]
    fn password_resets_have_two_more_messages_a_day_of_a_number_and_of_an_account() {
        let hour = Duration::from_hours(1);
        for (kind, window, more) in [
            (SendLimitKind::Number, DAY, 2),
            (SendLimitKind::Number, hour, 0),
            (SendLimitKind::Account, DAY, 2),
            (SendLimitKind::Source, hour, 0),
            (SendLimitKind::Shared(SharedLimit::Day), DAY, 0),
        ] {
            let key = BucketKey::new("sms", "+14155550142", b"key");
            let limit = SendLimit {
                kind,
                bucket: (key, Rule::per_window(window, 10)),
                allowance: 10,
            };
            let limit = limit.with_messages_for_password_resets();
            assert_eq!(
                (limit.bucket.1.max, limit.allowance),
                (10 + more, 10 + more)
            );
        }
    }

    #[test]
    fn alarm_thresholds_rise_and_end_at_the_limit() {
        assert_eq!(
            list_usage_percentages_and_counts_to_log(100),
            [(50, 50), (80, 80), (100, 100)]
        );
        assert_eq!(
            list_usage_percentages_and_counts_to_log(3),
            [(50, 2), (80, 2), (100, 3)]
        );
        for max in 2..1_000 {
            let [half, allowance, all] =
                list_usage_percentages_and_counts_to_log(max).map(|(_, count)| count);
            assert!(half <= allowance || max < 5, "{max}");
            assert!(allowance < all && all == max, "{max}");
        }
    }

    #[test]
    fn log_text_about_a_reached_limit_names_only_the_messages_that_it_stops() {
        let network = find_network_of_internet_customer(IpAddr::from([203, 0, 113, 77]));
        for limit in [
            SharedLimit::Minute,
            SharedLimit::Day,
            SharedLimit::Country("US".to_owned()),
        ] {
            let reached = limit.describe_effect_on_further_messages(100);
            assert!(reached.contains("codes by text message or call are refused"));
            assert!(reached.contains("notifications by text message are delayed until"));
            let below = limit.describe_effect_on_further_messages(80);
            assert_eq!(below, "registrations are refused from 80 % on");
        }
        // This limit counts only registrations, which may use all of it.
        let limit = SharedLimit::Network(network);
        for percent in [50, 80, 100] {
            let effect = limit.describe_effect_on_further_messages(percent);
            assert!(effect.starts_with("registrations from this network are refused"));
            assert!(!effect.contains("80 %") && !effect.contains("notifications"));
        }
        // These limits count only calls for registrations, and refuse no other message.
        for limit in [
            SharedLimit::RegistrationCallsPerDay,
            SharedLimit::RegistrationCallsToCountry("US".to_owned()),
        ] {
            for percent in [50, 80, 100] {
                let effect = limit.describe_effect_on_further_messages(percent);
                assert!(effect.starts_with("calls for registrations are refused"));
                assert!(!effect.contains("80 %") && !effect.contains("notifications"));
            }
        }
    }

    #[test]
    fn senders_who_do_not_own_the_phone_number_cannot_invalidate_the_code_of_an_owner() {
        use Sender::{Member, Owner, Stranger};
        for (sender, other, yields) in [
            (Owner, Owner, false),
            (Owner, Member, false),
            (Owner, Stranger, false),
            (Member, Owner, true),
            (Member, Member, true),
            (Member, Stranger, false),
            (Stranger, Owner, true),
            (Stranger, Member, true),
            (Stranger, Stranger, false),
        ] {
            assert_eq!(
                sender.must_not_invalidate_code_requested_by(other),
                yields,
                "{sender:?} {other:?}"
            );
        }
    }

    #[test]
    fn ip_address_belongs_to_one_ipv4_24_or_ipv6_48_network() {
        for (address, network) in [
            ("203.0.113.77", "203.0.113.0/24"),
            ("::ffff:203.0.113.77", "203.0.113.0/24"),
            ("2001:db8:1:2:3::4", "2001:db8:1::/48"),
        ] {
            let address: IpAddr = address.parse().expect("valid address");
            assert_eq!(
                find_network_of_internet_customer(address).to_string(),
                network
            );
        }
    }
}
