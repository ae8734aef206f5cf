//! Tests of the Twilio state machine, without HTTP and clock, with a seeded random generator.

use rand::SeedableRng;
use rand::rngs::StdRng;

use super::state::*;
use super::verification::*;

const SERVICE: &str = "VA5a119007000000000000000000000003";
pub(super) const TO: &str = "+14155550142";
const START: i64 = 1_772_442_904_412;
pub(super) const LIFETIME: i64 = 600_000;

pub(super) struct Machine {
    all: TwilioVerifications,
    rng: StdRng,
    pub(super) now_millis: i64,
}

impl Machine {
    /// Creates an empty state with a fixed time and a fixed seed.
    pub(super) fn new() -> Self {
        Self {
            all: TwilioVerifications::default(),
            rng: StdRng::seed_from_u64(7),
            now_millis: START,
        }
    }

    /// Advances the test clock by `millis` milliseconds.
    pub(super) fn advance_clock(&mut self, millis: i64) -> &mut Self {
        self.now_millis += millis;
        self
    }

    /// Sends a code to the default phone number.
    pub(super) fn send_code(&mut self, channel: Channel) -> Result<TwilioVerification, SendError> {
        self.send_to(TO, None, channel)
    }

    /// Sends a code to a phone number, for a payment if `transaction` is set.
    fn send_to(
        &mut self,
        to: &str,
        transaction: Option<Transaction>,
        channel: Channel,
    ) -> Result<TwilioVerification, SendError> {
        let key = VerificationKey {
            service: SERVICE.to_owned(),
            to: to.to_owned(),
            transaction,
        };
        let rules = VerificationRules {
            code_length: 6,
            lifetime_millis: LIFETIME,
            exhausted_is_gone: false,
        };
        self.all
            .create_verification_or_resend_code(
                key,
                send_options(channel),
                rules,
                self.now_millis,
                &mut self.rng,
            )
            .cloned()
    }

    /// Creates a verification by SMS to the default phone number.
    fn start_verification(&mut self) -> TwilioVerification {
        self.send_code(Channel::Sms)
            .expect("the first send is allowed")
    }

    /// Checks a code of the verification with this SID.
    pub(super) fn check_code(&mut self, sid: &str, code: &str) -> Result<CheckResult, CheckError> {
        let target = CheckTarget {
            service: SERVICE,
            sid: Some(sid),
            to: None,
            transaction: None,
        };
        self.all
            .check_one_time_code(&target, code, self.now_millis)
            .map(|(verdict, _)| verdict)
    }

    /// Sets the status of a verification by SID or phone number. Returns whether it was found and changed.
    pub(super) fn set_status_of(&mut self, sid_or_to: &str, status: NewStatus) -> bool {
        self.all
            .set_verification_status(SERVICE, sid_or_to, status, self.now_millis)
            .is_some()
    }

    /// Returns the status of the verification with this SID at the current time.
    fn status_at(&mut self, sid: &str) -> Result<TwilioStatus, FetchError> {
        let now_millis = self.now_millis;
        self.all
            .fetch_verification(SERVICE, sid, now_millis)
            .map(|found| found.status_at(now_millis))
    }
}

/// Returns a six-digit code that differs from `code`.
pub(super) fn wrong_code_for(code: &str) -> &'static str {
    if code == "000000" { "000001" } else { "000000" }
}

/// Returns send options with this channel, English and no tags.
fn send_options(channel: Channel) -> SendOptions {
    SendOptions {
        channel,
        locale: "en".to_owned(),
        tags: serde_json::Value::Null,
    }
}

/// Returns a PSD2 transaction with this amount.
fn psd2_transaction(amount: &str) -> Transaction {
    Transaction {
        amount: amount.to_owned(),
        payee: "Acme Inc.".to_owned(),
    }
}

