//! The machine held to its limits by random sequences of events.

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
    Recollect,
    ExpectFactor,
    FactorJudged { right: bool },
    BeginCheck,
    Judged(Judgement),
    Complete,
    Cancel,
}

fn event() -> impl Strategy<Value = Event> {
    let judgement = prop_oneof![
        1 => Just(Judgement::Approved),
        6 => Just(Judgement::Wrong),
        2 => Just(Judgement::Gone),
        1 => Just(Judgement::Exhausted),
        3 => Just(Judgement::Unknown),
    ];
    prop_oneof![
        4 => (0_u64..200).prop_map(Event::Wait),
        1 => Just(Event::Supply),
        4 => Just(Event::BeginSend),
        4 => any::<bool>().prop_map(|again| Event::Sent { again }),
        1 => Just(Event::NotSent),
        1 => Just(Event::SendUnknown),
        1 => Just(Event::SetAside),
        1 => Just(Event::Recollect),
        2 => Just(Event::ExpectFactor),
        4 => prop::bool::weighted(0.1).prop_map(|right| Event::FactorJudged { right }),
        6 => Just(Event::BeginCheck),
        6 => judgement.prop_map(Event::Judged),
        2 => Just(Event::Complete),
        1 => Just(Event::Cancel),
    ]
}

/// What a watcher counts beside the machine, to hold it to its limits.
#[derive(Default)]
struct Ledger {
    provider: u32,
    wrong_on_code: u32,
    wrong_factor: u32,
    last_send: Option<Timestamp>,
    first_send_of_code: Option<Timestamp>,
    approved: bool,
}

fn step(now: Timestamp, v: Verification, event: &Event, seen: &mut Ledger) -> Verification {
    let rules = rules();
    let before = v.clone();
    let after = match event {
        Event::Wait(_) => Ok(v),
        Event::Supply => v.supply(phone()),
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
            v.sent(provider(id), &rules, now).inspect(|after| {
                let same = before.state.code().map(|c| &c.verification)
                    == after.state.code().map(|c| &c.verification);
                if !same {
                    seen.wrong_on_code = 0;
                    seen.first_send_of_code = Some(now);
                }
            })
        }
        Event::NotSent => v.not_sent(None).inspect(|_| seen.last_send = None),
        Event::SendUnknown => Ok(v.send_unknown(&rules)),
        Event::SetAside => v.set_aside(&rules),
        // The wait is the number's bucket's to keep once the number is forgotten.
        Event::Recollect => v.recollect().inspect(|_| seen.last_send = None),
        Event::ExpectFactor => v
            .expect_factor(Method::Totp)
            .inspect(|_| seen.wrong_factor = 0),
        Event::FactorJudged { right } => v.factor_judged(*right, &rules).inspect(|_| {
            assert!(seen.wrong_factor < rules.tries, "a sixth try of a factor");
            seen.wrong_factor += u32::from(!right);
        }),
        Event::BeginCheck => v.begin_check(&rules, now).map(|(v, plan)| {
            assert!(
                now < plan.code.expires_at,
                "an expired code was let through"
            );
            assert!(seen.wrong_on_code < rules.tries, "a sixth try of one code");
            v
        }),
        Event::Judged(judgement) => {
            if matches!(before.state, State::Checking { .. }) {
                seen.wrong_on_code += u32::from(*judgement == Judgement::Wrong);
                seen.approved |= *judgement == Judgement::Approved;
            }
            Ok(v.judged(*judgement, &rules, now))
        }
        Event::Complete => v
            .complete()
            .inspect(|_| assert!(seen.approved, "completed unapproved")),
        Event::Cancel => Ok(v.ended(Ending::Cancelled)),
    };
    after.unwrap_or(before)
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 2_000, ..ProptestConfig::default() })]

    #[test]
    fn no_order_of_events_breaks_a_limit(events in prop::collection::vec(event(), 1..60)) {
        let mut now = T0;
        let mut seen = Ledger::default();
        let mut verification = ready();
        for event in &events {
            if let Event::Wait(secs) = event {
                now = now + Duration::from_secs(*secs);
            }
            let over = verification.state.is_over();
            let before = verification.clone();
            verification = step(now, verification.at(&rules(), now), event, &mut seen);
            prop_assert!(!over || verification == before, "something moved after the end");
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
