use super::mock_server::{CannedResponse, MockServer};
use super::*;
use crate::{CheckFailure as C, SendFailure as S, Verdict as V};

/// The value of the `Retry-After` header and the expected duration.
const WAIT: (&str, Option<Duration>) = ("17", Some(Duration::from_secs(17)));

const S_WAIT: S = S::Throttled {
    retry_after: WAIT.1,
};
const C_WAIT: C = C::Throttled {
    retry_after: WAIT.1,
};

type SendRow = (u16, &'static str, Option<&'static str>, SendFailure);
type CheckRow = (
    u16,
    &'static str,
    Option<&'static str>,
    Result<Verdict, CheckFailure>,
);

/// All documented codes (`docs/verify-contract.md#section-3-7`) and an unknown one.
const SENDS: [SendRow; 20] = [
    (400, "10002", None, S::BadDestination),
    (400, "10016", Some("/phone_number"), S::BadDestination),
    (422, "10016", None, S::BadDestination),
    (400, "10004", Some("/phone_number"), S::Configuration),
    (400, "10015", Some("/phone_number"), S::BadDestination),
    (400, "10015", Some("/verify_profile_id"), S::Configuration),
    (400, "10015", None, S::Configuration),
    (422, "10027", Some("/phone_number"), S::BadDestination),
    (422, "10027", Some("/timeout_secs"), S::Configuration),
    (400, "40309", None, S::Blocked),
    (401, "10009", None, S::Configuration),
    (403, "10010", None, S::Configuration),
    (403, "20100", None, S::Configuration),
    (404, "10005", None, S::Configuration),
    (429, "10011", None, S_WAIT),
    (429, "90011", None, S_WAIT),
    (400, "90000", None, S::Configuration),
    (408, "10002", None, S::Unknown),
    (500, "10007", None, S::Unknown),
    (503, "10002", None, S::Unknown),
];

const CHECKS: [CheckRow; 14] = [
    (404, "10005", None, Ok(V::NoLiveVerification)),
    (400, "10015", Some("/code"), Ok(V::Wrong)),
    (422, "10027", Some("/code"), Ok(V::Wrong)),
    (422, "10027", None, Err(C::Configuration)),
    (400, "10015", Some("/status"), Err(C::Configuration)),
    (400, "10004", Some("/code"), Err(C::Configuration)),
    (401, "10009", None, Err(C::Configuration)),
    (403, "10010", None, Err(C::Configuration)),
    (403, "90000", None, Err(C::Configuration)),
    (429, "10011", None, Err(C_WAIT)),
    (400, "90000", None, Err(C::Unknown)),
    (404, "90000", None, Err(C::Unknown)),
    (408, "10005", None, Err(C::Unknown)),
    (500, "10005", None, Err(C::Unknown)),
];

#[tokio::test]
async fn every_documented_send_error_has_its_outcome() {
    let server = MockServer::start_mock_server(CannedResponse::from_status_and_json(500, "")).await;
    let (telnyx, case) = (create_telnyx_client_for(server.address), test_case());
    for (status, code, pointer, expected) in SENDS {
        let response = CannedResponse::from_status_and_json(status, &error_body(code, pointer));
        server.set_response_to_all_requests(response.with_header("retry-after", WAIT.0));
        let failure = case.send_with(&telnyx).await.expect_err("send fails");
        assert_eq!(failure, expected, "{status} {code} {pointer:?}");
    }
}

#[tokio::test]
async fn every_documented_check_error_has_its_outcome() {
    let server = MockServer::start_mock_server(CannedResponse::from_status_and_json(500, "")).await;
    let (telnyx, case) = (create_telnyx_client_for(server.address), test_case());
    for (status, code, pointer, expected) in CHECKS {
        let response = CannedResponse::from_status_and_json(status, &error_body(code, pointer));
        server.set_response_to_all_requests(response.with_header("retry-after", WAIT.0));
        let outcome = case.check_with(&telnyx).await;
        assert_eq!(outcome, expected, "{status} {code} {pointer:?}");
    }
}

#[tokio::test]
async fn http_status_selects_the_outcome_of_an_error_without_a_code() {
    let throttled = (
        S::Throttled { retry_after: None },
        C::Throttled { retry_after: None },
    );
    let unknown = (S::Unknown, C::Unknown);
    let rows: [(u16, (SendFailure, CheckFailure)); 8] = [
        (302, unknown),
        (400, unknown),
        (401, (S::Configuration, C::Configuration)),
        (403, (S::Configuration, C::Configuration)),
        (404, (S::Configuration, C::Unknown)),
        (422, unknown),
        (429, throttled),
        (502, unknown),
    ];
    let bodies = [
        ("text/html", "<html>10005 accepted</html>"),
        ("text/html", "{\"errors\":[{\"code\":\"10005\"}]}"),
        ("application/json", ""),
        ("application/json", "{\"errors\":[]}"),
        ("application/json", "{\"errors\":{\"code\":\"10005\"}}"),
        ("application/json", "{\"errors\":[{\"code\":10005}]}"),
        ("application/json", "{\"errors\":[{\"code\":\"x\"}]}"),
        ("application/json", "{\"code\":\"10005\"}"),
    ];
    let server = MockServer::start_mock_server(CannedResponse::from_status_and_json(500, "")).await;
    let (telnyx, case) = (create_telnyx_client_for(server.address), test_case());
    for (status, expected) in rows {
        for (content_type, body) in bodies {
            server.set_response_to_all_requests(CannedResponse::from_status_content_type_and_body(
                status,
                content_type,
                body,
            ));
            let sent = case.send_with(&telnyx).await;
            assert_eq!(sent, Err(expected.0), "{status} {body}");
            let checked = case.check_with(&telnyx).await;
            assert_eq!(checked, Err(expected.1), "{status} {body}");
        }
    }
}
