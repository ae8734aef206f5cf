//! Tests of valid Telnyx requests: create, check, fetch, list.

use super::harness::*;
use super::schemas::assert_telnyx_schema;
use crate::settings::TelnyxSettings;

impl TestClient {
    /// Sends a Telnyx call with a valid API key and asserts that the response matches Telnyx's schema.
    pub(super) async fn call_telnyx(&self, method: Method, path: &str, body: &Value) -> Reply {
        let request = Request::builder()
            .method(method)
            .uri(format!("/v2/verifications{path}"))
            .header(AUTHORIZATION, format!("Bearer {DEFAULT_TELNYX_KEY}"))
            .header(CONTENT_TYPE, "application/json")
            .body(Body::from(body.to_string()))
            .expect("valid request");
        let reply = self.send(request).await;
        if self.check_schemas {
            assert_telnyx_schema(path, &reply);
        }
        reply
    }

    /// Sends a Telnyx POST request below `/v2/verifications`.
    pub(super) async fn post_to_telnyx(&self, path: &str, body: &Value) -> Reply {
        self.call_telnyx(Method::POST, path, body).await
    }

    /// Creates a Telnyx verification by SMS and returns its id and code.
    pub(super) async fn create_telnyx_sms(&self) -> (String, String) {
        let reply = self.post_to_telnyx("/sms", &sms_request()).await;
        assert_eq!(reply.status, StatusCode::OK, "{}", reply.text);
        let id = reply.json()["data"]["id"].as_str().map(str::to_owned);
        (id.expect("an id"), self.newest_code_in_inbox().await)
    }

    /// Sends the Telnyx call that checks a code by verification id.
    pub(super) async fn check_telnyx_code(&self, id: &str, code: &str) -> Reply {
        let path = format!("/{id}/actions/verify");
        self.post_to_telnyx(&path, &json!({ "code": code })).await
    }

    /// Sends a Telnyx GET request below `/v2/verifications`.
    pub(super) async fn get_from_telnyx(&self, path: &str) -> Reply {
        self.call_telnyx(Method::GET, path, &Value::Null).await
    }
}

impl Reply {
    /// Returns the result of a Telnyx code check, such as `accepted`.
    pub(super) fn response_code(&self) -> String {
        assert_eq!(self.status, StatusCode::OK, "{}", self.text);
        let code = self.json()["data"]["response_code"].clone();
        code.as_str().expect("value is text").to_owned()
    }

    /// Returns HTTP status, error code and JSON pointer of a Telnyx error response.
    pub(super) fn telnyx_error(&self) -> (u16, String, Option<String>) {
        let error = self.json()["errors"][0].clone();
        let text = |value: &Value| value.as_str().map(str::to_owned);
        (
            self.status.as_u16(),
            text(&error["code"]).unwrap_or_default(),
            text(&error["source"]["pointer"]),
        )
    }
}

/// Returns a valid request body that creates a Telnyx verification by SMS.
pub(super) fn sms_request() -> Value {
    json!({ "phone_number": TO, "verify_profile_id": DEFAULT_PROFILE_ID })
}

/// Returns a request body that creates a Telnyx verification by SMS, with one member changed.
pub(super) fn sms_request_with(name: &str, value: impl Into<Value>) -> Value {
    let mut body = sms_request();
    body[name] = value.into();
    body
}

/// Returns an expected Telnyx error: HTTP status, error code and JSON pointer.
pub(super) fn expected_error(
    status: u16,
    code: &str,
    pointer: Option<&str>,
) -> (u16, String, Option<String>) {
    (status, code.to_owned(), pointer.map(str::to_owned))
}

/// Returns a five-digit code that differs from `code`.
fn wrong_code(code: &str) -> &'static str {
    if code == "00000" { "00001" } else { "00000" }
}

#[tokio::test]
async fn create_response_omits_the_code() {
    let client = TestClient::new();
    for kind in ["sms", "call", "flashcall", "whatsapp"] {
        let reply = client
            .post_to_telnyx(&format!("/{kind}"), &sms_request())
            .await;
        assert_eq!(reply.status, StatusCode::OK);
        let data = &reply.json()["data"];
        assert_eq!(data["type"], kind);
        assert_eq!(
            (&data["status"], &data["timeout_secs"]),
            (&"pending".into(), &300.into())
        );
        let created = data["created_at"].as_str().expect("value is text");
        assert_eq!(created.len(), 26, "microseconds and no zone: {created}");
        let code = client.newest_code_in_inbox().await;
        assert!(!contains_code(&reply.text, &code));
        let messages = client
            .call_control_api(Method::GET, "/_simulator/messages", "")
            .await
            .json();
        let last = messages.as_array().and_then(|all| all.last());
        let last = last.expect("a message");
        assert_eq!(last["provider"], "telnyx");
        assert_eq!(last["channel"], kind);
        assert_eq!(last["service"], DEFAULT_PROFILE_ID);
        assert_eq!(last["verification"], data["id"]);
        if matches!(kind, "sms" | "whatsapp") {
            let text = format!("Your Sallyport verification code is: {code}.");
            assert_eq!(last["body"], text);
        }
    }
}

