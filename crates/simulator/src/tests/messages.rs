//! Tests of text messages sent through Twilio (<https://www.twilio.com/docs/messaging/api/message-resource>,
//! <https://www.twilio.com/docs/iam/test-credentials>).

use super::harness::*;

pub(super) const FROM: &str = "+15005550006";
const SERVICE: &str = "MG00000000000000000000000000000001";

impl TestClient {
    /// Sends the Twilio call that creates a text message in this account.
    async fn create_twilio_message_as(&self, account: &str, fields: &[(&str, &str)]) -> Reply {
        let request = Request::builder()
            .method(Method::POST)
            .uri(format!("/2010-04-01/Accounts/{account}/Messages.json"))
            .header(
                AUTHORIZATION,
                basic_auth_header(DEFAULT_ACCOUNT_SID, DEFAULT_AUTH_TOKEN),
            )
            .header(CONTENT_TYPE, FORM)
            .body(Body::from(encode_form(fields)))
            .expect("valid request");
        self.send(request).await
    }

    /// Sends a Twilio text message from one number to another.
    pub(super) async fn create_twilio_message_between(&self, from: &str, to: &str) -> Reply {
        self.create_twilio_message(&[("To", to), ("From", from), ("Body", "Hello")])
            .await
    }

    /// Sends the Twilio call that creates a text message in the default account.
    async fn create_twilio_message(&self, fields: &[(&str, &str)]) -> Reply {
        self.create_twilio_message_as(DEFAULT_ACCOUNT_SID, fields)
            .await
    }
}

#[tokio::test]
async fn message_is_queued_and_listed_without_a_code() {
    let client = TestClient::new();
    let reply = client
        .create_twilio_message(&[("To", TO), ("From", FROM), ("Body", "Hello")])
        .await;
    assert_eq!(reply.status, StatusCode::CREATED);
    let body = reply.json();
    let sid = verification_sid_in(&reply);
    assert!(sid.starts_with("SM") && sid.len() == 34, "{sid}");
    let path = format!("/2010-04-01/Accounts/{DEFAULT_ACCOUNT_SID}/Messages/{sid}");
    let created = body["date_created"]
        .as_str()
        .expect("value is text")
        .to_owned();
    assert!(
        created.ends_with(" +0000") && created.len() == 31,
        "{created}"
    );
    assert_eq!(
        body,
        json!({
            "account_sid": DEFAULT_ACCOUNT_SID, "api_version": "2010-04-01", "body": "Hello",
            "date_created": created, "date_sent": null, "date_updated": created,
            "direction": "outbound-api", "error_code": null, "error_message": null,
            "from": FROM, "messaging_service_sid": null, "num_media": "0", "num_segments": "1",
            "price": null, "price_unit": null, "sid": sid, "status": "queued",
            "subresource_uris": { "media": format!("{path}/Media.json") },
            "to": TO, "uri": format!("{path}.json"),
        })
    );
    let messages = client
        .call_control_api(Method::GET, "/_simulator/messages", "")
        .await
        .json();
    let message = &messages[0];
    assert_eq!(message["body"], "Hello");
    assert_eq!(message["code"], Value::Null);
    assert_eq!(message["channel"], "sms");
    assert_eq!(message["provider"], "twilio");
    let entry = client.ledger_entries().await.remove(0);
    assert_eq!(entry["operation"], "message");
    assert_eq!(entry["status"], 201);
}

#[tokio::test]
async fn message_of_a_messaging_service_is_accepted() {
    let client = TestClient::new();
    let fields = [
        ("To", TO),
        ("MessagingServiceSid", SERVICE),
        ("Body", "Hello"),
    ];
    let reply = client.create_twilio_message(&fields).await;
    assert_eq!(reply.status, StatusCode::CREATED);
    let body = reply.json();
    assert_eq!(body["status"], "accepted");
    assert_eq!(body["messaging_service_sid"], SERVICE);
    assert_eq!(body["from"], Value::Null);
}

