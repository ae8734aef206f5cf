//! Forged responses to a check must not approve a code.

use super::mock_server::{
    ActionAfterResponse, CannedResponse, MockServer, start_tcp_server_with_fixed_response,
};
use super::*;

/// Returns an approval whose body has `new_text` in place of `old_text`.
fn approval_with_replaced_text(old_text: &str, new_text: &str) -> CannedResponse {
    let genuine = approved_response().to_string();
    assert!(genuine.contains(old_text), "{old_text}");
    CannedResponse::from_status_and_json(200, &genuine.replace(old_text, new_text))
}

/// Returns responses that approve a code of another verification.
fn approvals_of_another_verification() -> Vec<CannedResponse> {
    let lower = SERVICE.to_lowercase();
    let fields = [
        ("sid", json!(OTHER_SID)),
        ("sid", json!(SID.to_uppercase())),
        ("sid", json!(format!("{SID} "))),
        ("sid", json!("")),
        ("sid", json!(null)),
        ("service_sid", json!(PAYMENTS)),
        ("service_sid", json!(lower)),
        ("service_sid", json!(null)),
        ("to", json!("+14155550143")),
        ("to", json!("14155550142")),
        ("to", json!("ann@example.com")),
        ("to", json!(null)),
    ];
    let mut responses: Vec<_> = fields
        .into_iter()
        .map(|(field, value)| {
            CannedResponse::from_status_and_json(
                200,
                &with_field(approved_response(), field, value),
            )
        })
        .collect();
    for field in ["sid", "service_sid", "to"] {
        responses.push(CannedResponse::from_status_and_json(
            200,
            &without_field(approved_response(), field),
        ));
    }
    responses
}

/// Returns responses whose status is not exactly `approved`.
fn responses_with_another_status() -> Vec<CannedResponse> {
    let words = [
        json!("pending"),
        json!("Approved"),
        json!("APPROVED"),
        json!(" approved"),
        json!("approved\u{0}"),
        json!("approved\n"),
        json!("аpproved"),
        json!("not approved"),
        json!("expired"),
        json!("max_attempts_reached"),
        json!(""),
        json!(null),
        json!(true),
        json!(1),
        json!(["approved"]),
        json!({ "approved": true }),
    ];
    // `valid` is true in all of these.
    let mut responses: Vec<_> = words
        .into_iter()
        .map(|word| {
            CannedResponse::from_status_and_json(
                200,
                &with_field(approved_response(), "status", word),
            )
        })
        .collect();
    responses.push(CannedResponse::from_status_and_json(
        200,
        &without_field(approved_response(), "status"),
    ));
    responses
}

/// Returns responses that are not well-formed JSON objects.
fn malformed_responses() -> Vec<CannedResponse> {
    let genuine = approved_response().to_string();
    let wrapped = json!({ "data": approved_response() });
    let in_a_row = json!([SID, SERVICE, PHONE, "sms", "approved", null, null]);
    let deep = format!("{}{}", "[".repeat(10_000), "]".repeat(10_000));
    let mut responses: Vec<_> = [
        String::new(),
        "approved".to_owned(),
        "\"approved\"".to_owned(),
        "null".to_owned(),
        "{}".to_owned(),
        genuine[..genuine.len() - 1].to_owned(),
        genuine[..genuine.len() / 2].to_owned(),
        format!("{genuine}{genuine}"),
        format!("{genuine}<!-- -->"),
        format!("\u{feff}{genuine}"),
        format!("[{genuine}]"),
        wrapped.to_string(),
        in_a_row.to_string(),
        genuine.replace("\"approved\"", &deep),
        genuine.replace('"', "'"),
        format!("{genuine}{}", " ".repeat(70_000)),
    ]
    .into_iter()
    .map(|body| CannedResponse::from_status_and_json(200, &body))
    .collect();
    // Duplicate fields are ambiguous.
    for (field, other) in [
        ("status", "pending"),
        ("sid", OTHER_SID),
        ("service_sid", PAYMENTS),
        ("to", "+14155550143"),
    ] {
        let more = format!("{{\"{field}\":\"{other}\",");
        responses.push(approval_with_replaced_text("{", &more));
        let more = format!(",\"{field}\":\"{other}\"}}");
        responses.push(approval_with_replaced_text("}", &more));
    }
    responses.push(approval_with_replaced_text("approved", "\\ud800approved"));
    let mut not_text = genuine.into_bytes();
    not_text[3] = 0xff;
    responses.push(CannedResponse::from_status_content_type_and_body(
        200,
        "application/json",
        not_text,
    ));
    responses
}

