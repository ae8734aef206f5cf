//! Tests of single transitions of the state machine.

use std::time::Duration;

use super::test_support::{
    T0, accepted_send_response, apply_check_result, seconds_after_test_start, sign_in_limits,
    test_phone, verification_awaiting_code, verification_without_code,
};
use super::*;
use domain::{Channel, Method, PhoneNumber};

#[test]
fn correct_code_completes_the_verification_only_once() {
    let approved = apply_check_result(verification_awaiting_code(1, 0), CheckOutcome::Approved, 10);
    let done = approved
        .complete_approved_verification()
        .expect("verification is approved");
    assert_eq!(
        done.state,
        State::Ended {
            how: Ending::Completed
        }
    );
    assert_eq!(
        done.complete_approved_verification(),
        Err(RefusedTransition::Ended(Ending::Completed))
    );
}

#[test]
fn five_wrong_codes_end_the_verification() {
    let mut verification = verification_awaiting_code(1, 0);
    for n in 1..=5 {
        verification = apply_check_result(verification, CheckOutcome::Wrong, n);
    }
    assert_eq!(
        verification.state,
        State::Ended {
            how: Ending::Exhausted
        }
    );
}

#[test]
fn check_with_unknown_result_uses_up_no_attempt() {
    let mut verification = verification_awaiting_code(1, 0);
    for n in 1..=20 {
        verification = apply_check_result(verification, CheckOutcome::Unknown, n);
    }
    assert_eq!(
        verification
            .state
            .sent_code()
            .expect("verification has a code")
            .attempts_left(&sign_in_limits()),
        5
    );
}

#[test]
fn code_expires_after_exactly_5_minutes() {
    let verification = verification_awaiting_code(1, 0);
    let last = T0 + Duration::from_millis(299_999);
    assert!(
        verification
            .clone()
            .begin_code_check(&sign_in_limits(), last)
            .is_ok()
    );
    assert_eq!(
        verification.begin_code_check(&sign_in_limits(), seconds_after_test_start(300)),
        Err(RefusedTransition::CodeExpired)
    );
}

#[test]
fn resend_within_30_seconds_is_refused() {
    let verification = verification_awaiting_code(1, 0);
    let early = verification.clone().begin_code_send(
        Channel::Sms,
        &sign_in_limits(),
        T0 + Duration::from_millis(29_999),
    );
    assert_eq!(
        early.map(|_| ()),
        Err(RefusedTransition::TooSoon {
            until: seconds_after_test_start(30)
        })
    );
    assert!(
        verification
            .begin_code_send(
                Channel::Sms,
                &sign_in_limits(),
                seconds_after_test_start(30)
            )
            .is_ok()
    );
}

#[test]
fn early_resend_repeats_the_same_code_and_keeps_its_attempts() {
    let verification =
        apply_check_result(verification_awaiting_code(1, 0), CheckOutcome::Wrong, 20);
    let (sending, plan) = verification
        .begin_code_send(
            Channel::Sms,
            &sign_in_limits(),
            seconds_after_test_start(60),
        )
        .expect("resend cooldown is over");
    assert!(plan.resend_of.is_some());
    let code = sending
        .record_code_sent(
            accepted_send_response(1),
            &sign_in_limits(),
            seconds_after_test_start(60),
        )
        .expect("code send is in progress")
        .state;
    let code = code.sent_code().expect("verification has a code");
    assert_eq!(code.attempts_left(&sign_in_limits()), 4);
    assert_eq!(code.expires_at, seconds_after_test_start(360));
}

#[test]
fn late_resend_replaces_the_earlier_code_by_a_new_one() {
    let verification =
        apply_check_result(verification_awaiting_code(1, 0), CheckOutcome::Wrong, 20);
    let (sending, plan) = verification
        .begin_code_send(
            Channel::Sms,
            &sign_in_limits(),
            seconds_after_test_start(400),
        )
        .expect("resend cooldown is over");
    assert_eq!(plan.resend_of, None);
    let state = sending
        .record_code_sent(
            accepted_send_response(2),
            &sign_in_limits(),
            seconds_after_test_start(400),
        )
        .expect("code send is in progress")
        .state;
    let code = state.sent_code().expect("verification has a code");
    assert_eq!(code.attempts_left(&sign_in_limits()), 5);
    assert_eq!(code.expires_at, seconds_after_test_start(700));
}

