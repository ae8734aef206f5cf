//! Cancelling.

use super::stand_in::{Canned, StandIn};
use super::*;

fn canceled() -> Value {
    but(created(), "status", "canceled")
}

fn gone() -> Canned {
    let path = format!("/v2/Services/{SERVICE}/Verifications/{SID}");
    let message = format!("The requested resource {path} was not found");
    Canned::json(404, &error(404, 20404, &message))
}

async fn cancelling(answer: Canned) -> (Result<(), CheckFailure>, StandIn) {
    let stand_in = StandIn::answering(answer).await;
    let (twilio, case) = (twilio_at(stand_in.address), case());
    let outcome = twilio.cancel(&case.service, &case.verification).await;
    (outcome, stand_in)
}

#[tokio::test]
async fn a_cancellation_is_an_update_of_the_status() {
    let (outcome, stand_in) = cancelling(Canned::json(200, &canceled())).await;
    assert_eq!(outcome, Ok(()));
    let seen = stand_in.one_request();
    assert_eq!(seen.method, "POST");
    assert_eq!(
        seen.path,
        format!("/v2/Services/{SERVICE}/Verifications/{SID}")
    );
    assert_eq!(seen.body, "Status=canceled");
}

#[tokio::test]
async fn what_is_gone_already_needs_no_cancelling() {
    assert_eq!(cancelling(gone()).await.0, Ok(()));
}

#[tokio::test]
async fn only_a_cancelled_verification_of_that_name_was_cancelled() {
    let answers = [
        Canned::json(200, &but(canceled(), "status", "pending")),
        Canned::json(200, &without(canceled(), "status")),
        Canned::json(200, &but(canceled(), "sid", OTHER_SID)),
        Canned::json(200, &but(canceled(), "service_sid", PAYMENTS)),
        Canned::json(500, &canceled()),
        Canned::typed(404, "text/html", "not found"),
        Canned::typed(200, "text/html", canceled().to_string()),
    ];
    for answer in answers {
        let shown = format!("{answer:?}");
        assert_eq!(
            cancelling(answer).await.0,
            Err(CheckFailure::Unknown),
            "{shown}"
        );
    }
    let refused = Canned::json(401, &error(401, 20003, "Authenticate"));
    assert_eq!(
        cancelling(refused).await.0,
        Err(CheckFailure::Configuration)
    );
}