#[test]
fn code_is_approved_only_once() {
    let mut machine = Machine::new();
    let sent = machine.start_verification();
    assert_eq!(
        machine.check_code(&sent.sid, &sent.code),
        Ok(CheckResult::Correct)
    );
    assert_eq!(
        machine.check_code(&sent.sid, &sent.code),
        Err(CheckError::NotFound)
    );
    assert_eq!(machine.status_at(&sent.sid), Err(FetchError::NotFound));
}

#[test]
fn resend_keeps_sid_code_and_expiry_on_any_channel() {
    let mut machine = Machine::new();
    let first = machine.start_verification();
    let second = machine
        .advance_clock(60_000)
        .send_code(Channel::Call)
        .expect("second send is permitted");
    assert_eq!((&first.sid, &first.code), (&second.sid, &second.code));
    assert_eq!(second.attempts.len(), 2);
    assert_eq!(second.channel, Channel::Call);
    assert_eq!(second.created_at, START);
    machine.advance_clock(LIFETIME - 60_000);
    assert_eq!(
        machine.check_code(&first.sid, &first.code),
        Err(CheckError::NotFound)
    );
}

#[test]
fn sixth_send_is_rejected_until_expiry_and_checks_continue() {
    let mut machine = Machine::new();
    let sent = machine.start_verification();
    for _ in 1..MAX_SENDS {
        machine
            .advance_clock(1000)
            .send_code(Channel::Sms)
            .expect("fifth send is permitted");
    }
    assert_eq!(
        machine.send_code(Channel::Sms).err(),
        Some(SendError {
            retry_after_secs: 596
        })
    );
    assert_eq!(
        machine.check_code(&sent.sid, &sent.code),
        Ok(CheckResult::Correct)
    );
    let fresh = machine.start_verification();
    assert_ne!(fresh.sid, sent.sid);
}

#[test]
fn five_wrong_codes_lock_the_verification_until_expiry() {
    let mut machine = Machine::new();
    let sent = machine.start_verification();
    for _ in 0..MAX_WRONG_CHECKS {
        assert_eq!(
            machine.check_code(&sent.sid, wrong_code_for(&sent.code)),
            Ok(CheckResult::Wrong)
        );
    }
    let locked = Err(CheckError::Exhausted {
        sid: sent.sid.clone(),
    });
    assert_eq!(machine.check_code(&sent.sid, &sent.code), locked);
    assert_eq!(machine.status_at(&sent.sid), Ok(TwilioStatus::Exhausted));
    assert!(machine.send_code(Channel::Sms).is_err());
    assert!(!machine.set_status_of(&sent.sid, NewStatus::Approved));
    machine.advance_clock(LIFETIME);
    assert_eq!(
        machine.check_code(&sent.sid, &sent.code),
        Err(CheckError::NotFound)
    );
    assert!(machine.send_code(Channel::Sms).is_ok());
}

#[test]
fn expired_pending_verification_is_returned_once() {
    let mut machine = Machine::new();
    let take_expired = |machine: &mut Machine, millis| -> Vec<String> {
        let now_millis = machine.advance_clock(millis).now_millis;
        let ended = machine.all.take_expired_verifications(now_millis);
        ended.map(|found| found.sid.clone()).collect()
    };
    let pending = machine.start_verification();
    let canceled = machine
        .send_to("+14155550143", None, Channel::Sms)
        .expect("send succeeds");
    assert!(machine.set_status_of(&canceled.sid, NewStatus::Canceled));
    let approved = machine
        .send_to("+14155550144", None, Channel::Sms)
        .expect("send succeeds");
    let checked = machine.check_code(&approved.sid, &approved.code);
    assert_eq!(checked, Ok(CheckResult::Correct));
    assert!(take_expired(&mut machine, LIFETIME - 1).is_empty());
    assert_eq!(take_expired(&mut machine, 1), [pending.sid]);
    assert!(take_expired(&mut machine, 1).is_empty());
}

