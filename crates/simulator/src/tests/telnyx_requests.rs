//! Tests of rejected Telnyx requests, of Telnyx magic numbers and faults.

use super::harness::*;
use super::schemas::assert_telnyx_schema;
use super::telnyx::{expected_error, sms_request, sms_request_with};

#[tokio::test]
async fn invalid_request_has_its_documented_error() {
    let client = TestClient::new();
    let unknown = "5a119007-0000-4000-8000-00000000ffff";
    let number = Some("/phone_number");
    for (body, expected) in [
        (json!({}), expected_error(400, "10004", number)),
        (
            sms_request_with("phone_number", Value::Null),
            expected_error(400, "10004", number),
        ),
        (
            sms_request_with("phone_number", 14_155_550_142_u64),
            expected_error(422, "10027", number),
        ),
        (
            sms_request_with("phone_number", "4155550142"),
            expected_error(400, "10016", number),
        ),
        (
            sms_request_with("phone_number", "+1415555014a"),
            expected_error(400, "10016", number),
        ),
        (
            sms_request_with("verify_profile_id", Value::Null),
            expected_error(400, "10004", Some("/verify_profile_id")),
        ),
        (
            sms_request_with("verify_profile_id", "5a119007"),
            expected_error(400, "10015", Some("/verify_profile_id")),
        ),
        (
            sms_request_with("verify_profile_id", unknown),
            expected_error(404, "10005", None),
        ),
        (
            sms_request_with("timeout_secs", 0),
            expected_error(422, "10027", Some("/timeout_secs")),
        ),
        (
            sms_request_with("timeout_secs", "60"),
            expected_error(422, "10027", Some("/timeout_secs")),
        ),
        (
            sms_request_with("custom_code", "12a45"),
            expected_error(422, "10027", Some("/custom_code")),
        ),
        (json!([sms_request()]), expected_error(400, "10015", None)),
    ] {
        assert_eq!(
            client.post_to_telnyx("/sms", &body).await.telnyx_error(),
            expected,
            "{body}"
        );
    }
    let keys = client
        .post_to_telnyx("/call", &sms_request_with("extension", "12x"))
        .await;
    assert_eq!(
        keys.telnyx_error(),
        expected_error(422, "10027", Some("/extension"))
    );
    let (id, code) = client.create_telnyx_sms().await;
    let path = format!("/{id}/actions/verify");
    let missing = client
        .post_to_telnyx(&path, &json!({}))
        .await
        .telnyx_error();
    assert_eq!(missing, expected_error(400, "10004", Some("/code")));
    let number = client
        .post_to_telnyx(&path, &json!({ "code": 12345 }))
        .await
        .telnyx_error();
    assert_eq!(number, expected_error(422, "10027", Some("/code")));
    assert_eq!(
        client.check_telnyx_code(&id, &code).await.response_code(),
        "accepted"
    );
    for id in [unknown, "nothing"] {
        let reply = client.check_telnyx_code(id, "12345").await.telnyx_error();
        assert_eq!(reply, expected_error(404, "10005", None));
    }
}

#[tokio::test]
async fn form_body_and_wrong_key_are_rejected() {
    let client = TestClient::new();
    let request = |key: Option<&str>, kind: &str, body: String| {
        let mut request = Request::post("/v2/verifications/sms").header(CONTENT_TYPE, kind);
        if let Some(key) = key {
            request = request.header(AUTHORIZATION, key);
        }
        request.body(Body::from(body)).expect("valid request")
    };
    let right = format!("Bearer {DEFAULT_TELNYX_KEY}");
    for key in [
        None,
        Some("Bearer KEY0"),
        Some(DEFAULT_TELNYX_KEY),
        Some(&basic_auth_header(DEFAULT_ACCOUNT_SID, DEFAULT_AUTH_TOKEN)),
    ] {
        let reply = client
            .send(request(key, "application/json", sms_request().to_string()))
            .await;
        assert_telnyx_schema("/sms", &reply);
        assert_eq!(
            reply.telnyx_error(),
            expected_error(401, "10009", None),
            "{key:?}"
        );
    }
    let fields = encode_form(&[
        ("phone_number", TO),
        ("verify_profile_id", DEFAULT_PROFILE_ID),
    ]);
    for (kind, body) in [(FORM, fields), ("text/plain", sms_request().to_string())] {
        let reply = client.send(request(Some(&right), kind, body)).await;
        assert_eq!(
            reply.telnyx_error(),
            expected_error(400, "10015", None),
            "{kind}"
        );
    }
    let ledger = client.ledger_entries().await;
    assert!(ledger.iter().all(|call| call["provider"] == "telnyx"));
    let text = json!(ledger).to_string();
    assert!(!text.contains(DEFAULT_TELNYX_KEY), "{text}");
}

#[tokio::test]
async fn unknown_telnyx_path_or_method_has_a_telnyx_error() {
    let client = TestClient::new();
    for (method, path) in [
        (Method::PUT, "/sms"),
        (Method::GET, "/by_phone_number/x/y"),
        (Method::POST, "/pigeon"),
        (Method::DELETE, "/5a119007-0000-4000-8000-00000000ffff"),
    ] {
        let reply = client.call_telnyx(method, path, &sms_request()).await;
        assert_eq!(
            reply.telnyx_error(),
            expected_error(404, "10005", None),
            "{path}"
        );
    }
    let ledger = client.ledger_entries().await;
    assert!(ledger.iter().all(|call| call["operation"] == "unknown"));
}