#[tokio::test]
async fn code_is_accepted_once_and_the_verification_stays_readable() {
    let client = TestClient::new();
    let (id, code) = client.create_telnyx_sms().await;
    assert_eq!(
        client
            .check_telnyx_code(&id, wrong_code(&code))
            .await
            .response_code(),
        "rejected"
    );
    assert_eq!(
        client.check_telnyx_code(&id, &code).await.response_code(),
        "accepted"
    );
    assert_eq!(
        client.check_telnyx_code(&id, &code).await.response_code(),
        "rejected"
    );
    let found = client.get_from_telnyx(&format!("/{id}")).await.json();
    assert_eq!(found["data"]["status"], "accepted");
}

#[tokio::test]
async fn five_wrong_codes_make_the_verification_invalid() {
    let client = TestClient::new();
    let (id, code) = client.create_telnyx_sms().await;
    for _ in 0..5 {
        assert_eq!(
            client
                .check_telnyx_code(&id, wrong_code(&code))
                .await
                .response_code(),
            "rejected"
        );
    }
    let right = client.check_telnyx_code(&id, &code).await.response_code();
    assert_eq!(right, "max_attempts_exceeded");
    let found = client.get_from_telnyx(&format!("/{id}")).await.json();
    assert_eq!(found["data"]["status"], "invalid");
}

#[tokio::test]
async fn limit_of_wrong_codes_is_configurable() {
    let client = TestClient::with_settings(Settings {
        telnyx: TelnyxSettings {
            max_wrong_checks: 1,
            ..TelnyxSettings::default()
        },
        ..Settings::default()
    });
    let (id, code) = client.create_telnyx_sms().await;
    let wrong = client
        .check_telnyx_code(&id, wrong_code(&code))
        .await
        .response_code();
    assert_eq!(wrong, "rejected");
    let right = client.check_telnyx_code(&id, &code).await.response_code();
    assert_eq!(right, "max_attempts_exceeded");
}

#[tokio::test]
async fn late_code_is_reported_as_expired_or_rejected_as_configured() {
    for (expired_is_rejected, said) in [(false, "expired"), (true, "rejected")] {
        let telnyx = TelnyxSettings {
            expired_is_rejected,
            ..TelnyxSettings::default()
        };
        let client = TestClient::with_settings(Settings {
            telnyx,
            ..Settings::default()
        });
        let reply = client
            .post_to_telnyx("/sms", &sms_request_with("timeout_secs", 60))
            .await;
        let id = reply.json()["data"]["id"].clone();
        let id = id.as_str().expect("value is text");
        let code = client.newest_code_in_inbox().await;
        client.advance_clock(60).await;
        assert_eq!(
            client.check_telnyx_code(id, &code).await.response_code(),
            said
        );
        let found = client.get_from_telnyx(&format!("/{id}")).await.json();
        assert_eq!(found["data"]["status"], "expired");
    }
}

#[tokio::test]
async fn check_by_number_uses_the_newest_pending_verification() {
    let client = TestClient::new();
    let by_number = format!("/by_phone_number/{TO}/actions/verify");
    let check = |code: &str| json!({ "code": code, "verify_profile_id": DEFAULT_PROFILE_ID });
    let nothing = client.post_to_telnyx(&by_number, &check("12345")).await;
    assert_eq!(nothing.telnyx_error(), expected_error(404, "10005", None));
    let (first, first_code) = client.create_telnyx_sms().await;
    let (second, second_code) = client.create_telnyx_sms().await;
    assert_ne!(first, second);
    let encoded = by_number.replace('+', "%2B");
    let reply = client.post_to_telnyx(&encoded, &check(&second_code)).await;
    assert_eq!(reply.response_code(), "accepted");
    assert_eq!(
        client
            .check_telnyx_code(&first, &first_code)
            .await
            .response_code(),
        "accepted"
    );
    let all = client
        .get_from_telnyx(&format!("/by_phone_number/{TO}"))
        .await
        .json();
    let listed = all["data"].as_array().expect("value is a list").iter();
    let ids: Vec<_> = listed.map(|one| one["id"].clone()).collect();
    assert_eq!(ids, [json!(second), json!(first)]);
    assert_eq!(all["meta"]["total_results"], 2);
}

#[tokio::test]
async fn custom_code_is_repeated_and_its_result_reported_by_the_application() {
    let client = TestClient::new();
    let reply = client
        .post_to_telnyx("/sms", &sms_request_with("custom_code", "43612"))
        .await;
    assert_eq!(reply.json()["data"]["custom_code"], "43612");
    assert_eq!(client.newest_code_in_inbox().await, "43612");
    let id = reply.json()["data"]["id"].clone();
    let path = format!("/{}/actions/verify", id.as_str().expect("value is text"));
    let reply = client
        .post_to_telnyx(&path, &json!({ "status": "maybe" }))
        .await;
    assert_eq!(
        reply.telnyx_error(),
        expected_error(400, "10015", Some("/status"))
    );
    let reply = client
        .post_to_telnyx(&path, &json!({ "status": "accepted" }))
        .await;
    assert_eq!(reply.response_code(), "accepted");
    let (id, _) = client.create_telnyx_sms().await;
    let path = format!("/{id}/actions/verify");
    let not_ours = client
        .post_to_telnyx(&path, &json!({ "status": "accepted" }))
        .await;
    assert_eq!(
        not_ours.telnyx_error(),
        expected_error(400, "10015", Some("/status"))
    );
}