#[test]
fn resent_code_expires_with_the_flow_at_the_latest() {
    let (sending, _) = verification_awaiting_code(1, 0)
        .begin_code_send(
            Channel::Sms,
            &sign_in_limits(),
            seconds_after_test_start(850),
        )
        .expect("resend cooldown is over");
    let verification = sending
        .record_code_sent(
            accepted_send_response(2),
            &sign_in_limits(),
            seconds_after_test_start(850),
        )
        .expect("code send is in progress");
    assert_eq!(
        verification
            .state
            .sent_code()
            .expect("verification has a code")
            .expires_at,
        seconds_after_test_start(900)
    );
    assert_eq!(
        verification
            .apply_elapsed_timeouts(&sign_in_limits(), seconds_after_test_start(900))
            .state,
        State::Ended {
            how: Ending::Expired
        }
    );
}

#[test]
fn send_that_certainly_failed_starts_no_cooldown() {
    let (sending, _) = verification_without_code()
        .begin_code_send(Channel::Sms, &sign_in_limits(), T0)
        .expect("code send is permitted");
    let again = sending
        .record_code_not_sent(None)
        .expect("code send is in progress");
    assert!(
        again
            .begin_code_send(Channel::Sms, &sign_in_limits(), T0)
            .is_ok()
    );
}

#[test]
fn throttling_provider_delays_the_next_send_with_and_without_a_pending_code() {
    for (verification, at) in [
        (verification_without_code(), 0),
        (verification_awaiting_code(1, 0), 30),
    ] {
        let (sending, _) = verification
            .begin_code_send(
                Channel::Sms,
                &sign_in_limits(),
                seconds_after_test_start(at),
            )
            .expect("resend cooldown is over");
        let until = seconds_after_test_start(at + 60);
        let throttled = sending
            .record_code_not_sent(Some(until))
            .expect("code send is in progress");
        assert_eq!(
            throttled.clone().begin_code_send(
                Channel::Sms,
                &sign_in_limits(),
                seconds_after_test_start(at + 59)
            ),
            Err(RefusedTransition::TooSoon { until })
        );
        assert!(
            throttled
                .begin_code_send(Channel::Sms, &sign_in_limits(), until)
                .is_ok()
        );
    }
}

#[test]
fn throttling_of_one_number_does_not_delay_another_number() {
    let (sending, _) = verification_without_code()
        .begin_code_send(Channel::Sms, &sign_in_limits(), T0)
        .expect("code send is permitted");
    let throttled = sending
        .record_code_not_sent(Some(seconds_after_test_start(60)))
        .expect("code send is in progress");
    let another = throttled
        .set_phone(test_phone())
        .expect("phone number change is permitted");
    assert!(
        another
            .begin_code_send(Channel::Sms, &sign_in_limits(), T0)
            .is_ok()
    );
}

#[test]
fn send_with_unknown_result_starts_the_full_cooldown_and_can_be_repeated() {
    let (sending, _) = verification_without_code()
        .begin_code_send(Channel::Sms, &sign_in_limits(), T0)
        .expect("code send is permitted");
    let unknown = sending.record_unknown_send_result(&sign_in_limits());
    assert!(matches!(
        unknown.clone().begin_code_send(
            Channel::Sms,
            &sign_in_limits(),
            seconds_after_test_start(29)
        ),
        Err(RefusedTransition::TooSoon { .. })
    ));
    assert!(
        unknown
            .begin_code_send(
                Channel::Sms,
                &sign_in_limits(),
                seconds_after_test_start(30)
            )
            .is_ok()
    );
}

