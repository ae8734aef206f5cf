use std::time::Duration;

use super::*;
use domain::{Channel, Method, PhoneNumber, Purpose, Timestamp};
use verify::{Sent, ServiceId, VerificationId};

pub(super) const T0: Timestamp = Timestamp::from_millis(1_767_225_600_000);

pub(super) fn rules() -> Rules {
    Rules::for_purpose(Purpose::SignIn, 5, Duration::from_secs(30))
}

fn secs(n: u64) -> Timestamp {
    T0 + Duration::from_secs(n)
}

pub(super) fn phone() -> PhoneNumber {
    PhoneNumber::from_e164("+14155550142").expect("E.164")
}

pub(super) fn provider(n: u32) -> Sent {
    Sent {
        verification: VerificationId::parse(&format!("VE{n:032x}")).expect("a VE sid"),
        service: ServiceId::parse(&format!("VA{:032x}", 1)).expect("a VA sid"),
        channel: Channel::Sms,
    }
}

pub(super) fn ready() -> Verification {
    Verification::start_with_phone(phone(), &rules(), T0)
}

fn awaiting(sent: u32, at: u64) -> Verification {
    let (sending, _) = ready()
        .begin_send(Channel::Sms, &rules(), secs(at))
        .expect("ready");
    sending
        .record_sent(provider(sent), &rules(), secs(at))
        .expect("sending")
}

fn tried(verification: Verification, outcome: CheckOutcome, at: u64) -> Verification {
    let (checking, _) = verification
        .begin_check(&rules(), secs(at))
        .expect("awaiting a code");
    checking.record_check(outcome, &rules(), secs(at))
}

fn paying() -> Rules {
    Rules::for_purpose(Purpose::Payment, 5, Duration::from_secs(30))
}

#[test]
fn a_payment_ends_after_five_wrong_codes_over_all_its_codes_and_methods() {
    let rules = paying();
    let mut verification = Verification::start_with_phone(phone(), &rules, T0);
    for (sent, left) in [(1, 3), (2, 1)] {
        let at = secs(u64::from(sent) * 31);
        let (sending, plan) = verification
            .begin_send(Channel::Sms, &rules, at)
            .expect("ready");
        assert_eq!(plan.again, None, "a resend creates a new code");
        verification = sending
            .record_sent(provider(sent), &rules, at)
            .expect("sending");
        for _ in 0..2 {
            let (checking, _) = verification.begin_check(&rules, at).expect("a code");
            verification = checking.record_check(CheckOutcome::Wrong, &rules, at);
        }
        assert_eq!(verification.tries_left(&rules), left);
    }
    let aside = verification.discard_code(&rules).expect("a code was out");
    let asked = aside.await_factor_code(Method::Totp).expect("ready");
    let over = asked.record_factor_check(false, &rules).expect("asked for");
    let how = Ending::Exhausted;
    assert_eq!(over.state, State::Ended { how });
}

#[test]
fn a_payment_expires_five_minutes_after_its_quote_and_sending_does_not_extend_it() {
    let rules = paying();
    let quoted = Verification::start_with_phone(phone(), &rules, T0);
    let (sending, _) = quoted
        .begin_send(Channel::Sms, &rules, secs(290))
        .expect("ready");
    let sent = sending
        .record_sent(provider(1), &rules, secs(290))
        .expect("sent");
    assert_eq!(sent.ends_at, secs(300));
    assert_eq!(
        sent.state.code().map(|code| code.expires_at),
        Some(secs(300))
    );
    let in_time = sent.clone().advance_to_now(&rules, secs(299));
    assert!(in_time.begin_check(&rules, secs(299)).is_ok());
    let late = sent.advance_to_now(&rules, secs(300));
    assert_eq!(
        late.begin_check(&rules, secs(300)),
        Err(RefusedTransition::Over(Ending::Expired))
    );
}