/// Returns approvals with another HTTP status or `Content-Type`.
fn approvals_with_wrong_status_or_content_type() -> Vec<CannedResponse> {
    let genuine = approved_response().to_string();
    let html = format!("<html><body>{genuine}</body></html>");
    let mut responses = vec![
        CannedResponse::from_status_content_type_and_body(200, "text/html", html.clone()),
        CannedResponse::from_status_content_type_and_body(200, "application/json", html),
        CannedResponse::from_status_and_json(200, &genuine)
            .with_header("content-type", "text/html"),
        CannedResponse {
            status: 200,
            headers: Vec::new(),
            body: genuine.clone().into_bytes(),
        },
        // The client did not ask for compression and does not decompress, so the body is not JSON.
        CannedResponse::from_status_content_type_and_body(
            200,
            "application/json",
            *b"\x1f\x8b\x08\x00approved",
        )
        .with_header("content-encoding", "gzip"),
    ];
    for content_type in [
        "text/html",
        "text/plain",
        "text/json",
        "application/jsonp",
        "application/x-json",
        "application",
        "",
        "text/html; application/json",
    ] {
        responses.push(CannedResponse::from_status_content_type_and_body(
            200,
            content_type,
            genuine.clone(),
        ));
    }
    for status in [
        204, 300, 302, 304, 400, 401, 403, 404, 409, 429, 500, 502, 503,
    ] {
        responses.push(CannedResponse::from_status_and_json(status, &genuine));
    }
    responses
}

#[tokio::test]
async fn none_of_more_than_eighty_forged_responses_approves() {
    let responses = [
        approvals_of_another_verification(),
        responses_with_another_status(),
        malformed_responses(),
        approvals_with_wrong_status_or_content_type(),
    ]
    .concat();
    assert!(responses.len() >= 80, "{}", responses.len());
    let server = MockServer::start_mock_server(CannedResponse::from_status_and_json(
        200,
        &approved_response(),
    ))
    .await;
    let (twilio, case) = (create_twilio_client_for(server.address), test_case());
    assert_eq!(case.check_with(&twilio).await, Ok(Verdict::Approved));
    for response in responses {
        server.set_response_to_all_requests(response.clone());
        let outcome = case.check_with(&twilio).await;
        let shown = String::from_utf8_lossy(&response.body[..response.body.len().min(500)]);
        let envelope = (response.status, &response.headers);
        assert_ne!(outcome, Ok(Verdict::Approved), "{envelope:?} {shown}");
    }
}

#[tokio::test]
async fn redirect_is_not_followed_and_leaks_no_credentials() {
    let other_server = MockServer::start_mock_server(CannedResponse::from_status_and_json(
        200,
        &approved_response(),
    ))
    .await;
    for status in [301, 302, 303, 307, 308] {
        let target = format!("http://{}/", other_server.address);
        let redirect = CannedResponse::from_status_and_json(status, &approved_response())
            .with_header("location", target);
        let server = MockServer::start_mock_server(redirect).await;
        let outcome = test_case()
            .check_with(&create_twilio_client_for(server.address))
            .await;
        assert_eq!(outcome, Err(CheckFailure::Unknown), "{status}");
        server.single_received_request();
    }
    assert!(other_server.recorded_requests().is_empty());
}

#[tokio::test]
async fn endless_response_is_cut_off() {
    let head = "HTTP/1.1 200 OK\r\ncontent-type: application/json\r\n\r\n";
    let address = start_tcp_server_with_fixed_response(
        format!("{head}{}", approved_response()),
        ActionAfterResponse::Flood,
    )
    .await;
    let outcome = test_case()
        .check_with(&create_twilio_client_for(address))
        .await;
    assert_eq!(outcome, Err(CheckFailure::Unknown));
}

#[tokio::test]
async fn malformed_http_does_not_approve() {
    let body = approved_response().to_string();
    for response in [
        body.clone(),
        format!("HTTP/1.1 999 ?\r\ncontent-type: application/json\r\n\r\n{body}"),
        format!("HTTP/1.1 200 OK\r\ncontent-type\u{0}: application/json\r\n\r\n{body}"),
        format!("HTTP/1.1 200 OK\r\ncontent-length: 5\r\ncontent-length: 500\r\n\r\n{body}"),
        "\u{0}".repeat(500),
    ] {
        let address =
            start_tcp_server_with_fixed_response(response.clone(), ActionAfterResponse::Close)
                .await;
        let outcome = test_case()
            .check_with(&create_twilio_client_for(address))
            .await;
        assert_eq!(outcome, Err(CheckFailure::Unknown), "{response}");
    }
}
