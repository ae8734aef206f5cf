use proptest::prelude::*;

use super::*;

const SECOND: Duration = Duration::from_secs(1);
const HOUR: Duration = Duration::from_hours(1);
const T0: Timestamp = Timestamp::from_millis(1_767_225_600_000);

/// Returns the rate limit of text messages: five per hour, with a gap of thirty seconds.
fn text_message_limit() -> Rule {
    Rule::per_window(HOUR, 5).with_minimum_time_between_events(Duration::from_secs(30))
}

/// Returns the events after counting one at each of these times.
fn count_events_at(rule: &Rule, times: impl IntoIterator<Item = Timestamp>) -> Events {
    let mut events = Events::default();
    for at in times {
        rule.count_event(&mut events, at);
    }
    events
}

#[test]
fn sixth_event_is_refused_until_the_first_is_an_hour_old() {
    let events = count_events_at(
        &text_message_limit(),
        (0..5).map(|n| T0 + Duration::from_mins(n)),
    );
    let just_before = T0 + HOUR - Duration::from_millis(1);
    assert_eq!(
        text_message_limit().check_event_allowed(&events, just_before),
        Err(T0 + HOUR)
    );
    assert_eq!(
        text_message_limit().check_event_allowed(&events, T0 + HOUR),
        Ok(())
    );
}

#[test]
fn event_is_refused_until_the_gap_of_thirty_seconds_is_over() {
    let gap_end = T0 + Duration::from_secs(30);
    let events = count_events_at(&text_message_limit(), [T0]);
    assert_eq!(
        text_message_limit().check_event_allowed(&events, gap_end - Duration::from_millis(1)),
        Err(gap_end)
    );
    assert_eq!(
        text_message_limit().check_event_allowed(&events, gap_end),
        Ok(())
    );
}

#[test]
fn future_events_count_after_the_clock_was_set_back() {
    let events = count_events_at(&text_message_limit(), [T0]);
    assert!(
        text_message_limit()
            .check_event_allowed(&events, T0 - HOUR)
            .is_err()
    );
}

/// Tests docs/security.md#dur-10.
#[test]
fn clock_that_is_set_forward_and_back_loses_no_event() {
    for rule in [Rule::per_window(HOUR, 5), Rule::per_window(HOUR, 100)] {
        let max = u64::try_from(rule.max).expect("number fits the type");
        let mut events = count_events_at(
            &rule,
            (0..max).map(|n| T0 + SECOND * u32::try_from(n).expect("number fits the type")),
        );
        let ahead = T0 + Duration::from_hours(26);
        assert_eq!(rule.check_event_allowed(&events, ahead), Ok(()));
        rule.count_event(&mut events, ahead);
        let back = T0 + Duration::from_mins(3);
        assert!(events.move_future_events_to_now(back));
        assert!(!events.move_future_events_to_now(back));
        let until = rule
            .check_event_allowed(&events, back)
            .expect_err("the limit holds");
        assert!(until <= back + HOUR, "and no longer than its window");
        assert_eq!(
            rule.check_event_allowed(&events, back + HOUR + HOUR / 32),
            Ok(())
        );
    }
}

#[test]
fn event_slightly_in_the_future_keeps_its_time() {
    let mut events = count_events_at(&text_message_limit(), [T0 + Duration::from_secs(5)]);
    assert!(!events.move_future_events_to_now(T0));
    assert_eq!(
        events.latest_event_time(),
        Some(T0 + Duration::from_secs(5))
    );
}

/// Tests docs/security.md#lim-09.
#[test]
fn bucket_size_is_bounded_at_any_rate() {
    for rule in [
        Rule::per_window(HOUR, 5),
        Rule::per_window(HOUR, 10_000),
        Rule::per_window(HOUR, 1_000_000),
        Slowdown::rule_for_storing_failed_attempts(),
    ] {
        let mut events = Events::default();
        let mut now = T0;
        for n in 0..20_000_u32 {
            now = now + Duration::from_millis(if n % 7 == 0 { 40_000 } else { 300 });
            rule.count_event(&mut events, now);
            assert!(events.0.len() <= 40, "{} entries", events.0.len());
        }
    }
}