#[tokio::test]
async fn ledger_contains_parameters_and_result_of_every_call() {
    let client = TestClient::new();
    let (id, code) = client.create_telnyx_sms().await;
    client.check_telnyx_code(&id, &code).await;
    client.get_from_telnyx(&format!("/{id}")).await;
    client.post_to_telnyx("/sms", &json!({})).await;
    let ledger = client.ledger_entries().await;
    let seen: Vec<_> = ledger
        .iter()
        .map(|call| (call["operation"].clone(), call["status"].clone()))
        .collect();
    let expected = [
        ("create", 200),
        ("check", 200),
        ("fetch", 200),
        ("create", 400),
    ];
    let expected = expected.map(|(operation, status)| (json!(operation), json!(status)));
    assert_eq!(seen, expected);
    assert_eq!(ledger[0]["params"], sms_request());
    assert_eq!(ledger[1]["params"], json!({ "code": code }));
    assert_eq!(ledger[1]["verification"], id);
    assert_eq!(ledger[3]["error_code"], 10004);
}

#[tokio::test]
async fn every_telnyx_magic_number_has_its_documented_error() {
    let client = TestClient::new();
    let table = client
        .call_control_api(Method::GET, "/_simulator/magic", "")
        .await
        .json();
    let rows = table.as_array().expect("value is a list").iter();
    let mut codes = 0;
    for row in rows.filter(|row| row["provider"] == "telnyx" && !row["code"].is_null()) {
        let mut reply = client
            .post_to_telnyx("/sms", &sms_request_with("phone_number", row["to"].clone()))
            .await;
        if row["on"] == "check" {
            let id = reply.json()["data"]["id"].clone();
            let id = id.as_str().expect("value is text");
            reply = client
                .check_telnyx_code(id, &client.newest_code_in_inbox().await)
                .await;
            let looked = client.get_from_telnyx(&format!("/{id}")).await;
            assert_eq!(looked.telnyx_error(), reply.telnyx_error(), "{row}");
        }
        assert_eq!(Value::from(reply.status.as_u16()), row["status"], "{row}");
        let (_, code, _) = reply.telnyx_error();
        assert_eq!(code, row["code"].to_string());
        let is_429 = reply.status.as_u16() == 429;
        assert_eq!(reply.header("retry-after").is_some(), is_429);
        codes += 1;
    }
    assert_eq!(codes, 12 + 5, "errors of a create and of later calls");
    let down = client
        .post_to_telnyx("/sms", &sms_request_with("phone_number", "+12025500503"))
        .await;
    assert_eq!(down.status.as_u16(), 503);
    let reply = client
        .post_to_telnyx("/sms", &sms_request_with("phone_number", "+12025560202"))
        .await;
    let id = reply.json()["data"]["id"].clone();
    let code = client.newest_code_in_inbox().await;
    let checked = client
        .check_telnyx_code(id.as_str().expect("value is text"), &code)
        .await;
    assert_eq!(checked.response_code(), "max_attempts_exceeded");
}

#[tokio::test]
async fn fault_responses_have_the_telnyx_format() {
    let client = TestClient {
        check_schemas: false,
        ..TestClient::new()
    };
    let script = async |script: Value| {
        let body = script.to_string();
        client
            .call_control_api(Method::PUT, "/_simulator/faults", &body)
            .await
    };
    script(json!([{ "kind": "status", "status": 429 }, { "kind": "status", "status": 422, "code": 10027 }]))
        .await;
    let throttled = client.post_to_telnyx("/sms", &sms_request()).await;
    assert_eq!(throttled.telnyx_error(), expected_error(429, "10011", None));
    assert_eq!(throttled.header("retry-after"), Some("1"));
    let reply = client.post_to_telnyx("/sms", &sms_request()).await;
    assert_eq!(reply.telnyx_error(), expected_error(422, "10027", None));
    script(json!([
        { "kind": "bad_json" }, { "kind": "wrong_sid" }, { "kind": "wrong_service" },
        { "kind": "wrong_to" }, { "kind": "null_fields" },
    ]))
    .await;
    let cut = client.post_to_telnyx("/sms", &sms_request()).await;
    assert_eq!(cut.status, StatusCode::OK);
    assert!(serde_json::from_str::<Value>(&cut.text).is_err());
    let (_, other, elsewhere, nulls) = (
        client.post_to_telnyx("/sms", &sms_request()).await,
        client.post_to_telnyx("/sms", &sms_request()).await.json(),
        client.post_to_telnyx("/sms", &sms_request()).await.json(),
        client.post_to_telnyx("/sms", &sms_request()).await.json(),
    );
    assert_ne!(other["data"]["verify_profile_id"], DEFAULT_PROFILE_ID);
    assert_ne!(elsewhere["data"]["phone_number"], TO);
    assert!(nulls["data"]["id"].is_null());
    let (id, code) = client.create_telnyx_sms().await;
    script(json!([{ "kind": "approve_lie" }, { "kind": "unknown_status" }])).await;
    assert_eq!(
        client.check_telnyx_code(&id, &code).await.response_code(),
        "rejected"
    );
    assert_eq!(
        client.check_telnyx_code(&id, &code).await.response_code(),
        "under_review"
    );
    assert_eq!(
        client.check_telnyx_code(&id, &code).await.response_code(),
        "accepted"
    );
}
