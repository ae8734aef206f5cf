use super::stand_in::{Canned, StandIn};
use super::*;

/// What comes of a check that is answered with this.
async fn checked(answer: Canned) -> Result<Verdict, CheckFailure> {
    let stand_in = StandIn::answering(answer).await;
    case().checked_by(&twilio_at(stand_in.address)).await
}

#[tokio::test]
async fn a_check_goes_by_sid_and_never_by_number() {
    let stand_in = StandIn::answering(Canned::json(200, &approved())).await;
    let verdict = case().checked_by(&twilio_at(stand_in.address)).await;
    assert_eq!(verdict, Ok(Verdict::Approved));

    let seen = stand_in.one_request();
    assert_eq!(seen.method, "POST");
    assert_eq!(
        seen.path,
        format!("/v2/Services/{SERVICE}/VerificationCheck")
    );
    assert_eq!(seen.body, format!("VerificationSid={SID}&Code={CODE}"));
    assert!(seen.headers.contains_key("authorization"));
}

#[tokio::test]
async fn approval_is_told_by_the_status_with_200_and_with_201() {
    let bare = json!({ "sid": SID, "service_sid": SERVICE, "to": PHONE, "status": "approved" });
    for body in [approved(), without(approved(), "valid"), bare] {
        for status in [200, 201] {
            let verdict = checked(Canned::json(status, &body)).await;
            assert_eq!(verdict, Ok(Verdict::Approved), "{status} {body}");
        }
    }
    let spelled = Canned::typed(
        200,
        "Application/JSON; charset=utf-8",
        approved().to_string(),
    );
    assert_eq!(checked(spelled).await, Ok(Verdict::Approved));
}

#[tokio::test]
async fn a_wrong_code_is_a_success_with_status_pending() {
    let body = but(but(approved(), "status", "pending"), "valid", false);
    let verdict = checked(Canned::json(200, &body)).await;
    assert_eq!(verdict, Ok(Verdict::Wrong));
}

#[tokio::test]
async fn a_verification_that_is_over_says_so_in_its_status_too() {
    let expected = [
        ("expired", Ok(Verdict::NoLiveVerification)),
        ("canceled", Ok(Verdict::NoLiveVerification)),
        ("deleted", Ok(Verdict::NoLiveVerification)),
        ("max_attempts_reached", Ok(Verdict::ChecksExhausted)),
        ("failed", Err(CheckFailure::Unknown)),
        ("brand_new", Err(CheckFailure::Unknown)),
    ];
    for (status, outcome) in expected {
        let body = but(approved(), "status", status);
        assert_eq!(checked(Canned::json(200, &body)).await, outcome, "{status}");
    }
}

#[tokio::test]
async fn a_payments_check_names_amount_and_payee_and_approves_no_other() {
    let echo = paid(approved(), "€39.99", "Acme");
    let stand_in = StandIn::answering(Canned::json(200, &echo)).await;
    let twilio = twilio_at(stand_in.address);
    let verdict = paying("€39.99", "Acme").checked_by(&twilio).await;
    assert_eq!(verdict, Ok(Verdict::Approved));
    assert_eq!(
        stand_in.one_request().body,
        format!("VerificationSid={SID}&Code={CODE}&Amount=%E2%82%AC39.99&Payee=Acme")
    );
    for (amount, payee) in [("€39.98", "Acme"), ("€39.99", "Evil")] {
        let verdict = paying(amount, payee).checked_by(&twilio).await;
        assert_eq!(verdict, Err(CheckFailure::Unknown), "{amount} {payee}");
    }
}

#[tokio::test]
async fn the_second_of_two_equal_checks_meets_a_verification_that_is_gone() {
    let stand_in = StandIn::answering(Canned::json(200, &approved())).await;
    let (twilio, case) = (twilio_at(stand_in.address), case());
    assert_eq!(case.checked_by(&twilio).await, Ok(Verdict::Approved));
    let message =
        format!("The requested resource /v2/Services/{SERVICE}/VerificationCheck was not found");
    stand_in.now_answers(Canned::json(404, &error(404, 20404, &message)));
    assert_eq!(
        case.checked_by(&twilio).await,
        Ok(Verdict::NoLiveVerification)
    );
}
