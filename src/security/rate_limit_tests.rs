use proptest::prelude::*;

use super::*;

const SECOND: Duration = Duration::from_secs(1);
const HOUR: Duration = Duration::from_hours(1);
const T0: Timestamp = Timestamp::from_millis(1_767_225_600_000);

fn sms() -> Rule {
    Rule::per(HOUR, 5).with_gap(Duration::from_secs(30))
}

/// Counts events by `rule` at these times.
fn counted(rule: &Rule, times: impl IntoIterator<Item = Timestamp>) -> Events {
    let mut events = Events::default();
    for at in times {
        rule.count(&mut events, at);
    }
    events
}

#[test]
fn the_sixth_in_an_hour_waits_for_the_first_to_be_an_hour_old() {
    let events = counted(&sms(), (0..5).map(|n| T0 + Duration::from_mins(n)));
    let just_before = T0 + HOUR - Duration::from_millis(1);
    assert_eq!(sms().admit(&events, just_before), Err(T0 + HOUR));
    assert_eq!(sms().admit(&events, T0 + HOUR), Ok(()));
}

#[test]
fn the_gap_is_thirty_seconds_to_the_millisecond() {
    let gap_end = T0 + Duration::from_secs(30);
    let events = counted(&sms(), [T0]);
    assert_eq!(
        sms().admit(&events, gap_end - Duration::from_millis(1)),
        Err(gap_end)
    );
    assert_eq!(sms().admit(&events, gap_end), Ok(()));
}

#[test]
fn events_after_a_clock_that_is_set_back_count() {
    let events = counted(&sms(), [T0]);
    assert!(sms().admit(&events, T0 - HOUR).is_err());
}

/// Tests docs/security.md#dur-10.
#[test]
fn a_clock_that_is_set_forward_and_back_loses_no_event() {
    for rule in [Rule::per(HOUR, 5), Rule::per(HOUR, 100)] {
        let max = u64::try_from(rule.max).expect("small");
        let mut events = counted(
            &rule,
            (0..max).map(|n| T0 + SECOND * u32::try_from(n).expect("small")),
        );
        let ahead = T0 + Duration::from_hours(26);
        assert_eq!(rule.admit(&events, ahead), Ok(()));
        rule.count(&mut events, ahead);
        let back = T0 + Duration::from_mins(3);
        assert!(events.date_back(back));
        assert!(!events.date_back(back));
        let until = rule.admit(&events, back).expect_err("the limit holds");
        assert!(until <= back + HOUR, "and no longer than its window");
        assert_eq!(rule.admit(&events, back + HOUR + HOUR / 32), Ok(()));
    }
}

#[test]
fn a_difference_between_two_clocks_dates_nothing_back() {
    let mut events = counted(&sms(), [T0 + Duration::from_secs(5)]);
    assert!(!events.date_back(T0));
    assert_eq!(events.last(), Some(T0 + Duration::from_secs(5)));
}

/// Tests docs/security.md#lim-09.
#[test]
fn a_bucket_has_a_bounded_size_at_any_rate() {
    for rule in [
        Rule::per(HOUR, 5),
        Rule::per(HOUR, 10_000),
        Rule::per(HOUR, 1_000_000),
        Slowdown::rule(),
    ] {
        let mut events = Events::default();
        let mut now = T0;
        for n in 0..20_000_u32 {
            now = now + Duration::from_millis(if n % 7 == 0 { 40_000 } else { 300 });
            rule.count(&mut events, now);
            assert!(events.0.len() <= 40, "{} entries", events.0.len());
        }
    }
}

#[test]
fn a_busy_bucket_admits_again_when_the_window_has_passed() {
    let rule = Rule::per(HOUR, 10_000);
    let events = counted(&rule, (0..10_000).map(|n| T0 + Duration::from_millis(n)));
    let until = rule
        .admit(&events, T0 + Duration::from_mins(1))
        .expect_err("full");
    assert!(until >= T0 + HOUR && until <= T0 + HOUR + Duration::from_secs(10));
    assert_eq!(rule.admit(&events, until), Ok(()));
}

#[test]
fn a_removed_event_makes_room_for_one() {
    for rule in [Rule::per(HOUR, 5), Rule::per(HOUR, 100)] {
        let max = u32::try_from(rule.max).expect("small");
        let mut events = counted(&rule, (0..max).map(|n| T0 + SECOND * n));
        let now = T0 + SECOND * max;
        assert!(rule.admit(&events, now).is_err());
        events.remove(T0 + SECOND);
        assert_eq!(rule.admit(&events, now), Ok(()));
        rule.count(&mut events, now);
        assert!(rule.admit(&events, now).is_err());
    }
}

#[test]
fn wrong_passwords_slow_down_and_never_lock_for_longer_than_the_longest_wait() {
    let slow = Slowdown {
        free: 5,
        first: Duration::from_secs(1),
        longest: Duration::from_mins(15),
    };
    let failures = |n| counted(&Slowdown::rule(), std::iter::repeat_n(T0, n));
    assert_eq!(slow.admit(&failures(4), T0), Ok(()));
    assert_eq!(slow.admit(&failures(5), T0), Err(T0 + SECOND));
    assert_eq!(slow.admit(&failures(8), T0), Err(T0 + SECOND * 8));
    assert_eq!(
        slow.admit(&failures(5_000), T0),
        Err(T0 + Duration::from_mins(15))
    );
}

proptest! {
    #[test]
    fn no_pattern_of_requests_gets_more_than_the_rule_allows(
        waits in prop::collection::vec(0_u64..4_000, 1..80),
    ) {
        let rule = sms();
        let mut now = T0;
        let mut events = Events::default();
        let mut granted: Vec<Timestamp> = Vec::new();
        for wait in waits {
            now = now + Duration::from_secs(wait);
            if rule.admit(&events, now).is_ok() {
                rule.count(&mut events, now);
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
    fn merged_events_never_allow_more_than_the_rule(
        waits in prop::collection::vec(0_u64..200_000, 1..400),
    ) {
        let rule = Rule::per(HOUR, 40);
        let mut now = T0;
        let mut events = Events::default();
        let mut granted: Vec<Timestamp> = Vec::new();
        for wait in waits {
            now = now + Duration::from_millis(wait);
            if rule.admit(&events, now).is_ok() {
                rule.count(&mut events, now);
                granted.push(now);
            }
        }
        for (n, last) in granted.iter().enumerate() {
            let window = granted[..=n].iter().filter(|t| **t > *last - HOUR).count();
            prop_assert!(window <= 40, "{window}");
        }
    }
}
