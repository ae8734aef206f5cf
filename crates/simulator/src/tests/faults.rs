//! Tests of the fault script.

use super::harness::*;

impl TestClient {
    /// Creates a test client whose next provider calls fail as this fault script says.
    async fn with_faults(script: &Value) -> Self {
        let client = Self {
            check_schemas: false,
            ..Self::new()
        };
        client.set_faults(script).await;
        client
    }

    /// Sets the simulator's fault script.
    async fn set_faults(&self, script: &Value) {
        let reply = self
            .call_control_api(Method::PUT, "/_simulator/faults", &script.to_string())
            .await;
        assert_eq!(reply.status, StatusCode::OK, "{}", reply.text);
    }

    /// Returns the number of messages in the simulator's inbox.
    async fn message_count(&self) -> Option<usize> {
        let reply = self
            .call_control_api(Method::GET, "/_simulator/messages", "")
            .await;
        reply.json().as_array().map(Vec::len)
    }
}

const SMS: [(&str, &str); 2] = [("To", TO), ("Channel", "sms")];

#[tokio::test]
async fn faults_apply_in_order_to_matching_calls() {
    let client = TestClient::with_faults(&json!({ "faults": [
        { "on": "check", "kind": "status", "status": 500 },
        { "kind": "status", "status": 503, "times": 2 },
    ]}))
    .await;
    assert_eq!(
        client
            .create_twilio_verification(&SMS)
            .await
            .status
            .as_u16(),
        503
    );
    assert_eq!(client.check_twilio_code(&SMS).await.status.as_u16(), 500);
    assert_eq!(
        client
            .create_twilio_verification(&SMS)
            .await
            .status
            .as_u16(),
        503
    );
    assert_eq!(
        client
            .call_control_api(Method::GET, "/_simulator/faults", "")
            .await
            .json(),
        json!([])
    );
    assert_eq!(
        client
            .create_twilio_verification(&SMS)
            .await
            .status
            .as_u16(),
        201
    );
    assert_eq!(
        client.message_count().await,
        Some(1),
        "a failed call sends nothing"
    );
}

#[tokio::test]
async fn fault_with_a_status_has_its_code_body_and_headers() {
    let client = TestClient::with_faults(&json!([
        { "kind": "status", "status": 429 },
        { "kind": "status", "status": 403, "code": 60238, "message": "blocked", "retry_after": 9 },
        { "kind": "status", "status": 502, "body": "<h1>Bad Gateway</h1>" },
        { "kind": "status", "status": 200, "body": { "status": "approved" } },
    ]))
    .await;
    let throttled = client.create_twilio_verification(&SMS).await;
    assert_eq!(
        (throttled.twilio_error(), throttled.header("retry-after")),
        ((429, 20429), Some("1"))
    );
    let blocked = client.create_twilio_verification(&SMS).await;
    assert_eq!(
        (blocked.twilio_error(), blocked.header("retry-after")),
        ((403, 60238), Some("9"))
    );
    assert_eq!(
        client.create_twilio_verification(&SMS).await.text,
        "<h1>Bad Gateway</h1>"
    );
    assert_eq!(
        client.check_twilio_code(&SMS).await.json(),
        json!({ "status": "approved" })
    );
    let ledger = client.ledger_entries().await;
    assert_eq!(
        (&ledger[1]["fault"], &ledger[1]["error_code"]),
        (&"status".into(), &60238.into())
    );
}

#[tokio::test]
async fn fault_with_a_status_without_code_has_the_default_code() {
    for (status, code) in [(401, 20003), (403, 20403), (404, 20404), (429, 20429)] {
        let client =
            TestClient::with_faults(&json!([{ "kind": "status", "status": status }])).await;
        assert_eq!(
            client.create_twilio_verification(&SMS).await.twilio_error(),
            (status, code)
        );
    }
}

#[tokio::test]
async fn failed_call_is_executed_only_if_the_fault_has_act() {
    for act in [false, true] {
        let client =
            TestClient::with_faults(&json!([{ "kind": "status", "status": 500, "act": act }]))
                .await;
        assert_eq!(
            client
                .create_twilio_verification(&SMS)
                .await
                .status
                .as_u16(),
            500
        );
        assert_eq!(client.message_count().await, Some(usize::from(act)));
        let verification = &client.ledger_entries().await[0]["verification"];
        assert_eq!(verification.is_string(), act);
    }
}

