//! Verifications and times for the tests of the state machine.

use std::time::Duration;

use super::*;
use domain::{Channel, PhoneNumber, Purpose, Timestamp};
use verify::{Sent, ServiceId, VerificationId};

/// The time at which the tests start their verifications.
pub(super) const T0: Timestamp = Timestamp::from_millis(1_767_225_600_000);

/// Returns the verification limits of a sign-in: 5 attempts per code, 30 seconds between sends.
pub(super) fn sign_in_rules() -> Rules {
    Rules::for_purpose(Purpose::SignIn, 5, Duration::from_secs(30))
}

/// Returns the time `seconds` after the start of the test ([`T0`]).
pub(super) fn after_secs(seconds: u64) -> Timestamp {
    T0 + Duration::from_secs(seconds)
}

/// Returns the phone number that the tests verify.
pub(super) fn test_phone() -> PhoneNumber {
    PhoneNumber::from_e164("+14155550142").expect("E.164")
}

/// Returns the provider's response to an accepted send. `number` is the number of its verification ID.
pub(super) fn sent_by_provider(number: u32) -> Sent {
    Sent {
        verification: VerificationId::parse(&format!("VE{number:032x}")).expect("a VE sid"),
        service: ServiceId::parse(&format!("VA{:032x}", 1)).expect("a VA sid"),
        channel: Channel::Sms,
    }
}

/// Returns a verification that has a phone number but no code yet.
pub(super) fn ready_verification() -> Verification {
    Verification::start_with_phone(test_phone(), &sign_in_rules(), T0)
}

/// Returns a verification that awaits a code sent `at` seconds after [`T0`].
pub(super) fn awaiting_code(number: u32, at: u64) -> Verification {
    let (sending, _) = ready_verification()
        .begin_send(Channel::Sms, &sign_in_rules(), after_secs(at))
        .expect("ready");
    sending
        .record_sent(sent_by_provider(number), &sign_in_rules(), after_secs(at))
        .expect("sending")
}

/// Checks a code `at` seconds after [`T0`] and applies this result to the verification.
pub(super) fn after_check(
    verification: Verification,
    outcome: CheckOutcome,
    at: u64,
) -> Verification {
    let (checking, _) = verification
        .begin_check(&sign_in_rules(), after_secs(at))
        .expect("awaiting a code");
    checking.record_check_outcome(outcome, &sign_in_rules(), after_secs(at))
}

/// Returns the verification limits of a payment: 5 attempts per code, 30 seconds between sends.
pub(super) fn payment_rules() -> Rules {
    Rules::for_purpose(Purpose::Payment, 5, Duration::from_secs(30))
}
