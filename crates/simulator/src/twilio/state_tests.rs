//! The state machine alone: no HTTP, no clock, a seeded generator.

use proptest::prelude::*;
use rand::SeedableRng;
use rand::rngs::StdRng;

use super::state::*;
use super::verification::*;

const SERVICE: &str = "VA5a119007000000000000000000000003";
const TO: &str = "+14155550142";
const START: i64 = 1_772_442_904_412;
const LIFETIME: i64 = 600_000;

struct Machine {
    all: Verifications,
    rng: StdRng,
    now: i64,
}

impl Machine {
    fn new() -> Self {
        Self {
            all: Verifications::default(),
            rng: StdRng::seed_from_u64(7),
            now: START,
        }
    }

    fn later(&mut self, millis: i64) -> &mut Self {
        self.now += millis;
        self
    }

    fn send(&mut self, channel: Channel) -> Result<Verification, SendRefused> {
        self.send_to(TO, None, channel)
    }

    fn send_to(
        &mut self,
        to: &str,
        transaction: Option<Transaction>,
        channel: Channel,
    ) -> Result<Verification, SendRefused> {
        let key = Key {
            service: SERVICE.to_owned(),
            to: to.to_owned(),
            transaction,
        };
        let rules = Rules {
            code_length: 6,
            lifetime_millis: LIFETIME,
            exhausted_is_gone: false,
        };
        self.all
            .create(key, sending(channel), rules, self.now, &mut self.rng)
            .cloned()
    }

    fn begin(&mut self) -> Verification {
        self.send(Channel::Sms).expect("the first send is allowed")
    }

    fn check(&mut self, sid: &str, code: &str) -> Result<Verdict, CheckRefused> {
        let target = Target {
            service: SERVICE,
            sid: Some(sid),
            to: None,
            transaction: None,
        };
        self.all
            .check(&target, code, self.now)
            .map(|(verdict, _)| verdict)
    }

    fn update(&mut self, sid_or_to: &str, status: NewStatus) -> bool {
        self.all
            .update(SERVICE, sid_or_to, status, self.now)
            .is_some()
    }

    fn standing(&mut self, sid: &str) -> Result<Standing, FetchRefused> {
        let now = self.now;
        self.all
            .fetch(SERVICE, sid, now)
            .map(|found| found.standing(now))
    }
}

fn wrong(code: &str) -> &'static str {
    if code == "000000" { "000001" } else { "000000" }
}

fn sending(channel: Channel) -> Sending {
    Sending {
        channel,
        locale: "en".to_owned(),
        tags: serde_json::Value::Null,
    }
}

fn payment(amount: &str) -> Transaction {
    Transaction {
        amount: amount.to_owned(),
        payee: "Acme Inc.".to_owned(),
    }
}

#[test]
fn a_code_works_once() {
    let mut machine = Machine::new();
    let sent = machine.begin();
    assert_eq!(machine.check(&sent.sid, &sent.code), Ok(Verdict::Right));
    assert_eq!(
        machine.check(&sent.sid, &sent.code),
        Err(CheckRefused::NotFound)
    );
    assert_eq!(machine.standing(&sent.sid), Err(FetchRefused::NotFound));
}

#[test]
fn a_resend_keeps_sid_code_and_end_of_life_over_any_channel() {
    let mut machine = Machine::new();
    let first = machine.begin();
    let second = machine
        .later(60_000)
        .send(Channel::Call)
        .expect("second send");
    assert_eq!((&first.sid, &first.code), (&second.sid, &second.code));
    assert_eq!(second.attempts.len(), 2);
    assert_eq!(second.channel, Channel::Call);
    assert_eq!(second.created_at, START);
    machine.later(LIFETIME - 60_000);
    assert_eq!(
        machine.check(&first.sid, &first.code),
        Err(CheckRefused::NotFound)
    );
}

#[test]
fn the_sixth_send_waits_for_the_end_of_the_lifetime_but_checks_go_on() {
    let mut machine = Machine::new();
    let sent = machine.begin();
    for _ in 1..MAX_SENDS {
        machine
            .later(1000)
            .send(Channel::Sms)
            .expect("up to five sends");
    }
    assert_eq!(
        machine.send(Channel::Sms).err(),
        Some(SendRefused {
            retry_after_secs: 596
        })
    );
    assert_eq!(machine.check(&sent.sid, &sent.code), Ok(Verdict::Right));
    let fresh = machine.begin();
    assert_ne!(fresh.sid, sent.sid);
}

