//! Tests of the Telnyx state machine, without HTTP and clock, with a seeded random generator.

use proptest::prelude::*;
use rand::SeedableRng;
use rand::rngs::StdRng;

use super::json_body::CheckInput;
use super::state::*;
use super::verification::*;
use crate::settings::DEFAULT_MAX_WRONG_CHECKS;

const PROFILE: &str = "5a119007-0000-4000-8000-000000000004";
const TO: &str = "+14155550142";
const START: i64 = 1_772_442_904_412;

struct Machine {
    all: TelnyxVerifications,
    rng: StdRng,
    now_millis: i64,
}

impl Machine {
    /// Creates an empty state with a fixed time and a fixed seed.
    fn new() -> Self {
        Self {
            all: TelnyxVerifications::default(),
            rng: StdRng::seed_from_u64(7),
            now_millis: START,
        }
    }

    /// Creates a verification with a random code.
    fn send_code(&mut self) -> TelnyxVerification {
        self.send_custom_code(None)
    }

    /// Creates a verification with the code of the application, or with a random one.
    fn send_custom_code(&mut self, custom_code: Option<&str>) -> TelnyxVerification {
        let parameters = NewVerification {
            kind: MessageType::Sms,
            phone_number: TO.to_owned(),
            profile: PROFILE.to_owned(),
            code_length: 5,
            timeout_secs: 300,
            custom_code: custom_code.map(str::to_owned),
            extension: None,
            max_wrong_checks: DEFAULT_MAX_WRONG_CHECKS,
        };
        self.all
            .create_pending_verification(parameters, self.now_millis, &mut self.rng)
    }

    /// Checks a code of a known verification.
    fn check_code(&mut self, id: &str, code: &str) -> ResponseCode {
        self.try_check(id, CheckInput::Code(code))
            .expect("known verification ID")
    }

    /// Checks a code or reports its result. Fails for an unknown verification.
    fn try_check(
        &mut self,
        id: &str,
        attempt: CheckInput<'_>,
    ) -> Result<ResponseCode, TelnyxCheckError> {
        let checked = self.all.check_one_time_code(id, attempt, self.now_millis);
        checked.map(|(verdict, _)| verdict)
    }

    /// Returns the status of a known verification at the current time.
    fn status_at(&self, id: &str) -> TelnyxStatus {
        let found = self
            .all
            .find_verification_by_id(id)
            .expect("known verification ID");
        found.status_at(self.now_millis)
    }
}

/// Returns a five-digit code that differs from `code`.
fn wrong_code_for(code: &str) -> &'static str {
    if code == "00000" { "00001" } else { "00000" }
}

#[test]
fn code_is_accepted_once_and_the_verification_stays_readable() {
    let mut machine = Machine::new();
    let sent = machine.send_code();
    assert_eq!(sent.code.len(), 5);
    assert_eq!(
        machine.check_code(&sent.id, &sent.code),
        ResponseCode::Accepted
    );
    assert_eq!(
        machine.check_code(&sent.id, &sent.code),
        ResponseCode::Rejected
    );
    assert_eq!(machine.status_at(&sent.id), TelnyxStatus::Accepted);
}

#[test]
fn second_send_starts_another_verification_with_another_code() {
    let mut machine = Machine::new();
    let (first, second) = (machine.send_code(), machine.send_code());
    assert_ne!(first.id, second.id);
    let newest = |machine: &Machine| {
        let found = machine
            .all
            .find_newest_verification_of_number(PROFILE, TO, machine.now_millis);
        found.map(str::to_owned)
    };
    assert_eq!(newest(&machine), Some(second.id.clone()));
    assert_eq!(
        machine.check_code(&second.id, &second.code),
        ResponseCode::Accepted
    );
    assert_eq!(newest(&machine), Some(first.id.clone()), "still pending");
    assert_eq!(
        machine.check_code(&first.id, &first.code),
        ResponseCode::Accepted
    );
    assert_eq!(
        newest(&machine),
        Some(second.id),
        "none pending: the newest"
    );
}

