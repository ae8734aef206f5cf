//! The state machine alone: no HTTP, no clock, a seeded generator.

use proptest::prelude::*;
use rand::SeedableRng;
use rand::rngs::StdRng;

use super::body::Attempt;
use super::state::*;
use super::verification::*;

const PROFILE: &str = "5a119007-0000-4000-8000-000000000004";
const TO: &str = "+14155550142";
const START: i64 = 1_772_442_904_412;

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

    fn send(&mut self) -> Verification {
        self.send_own(None)
    }

    fn send_own(&mut self, custom_code: Option<&str>) -> Verification {
        let draft = Draft {
            kind: Kind::Sms,
            phone_number: TO.to_owned(),
            profile: PROFILE.to_owned(),
            code_length: 5,
            timeout_secs: 300,
            custom_code: custom_code.map(str::to_owned),
            extension: None,
            max_wrong_checks: MAX_WRONG_CHECKS,
        };
        self.all.create(draft, self.now, &mut self.rng)
    }

    fn check(&mut self, id: &str, code: &str) -> Verdict {
        self.try_with(id, Attempt::Code(code)).expect("known")
    }

    fn try_with(&mut self, id: &str, attempt: Attempt<'_>) -> Result<Verdict, CheckRefused> {
        let checked = self.all.check(id, attempt, self.now);
        checked.map(|(verdict, _)| verdict)
    }

    fn standing(&self, id: &str) -> Standing {
        let found = self.all.get(id).expect("known");
        found.standing(self.now)
    }
}

fn wrong(code: &str) -> &'static str {
    if code == "00000" { "00001" } else { "00000" }
}

#[test]
fn a_code_works_once_and_stays_readable() {
    let mut machine = Machine::new();
    let sent = machine.send();
    assert_eq!(sent.code.len(), 5);
    assert_eq!(machine.check(&sent.id, &sent.code), Verdict::Accepted);
    assert_eq!(machine.check(&sent.id, &sent.code), Verdict::Rejected);
    assert_eq!(machine.standing(&sent.id), Standing::Accepted);
}

#[test]
fn a_second_send_is_another_verification_with_another_code() {
    let mut machine = Machine::new();
    let (first, second) = (machine.send(), machine.send());
    assert_ne!(first.id, second.id);
    let newest = |machine: &Machine| {
        let found = machine.all.of_number(PROFILE, TO, machine.now);
        found.map(str::to_owned)
    };
    assert_eq!(newest(&machine), Some(second.id.clone()));
    assert_eq!(machine.check(&second.id, &second.code), Verdict::Accepted);
    assert_eq!(newest(&machine), Some(first.id.clone()), "still pending");
    assert_eq!(machine.check(&first.id, &first.code), Verdict::Accepted);
    assert_eq!(
        newest(&machine),
        Some(second.id),
        "none pending: the newest"
    );
}

#[test]
fn five_wrong_codes_make_it_invalid() {
    let mut machine = Machine::new();
    let sent = machine.send();
    for _ in 0..MAX_WRONG_CHECKS {
        assert_eq!(machine.standing(&sent.id), Standing::Pending);
        let verdict = machine.check(&sent.id, wrong(&sent.code));
        assert_eq!(verdict, Verdict::Rejected);
    }
    assert_eq!(machine.standing(&sent.id), Standing::Invalid);
    assert_eq!(machine.check(&sent.id, &sent.code), Verdict::Exhausted);
}

#[test]
fn a_code_expires_to_the_millisecond() {
    let mut machine = Machine::new();
    let sent = machine.send();
    machine.now = START + 300_000 - 1;
    assert_eq!(machine.standing(&sent.id), Standing::Pending);
    machine.now += 1;
    assert_eq!(machine.standing(&sent.id), Standing::Expired);
    assert_eq!(machine.check(&sent.id, &sent.code), Verdict::Expired);
}

#[test]
fn only_a_code_of_ones_own_is_judged_by_oneself() {
    let mut machine = Machine::new();
    let sent = machine.send();
    let refused = machine.try_with(&sent.id, Attempt::Judged(true));
    assert_eq!(refused, Err(CheckRefused::NoCustomCode));
    let own = machine.send_own(Some("4361"));
    assert_eq!(own.code, "4361");
    let rejected = machine.try_with(&own.id, Attempt::Judged(false));
    assert_eq!(rejected, Ok(Verdict::Rejected));
    assert_eq!(machine.standing(&own.id), Standing::Invalid);
    let own = machine.send_own(Some("4361"));
    let accepted = machine.try_with(&own.id, Attempt::Judged(true));
    assert_eq!(accepted, Ok(Verdict::Accepted));
}

#[test]
fn ids_are_random_uuids_of_version_four() {
    let mut rng = StdRng::seed_from_u64(7);
    for _ in 0..1000 {
        let id = random_uuid(&mut rng);
        assert!(is_uuid(&id), "{id}");
        assert_eq!(id.as_bytes()[14], b'4', "{id}");
        assert!(
            matches!(id.as_bytes()[19], b'8' | b'9' | b'a' | b'b'),
            "{id}"
        );
    }
}

#[test]
fn memory_stays_bounded() {
    let mut machine = Machine::new();
    let first = machine.send();
    for _ in 0..10_000 {
        machine.send();
    }
    let checked = machine.try_with(&first.id, Attempt::Code(&first.code));
    assert_eq!(checked, Err(CheckRefused::NotFound));
}

proptest! {
    #[test]
    fn whatever_is_tried_a_code_is_accepted_once_in_time_and_within_five_wrong_ones(
        steps in prop::collection::vec((prop::bool::weighted(0.15), 0_i64..60_000), 0..40),
    ) {
        let mut machine = Machine::new();
        let sent = machine.send();
        let (mut wrongs, mut accepted) = (0, false);
        for (right, pause) in steps {
            machine.now += pause;
            let in_time = machine.now < START + 300_000;
            let code = if right { sent.code.as_str() } else { wrong(&sent.code) };
            match machine.check(&sent.id, code) {
                Verdict::Accepted => {
                    prop_assert!(right && in_time && !accepted && wrongs < MAX_WRONG_CHECKS);
                    accepted = true;
                }
                Verdict::Rejected => {
                    prop_assert!(accepted || !right && in_time);
                    if !accepted { wrongs += 1; }
                    prop_assert!(wrongs <= MAX_WRONG_CHECKS);
                }
                Verdict::Exhausted => prop_assert_eq!(wrongs, MAX_WRONG_CHECKS),
                Verdict::Expired => prop_assert!(!in_time && wrongs < MAX_WRONG_CHECKS),
            }
        }
    }
}
