//! Which part of a limit on messages each sender may use.
//!
//! A limit that a stranger can use up must not bind the account holder. So flows that have not proven a number get a
//! part of its messages, and registrations get a part of the messages in total.

use std::net::IpAddr;

use ipnet::{IpNet, Ipv4Net, Ipv6Net};

use crate::security::rate_limit::Rule;
use crate::security::token::BucketKey;

/// The log target of events about a limit in total. Operators set an alarm on it.
pub const ALARM_TARGET: &str = "sallyport::send_limits";

/// The flow that causes a message, in relation to the number that receives it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Sender {
    /// The number is on file for the account of the flow.
    Owner,
    /// The account of the flow has another number on file: a phone change, or a set-up with a different number.
    Member,
    /// The flow has no account: a registration.
    Stranger,
}

impl Sender {
    pub const fn is_owner(self) -> bool {
        matches!(self, Self::Owner)
    }

    /// Whether a message for `self` must not void a code that was sent for `other`.
    ///
    /// Two accounts may share a number, so one owner may void the code of another owner. A code of a phone change is
    /// protected from the phone change of another account.
    pub const fn yields_to(self, other: Self) -> bool {
        match (self, other) {
            (Self::Owner, _) | (Self::Stranger, Self::Stranger) => false,
            (Self::Member, other) => !matches!(other, Self::Stranger),
            (Self::Stranger, Self::Owner | Self::Member) => true,
        }
    }
}

/// One limit on messages, as it applies to one sender.
#[derive(Clone, Debug)]
pub struct SendLimit {
    pub kind: SendLimitKind,
    pub bucket: (BucketKey, Rule),
    /// The sender is refused from this number of messages in the window on. Less than the rule's maximum if the
    /// others are reserved.
    pub part: usize,
}

/// The kind of a limit: whose messages it counts.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum SendLimitKind {
    /// Messages to one number.
    Number,
    /// Messages that one source causes.
    Source,
    /// Messages that one account causes.
    Account,
    /// Messages of many users. Reaching such a limit is logged.
    Shared(SharedLimit),
}

/// A limit that many users share.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum SharedLimit {
    Minute,
    Day,
    /// Messages to one country, named by its ISO 3166 code.
    Country(String),
    /// Messages that registrations from one network cause.
    Network(IpNet),
}

impl SharedLimit {
    /// The setting that holds the limit.
    pub const fn setting(&self) -> &'static str {
        match self {
            Self::Minute => "SALLYPORT_LIMIT_SENDS_PER_MINUTE",
            Self::Day => "SALLYPORT_LIMIT_SENDS_PER_DAY",
            Self::Country(_) => "SALLYPORT_LIMIT_SENDS_PER_COUNTRY_PER_HOUR",
            Self::Network(_) => "SALLYPORT_LIMIT_SENDS_PER_NETWORK_PER_HOUR",
        }
    }

    /// The country or network; empty for limits of the whole installation.
    pub fn scope(&self) -> String {
        match self {
            Self::Minute | Self::Day => String::new(),
            Self::Country(country) => country.clone(),
            Self::Network(network) => network.to_string(),
        }
    }
}

/// The percentages of a shared limit that are logged, with the number of messages at which each is reached.
///
/// 80 % is the part of registrations, which are refused from there on.
pub fn alarm_thresholds(max: usize) -> [(u8, usize); 3] {
    [(50, max.div_ceil(2)), (80, shared_part(max)), (100, max)]
}

/// The part of a shared limit that registrations may use: four fifths, and at least one message.
pub fn shared_part(max: usize) -> usize {
    part(max, 4, 5)
}

/// The messages an hour to one number that flows of others than its owner may cause: three fifths, and at least one.
/// With 5 messages that is the first one of a registration, a resend and a voice call.
pub fn hourly_part(max: usize) -> usize {
    part(max, 3, 5)
}

/// The messages a day to one number that flows of others than its owner may cause: two fifths, and at least one.
pub fn daily_part(max: usize) -> usize {
    part(max, 2, 5)
}

/// All messages but the last one, which only the owner of the number may cause.
pub fn all_but_last(max: usize) -> usize {
    max.saturating_sub(1).max(1)
}

fn part(max: usize, numerator: usize, denominator: usize) -> usize {
    (max.saturating_mul(numerator) / denominator).max(1)
}

/// The network that an address belongs to: an IPv4 /24 or an IPv6 /48, which providers assign to one customer or site
/// (RFC 6177).
pub fn network_of(ip: IpAddr) -> IpNet {
    match ip.to_canonical() {
        IpAddr::V4(ip) => IpNet::V4(Ipv4Net::new_assert(ip, 24).trunc()),
        IpAddr::V6(ip) => IpNet::V6(Ipv6Net::new_assert(ip, 48).trunc()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn others_get_a_part_of_each_limit_and_never_all_of_it() {
        assert_eq!([1, 2, 3, 4, 5].map(hourly_part), [1, 1, 1, 2, 3]);
        assert_eq!([1, 2, 5, 10].map(daily_part), [1, 1, 2, 4]);
        assert_eq!([1, 2, 3, 5, 10, 100].map(shared_part), [1, 1, 2, 4, 8, 80]);
        for max in 2..1_000 {
            for part in [hourly_part, daily_part, shared_part, all_but_last] {
                assert!((1..max).contains(&part(max)), "{max}");
            }
        }
    }

    #[test]
    fn alarm_thresholds_rise_and_end_at_the_limit() {
        assert_eq!(alarm_thresholds(100), [(50, 50), (80, 80), (100, 100)]);
        assert_eq!(alarm_thresholds(3), [(50, 2), (80, 2), (100, 3)]);
        for max in 2..1_000 {
            let [half, part, all] = alarm_thresholds(max).map(|(_, count)| count);
            assert!(half <= part || max < 5, "{max}");
            assert!(part < all && all == max, "{max}");
        }
    }

    #[test]
    fn only_an_owner_may_void_the_code_of_an_owner() {
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
            assert_eq!(sender.yields_to(other), yields, "{sender:?} {other:?}");
        }
    }

    #[test]
    fn an_address_belongs_to_one_network() {
        for (address, network) in [
            ("203.0.113.77", "203.0.113.0/24"),
            ("::ffff:203.0.113.77", "203.0.113.0/24"),
            ("2001:db8:1:2:3::4", "2001:db8:1::/48"),
        ] {
            let address: IpAddr = address.parse().expect("an address");
            assert_eq!(network_of(address).to_string(), network);
        }
    }
}
