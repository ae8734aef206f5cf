//! Tests of the parts of message limits, and of their log texts.

use super::*;
use crate::security::rate_limit::Rule;
use crate::security::token::BucketKey;

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
        [1, 2, 3, 5, 10, 100].map(max_messages_for_non_owners),
        [1, 1, 2, 4, 8, 80]
    );
    assert_eq!(
        [1, 2, 3, 5, 10, 100].map(max_messages_for_notifications),
        [1, 1, 1, 2, 5, 50]
    );
    assert_eq!(
        [1, 2, 5, 10, 100].map(max_calls_for_non_owners),
        [1, 1, 1, 2, 20]
    );
    assert_eq!(
        [1, 3, 15, 1_000].map(max_daily_messages_of_account_to_new_numbers),
        [1, 1, 6, 400]
    );
    for max in 2..1_000 {
        for allowance in [
            max_hourly_messages_for_non_owner_of_number,
            max_daily_messages_for_non_owner_of_number,
            max_messages_for_non_owners,
            max_messages_for_notifications,
            max_calls_for_non_owners,
            max_daily_messages_of_account_to_new_numbers,
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
            rate_limit: RateLimit::new(key, Rule::per_window(window, 10)),
            allowance: 10,
        };
        let limit = limit.with_messages_for_password_resets();
        assert_eq!(
            (limit.rate_limit.rule.max, limit.allowance),
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
        assert_eq!(below, "codes to new numbers are refused from 80 % on");
    }
    // This limit counts messages to new numbers only, and all of it is for them.
    let limit = SharedLimit::Network(network);
    for percent in [50, 80, 100] {
        let effect = limit.describe_effect_on_further_messages(percent);
        assert!(effect.starts_with("codes to new numbers are refused for this network"));
        assert!(!effect.contains("80 %") && !effect.contains("notifications"));
    }
    // These limits count calls to new numbers only, and stop no other message.
    for limit in [
        SharedLimit::CallsToNewNumbersPerDay,
        SharedLimit::CallsToNewNumbersOfCountry("US".to_owned()),
    ] {
        for percent in [50, 80, 100] {
            let effect = limit.describe_effect_on_further_messages(percent);
            assert!(effect.starts_with("calls to new numbers are refused"));
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
