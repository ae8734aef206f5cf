//! Property tests of the state machine: no random sequence of events exceeds a limit.

use std::time::Duration;

use proptest::prelude::*;

use super::test_support::{
    T0, accepted_send_response, sign_in_limits, test_phone, verification_without_code,
};
use super::*;
use domain::{Channel, Method, Timestamp};

/// An event that the property test applies to a verification.
#[derive(Clone, Debug)]
enum Event {
    Wait(u64),
    SetPhone,
    BeginSend,
    Sent { is_repeated: bool },
    NotSent,
    SendUnknown,
    DiscardCode,
    RemovePhone,
    AwaitFactor,
    FactorChecked { right: bool },
    BeginCheck,
    Checked(CheckOutcome),
    Complete,
    Cancel,
}

/// Generates random verification events for the property test, mostly code sends and wrong codes.
fn random_event() -> impl Strategy<Value = Event> {
    let outcome = prop_oneof![
        1 => Just(CheckOutcome::Approved),
        6 => Just(CheckOutcome::Wrong),
        2 => Just(CheckOutcome::Gone),
        1 => Just(CheckOutcome::Exhausted),
        3 => Just(CheckOutcome::Unknown),
    ];
    prop_oneof![
        4 => (0_u64..200).prop_map(Event::Wait),
        1 => Just(Event::SetPhone),
        4 => Just(Event::BeginSend),
        4 => any::<bool>().prop_map(|is_repeated| Event::Sent { is_repeated }),
        1 => Just(Event::NotSent),
        1 => Just(Event::SendUnknown),
        1 => Just(Event::DiscardCode),
        1 => Just(Event::RemovePhone),
        2 => Just(Event::AwaitFactor),
        4 => prop::bool::weighted(0.1).prop_map(|right| Event::FactorChecked { right }),
        6 => Just(Event::BeginCheck),
        6 => outcome.prop_map(Event::Checked),
        2 => Just(Event::Complete),
        1 => Just(Event::Cancel),
    ]
}

/// The counters and times that the property test records, independently of the tested state machine.
#[derive(Default)]
struct ObservedCounters {
    provider_verifications: u32,
    wrong_for_code: u32,
    wrong_factor: u32,
    last_send: Option<Timestamp>,
    first_send_of_code: Option<Timestamp>,
    approved: bool,
}

/// Applies an event to a verification, updates the counters of the test, and asserts that no limit is exceeded.
fn apply_event_to_verification_and_check_limits(
    now: Timestamp,
    v: Verification,
    event: &Event,
    observed: &mut ObservedCounters,
) -> Verification {
    let rules = sign_in_limits();
    let before = v.clone();
    let after = match event {
        Event::Wait(_) => Ok(v),
        Event::SetPhone => v.set_phone(test_phone()),
        Event::BeginSend => v.begin_code_send(Channel::Sms, &rules, now).map(|(v, _)| {
            if let Some(last) = observed.last_send {
                assert!(
                    now >= last + rules.resend_gap,
                    "two sends within the cooldown"
                );
            }
            observed.last_send = Some(now);
            v
        }),
        Event::Sent { is_repeated } => {
            if !is_repeated || observed.provider_verifications == 0 {
                observed.provider_verifications += 1;
            }
            let id = observed.provider_verifications;
            v.record_code_sent(accepted_send_response(id), &rules, now)
                .inspect(|after| {
                    let same = before.state.sent_code().map(|c| &c.verification)
                        == after.state.sent_code().map(|c| &c.verification);
                    if !same {
                        observed.wrong_for_code = 0;
                        observed.first_send_of_code = Some(now);
                    }
                })
        }
        Event::NotSent => v
            .record_code_not_sent(None)
            .inspect(|_| observed.last_send = None),
        Event::SendUnknown => Ok(v.record_unknown_send_result(&rules)),
        Event::DiscardCode => v.discard_pending_code(&rules),
        // Once the number is removed, its rate limit bucket keeps the cooldown.
        Event::RemovePhone => v.remove_phone().inspect(|_| observed.last_send = None),
        Event::AwaitFactor => v
            .begin_factor_code_entry(Method::Totp)
            .inspect(|_| observed.wrong_factor = 0),
        Event::FactorChecked { right } => v.record_factor_check(*right, &rules).inspect(|_| {
            assert!(
                observed.wrong_factor < rules.tries,
                "a factor had a sixth attempt"
            );
            observed.wrong_factor += u32::from(!right);
        }),
        Event::BeginCheck => v.begin_code_check(&rules, now).map(|(v, plan)| {
            assert!(now < plan.code.expires_at, "an expired code was accepted");
            assert!(
                observed.wrong_for_code < rules.tries,
                "a code had a sixth attempt"
            );
            v
        }),
        Event::Checked(outcome) => {
            if matches!(before.state, State::Checking { .. }) {
                observed.wrong_for_code += u32::from(*outcome == CheckOutcome::Wrong);
                observed.approved |= *outcome == CheckOutcome::Approved;
            }
            Ok(v.record_code_check_outcome(*outcome, &rules, now))
        }
        Event::Complete => v
            .complete_approved_verification()
            .inspect(|_| assert!(observed.approved, "completed without approval")),
        Event::Cancel => Ok(v.end_for_reason(Ending::Cancelled)),
    };
    after.unwrap_or(before)
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 2_000, ..ProptestConfig::default() })]

    #[test]
    fn no_sequence_of_events_breaks_a_limit(events in prop::collection::vec(random_event(), 1..60)) {
        let mut now = T0;
        let mut observed = ObservedCounters::default();
        let mut verification = verification_without_code();
        for event in &events {
            if let Event::Wait(secs) = event {
                now = now + Duration::from_secs(*secs);
            }
            let was_ended = verification.state.is_ended();
            let before = verification.clone();
            verification = apply_event_to_verification_and_check_limits(now, verification.apply_elapsed_timeouts(&sign_in_limits(), now), event, &mut observed);
            prop_assert!(!was_ended || verification == before, "an ended verification has changed");
            prop_assert!(verification.ends_at <= T0 + sign_in_limits().flow_life);
            if let Some(code) = verification.state.sent_code() {
                prop_assert!(code.tries <= sign_in_limits().tries);
                prop_assert!(code.expires_at <= verification.ends_at);
            }
            if matches!(verification.state, State::Approved { .. }) {
                prop_assert!(observed.approved);
            }
        }
    }
}