#[test]
fn five_wrong_codes_lock_until_the_lifetime_ends() {
    let mut machine = Machine::new();
    let sent = machine.begin();
    for _ in 0..MAX_WRONG_CHECKS {
        assert_eq!(
            machine.check(&sent.sid, wrong(&sent.code)),
            Ok(Verdict::Wrong)
        );
    }
    let locked = Err(CheckRefused::Exhausted {
        sid: sent.sid.clone(),
    });
    assert_eq!(machine.check(&sent.sid, &sent.code), locked);
    assert_eq!(machine.standing(&sent.sid), Ok(Standing::Exhausted));
    assert!(machine.send(Channel::Sms).is_err());
    assert!(!machine.update(&sent.sid, NewStatus::Approved));
    machine.later(LIFETIME);
    assert_eq!(
        machine.check(&sent.sid, &sent.code),
        Err(CheckRefused::NotFound)
    );
    assert!(machine.send(Channel::Sms).is_ok());
}

#[test]
fn what_ran_out_is_named_once_and_only_what_was_pending() {
    let mut machine = Machine::new();
    let ran_out = |machine: &mut Machine, millis| -> Vec<String> {
        let now = machine.later(millis).now;
        let ended = machine.all.run_out(now);
        ended.map(|found| found.sid.clone()).collect()
    };
    let pending = machine.begin();
    let canceled = machine
        .send_to("+14155550143", None, Channel::Sms)
        .expect("sent");
    assert!(machine.update(&canceled.sid, NewStatus::Canceled));
    let approved = machine
        .send_to("+14155550144", None, Channel::Sms)
        .expect("sent");
    let checked = machine.check(&approved.sid, &approved.code);
    assert_eq!(checked, Ok(Verdict::Right));
    assert!(ran_out(&mut machine, LIFETIME - 1).is_empty());
    assert_eq!(ran_out(&mut machine, 1), [pending.sid]);
    assert!(ran_out(&mut machine, 1).is_empty());
}

#[test]
fn a_cancel_makes_room_for_a_new_code_and_leaves_the_old_one_visible() {
    let mut machine = Machine::new();
    let old = machine.begin();
    assert!(machine.update(TO, NewStatus::Canceled));
    assert!(!machine.update(&old.sid, NewStatus::Canceled));
    assert_eq!(machine.standing(&old.sid), Ok(Standing::Canceled));
    assert_eq!(
        machine.check(&old.sid, &old.code),
        Err(CheckRefused::NotFound)
    );
    let new = machine.begin();
    assert_ne!(old.sid, new.sid);
    assert_eq!(new.attempts.len(), 1);
}

#[test]
fn a_locked_verification_may_be_canceled() {
    let mut machine = Machine::new();
    let sent = machine.begin();
    for _ in 0..MAX_WRONG_CHECKS {
        let _ = machine.check(&sent.sid, wrong(&sent.code));
    }
    assert!(machine.update(&sent.sid, NewStatus::Canceled));
    assert!(machine.send(Channel::Sms).is_ok());
}

#[test]
fn a_payment_of_another_amount_is_another_verification() {
    let mut machine = Machine::new();
    let ten = machine
        .send_to(TO, Some(payment("10.00")), Channel::Sms)
        .expect("sent");
    let ten_again = machine
        .send_to(TO, Some(payment("10.00")), Channel::Sms)
        .expect("sent");
    let twenty = machine
        .send_to(TO, Some(payment("20.00")), Channel::Sms)
        .expect("sent");
    assert_eq!(ten.sid, ten_again.sid);
    assert_ne!(ten.sid, twenty.sid);
    let target = Target {
        service: SERVICE,
        sid: Some(&ten.sid),
        to: Some(TO),
        transaction: Some(payment("20.00")),
    };
    let refused = machine
        .all
        .check(&target, &ten.code, machine.now)
        .map(|(verdict, _)| verdict);
    assert_eq!(refused, Err(CheckRefused::NotFound));
}

#[test]
fn fetches_are_limited_by_the_minute_the_hour_and_the_day() {
    let mut machine = Machine::new();
    let key = Key {
        service: SERVICE.to_owned(),
        to: TO.to_owned(),
        transaction: None,
    };
    let rules = Rules {
        code_length: 6,
        lifetime_millis: 86_400_000,
        exhausted_is_gone: false,
    };
    let sid = machine
        .all
        .create(key, sending(Channel::Sms), rules, START, &mut machine.rng)
        .expect("sent")
        .sid
        .clone();
    let mut waits = Vec::new();
    for _ in 0..251 {
        while let Err(FetchRefused::TooMany { retry_after_secs }) = machine.standing(&sid) {
            waits.push(retry_after_secs);
            machine.later(retry_after_secs * 1000);
        }
    }
    assert_eq!(waits, [60, 60, 3480, 60, 82_740]);
    assert_eq!(
        machine.standing(&sid),
        Err(FetchRefused::NotFound),
        "a day later it is gone"
    );
}

