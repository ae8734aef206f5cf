//! Tests of retries of notifications.

use super::*;

const T0: Timestamp = Timestamp::from_millis(1_767_225_600_000);
const LATER: Result<Option<()>, Undelivered> = Err(Undelivered::Later { after: None });

#[test]
fn retry_delay_doubles_from_5_seconds_to_15_minutes() {
    let waits: Vec<u64> = (1..=10)
        .map(|tries| delay_after_failed_attempts(tries).as_secs())
        .collect();
    assert_eq!(waits, [5, 10, 20, 40, 80, 160, 320, 640, 900, 900]);
    assert_eq!(
        delay_after_failed_attempts(i64::MAX),
        LONGEST_WAIT_BEFORE_RETRY
    );
}

#[test]
fn failed_notification_is_retried_for_three_days() {
    let again = |due_at| NextStep::Retry { due_at };
    assert_eq!(
        decide_retry_of_notification(LATER, 1, T0, T0),
        again(T0 + WAIT_AFTER_FIRST_FAILURE)
    );
    let last = T0 + MAX_AGE_OF_UNSENT - Duration::from_millis(1);
    assert_eq!(
        decide_retry_of_notification(LATER, 200, T0, last),
        again(last + LONGEST_WAIT_BEFORE_RETRY)
    );
    let end = T0 + MAX_AGE_OF_UNSENT;
    assert_eq!(
        decide_retry_of_notification(LATER, 200, T0, end),
        NextStep::Done(DeliveryOutcome::GivenUp)
    );
}

#[test]
fn notification_that_a_limit_has_delayed_for_days_gets_five_attempts() {
    let late = T0 + MAX_AGE_OF_UNSENT * 2;
    for (tries, waited) in [(1, 5), (4, 40)] {
        let due_at = late + Duration::from_secs(waited);
        assert_eq!(
            decide_retry_of_notification(LATER, tries, T0, late),
            NextStep::Retry { due_at }
        );
    }
    assert_eq!(
        decide_retry_of_notification(LATER, 5, T0, late),
        NextStep::Done(DeliveryOutcome::GivenUp)
    );
}

#[test]
fn requested_pause_lengthens_the_retry_delay_and_never_shortens_it() {
    for (asked, waited) in [(60, 60), (1, 5)] {
        let after = Some(Duration::from_secs(asked));
        let due_at = T0 + Duration::from_secs(waited);
        assert_eq!(
            decide_retry_of_notification(Err(Undelivered::Later { after }), 1, T0, T0),
            NextStep::Retry { due_at }
        );
    }
}

#[test]
fn notification_that_the_provider_refuses_is_retried_hourly_after_the_fifth_attempt() {
    for (tries, waited) in [(1, 5), (4, 40), (5, 3_600), (6, 3_600), (200, 3_600)] {
        let due_at = T0 + Duration::from_secs(waited);
        let refused = Err(Undelivered::Misconfigured);
        assert_eq!(
            decide_retry_of_notification(refused, tries, T0, T0),
            NextStep::Retry { due_at },
            "{tries}"
        );
    }
    let end = T0 + MAX_AGE_OF_UNSENT;
    assert_eq!(
        decide_retry_of_notification(Err(Undelivered::Misconfigured), 80, T0, end),
        NextStep::Done(DeliveryOutcome::GivenUp)
    );
}

#[test]
fn sent_and_undeliverable_notifications_are_done() {
    let done = |sent| decide_retry_of_notification(sent, 1, T0, T0);
    assert_eq!(done(Ok(Some(()))), NextStep::Done(DeliveryOutcome::Sent));
    assert_eq!(done(Ok(None)), NextStep::Done(DeliveryOutcome::NoChannel));
    assert_eq!(
        done(Err(Undelivered::Never)),
        NextStep::Done(DeliveryOutcome::Refused)
    );
}