#[tokio::test]
async fn invalid_message_is_rejected_and_not_delivered() {
    let client = TestClient::new();
    let long = "x".repeat(1601);
    for (to, from, body, expected_error) in [
        ("", FROM, "Hello", (400, 21604)),
        ("4155550142", FROM, "Hello", (400, 21211)),
        (TO, "", "Hello", (400, 21603)),
        (TO, "not a known sender name", "Hello", (400, 21212)),
        (TO, FROM, "", (400, 21602)),
        (TO, FROM, &long, (400, 21617)),
        ("+15005550001", FROM, "Hello", (400, 21211)),
        ("+15005550002", FROM, "Hello", (400, 21612)),
        ("+15005550003", FROM, "Hello", (403, 21408)),
        ("+15005550004", FROM, "Hello", (400, 21610)),
        ("+15005550009", FROM, "Hello", (400, 21614)),
        (TO, "+15005550001", "Hello", (400, 21212)),
        (TO, "+15005550007", "Hello", (400, 21606)),
        (TO, "+15005550008", "Hello", (400, 21611)),
    ] {
        let reply = client
            .create_twilio_message(&[("To", to), ("From", from), ("Body", body)])
            .await;
        assert_eq!(reply.twilio_error(), expected_error, "{to} {from}");
        let envelope = reply.json();
        assert_eq!(envelope["status"], expected_error.0);
        assert_eq!(
            envelope["more_info"],
            format!("https://www.twilio.com/docs/errors/{}", expected_error.1)
        );
        assert!(
            !reply.twilio_error_message().contains('{'),
            "{}",
            reply.twilio_error_message()
        );
    }
    let fields = [("To", TO), ("MessagingServiceSid", "MG1"), ("Body", "x")];
    assert_eq!(
        client.create_twilio_message(&fields).await.twilio_error(),
        (400, 21701)
    );
    let messages = client
        .call_control_api(Method::GET, "/_simulator/messages", "")
        .await;
    assert_eq!(messages.json(), json!([]));
}

#[tokio::test]
async fn message_requires_credentials_and_path_of_the_account() {
    let client = TestClient::new();
    let fields = [("To", TO), ("From", FROM), ("Body", "Hello")];
    let other = "AC00000000000000000000000000000009";
    let reply = client.create_twilio_message_as(other, &fields).await;
    assert_eq!(reply.twilio_error(), (404, 20404));
    let path = format!("/2010-04-01/Accounts/{DEFAULT_ACCOUNT_SID}/Messages.json");
    let request = |authorization: &str| {
        Request::builder()
            .method(Method::POST)
            .uri(&path)
            .header(AUTHORIZATION, authorization)
            .header(CONTENT_TYPE, FORM)
            .body(Body::from(encode_form(&fields)))
            .expect("valid request")
    };
    for authorization in [
        "",
        "Basic eDp5",
        &basic_auth_header(DEFAULT_ACCOUNT_SID, "wrong"),
    ] {
        let reply = client.send(request(authorization)).await;
        assert_eq!(reply.twilio_error(), (401, 20003), "{authorization}");
    }
    let missing = client
        .call_control_api(Method::GET, "/2010-04-01/Accounts/AC1/Calls.json", "")
        .await;
    assert_eq!(missing.twilio_error(), (404, 20404));
    assert_eq!(
        client
            .call_control_api(Method::GET, &path, "")
            .await
            .twilio_error(),
        (405, 20004)
    );
}

#[tokio::test]
async fn faults_apply_to_messages() {
    let client = TestClient::new();
    let fields = [("To", TO), ("From", FROM), ("Body", "Hello")];
    let script = json!([
        { "on": "message", "kind": "status", "status": 503 },
        { "on": "any", "kind": "status", "status": 429, "retry_after": 7 },
        { "on": "mail", "kind": "status", "status": 451 },
    ]);
    client
        .call_control_api(Method::PUT, "/_simulator/faults", &script.to_string())
        .await;
    assert_eq!(client.create_twilio_message(&fields).await.status, 503);
    let throttled = client.create_twilio_message(&fields).await;
    assert_eq!(throttled.status, 429);
    assert_eq!(throttled.header("retry-after"), Some("7"));
    assert_eq!(
        client.create_twilio_message(&fields).await.status,
        StatusCode::CREATED
    );
    let left = client
        .call_control_api(Method::GET, "/_simulator/faults", "")
        .await;
    assert_eq!(left.json().as_array().map(Vec::len), Some(1));
}