#[test]
fn cancel_allows_a_new_code_and_keeps_the_old_verification_fetchable() {
    let mut machine = Machine::new();
    let old = machine.start_verification();
    assert!(machine.set_status_of(TO, NewStatus::Canceled));
    assert!(!machine.set_status_of(&old.sid, NewStatus::Canceled));
    assert_eq!(machine.status_at(&old.sid), Ok(TwilioStatus::Canceled));
    assert_eq!(
        machine.check_code(&old.sid, &old.code),
        Err(CheckError::NotFound)
    );
    let new = machine.start_verification();
    assert_ne!(old.sid, new.sid);
    assert_eq!(new.attempts.len(), 1);
}

#[test]
fn locked_verification_can_be_canceled() {
    let mut machine = Machine::new();
    let sent = machine.start_verification();
    for _ in 0..MAX_WRONG_CHECKS {
        let _ = machine.check_code(&sent.sid, wrong_code_for(&sent.code));
    }
    assert!(machine.set_status_of(&sent.sid, NewStatus::Canceled));
    assert!(machine.send_code(Channel::Sms).is_ok());
}

#[test]
fn payment_with_another_amount_is_another_verification() {
    let mut machine = Machine::new();
    let ten = machine
        .send_to(TO, Some(psd2_transaction("10.00")), Channel::Sms)
        .expect("send succeeds");
    let ten_again = machine
        .send_to(TO, Some(psd2_transaction("10.00")), Channel::Sms)
        .expect("send succeeds");
    let twenty = machine
        .send_to(TO, Some(psd2_transaction("20.00")), Channel::Sms)
        .expect("send succeeds");
    assert_eq!(ten.sid, ten_again.sid);
    assert_ne!(ten.sid, twenty.sid);
    let target = CheckTarget {
        service: SERVICE,
        sid: Some(&ten.sid),
        to: Some(TO),
        transaction: Some(psd2_transaction("20.00")),
    };
    let error = machine
        .all
        .check_one_time_code(&target, &ten.code, machine.now_millis)
        .map(|(verdict, _)| verdict);
    assert_eq!(error, Err(CheckError::NotFound));
}

#[test]
fn fetches_are_limited_per_minute_hour_and_day() {
    let mut machine = Machine::new();
    let key = VerificationKey {
        service: SERVICE.to_owned(),
        to: TO.to_owned(),
        transaction: None,
    };
    let rules = VerificationRules {
        code_length: 6,
        lifetime_millis: 86_400_000,
        exhausted_is_gone: false,
    };
    let sid = machine
        .all
        .create_verification_or_resend_code(
            key,
            send_options(Channel::Sms),
            rules,
            START,
            &mut machine.rng,
        )
        .expect("send succeeds")
        .sid
        .clone();
    let mut waits = Vec::new();
    for _ in 0..251 {
        while let Err(FetchError::TooMany { retry_after_secs }) = machine.status_at(&sid) {
            waits.push(retry_after_secs);
            machine.advance_clock(retry_after_secs * 1000);
        }
    }
    assert_eq!(waits, [60, 60, 3480, 60, 82_740]);
    assert_eq!(
        machine.status_at(&sid),
        Err(FetchError::NotFound),
        "deleted a day later"
    );
}

#[test]
fn codes_have_the_configured_length_and_any_first_digit() {
    let mut machine = Machine::new();
    let mut leading = [0_u32; 10];
    for n in 0..2000 {
        let sent = machine
            .send_to(&format!("+1415{n:07}"), None, Channel::Sms)
            .expect("send succeeds");
        assert_eq!(sent.code.len(), 6);
        leading[usize::from(sent.code.as_bytes()[0] - b'0')] += 1;
    }
    assert!(
        leading.iter().all(|count| (120..=280).contains(count)),
        "{leading:?}"
    );
}

#[test]
fn oldest_verification_is_dropped_above_the_limit() {
    let mut machine = Machine::new();
    let first = machine.start_verification();
    for n in 0..10_000 {
        machine
            .send_to(&format!("+1415{n:07}"), None, Channel::Sms)
            .expect("send succeeds");
    }
    assert_eq!(machine.status_at(&first.sid), Err(FetchError::NotFound));
    assert_ne!(machine.start_verification().sid, first.sid);
}