#[test]
fn a_failed_send_ends_a_payment_but_not_a_sign_in() {
    for rules in [paying(), rules()] {
        let ready = Verification::start_with_phone(phone(), &rules, T0);
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
fn a_failed_resend_does_not_end_a_payment_whose_first_code_is_out() {
    let rules = paying();
    let (sending, _) = Verification::start_with_phone(phone(), &rules, T0)
        .begin_send(Channel::Sms, &rules, T0)
        .expect("ready");
    let awaiting = sending
        .record_sent(provider(1), &rules, T0)
        .expect("sending");
    let (again, _) = awaiting
        .begin_send(Channel::Sms, &rules, secs(30))
        .expect("a code is out");
    let failed = again.record_unknown_send(&rules).end_if_unsent(&rules);
    assert!(failed.state.code().is_some());
}

#[test]
fn a_right_code_completes_the_verification_only_once() {
    let approved = tried(awaiting(1, 0), CheckOutcome::Approved, 10);
    let done = approved.complete().expect("approved");
    assert_eq!(
        done.state,
        State::Ended {
            how: Ending::Completed
        }
    );
    assert_eq!(
        done.complete(),
        Err(RefusedTransition::Over(Ending::Completed))
    );
}

#[test]
fn five_wrong_codes_end_the_verification() {
    let mut verification = awaiting(1, 0);
    for n in 1..=5 {
        verification = tried(verification, CheckOutcome::Wrong, n);
    }
    assert_eq!(
        verification.state,
        State::Ended {
            how: Ending::Exhausted
        }
    );
}

#[test]
fn an_unknown_outcome_uses_up_no_attempt() {
    let mut verification = awaiting(1, 0);
    for n in 1..=20 {
        verification = tried(verification, CheckOutcome::Unknown, n);
    }
    assert_eq!(
        verification
            .state
            .code()
            .expect("a code")
            .tries_left(&rules()),
        5
    );
}

#[test]
fn a_code_expires_after_exactly_five_minutes() {
    let verification = awaiting(1, 0);
    let last = T0 + Duration::from_millis(299_999);
    assert!(verification.clone().begin_check(&rules(), last).is_ok());
    assert_eq!(
        verification.begin_check(&rules(), secs(300)),
        Err(RefusedTransition::CodeExpired)
    );
}

#[test]
fn a_resend_within_thirty_seconds_is_refused() {
    let verification = awaiting(1, 0);
    let early =
        verification
            .clone()
            .begin_send(Channel::Sms, &rules(), T0 + Duration::from_millis(29_999));
    assert_eq!(
        early.map(|_| ()),
        Err(RefusedTransition::TooSoon { until: secs(30) })
    );
    assert!(
        verification
            .begin_send(Channel::Sms, &rules(), secs(30))
            .is_ok()
    );
}

#[test]
fn an_early_resend_repeats_the_same_code_and_keeps_its_attempts() {
    let verification = tried(awaiting(1, 0), CheckOutcome::Wrong, 20);
    let (sending, plan) = verification
        .begin_send(Channel::Sms, &rules(), secs(60))
        .expect("after the gap");
    assert!(plan.again.is_some());
    let code = sending
        .record_sent(provider(1), &rules(), secs(60))
        .expect("sending")
        .state;
    let code = code.code().expect("a code");
    assert_eq!(code.tries_left(&rules()), 4);
    assert_eq!(code.expires_at, secs(360));
}

#[test]
fn a_late_resend_replaces_the_old_code_by_a_new_one() {
    let verification = tried(awaiting(1, 0), CheckOutcome::Wrong, 20);
    let (sending, plan) = verification
        .begin_send(Channel::Sms, &rules(), secs(400))
        .expect("after the gap");
    assert_eq!(plan.again, None);
    let state = sending
        .record_sent(provider(2), &rules(), secs(400))
        .expect("sending")
        .state;
    let code = state.code().expect("a code");
    assert_eq!(code.tries_left(&rules()), 5);
    assert_eq!(code.expires_at, secs(700));
}

#[test]
fn a_resent_code_expires_with_the_flow_at_the_latest() {
    let (sending, _) = awaiting(1, 0)
        .begin_send(Channel::Sms, &rules(), secs(850))
        .expect("after the gap");
    let verification = sending
        .record_sent(provider(2), &rules(), secs(850))
        .expect("sending");
    assert_eq!(
        verification.state.code().expect("a code").expires_at,
        secs(900)
    );
    assert_eq!(
        verification.advance_to_now(&rules(), secs(900)).state,
        State::Ended {
            how: Ending::Expired
        }
    );
}

#[test]
fn a_send_that_certainly_failed_starts_no_cooldown() {
    let (sending, _) = ready()
        .begin_send(Channel::Sms, &rules(), T0)
        .expect("ready");
    let again = sending.record_not_sent(None).expect("sending");
    assert!(again.begin_send(Channel::Sms, &rules(), T0).is_ok());
}

#[test]
fn a_throttling_provider_delays_the_next_send_with_and_without_a_code_out() {
    for (verification, at) in [(ready(), 0), (awaiting(1, 0), 30)] {
        let (sending, _) = verification
            .begin_send(Channel::Sms, &rules(), secs(at))
            .expect("after the gap");
        let until = secs(at + 60);
        let throttled = sending.record_not_sent(Some(until)).expect("sending");
        assert_eq!(
            throttled
                .clone()
                .begin_send(Channel::Sms, &rules(), secs(at + 59)),
            Err(RefusedTransition::TooSoon { until })
        );
        assert!(throttled.begin_send(Channel::Sms, &rules(), until).is_ok());
    }
}

#[test]
fn throttling_of_one_number_does_not_delay_another_number() {
    let (sending, _) = ready()
        .begin_send(Channel::Sms, &rules(), T0)
        .expect("ready");
    let throttled = sending.record_not_sent(Some(secs(60))).expect("sending");
    let another = throttled
        .set_phone(phone())
        .expect("no message is under way");
    assert!(another.begin_send(Channel::Sms, &rules(), T0).is_ok());
}

#[test]
fn a_send_with_unknown_outcome_starts_the_full_cooldown_and_can_be_repeated() {
    let (sending, _) = ready()
        .begin_send(Channel::Sms, &rules(), T0)
        .expect("ready");
    let unknown = sending.record_unknown_send(&rules());
    assert!(matches!(
        unknown.clone().begin_send(Channel::Sms, &rules(), secs(29)),
        Err(RefusedTransition::TooSoon { .. })
    ));
    assert!(unknown.begin_send(Channel::Sms, &rules(), secs(30)).is_ok());
}

#[test]
fn a_crash_during_a_provider_call_does_not_block_the_flow() {
    let (sending, _) = ready()
        .begin_send(Channel::Sms, &rules(), T0)
        .expect("ready");
    assert!(matches!(
        sending.advance_to_now(&rules(), secs(15)).state,
        State::Ready { .. }
    ));
    let (checking, _) = awaiting(1, 0)
        .begin_check(&rules(), secs(1))
        .expect("awaiting");
    let later = checking.clone().advance_to_now(&rules(), secs(16));
    assert_eq!(later.state.code().expect("a code").tries_left(&rules()), 5);
    assert_eq!(
        checking.begin_check(&rules(), secs(2)),
        Err(RefusedTransition::Busy)
    );
}

#[test]
fn the_number_cannot_change_once_a_code_is_out() {
    let other = PhoneNumber::from_e164("+14155550199").expect("E.164");
    assert_eq!(
        awaiting(1, 0).set_phone(other),
        Err(RefusedTransition::OutOfOrder)
    );
}

#[test]
fn a_stored_verification_is_read_back_unchanged() {
    let verification = tried(awaiting(1, 0), CheckOutcome::Wrong, 3);
    let text = serde_json::to_string(&verification).expect("serialises");
    assert_eq!(
        serde_json::from_str::<Verification>(&text).expect("parses"),
        verification
    );
}

#[test]
fn a_factor_without_a_provider_accepts_a_right_code_and_ends_after_five_wrong_ones() {
    let asked = ready().await_factor_code(Method::Totp).expect("ready");
    assert_eq!(
        asked
            .clone()
            .begin_send(Channel::Sms, &rules(), T0)
            .map(drop),
        Err(RefusedTransition::OutOfOrder)
    );
    let mut wrong = asked.clone();
    for _ in 0..5 {
        wrong = wrong
            .record_factor_check(false, &rules())
            .expect("an attempt is left");
    }
    let exhausted = State::Ended {
        how: Ending::Exhausted,
    };
    assert_eq!(wrong.state, exhausted);
    let done = asked
        .record_factor_check(true, &rules())
        .expect("asked for");
    let completed = State::Ended {
        how: Ending::Completed,
    };
    assert_eq!(done.state, completed);
    assert_eq!(
        done.record_factor_check(true, &rules()),
        Err(RefusedTransition::Over(Ending::Completed))
    );
}

#[test]
fn choosing_another_factor_keeps_the_resend_cooldown() {
    let asked = awaiting(1, 0)
        .discard_code(&rules())
        .and_then(|ready| ready.await_factor_code(Method::Totp))
        .and_then(|asked| asked.discard_code(&rules()))
        .expect("set aside twice");
    let early = asked.begin_send(Channel::Sms, &rules(), secs(29));
    assert_eq!(
        early.map(drop),
        Err(RefusedTransition::TooSoon { until: secs(30) })
    );
}

#[test]
fn proving_a_second_number_does_not_extend_the_expiry() {
    let approved = tried(awaiting(1, 0), CheckOutcome::Approved, 10);
    let next = approved
        .clone()
        .start_second_phone(phone())
        .expect("approved");
    assert_eq!(next.ends_at, approved.ends_at);
    assert_eq!(next.state.code(), None);
    assert_eq!(
        awaiting(1, 0).start_second_phone(phone()),
        Err(RefusedTransition::OutOfOrder),
        "only after the first number is proven"
    );
}
