//! Property tests: no random sequence of events exceeds a limit of the state machine.

use std::time::Duration;

use proptest::prelude::*;

use super::tests::{T0, phone, provider, ready, rules};
use super::*;
use domain::{Channel, Method, Timestamp};

#[derive(Clone, Debug)]
enum Event {
    Wait(u64),
    Supply,
    BeginSend,
    Sent { again: bool },
    NotSent,
    SendUnknown,
    SetAside,
    ForgetNumber,
    ExpectFactor,
    FactorChecked { right: bool },
    BeginCheck,
    CheckFinished(CheckOutcome),
    Complete,
    Cancel,
}

fn event() -> impl Strategy<Value = Event> {
    let outcome = prop_oneof![
        1 => Just(CheckOutcome::Approved),
        6 => Just(CheckOutcome::Wrong),
        2 => Just(CheckOutcome::Gone),
        1 => Just(CheckOutcome::Exhausted),
        3 => Just(CheckOutcome::Unknown),
    ];
    prop_oneof![
        4 => (0_u64..200).prop_map(Event::Wait),
        1 => Just(Event::Supply),
        4 => Just(Event::BeginSend),
        4 => any::<bool>().prop_map(|again| Event::Sent { again }),
        1 => Just(Event::NotSent),
        1 => Just(Event::SendUnknown),
        1 => Just(Event::SetAside),
        1 => Just(Event::ForgetNumber),
        2 => Just(Event::ExpectFactor),
        4 => prop::bool::weighted(0.1).prop_map(|right| Event::FactorChecked { right }),
        6 => Just(Event::BeginCheck),
        6 => outcome.prop_map(Event::CheckFinished),
        2 => Just(Event::Complete),
        1 => Just(Event::Cancel),
    ]
}

/// Counters that the test keeps independently of the state machine.
#[derive(Default)]
struct Observed {
    provider: u32,
    wrong_on_code: u32,
    wrong_factor: u32,
    last_send: Option<Timestamp>,
    first_send_of_code: Option<Timestamp>,
    approved: bool,
}

fn step(now: Timestamp, v: Verification, event: &Event, seen: &mut Observed) -> Verification {
    let rules = rules();
    let before = v.clone();
    let after = match event {
        Event::Wait(_) => Ok(v),
        Event::Supply => v.set_phone(phone()),
        Event::BeginSend => v.begin_send(Channel::Sms, &rules, now).map(|(v, _)| {
            if let Some(last) = seen.last_send {
                assert!(now >= last + rules.resend_gap, "two sends within the gap");
            }
            seen.last_send = Some(now);
            v
        }),
        Event::Sent { again } => {
            if !again || seen.provider == 0 {
                seen.provider += 1;
            }
            let id = seen.provider;
            v.record_sent(provider(id), &rules, now).inspect(|after| {
                let same = before.state.code().map(|c| &c.verification)
                    == after.state.code().map(|c| &c.verification);
                if !same {
                    seen.wrong_on_code = 0;
                    seen.first_send_of_code = Some(now);
                }
            })
        }
        Event::NotSent => v.record_not_sent(None).inspect(|_| seen.last_send = None),
        Event::SendUnknown => Ok(v.record_unknown_send(&rules)),
        Event::SetAside => v.discard_code(&rules),
        // Once the number is removed, its rate limit bucket keeps the cooldown.
        Event::ForgetNumber => v.remove_phone().inspect(|_| seen.last_send = None),
        Event::ExpectFactor => v
            .await_factor_code(Method::Totp)
            .inspect(|_| seen.wrong_factor = 0),
        Event::FactorChecked { right } => v.record_factor_check(*right, &rules).inspect(|_| {
            assert!(
                seen.wrong_factor < rules.tries,
                "a sixth attempt for a factor"
            );
            seen.wrong_factor += u32::from(!right);
        }),
        Event::BeginCheck => v.begin_check(&rules, now).map(|(v, plan)| {
            assert!(now < plan.code.expires_at, "an expired code was accepted");
            assert!(
                seen.wrong_on_code < rules.tries,
                "a sixth attempt for one code"
            );
            v
        }),
        Event::CheckFinished(outcome) => {
            if matches!(before.state, State::Checking { .. }) {
                seen.wrong_on_code += u32::from(*outcome == CheckOutcome::Wrong);
                seen.approved |= *outcome == CheckOutcome::Approved;
            }
            Ok(v.record_check(*outcome, &rules, now))
        }
        Event::Complete => v
            .complete()
            .inspect(|_| assert!(seen.approved, "completed unapproved")),
        Event::Cancel => Ok(v.end(Ending::Cancelled)),
    };
    after.unwrap_or(before)
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 2_000, ..ProptestConfig::default() })]

    #[test]
    fn no_sequence_of_events_breaks_a_limit(events in prop::collection::vec(event(), 1..60)) {
        let mut now = T0;
        let mut seen = Observed::default();
        let mut verification = ready();
        for event in &events {
            if let Event::Wait(secs) = event {
                now = now + Duration::from_secs(*secs);
            }
            let over = verification.state.is_over();
            let before = verification.clone();
            verification = step(now, verification.advance_to_now(&rules(), now), event, &mut seen);
            prop_assert!(!over || verification == before, "an ended verification has changed");
            prop_assert!(verification.ends_at <= T0 + rules().flow_life);
            if let Some(code) = verification.state.code() {
                prop_assert!(code.tries <= rules().tries);
                prop_assert!(code.expires_at <= verification.ends_at);
            }
            if matches!(verification.state, State::Approved { .. }) {
                prop_assert!(seen.approved);
            }
        }
    }
}
