use std::time::Duration;

use super::*;
use domain::{Channel, Method, PhoneNumber, Purpose, Timestamp};
use verify::{Sent, ServiceId, VerificationId};

pub(super) const T0: Timestamp = Timestamp::from_millis(1_767_225_600_000);

pub(super) fn rules() -> Rules {
    Rules::of(Purpose::SignIn, 5, Duration::from_secs(30))
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
    Verification::ready(phone(), &rules(), T0)
}

fn awaiting(sent: u32, at: u64) -> Verification {
    let (sending, _) = ready()
        .begin_send(Channel::Sms, &rules(), secs(at))
        .expect("ready");
    sending
        .sent(provider(sent), &rules(), secs(at))
        .expect("sending")
}

fn tried(verification: Verification, judgement: Judgement, at: u64) -> Verification {
    let (checking, _) = verification
        .begin_check(&rules(), secs(at))
        .expect("awaiting a code");
    checking.judged(judgement, &rules(), secs(at))
}

fn paying() -> Rules {
    Rules::of(Purpose::Payment, 5, Duration::from_secs(30))
}

/// PAY-06
#[test]
fn a_payment_sees_five_wrong_codes_whichever_they_are() {
    let rules = paying();
    let mut verification = Verification::ready(phone(), &rules, T0);
    for (sent, left) in [(1, 3), (2, 1)] {
        let at = secs(u64::from(sent) * 31);
        let (sending, plan) = verification
            .begin_send(Channel::Sms, &rules, at)
            .expect("ready");
        assert_eq!(plan.again, None, "the old one dies and a new one comes");
        verification = sending.sent(provider(sent), &rules, at).expect("sending");
        for _ in 0..2 {
            let (checking, _) = verification.begin_check(&rules, at).expect("a code");
            verification = checking.judged(Judgement::Wrong, &rules, at);
        }
        assert_eq!(verification.tries_left(&rules), left);
    }
    let aside = verification.set_aside(&rules).expect("a code was out");
    let asked = aside.expect_factor(Method::Totp).expect("ready");
    let over = asked.factor_judged(false, &rules).expect("asked for");
    let how = Ending::Exhausted;
    assert_eq!(over.state, State::Ended { how });
}

/// PAY-03
#[test]
fn a_payment_ends_five_minutes_after_its_quote_however_often_a_code_is_sent() {
    let rules = paying();
    let quoted = Verification::ready(phone(), &rules, T0);
    let (sending, _) = quoted
        .begin_send(Channel::Sms, &rules, secs(290))
        .expect("ready");
    let sent = sending.sent(provider(1), &rules, secs(290)).expect("sent");
    assert_eq!(sent.ends_at, secs(300));
    assert_eq!(
        sent.state.code().map(|code| code.expires_at),
        Some(secs(300))
    );
    let in_time = sent.clone().at(&rules, secs(299));
    assert!(in_time.begin_check(&rules, secs(299)).is_ok());
    let late = sent.at(&rules, secs(300));
    assert_eq!(
        late.begin_check(&rules, secs(300)),
        Err(Refused::Over(Ending::Expired))
    );
}

#[test]
fn a_payment_whose_code_cannot_be_sent_is_over_and_a_sign_in_is_not() {
    for rules in [paying(), rules()] {
        let ready = Verification::ready(phone(), &rules, T0);
        let (sending, _) = ready.begin_send(Channel::Sms, &rules, T0).expect("ready");
        let unsent = sending.clone().not_sent(None).expect("sending");
        let unknown = sending.send_unknown(&rules);
        for failed in [unsent, unknown] {
            let failed = failed.if_unsent(&rules);
            assert_eq!(failed.state.is_over(), rules.ends_unsent);
        }
    }
}

#[test]
fn a_payment_whose_first_code_is_out_outlives_a_resend_that_fails() {
    let rules = paying();
    let (sending, _) = Verification::ready(phone(), &rules, T0)
        .begin_send(Channel::Sms, &rules, T0)
        .expect("ready");
    let awaiting = sending.sent(provider(1), &rules, T0).expect("sending");
    let (again, _) = awaiting
        .begin_send(Channel::Sms, &rules, secs(30))
        .expect("a code is out");
    let failed = again.send_unknown(&rules).if_unsent(&rules);
    assert!(failed.state.code().is_some());
}

