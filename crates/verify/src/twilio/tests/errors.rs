use super::mock_server::{CannedResponse, MockServer};
use super::*;
use crate::{CheckFailure as C, SendFailure as S, Verdict as V};

/// The value of the `Retry-After` header and the expected duration.
const WAIT: (&str, Option<Duration>) = ("17", Some(Duration::from_secs(17)));

const FRAUD: &str = "The destination phone number has been temporarily blocked by Twilio due to fraudulent \
     activities. +1415 prefix is blocked for the SMS channel";

type SendRow = (u16, u32, &'static str, SendFailure);
type CheckRow = (u16, u32, &'static str, Result<Verdict, CheckFailure>);

const S_WAIT: S = S::Throttled {
    retry_after: WAIT.1,
};
const C_WAIT: C = C::Throttled {
    retry_after: WAIT.1,
};

const SENDS: [SendRow; 45] = [
    (400, 60200, "Invalid parameter: To", S::BadDestination),
    (
        400,
        60200,
        "Invalid parameter `To`: +14155550142",
        S::BadDestination,
    ),
    (400, 60200, "something else", S::BadDestination),
    (400, 60200, "Invalid parameter: Channel", S::Configuration),
    (
        400,
        60200,
        "Invalid parameter `Locale`: To",
        S::Configuration,
    ),
    (400, 60200, "Invalid parameter: ToChannel", S::Configuration),
    (
        400,
        60206,
        "'Amount' & 'Payee' params are required",
        S::Configuration,
    ),
    (
        400,
        60214,
        "Call channel is not supported when using PSD2",
        S::Configuration,
    ),
    (400, 60223, "Delivery channel disabled", S::Configuration),
    (
        400,
        60243,
        "CustomMessage is not supported",
        S::Configuration,
    ),
    (401, 20003, "Authenticate", S::Configuration),
    (
        401,
        20003,
        "Authentication Error - invalid username",
        S::Configuration,
    ),
    (
        401,
        20003,
        "Authentication Error - No credentials provided",
        S::Configuration,
    ),
    (403, 20403, "403 Forbidden", S::Configuration),
    (400, 70051, "Authorization Failed", S::Configuration),
    (
        403,
        60204,
        "Service does not support this feature",
        S::Configuration,
    ),
    (
        403,
        60205,
        "SMS is not supported by landline phone number",
        S::BadDestination,
    ),
    (403, 60410, FRAUD, S::Blocked),
    (
        403,
        60605,
        "GB is blocked for sms channel for all services",
        S::Blocked,
    ),
    (403, 60238, "creation attempt blocked", S::Blocked),
    (
        403,
        60412,
        "blocked by fraudulent-signup prevention",
        S::Blocked,
    ),
    (403, 60413, "blocked by device intelligence", S::Blocked),
    (
        403,
        60220,
        "Messages to China require use case vetting",
        S::Blocked,
    ),
    (400, 60006, "invalid number", S::BadDestination),
    (400, 60008, "unsupported carrier", S::BadDestination),
    (400, 60217, "not configured", S::Configuration),
    (400, 60001, "not configured", S::Configuration),
    (400, 21608, "destination not verified", S::Configuration),
    (400, 575_001, "Verify not available", S::Configuration),
    (
        404,
        20404,
        "The requested resource was not found",
        S::Configuration,
    ),
    (429, 60202, "Max check attempts reached", S::SendsExhausted),
    (429, 60203, "Max send attempts reached", S::SendsExhausted),
    (
        429,
        60212,
        "Too many concurrent requests for phone number",
        S::SendsExhausted,
    ),
    (429, 20429, "Too many requests", S_WAIT),
    // Codes of the messaging and voice products.
    (400, 21211, "Invalid 'To' phone number", S::BadDestination),
    (400, 21610, "unsubscribed", S::BadDestination),
    (400, 21612, "not reachable", S::BadDestination),
    (400, 21614, "not a mobile", S::BadDestination),
    (403, 21215, "geo permission", S::Blocked),
    (403, 21216, "blocklist", S::Blocked),
    (403, 21408, "region", S::Blocked),
    (403, 30450, "blocked", S::Blocked),
    // An unknown code.
    (400, 61_234, "brand new", S::Configuration),
    (429, 61_234, "brand new", S_WAIT),
    (500, 60200, "Invalid parameter: To", S::Unknown),
];

const CHECKS: [CheckRow; 24] = [
    (404, 20404, "was not found", Ok(V::NoLiveVerification)),
    (
        429,
        60202,
        "Max check attempts reached",
        Ok(V::ChecksExhausted),
    ),
    (429, 60203, "Max send attempts reached", Err(C_WAIT)),
    (
        429,
        60212,
        "Too many concurrent requests for phone number",
        Err(C_WAIT),
    ),
    (429, 20429, "Too many requests", Err(C_WAIT)),
    (429, 61_234, "brand new", Err(C_WAIT)),
    (400, 60200, "Invalid parameter: Code", Ok(V::Wrong)),
    (400, 60200, "Invalid parameter `Code`: 481516", Ok(V::Wrong)),
    (400, 60200, "Invalid parameter: To", Err(C::Configuration)),
    (
        400,
        60200,
        "Invalid parameter: VerificationSid",
        Err(C::Configuration),
    ),
    (400, 60200, "", Err(C::Configuration)),
    (
        400,
        60206,
        "'Amount' & 'Payee' params are required",
        Err(C::Configuration),
    ),
    (
        400,
        60221,
        "No target verification specified",
        Err(C::Configuration),
    ),
    (401, 20003, "Authenticate", Err(C::Configuration)),
    (403, 20403, "403 Forbidden", Err(C::Configuration)),
    (403, 70051, "Authorization Failed", Err(C::Configuration)),
    (403, 61_234, "brand new", Err(C::Configuration)),
    (400, 61_234, "brand new", Err(C::Unknown)),
    (404, 61_234, "brand new", Err(C::Unknown)),
    (408, 20404, "was not found", Err(C::Unknown)),
    (500, 20404, "was not found", Err(C::Unknown)),
    (500, 60202, "Max check attempts reached", Err(C::Unknown)),
    (502, 20429, "Too many requests", Err(C::Unknown)),
    (503, 20003, "Authenticate", Err(C::Unknown)),
];

#[tokio::test]
async fn every_documented_send_error_has_its_outcome() {
    let server = MockServer::start_mock_server(CannedResponse::from_status_and_json(500, "")).await;
    let (twilio, case) = (create_twilio_client_for(server.address), test_case());
    for (status, code, message, expected) in SENDS {
        let response =
            CannedResponse::from_status_and_json(status, &error_body(status, code, message));
        server.set_response_to_all_requests(response.with_header("retry-after", WAIT.0));
        let failure = case.send_with(&twilio).await.expect_err("send fails");
        assert_eq!(failure, expected, "{status} {code} {message}");
        assert_eq!(failure.is_certainly_not_sent(), status != 500);
    }
}

#[tokio::test]
async fn every_documented_check_error_has_its_outcome() {
    let server = MockServer::start_mock_server(CannedResponse::from_status_and_json(500, "")).await;
    let (twilio, case) = (create_twilio_client_for(server.address), test_case());
    for (status, code, message, expected) in CHECKS {
        let response =
            CannedResponse::from_status_and_json(status, &error_body(status, code, message));
        server.set_response_to_all_requests(response.with_header("retry-after", WAIT.0));
        let outcome = case.check_with(&twilio).await;
        assert_eq!(outcome, expected, "{status} {code} {message}");
    }
}

#[tokio::test]
async fn http_status_selects_the_outcome_of_an_error_without_a_code() {
    let throttled = (
        S::Throttled { retry_after: None },
        C::Throttled { retry_after: None },
    );
    let unknown = (S::Unknown, C::Unknown);
    let rows: [(u16, (SendFailure, CheckFailure)); 14] = [
        (300, unknown),
        (302, unknown),
        (304, unknown),
        (400, unknown),
        (401, (S::Configuration, C::Configuration)),
        (403, (S::Configuration, C::Configuration)),
        (404, (S::Configuration, C::Unknown)),
        (407, unknown),
        (408, unknown),
        (422, unknown),
        (429, throttled),
        (500, unknown),
        (502, unknown),
        (503, unknown),
    ];
    let bodies = [
        ("text/html", "<html>20404 approved</html>"),
        ("text/html", "{\"code\":20404}"),
        ("application/json", ""),
        ("application/json", "{\"code\":null,\"message\":null}"),
        ("application/json", "{\"code\":\"20404\"}"),
        ("application/json", "{\"code\":-1}"),
        ("application/json", "{\"code\":20404,\"code\":20404}"),
        ("application/json", "{\"detail\":\"Authenticate\"}"),
    ];
    let server = MockServer::start_mock_server(CannedResponse::from_status_and_json(500, "")).await;
    let (twilio, case) = (create_twilio_client_for(server.address), test_case());
    for (status, expected) in rows {
        for (content_type, body) in bodies {
            server.set_response_to_all_requests(CannedResponse::from_status_content_type_and_body(
                status,
                content_type,
                body,
            ));
            let sent = case.send_with(&twilio).await;
            assert_eq!(sent, Err(expected.0), "{status} {body}");
            let checked = case.check_with(&twilio).await;
            assert_eq!(checked, Err(expected.1), "{status} {body}");
        }
    }
}

#[tokio::test]
async fn retry_after_is_read_in_whole_seconds_and_limited_to_a_day() {
    let day = Some(Duration::from_hours(24));
    let server = MockServer::start_mock_server(CannedResponse::from_status_and_json(500, "")).await;
    let (twilio, case) = (create_twilio_client_for(server.address), test_case());
    for (value, retry_after) in [
        ("0", Some(Duration::ZERO)),
        WAIT,
        ("99999999999", day),
        ("-1", None),
        ("1.5", None),
        ("Wed, 21 Oct 2026 07:28:00 GMT", None),
    ] {
        let response =
            CannedResponse::from_status_and_json(429, &error_body(429, 20429, "Too many requests"));
        server.set_response_to_all_requests(response.with_header("retry-after", value));
        let sent = case.send_with(&twilio).await;
        assert_eq!(sent, Err(S::Throttled { retry_after }), "{value}");
    }
}