#[test]
fn codes_have_the_asked_length_and_may_begin_with_a_zero() {
    let mut machine = Machine::new();
    let mut leading = [0_u32; 10];
    for n in 0..2000 {
        let sent = machine
            .send_to(&format!("+1415{n:07}"), None, Channel::Sms)
            .expect("sent");
        assert_eq!(sent.code.len(), 6);
        leading[usize::from(sent.code.as_bytes()[0] - b'0')] += 1;
    }
    assert!(
        leading.iter().all(|count| (120..=280).contains(count)),
        "{leading:?}"
    );
}

#[test]
fn memory_stays_bounded() {
    let mut machine = Machine::new();
    let first = machine.begin();
    for n in 0..10_000 {
        machine
            .send_to(&format!("+1415{n:07}"), None, Channel::Sms)
            .expect("sent");
    }
    assert_eq!(machine.standing(&first.sid), Err(FetchRefused::NotFound));
    assert_ne!(machine.begin().sid, first.sid);
}

#[derive(Clone, Debug)]
enum Step {
    Send(bool),
    Check { life: usize, right: bool },
    Advance(i64),
    Cancel,
}

fn steps() -> impl Strategy<Value = Vec<Step>> {
    let step = prop_oneof![
        3 => any::<bool>().prop_map(Step::Send),
        6 => (0_usize..4, prop::bool::weighted(0.15))
            .prop_map(|(life, right)| Step::Check { life, right }),
        2 => prop_oneof![0_i64..20_000, Just(LIFETIME / 2), Just(LIFETIME)].prop_map(Step::Advance),
        1 => Just(Step::Cancel),
    ];
    prop::collection::vec(step, 0..80)
}

/// What a life has gone through, counted from outside.
struct Life {
    sent: Verification,
    sends: usize,
    wrong: usize,
    over: bool,
}

proptest! {
    #[test]
    fn whatever_happens_the_limits_of_a_life_hold(steps in steps()) {
        let mut machine = Machine::new();
        let mut lives: Vec<Life> = Vec::new();
        for step in steps {
            match step {
                Step::Advance(millis) => { machine.later(millis); }
                Step::Cancel => {
                    let live = lives.last_mut().filter(|life| {
                        !life.over && machine.now < life.sent.created_at + LIFETIME
                    });
                    prop_assert_eq!(machine.update(TO, NewStatus::Canceled), live.is_some());
                    if let Some(life) = live { life.over = true; }
                }
                Step::Send(call) => {
                    let channel = if call { Channel::Call } else { Channel::Sms };
                    let Ok(sent) = machine.send(channel) else { continue };
                    match lives.iter_mut().find(|life| life.sent.sid == sent.sid) {
                        Some(life) => {
                            prop_assert!(!life.over && life.wrong < MAX_WRONG_CHECKS);
                            prop_assert_eq!(&life.sent.code, &sent.code);
                            life.sends += 1;
                            prop_assert!(life.sends <= MAX_SENDS);
                        }
                        None => lives.push(Life { sent, sends: 1, wrong: 0, over: false }),
                    }
                }
                Step::Check { life, right } => {
                    let Some(life) = lives.iter_mut().rev().nth(life) else { continue };
                    let code = if right { life.sent.code.as_str() } else { wrong(&life.sent.code) };
                    let in_time = machine.now < life.sent.created_at + LIFETIME;
                    match machine.check(&life.sent.sid, code) {
                        Ok(Verdict::Right) => {
                            prop_assert!(right && in_time && !life.over);
                            prop_assert!(life.wrong < MAX_WRONG_CHECKS);
                            life.over = true;
                        }
                        Ok(Verdict::Wrong) => {
                            prop_assert!(!right && in_time && !life.over);
                            life.wrong += 1;
                            prop_assert!(life.wrong <= MAX_WRONG_CHECKS);
                        }
                        Err(CheckRefused::Exhausted { .. }) => {
                            prop_assert_eq!(life.wrong, MAX_WRONG_CHECKS);
                            prop_assert!(in_time);
                        }
                        Err(CheckRefused::NotFound) => prop_assert!(life.over || !in_time),
                    }
                }
            }
        }
    }
}