#[test]
fn the_right_code_approves_and_completes_once() {
    let approved = tried(awaiting(1, 0), Judgement::Approved, 10);
    let done = approved.complete().expect("approved");
    assert_eq!(
        done.state,
        State::Ended {
            how: Ending::Completed
        }
    );
    assert_eq!(done.complete(), Err(Refused::Over(Ending::Completed)));
}

#[test]
fn five_wrong_codes_end_it() {
    let mut verification = awaiting(1, 0);
    for n in 1..=5 {
        verification = tried(verification, Judgement::Wrong, n);
    }
    assert_eq!(
        verification.state,
        State::Ended {
            how: Ending::Exhausted
        }
    );
}

#[test]
fn an_unknown_outcome_gives_the_try_back() {
    let mut verification = awaiting(1, 0);
    for n in 1..=20 {
        verification = tried(verification, Judgement::Unknown, n);
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
fn a_code_is_good_for_five_minutes_and_not_a_millisecond_more() {
    let verification = awaiting(1, 0);
    let last = T0 + Duration::from_millis(299_999);
    assert!(verification.clone().begin_check(&rules(), last).is_ok());
    assert_eq!(
        verification.begin_check(&rules(), secs(300)),
        Err(Refused::CodeExpired)
    );
}

#[test]
fn another_send_must_wait_thirty_seconds() {
    let verification = awaiting(1, 0);
    let early =
        verification
            .clone()
            .begin_send(Channel::Sms, &rules(), T0 + Duration::from_millis(29_999));
    assert_eq!(early.map(|_| ()), Err(Refused::TooSoon { until: secs(30) }));
    assert!(
        verification
            .begin_send(Channel::Sms, &rules(), secs(30))
            .is_ok()
    );
}

#[test]
fn an_early_resend_carries_the_same_code_and_keeps_its_tries() {
    let verification = tried(awaiting(1, 0), Judgement::Wrong, 20);
    let (sending, plan) = verification
        .begin_send(Channel::Sms, &rules(), secs(60))
        .expect("after the gap");
    assert!(plan.again.is_some());
    let code = sending
        .sent(provider(1), &rules(), secs(60))
        .expect("sending")
        .state;
    let code = code.code().expect("a code");
    assert_eq!(code.tries_left(&rules()), 4);
    assert_eq!(code.expires_at, secs(360));
}

#[test]
fn a_late_resend_retires_the_old_code_and_brings_a_new_one() {
    let verification = tried(awaiting(1, 0), Judgement::Wrong, 20);
    let (sending, plan) = verification
        .begin_send(Channel::Sms, &rules(), secs(400))
        .expect("after the gap");
    assert_eq!(plan.again, None);
    let state = sending
        .sent(provider(2), &rules(), secs(400))
        .expect("sending")
        .state;
    let code = state.code().expect("a code");
    assert_eq!(code.tries_left(&rules()), 5);
    assert_eq!(code.expires_at, secs(700));
}

#[test]
fn no_resend_carries_a_code_past_the_end_of_the_flow() {
    let (sending, _) = awaiting(1, 0)
        .begin_send(Channel::Sms, &rules(), secs(850))
        .expect("after the gap");
    let verification = sending
        .sent(provider(2), &rules(), secs(850))
        .expect("sending");
    assert_eq!(
        verification.state.code().expect("a code").expires_at,
        secs(900)
    );
    assert_eq!(
        verification.at(&rules(), secs(900)).state,
        State::Ended {
            how: Ending::Expired
        }
    );
}

#[test]
fn a_send_that_certainly_failed_leaves_no_wait() {
    let (sending, _) = ready()
        .begin_send(Channel::Sms, &rules(), T0)
        .expect("ready");
    let again = sending.not_sent(None).expect("sending");
    assert!(again.begin_send(Channel::Sms, &rules(), T0).is_ok());
}

/// PRV-05
#[test]
fn a_provider_that_asks_to_wait_is_waited_for_whether_or_not_a_code_is_out() {
    for (verification, at) in [(ready(), 0), (awaiting(1, 0), 30)] {
        let (sending, _) = verification
            .begin_send(Channel::Sms, &rules(), secs(at))
            .expect("after the gap");
        let until = secs(at + 60);
        let throttled = sending.not_sent(Some(until)).expect("sending");
        assert_eq!(
            throttled
                .clone()
                .begin_send(Channel::Sms, &rules(), secs(at + 59)),
            Err(Refused::TooSoon { until })
        );
        assert!(throttled.begin_send(Channel::Sms, &rules(), until).is_ok());
    }
}

#[test]
fn another_number_waits_for_nothing_the_provider_asked_of_the_first() {
    let (sending, _) = ready()
        .begin_send(Channel::Sms, &rules(), T0)
        .expect("ready");
    let throttled = sending.not_sent(Some(secs(60))).expect("sending");
    let another = throttled.supply(phone()).expect("no message is under way");
    assert!(another.begin_send(Channel::Sms, &rules(), T0).is_ok());
}

#[test]
fn a_send_nobody_saw_leaves_the_full_wait_and_a_way_forward() {
    let (sending, _) = ready()
        .begin_send(Channel::Sms, &rules(), T0)
        .expect("ready");
    let unknown = sending.send_unknown(&rules());
    assert!(matches!(
        unknown.clone().begin_send(Channel::Sms, &rules(), secs(29)),
        Err(Refused::TooSoon { .. })
    ));
    assert!(unknown.begin_send(Channel::Sms, &rules(), secs(30)).is_ok());
}

#[test]
fn a_crash_in_mid_call_is_no_dead_end() {
    let (sending, _) = ready()
        .begin_send(Channel::Sms, &rules(), T0)
        .expect("ready");
    assert!(matches!(
        sending.at(&rules(), secs(15)).state,
        State::Ready { .. }
    ));
    let (checking, _) = awaiting(1, 0)
        .begin_check(&rules(), secs(1))
        .expect("awaiting");
    let later = checking.clone().at(&rules(), secs(16));
    assert_eq!(later.state.code().expect("a code").tries_left(&rules()), 5);
    assert_eq!(checking.begin_check(&rules(), secs(2)), Err(Refused::Busy));
}

#[test]
fn the_number_cannot_change_once_a_code_is_out() {
    let other = PhoneNumber::from_e164("+14155550199").expect("E.164");
    assert_eq!(awaiting(1, 0).supply(other), Err(Refused::OutOfOrder));
}

#[test]
fn states_survive_the_store() {
    let verification = tried(awaiting(1, 0), Judgement::Wrong, 3);
    let text = serde_json::to_string(&verification).expect("serialises");
    assert_eq!(
        serde_json::from_str::<Verification>(&text).expect("parses"),
        verification
    );
}

#[test]
fn a_factor_without_a_provider_is_judged_within_its_tries() {
    let asked = ready().expect_factor(Method::Totp).expect("ready");
    assert_eq!(
        asked
            .clone()
            .begin_send(Channel::Sms, &rules(), T0)
            .map(drop),
        Err(Refused::OutOfOrder)
    );
    let mut wrong = asked.clone();
    for _ in 0..5 {
        wrong = wrong.factor_judged(false, &rules()).expect("a try is left");
    }
    let exhausted = State::Ended {
        how: Ending::Exhausted,
    };
    assert_eq!(wrong.state, exhausted);
    let done = asked.factor_judged(true, &rules()).expect("asked for");
    let completed = State::Ended {
        how: Ending::Completed,
    };
    assert_eq!(done.state, completed);
    assert_eq!(
        done.factor_judged(true, &rules()),
        Err(Refused::Over(Ending::Completed))
    );
}

#[test]
fn a_factor_set_aside_keeps_the_wait_for_the_next_message() {
    let asked = awaiting(1, 0)
        .set_aside(&rules())
        .and_then(|ready| ready.expect_factor(Method::Totp))
        .and_then(|asked| asked.set_aside(&rules()))
        .expect("set aside twice");
    let early = asked.begin_send(Channel::Sms, &rules(), secs(29));
    assert_eq!(early.map(drop), Err(Refused::TooSoon { until: secs(30) }));
}

#[test]
fn a_second_number_is_proven_in_the_time_of_the_first() {
    let approved = tried(awaiting(1, 0), Judgement::Approved, 10);
    let next = approved.clone().then_prove(phone()).expect("approved");
    assert_eq!(next.ends_at, approved.ends_at);
    assert_eq!(next.state.code(), None);
    assert_eq!(
        awaiting(1, 0).then_prove(phone()),
        Err(Refused::OutOfOrder),
        "only what was proven leads on"
    );
}