#[test]
fn full_bucket_permits_events_after_its_window() {
    let rule = Rule::per_window(HOUR, 10_000);
    let events = count_events_at(&rule, (0..10_000).map(|n| T0 + Duration::from_millis(n)));
    let until = rule
        .check_event_allowed(&events, T0 + Duration::from_mins(1))
        .expect_err("limit is reached");
    assert!(until >= T0 + HOUR && until <= T0 + HOUR + Duration::from_secs(10));
    assert_eq!(rule.check_event_allowed(&events, until), Ok(()));
}

#[test]
fn removed_event_permits_one_more_event() {
    for rule in [Rule::per_window(HOUR, 5), Rule::per_window(HOUR, 100)] {
        let max = u32::try_from(rule.max).expect("number fits the type");
        let mut events = count_events_at(&rule, (0..max).map(|n| T0 + SECOND * n));
        let now = T0 + SECOND * max;
        assert!(rule.check_event_allowed(&events, now).is_err());
        events.remove_one_event_at(T0 + SECOND);
        assert_eq!(rule.check_event_allowed(&events, now), Ok(()));
        rule.count_event(&mut events, now);
        assert!(rule.check_event_allowed(&events, now).is_err());
    }
}

#[test]
fn delay_after_wrong_passwords_doubles_up_to_its_maximum() {
    let slow = Slowdown {
        free: 5,
        first: Duration::from_secs(1),
        longest: Duration::from_mins(15),
    };
    let failures = |n| {
        count_events_at(
            &Slowdown::rule_for_storing_failed_attempts(),
            std::iter::repeat_n(T0, n),
        )
    };
    assert_eq!(slow.check_attempt_allowed(&failures(4), T0), Ok(()));
    assert_eq!(
        slow.check_attempt_allowed(&failures(5), T0),
        Err(T0 + SECOND)
    );
    assert_eq!(
        slow.check_attempt_allowed(&failures(8), T0),
        Err(T0 + SECOND * 8)
    );
    assert_eq!(
        slow.check_attempt_allowed(&failures(5_000), T0),
        Err(T0 + Duration::from_mins(15))
    );
}

proptest! {
    #[test]
    fn no_pattern_of_requests_exceeds_the_rate_limit(
        waits in prop::collection::vec(0_u64..4_000, 1..80),
    ) {
        let rule = text_message_limit();
        let mut now = T0;
        let mut events = Events::default();
        let mut granted: Vec<Timestamp> = Vec::new();
        for wait in waits {
            now = now + Duration::from_secs(wait);
            if rule.check_event_allowed(&events, now).is_ok() {
                rule.count_event(&mut events, now);
                granted.push(now);
            }
        }
        for (n, last) in granted.iter().enumerate() {
            let window = granted[..=n].iter().filter(|t| **t > *last - HOUR).count();
            prop_assert!(window <= 5);
        }
        for pair in granted.windows(2) {
            prop_assert!(pair[1] >= pair[0] + Duration::from_secs(30));
        }
    }

    #[test]
    fn merging_events_never_permits_more_than_the_rate_limit(
        waits in prop::collection::vec(0_u64..200_000, 1..400),
    ) {
        let rule = Rule::per_window(HOUR, 40);
        let mut now = T0;
        let mut events = Events::default();
        let mut granted: Vec<Timestamp> = Vec::new();
        for wait in waits {
            now = now + Duration::from_millis(wait);
            if rule.check_event_allowed(&events, now).is_ok() {
                rule.count_event(&mut events, now);
                granted.push(now);
            }
        }
        for (n, last) in granted.iter().enumerate() {
            let window = granted[..=n].iter().filter(|t| **t > *last - HOUR).count();
            prop_assert!(window <= 40, "{window}");
        }
    }
}
