//! Tests of the stricter rules of payments.

use super::test_support::{
    T0, after_secs, payment_rules, sent_by_provider, sign_in_rules, test_phone,
};
use super::*;
use domain::{Channel, Method};

#[test]
fn a_payment_ends_after_five_wrong_codes_over_all_its_codes_and_methods() {
    let rules = payment_rules();
    let mut verification = Verification::start_with_phone(test_phone(), &rules, T0);
    for (sent, left) in [(1, 3), (2, 1)] {
        let at = after_secs(u64::from(sent) * 31);
        let (sending, plan) = verification
            .begin_send(Channel::Sms, &rules, at)
            .expect("ready");
        assert_eq!(plan.resend_of, None, "a resend creates a new code");
        verification = sending
            .record_sent(sent_by_provider(sent), &rules, at)
            .expect("sending");
        for _ in 0..2 {
            let (checking, _) = verification.begin_check(&rules, at).expect("a code");
            verification = checking.record_check_outcome(CheckOutcome::Wrong, &rules, at);
        }
        assert_eq!(verification.tries_left(&rules), left);
    }
    let without_code = verification
        .discard_code(&rules)
        .expect("a code was pending");
    let awaiting_factor = without_code.await_factor_code(Method::Totp).expect("ready");
    let ended = awaiting_factor
        .record_factor_check(false, &rules)
        .expect("asked for");
    let how = Ending::Exhausted;
    assert_eq!(ended.state, State::Ended { how });
}

#[test]
fn a_payment_expires_five_minutes_after_its_quote_and_sending_does_not_extend_it() {
    let rules = payment_rules();
    let quoted = Verification::start_with_phone(test_phone(), &rules, T0);
    let (sending, _) = quoted
        .begin_send(Channel::Sms, &rules, after_secs(290))
        .expect("ready");
    let sent = sending
        .record_sent(sent_by_provider(1), &rules, after_secs(290))
        .expect("sent");
    assert_eq!(sent.ends_at, after_secs(300));
    assert_eq!(
        sent.state.code().map(|code| code.expires_at),
        Some(after_secs(300))
    );
    let in_time = sent.clone().advance_to_now(&rules, after_secs(299));
    assert!(in_time.begin_check(&rules, after_secs(299)).is_ok());
    let late = sent.advance_to_now(&rules, after_secs(300));
    assert_eq!(
        late.begin_check(&rules, after_secs(300)),
        Err(RefusedTransition::Ended(Ending::Expired))
    );
}

#[test]
fn a_failed_send_ends_a_payment_but_not_a_sign_in() {
    for rules in [payment_rules(), sign_in_rules()] {
        let ready = Verification::start_with_phone(test_phone(), &rules, T0);
        let (sending, _) = ready.begin_send(Channel::Sms, &rules, T0).expect("ready");
        let unsent = sending.clone().record_not_sent(None).expect("sending");
        let unknown = sending.record_unknown_send(&rules);
        for failed in [unsent, unknown] {
            let failed = failed.end_if_unsent(&rules);
            assert_eq!(failed.state.is_over(), rules.ends_if_unsent);
        }
    }
}

#[test]
fn a_failed_resend_does_not_end_a_payment_whose_first_code_is_pending() {
    let rules = payment_rules();
    let (sending, _) = Verification::start_with_phone(test_phone(), &rules, T0)
        .begin_send(Channel::Sms, &rules, T0)
        .expect("ready");
    let awaiting = sending
        .record_sent(sent_by_provider(1), &rules, T0)
        .expect("sending");
    let (again, _) = awaiting
        .begin_send(Channel::Sms, &rules, after_secs(30))
        .expect("a code is pending");
    let failed = again.record_unknown_send(&rules).end_if_unsent(&rules);
    assert!(failed.state.code().is_some());
}