#[test]
fn crash_during_a_provider_call_does_not_block_the_flow() {
    let (sending, _) = verification_without_code()
        .begin_code_send(Channel::Sms, &sign_in_limits(), T0)
        .expect("code send is permitted");
    assert!(matches!(
        sending
            .apply_elapsed_timeouts(&sign_in_limits(), seconds_after_test_start(15))
            .state,
        State::Ready { .. }
    ));
    let (checking, _) = verification_awaiting_code(1, 0)
        .begin_code_check(&sign_in_limits(), seconds_after_test_start(1))
        .expect("code check is permitted");
    let later = checking
        .clone()
        .apply_elapsed_timeouts(&sign_in_limits(), seconds_after_test_start(16));
    assert_eq!(
        later
            .state
            .sent_code()
            .expect("verification has a code")
            .attempts_left(&sign_in_limits()),
        5
    );
    assert_eq!(
        checking.begin_code_check(&sign_in_limits(), seconds_after_test_start(2)),
        Err(RefusedTransition::Busy)
    );
}

#[test]
fn number_cannot_change_while_a_code_is_pending() {
    let other = PhoneNumber::from_e164("+14155550199").expect("valid E.164 number");
    assert_eq!(
        verification_awaiting_code(1, 0).set_phone(other),
        Err(RefusedTransition::OutOfOrder)
    );
}

#[test]
fn stored_verification_is_read_back_unchanged() {
    let verification = apply_check_result(verification_awaiting_code(1, 0), CheckOutcome::Wrong, 3);
    let text = serde_json::to_string(&verification).expect("value is serialised");
    assert_eq!(
        serde_json::from_str::<Verification>(&text).expect("valid JSON"),
        verification
    );
}

#[test]
fn five_wrong_authenticator_codes_end_the_verification() {
    let asked = verification_without_code()
        .begin_factor_code_entry(Method::Totp)
        .expect("factor code entry is permitted");
    assert_eq!(
        asked
            .clone()
            .begin_code_send(Channel::Sms, &sign_in_limits(), T0)
            .map(drop),
        Err(RefusedTransition::OutOfOrder)
    );
    let mut wrong = asked.clone();
    for _ in 0..5 {
        wrong = wrong
            .record_factor_check(false, &sign_in_limits())
            .expect("an attempt is left");
    }
    let exhausted = State::Ended {
        how: Ending::Exhausted,
    };
    assert_eq!(wrong.state, exhausted);
    let done = asked
        .record_factor_check(true, &sign_in_limits())
        .expect("factor code is awaited");
    let completed = State::Ended {
        how: Ending::Completed,
    };
    assert_eq!(done.state, completed);
    assert_eq!(
        done.record_factor_check(true, &sign_in_limits()),
        Err(RefusedTransition::Ended(Ending::Completed))
    );
}

#[test]
fn choosing_another_method_keeps_the_resend_cooldown() {
    let asked = verification_awaiting_code(1, 0)
        .discard_pending_code(&sign_in_limits())
        .and_then(|ready| ready.begin_factor_code_entry(Method::Totp))
        .and_then(|asked| asked.discard_pending_code(&sign_in_limits()))
        .expect("discarding twice succeeds");
    let early = asked.begin_code_send(
        Channel::Sms,
        &sign_in_limits(),
        seconds_after_test_start(29),
    );
    assert_eq!(
        early.map(drop),
        Err(RefusedTransition::TooSoon {
            until: seconds_after_test_start(30)
        })
    );
}

#[test]
fn proving_a_second_number_does_not_extend_the_expiry() {
    let approved = apply_check_result(verification_awaiting_code(1, 0), CheckOutcome::Approved, 10);
    let next = approved
        .clone()
        .start_verification_of_second_phone(test_phone())
        .expect("verification is approved");
    assert_eq!(next.ends_at, approved.ends_at);
    assert_eq!(next.state.sent_code(), None);
    assert_eq!(
        verification_awaiting_code(1, 0).start_verification_of_second_phone(test_phone()),
        Err(RefusedTransition::OutOfOrder),
        "only after the first number is verified"
    );
}
