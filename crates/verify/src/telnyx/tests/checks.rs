//! Checking, and the calls around it.

use super::stand_in::{Canned, StandIn};
use super::*;

/// What comes of a check that is answered with this.
async fn checked(answer: Canned) -> Result<Verdict, CheckFailure> {
    let stand_in = StandIn::answering(answer).await;
    case().checked_by(&telnyx_at(stand_in.address)).await
}

/// OTP-01
#[tokio::test]
async fn a_check_goes_by_id_and_never_by_number() {
    let stand_in = StandIn::answering(Canned::json(200, &accepted())).await;
    let verdict = case().checked_by(&telnyx_at(stand_in.address)).await;
    assert_eq!(verdict, Ok(Verdict::Approved));
    let seen = stand_in.one_request();
    assert_eq!(seen.method, "POST");
    let path = format!("/v2/verifications/{ID}/actions/verify");
    assert_eq!(seen.path, path);
    assert_eq!(seen.body, format!("{{\"code\":\"{CODE}\"}}"));
    assert!(seen.headers.contains_key("authorization"));
}

/// OTP-04
#[tokio::test]
async fn the_response_code_decides_and_an_unknown_one_is_a_failure() {
    let expected = [
        ("accepted", Ok(Verdict::Approved)),
        ("rejected", Ok(Verdict::Wrong)),
        ("expired", Ok(Verdict::NoLiveVerification)),
        ("max_attempts_exceeded", Ok(Verdict::ChecksExhausted)),
        ("Accepted", Err(CheckFailure::Unknown)),
        ("invalid", Err(CheckFailure::Unknown)),
        ("brand_new", Err(CheckFailure::Unknown)),
        ("", Err(CheckFailure::Unknown)),
    ];
    for (word, outcome) in expected {
        let body = data_but(accepted(), "response_code", word);
        assert_eq!(checked(Canned::json(200, &body)).await, outcome, "{word}");
    }
}

/// The contract's table (section 4): what was never there, or is gone, is answered alike.
#[tokio::test]
async fn a_verification_that_telnyx_does_not_know_is_no_live_one() {
    let verdict = checked(Canned::json(404, &error("10005", None))).await;
    assert_eq!(verdict, Ok(Verdict::NoLiveVerification));
}

#[tokio::test]
async fn a_cancellation_asks_telnyx_for_nothing() {
    let stand_in = StandIn::answering(Canned::json(500, "")).await;
    let case = case();
    let telnyx = telnyx_at(stand_in.address);
    let cancelled = telnyx.cancel(&case.service, &case.verification).await;
    assert_eq!(cancelled, Ok(()));
    assert!(stand_in.seen().is_empty());
}
