//! Tests of the stricter rules of payments.

use super::test_support::{
    T0, accepted_send_response, payment_limits, seconds_after_test_start, sign_in_limits,
    test_phone,
};
use super::*;
use domain::{Channel, Method};

#[test]
fn payment_ends_after_5_wrong_codes_over_all_its_codes_and_methods() {
    let rules = payment_limits();
    let mut verification = Verification::start_verification_of_phone(test_phone(), &rules, T0);
    for (sent, left) in [(1, 3), (2, 1)] {
        let at = seconds_after_test_start(u64::from(sent) * 31);
        let (sending, plan) = verification
            .begin_code_send(Channel::Sms, &rules, at)
            .expect("code send is permitted");
        assert_eq!(plan.resend_of, None, "a resend creates a new code");
        verification = sending
            .record_code_sent(accepted_send_response(sent), &rules, at)
            .expect("code send is in progress");
        for _ in 0..2 {
            let (checking, _) = verification
                .begin_code_check(&rules, at)
                .expect("code check is permitted");
            verification = checking.record_code_check_outcome(CheckOutcome::Wrong, &rules, at);
        }
        assert_eq!(verification.attempts_left(&rules), left);
    }
    let without_code = verification
        .discard_pending_code(&rules)
        .expect("a code was pending");
    let awaiting_factor = without_code
        .begin_factor_code_entry(Method::Totp)
        .expect("factor code entry is permitted");
    let ended = awaiting_factor
        .record_factor_check(false, &rules)
        .expect("factor code is awaited");
    let how = Ending::Exhausted;
    assert_eq!(ended.state, State::Ended { how });
}

#[test]
fn sent_code_does_not_extend_the_5_minutes_of_a_payment() {
    let rules = payment_limits();
    let quoted = Verification::start_verification_of_phone(test_phone(), &rules, T0);
    let (sending, _) = quoted
        .begin_code_send(Channel::Sms, &rules, seconds_after_test_start(290))
        .expect("code send is permitted");
    let sent = sending
        .record_code_sent(
            accepted_send_response(1),
            &rules,
            seconds_after_test_start(290),
        )
        .expect("code send is in progress");
    assert_eq!(sent.ends_at, seconds_after_test_start(300));
    assert_eq!(
        sent.state.sent_code().map(|code| code.expires_at),
        Some(seconds_after_test_start(300))
    );
    let in_time = sent
        .clone()
        .apply_elapsed_timeouts(&rules, seconds_after_test_start(299));
    assert!(
        in_time
            .begin_code_check(&rules, seconds_after_test_start(299))
            .is_ok()
    );
    let late = sent.apply_elapsed_timeouts(&rules, seconds_after_test_start(300));
    assert_eq!(
        late.begin_code_check(&rules, seconds_after_test_start(300)),
        Err(RefusedTransition::Ended(Ending::Expired))
    );
}

#[test]
fn failed_send_ends_a_payment_but_not_a_sign_in() {
    for rules in [payment_limits(), sign_in_limits()] {
        let ready = Verification::start_verification_of_phone(test_phone(), &rules, T0);
        let (sending, _) = ready
            .begin_code_send(Channel::Sms, &rules, T0)
            .expect("code send is permitted");
        let unsent = sending
            .clone()
            .record_code_not_sent(None)
            .expect("code send is in progress");
        let unknown = sending.record_unknown_send_result(&rules);
        for failed in [unsent, unknown] {
            let failed = failed.end_verification_if_no_code_sent(&rules);
            assert_eq!(failed.state.is_ended(), rules.ends_if_unsent);
        }
    }
}

#[test]
fn failed_resend_does_not_end_a_payment_whose_first_code_is_pending() {
    let rules = payment_limits();
    let (sending, _) = Verification::start_verification_of_phone(test_phone(), &rules, T0)
        .begin_code_send(Channel::Sms, &rules, T0)
        .expect("code send is permitted");
    let awaiting = sending
        .record_code_sent(accepted_send_response(1), &rules, T0)
        .expect("code send is in progress");
    let (again, _) = awaiting
        .begin_code_send(Channel::Sms, &rules, seconds_after_test_start(30))
        .expect("a code is pending");
    let failed = again
        .record_unknown_send_result(&rules)
        .end_verification_if_no_code_sent(&rules);
    assert!(failed.state.sent_code().is_some());
}
