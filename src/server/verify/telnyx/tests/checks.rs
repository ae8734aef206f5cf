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

async fn fetching(answer: Canned) -> (Result<Option<Status>, CheckFailure>, StandIn) {
    let stand_in = StandIn::answering(answer).await;
    let case = case();
    let telnyx = telnyx_at(stand_in.address);
    let outcome = telnyx.fetch(&case.service, &case.verification).await;
    (outcome, stand_in)
}

#[tokio::test]
async fn a_fetch_tells_where_a_verification_stands() {
    for (word, status) in [
        ("pending", Status::Pending),
        ("accepted", Status::Approved),
        ("invalid", Status::MaxAttemptsReached),
        ("expired", Status::Expired),
        ("error", Status::Failed),
        ("brand_new", Status::Unrecognised),
    ] {
        let answer = Canned::json(200, &data_but(created(), "status", word));
        let (outcome, stand_in) = fetching(answer).await;
        assert_eq!(outcome, Ok(Some(status)), "{word}");
        let seen = stand_in.one_request();
        assert_eq!(seen.method, "GET");
        assert_eq!(seen.path, format!("/v2/verifications/{ID}"));
        assert_eq!(seen.body, "");
    }
}

#[tokio::test]
async fn a_fetch_that_is_not_answered_as_documented_tells_nothing() {
    let missing = Canned::json(404, &error("10005", None));
    assert_eq!(fetching(missing).await.0, Ok(None));
    let limited = Canned::json(429, &error("10011", None));
    let throttled = CheckFailure::Throttled { retry_after: None };
    assert_eq!(fetching(limited).await.0, Err(throttled));
    for odd in [
        data_but(created(), "id", OTHER_ID),
        data_but(created(), "verify_profile_id", PAYMENTS),
        json!({ "data": [created()["data"]] }),
    ] {
        let answer = Canned::json(200, &odd);
        assert_eq!(fetching(answer).await.0, Err(CheckFailure::Unknown));
    }
}
