//! Verifications and times for the tests of the state machine.

use std::time::Duration;

use super::*;
use domain::{Channel, PhoneNumber, Purpose, Timestamp};
use verify::{Sent, ServiceId, VerificationId};

/// The time at which the tests start their verifications.
pub(super) const T0: Timestamp = Timestamp::from_millis(1_767_225_600_000);

/// Returns the verification limits of a sign-in: 5 attempts per code, 30 seconds between sends.
pub(super) fn sign_in_limits() -> Rules {
    Rules::verification_limits_for_purpose(Purpose::SignIn, 5, Duration::from_secs(30))
}

/// Returns the time `seconds` after the start of the test ([`T0`]).
pub(super) fn seconds_after_test_start(seconds: u64) -> Timestamp {
    T0 + Duration::from_secs(seconds)
}

/// Returns the phone number that the tests verify.
pub(super) fn test_phone() -> PhoneNumber {
    PhoneNumber::from_e164("+14155550142").expect("valid E.164 number")
}

/// Returns the provider's response to an accepted send, with a verification ID made from this number.
pub(super) fn accepted_send_response(verification_number: u32) -> Sent {
    Sent {
        verification: VerificationId::parse_provider_id(&format!("VE{verification_number:032x}"))
            .expect("valid verification SID"),
        service: ServiceId::parse_provider_id(&format!("VA{:032x}", 1)).expect("valid service SID"),
        channel: Channel::Sms,
    }
}

/// Returns a verification that has a phone number but no code yet.
pub(super) fn verification_without_code() -> Verification {
    Verification::start_verification_of_phone(test_phone(), &sign_in_limits(), T0)
}

/// Returns a verification that awaits a code sent `sent_at_secs` seconds after [`T0`].
pub(super) fn verification_awaiting_code(
    verification_number: u32,
    sent_at_secs: u64,
) -> Verification {
    let (sending, _) = verification_without_code()
        .begin_code_send(
            Channel::Sms,
            &sign_in_limits(),
            seconds_after_test_start(sent_at_secs),
        )
        .expect("code send is permitted");
    sending
        .record_code_sent(
            accepted_send_response(verification_number),
            &sign_in_limits(),
            seconds_after_test_start(sent_at_secs),
        )
        .expect("code send is in progress")
}

/// Applies the result of a code check `at` seconds after [`T0`] to the verification.
pub(super) fn apply_check_result(
    verification: Verification,
    outcome: CheckOutcome,
    at: u64,
) -> Verification {
    let (checking, _) = verification
        .begin_code_check(&sign_in_limits(), seconds_after_test_start(at))
        .expect("code check is permitted");
    checking.record_code_check_outcome(outcome, &sign_in_limits(), seconds_after_test_start(at))
}

/// Returns the verification limits of a payment: 5 attempts per code, 30 seconds between sends.
pub(super) fn payment_limits() -> Rules {
    Rules::verification_limits_for_purpose(Purpose::Payment, 5, Duration::from_secs(30))
}