#[test]
fn five_wrong_codes_make_the_verification_invalid() {
    let mut machine = Machine::new();
    let sent = machine.send_code();
    for _ in 0..DEFAULT_MAX_WRONG_CHECKS {
        assert_eq!(machine.status_at(&sent.id), TelnyxStatus::Pending);
        let verdict = machine.check_code(&sent.id, wrong_code_for(&sent.code));
        assert_eq!(verdict, ResponseCode::Rejected);
    }
    assert_eq!(machine.status_at(&sent.id), TelnyxStatus::Invalid);
    assert_eq!(
        machine.check_code(&sent.id, &sent.code),
        ResponseCode::MaxAttemptsExceeded
    );
}

#[test]
fn code_expires_at_the_exact_millisecond() {
    let mut machine = Machine::new();
    let sent = machine.send_code();
    machine.now_millis = START + 300_000 - 1;
    assert_eq!(machine.status_at(&sent.id), TelnyxStatus::Pending);
    machine.now_millis += 1;
    assert_eq!(machine.status_at(&sent.id), TelnyxStatus::Expired);
    assert_eq!(
        machine.check_code(&sent.id, &sent.code),
        ResponseCode::Expired
    );
}

#[test]
fn only_a_custom_code_can_have_a_reported_status() {
    let mut machine = Machine::new();
    let sent = machine.send_code();
    let refused = machine.try_check(&sent.id, CheckInput::Reported(true));
    assert_eq!(refused, Err(TelnyxCheckError::NoCustomCode));
    let own = machine.send_custom_code(Some("4361"));
    assert_eq!(own.code, "4361");
    let rejected = machine.try_check(&own.id, CheckInput::Reported(false));
    assert_eq!(rejected, Ok(ResponseCode::Rejected));
    assert_eq!(machine.status_at(&own.id), TelnyxStatus::Invalid);
    let own = machine.send_custom_code(Some("4361"));
    let accepted = machine.try_check(&own.id, CheckInput::Reported(true));
    assert_eq!(accepted, Ok(ResponseCode::Accepted));
}

#[test]
fn oldest_verification_is_dropped_above_the_limit() {
    let mut machine = Machine::new();
    let first = machine.send_code();
    for _ in 0..10_000 {
        machine.send_code();
    }
    let checked = machine.try_check(&first.id, CheckInput::Code(&first.code));
    assert_eq!(checked, Err(TelnyxCheckError::NotFound));
}

proptest! {
    #[test]
    fn code_is_accepted_only_once_before_expiry_and_within_five_wrong_checks(
        steps in prop::collection::vec((prop::bool::weighted(0.15), 0_i64..60_000), 0..40),
    ) {
        let mut machine = Machine::new();
        let sent = machine.send_code();
        let (mut wrong_checks, mut accepted) = (0, false);
        for (right, pause) in steps {
            machine.now_millis += pause;
            let in_time = machine.now_millis < START + 300_000;
            let code = if right { sent.code.as_str() } else { wrong_code_for(&sent.code) };
            match machine.check_code(&sent.id, code) {
                ResponseCode::Accepted => {
                    prop_assert!(right && in_time && !accepted && wrong_checks < DEFAULT_MAX_WRONG_CHECKS);
                    accepted = true;
                }
                ResponseCode::Rejected => {
                    prop_assert!(accepted || !right && in_time);
                    if !accepted { wrong_checks += 1; }
                    prop_assert!(wrong_checks <= DEFAULT_MAX_WRONG_CHECKS);
                }
                ResponseCode::MaxAttemptsExceeded => prop_assert_eq!(wrong_checks, DEFAULT_MAX_WRONG_CHECKS),
                ResponseCode::Expired => prop_assert!(!in_time && wrong_checks < DEFAULT_MAX_WRONG_CHECKS),
            }
        }
    }
}