#[tokio::test]
async fn tampering_faults_change_one_json_member() {
    let client = TestClient::with_faults(&json!([])).await;
    let (sid, code) = client.create_sms().await;
    let tampered = async |kind: &str| {
        client
            .set_faults(&json!([{ "on": "check", "kind": kind }]))
            .await;
        client
            .check_twilio_code(&[("VerificationSid", &sid), ("Code", &code)])
            .await
            .json()
    };
    let response = tampered("approve_lie").await;
    assert_eq!(
        (&response["valid"], &response["status"]),
        (&true.into(), &"pending".into())
    );
    assert_ne!(tampered("wrong_sid").await["sid"], sid);
    assert_ne!(tampered("wrong_to").await["to"], TO);
    assert_ne!(
        tampered("wrong_service").await["service_sid"],
        DEFAULT_SERVICE_SID
    );
    assert_eq!(tampered("unknown_status").await["status"], "under_review");
    let nulls = tampered("null_fields").await;
    assert!(
        nulls
            .as_object()
            .is_some_and(|all| all.values().all(Value::is_null))
    );
    let unchanged = client
        .check_twilio_code(&[("VerificationSid", &sid), ("Code", &code)])
        .await
        .json();
    assert_eq!(
        unchanged["status"], "approved",
        "the faults did not check the code"
    );
}

#[tokio::test]
async fn faults_of_the_body_keep_the_success_status() {
    let client = TestClient::with_faults(&json!([
        { "kind": "bad_json" }, { "kind": "html" }, { "kind": "wrong_content_type" }, { "kind": "huge_body" },
    ]))
    .await;
    let cut = client.create_twilio_verification(&SMS).await;
    assert_eq!(cut.status, StatusCode::CREATED);
    assert!(serde_json::from_str::<Value>(&cut.text).is_err() && cut.text.starts_with('{'));
    let page = client.check_twilio_code(&SMS).await;
    assert_eq!(
        (page.status, page.header("content-type")),
        (StatusCode::OK, Some("text/html; charset=utf-8"))
    );
    let mislabelled = client.create_twilio_verification(&SMS).await;
    assert_eq!(mislabelled.header("content-type"), Some("text/plain"));
    assert_eq!(mislabelled.json()["status"], "pending");
    let huge = client.create_twilio_verification(&SMS).await;
    assert!(huge.text.len() > 1024 * 1024);
    assert_eq!(huge.json()["status"], "pending", "complete JSON");
}

#[tokio::test]
async fn delayed_response_is_unchanged() {
    let client = TestClient::with_faults(&json!([{ "kind": "delay", "delay_ms": 1 }])).await;
    assert_eq!(
        client.create_twilio_verification(&SMS).await.status,
        StatusCode::CREATED
    );
    assert_eq!(client.message_count().await, Some(1));
}

#[tokio::test]
async fn invalid_fault_script_is_rejected_as_a_whole() {
    let client = TestClient::with_faults(&json!([{ "kind": "html" }])).await;
    for bad in [
        json!([{ "kind": "explode" }]),
        json!([{ "kind": "html", "on": "delete" }]),
        json!([{ "kind": "html", "times": 0 }]),
        json!([{ "kind": "delay" }]),
        json!([{ "kind": "delay", "delay_ms": 900_000 }]),
        json!([{ "kind": "status" }]),
        json!([{ "kind": "status", "status": 99 }]),
        json!([{ "kind": "html", "tmies": 2 }]),
        json!("html"),
    ] {
        let reply = client
            .call_control_api(Method::PUT, "/_simulator/faults", &bad.to_string())
            .await;
        assert_eq!(reply.status, StatusCode::BAD_REQUEST, "{bad}");
        assert!(reply.json()["error"].is_string());
    }
    let incomplete = json!([{ "kind": "status" }]).to_string();
    let reply = client
        .call_control_api(Method::PUT, "/_simulator/faults", &incomplete)
        .await;
    assert_eq!(
        reply.json()["error"],
        "fault 0: kind \"status\" requires the member \"status\" with a value from 200 to 599"
    );
    let left = client
        .call_control_api(Method::GET, "/_simulator/faults", "")
        .await
        .json();
    assert_eq!(
        left,
        json!([{ "on": "any", "kind": "html", "times": 1, "act": false }])
    );
    client
        .call_control_api(Method::DELETE, "/_simulator/faults", "")
        .await;
    assert_eq!(
        client
            .create_twilio_verification(&SMS)
            .await
            .header("content-type"),
        Some("application/json")
    );
}
