//! Tests of the control API and the phone page.

use tokio_stream::StreamExt;

use super::harness::*;

impl TestClient {
    /// Returns the messages that `GET /_simulator/messages` lists for a query string.
    async fn list_messages(&self, query: &str) -> Vec<Value> {
        let reply = self
            .call_control_api(Method::GET, &format!("/_simulator/messages{query}"), "")
            .await;
        assert_eq!(reply.status, StatusCode::OK, "{}", reply.text);
        reply.json().as_array().expect("value is a list").clone()
    }

    /// Creates a verification, which sends a code by SMS to the phone number `to`.
    async fn send_sms(&self, to: &str) {
        let reply = self
            .create_twilio_verification(&[("To", to), ("Channel", "sms")])
            .await;
        assert_eq!(reply.status, StatusCode::CREATED);
    }
}

#[tokio::test]
async fn message_contains_text_code_and_ids() {
    let client = TestClient::new();
    let (sid, code) = client.create_sms().await;
    let messages = client.list_messages("").await;
    let message = &messages[0];
    assert_eq!(
        message["body"],
        format!("Your Sallyport verification code is: {code}")
    );
    assert_eq!(message["sent_at"].as_str().map(str::len), Some(24));
    let mut rest = message.as_object().expect("value is an object").clone();
    rest.remove("body");
    rest.remove("sent_at");
    assert_eq!(
        Value::Object(rest),
        json!({
            "id": 1, "to": TO, "code": code, "channel": "sms", "provider": "twilio",
            "service": DEFAULT_SERVICE_SID, "verification": sid,
        })
    );
}

#[tokio::test]
async fn voice_call_reads_the_digits_one_by_one() {
    let client = TestClient::new();
    client
        .create_twilio_verification(&[("To", TO), ("Channel", "call")])
        .await;
    let message = client.list_messages("").await.remove(0);
    let code = message["code"].as_str().expect("value is text");
    let spoken: Vec<String> = code.chars().map(String::from).collect();
    let body = message["body"].as_str().expect("value is text");
    assert_eq!(body.matches(&spoken.join(", ")).count(), 2);
    assert_eq!(message["channel"], "call");
}

#[tokio::test]
async fn messages_are_filtered_by_number_time_and_id() {
    let client = TestClient::new();
    client.send_sms(TO).await;
    client.send_sms("+14155550143").await;
    client.send_sms(TO).await;
    assert_eq!(client.list_messages("?to=%2B14155550142").await.len(), 2);
    assert_eq!(
        client.list_messages("?to=+14155550142").await.len(),
        2,
        "an unescaped plus is accepted"
    );
    assert_eq!(client.list_messages("?after=2").await.len(), 1);
    let all = client.list_messages("").await;
    let first = all[0]["sent_at"].as_str().expect("value is text");
    assert_eq!(
        client.list_messages(&format!("?since={first}")).await.len(),
        2,
        "strictly later"
    );
    let offset = first.replace('Z', "+00:00");
    assert_eq!(
        client
            .list_messages(&format!("?since={offset}"))
            .await
            .len(),
        2
    );
    for bad in ["?since=yesterday", "?to=me", "?wait=x", "?form=1"] {
        let reply = client
            .call_control_api(Method::GET, &format!("/_simulator/messages{bad}"), "")
            .await;
        assert_eq!(reply.status, StatusCode::BAD_REQUEST, "{bad}");
        assert!(reply.json()["error"].is_string());
    }
}

#[tokio::test]
async fn waiting_request_returns_the_next_matching_message() {
    let client = TestClient::new();
    let (found, ()) = tokio::join!(client.list_messages("?to=%2B14155550142&wait=30"), async {
        client.send_sms("+14155550143").await;
        client.send_sms(TO).await;
    });
    assert_eq!((found.len(), &found[0]["to"]), (1, &TO.into()));
    assert_eq!(
        client.list_messages("?wait=30").await.len(),
        2,
        "nothing to wait for"
    );
    assert_eq!(
        client.list_messages("?to=+14155550144&wait=0").await.len(),
        0
    );
}

/// Reads an event stream into `seen` until it contains `text`.
pub(super) async fn read_until(
    stream: &mut axum::body::BodyDataStream,
    seen: &mut String,
    text: &str,
) {
    while !seen.contains(text) {
        let chunk = stream
            .next()
            .await
            .expect("stream continues")
            .expect("response is readable");
        seen.push_str(&String::from_utf8_lossy(&chunk));
    }
}

/// Opens the event stream of `/_simulator/events`. `last_id` is the `Last-Event-ID` of a client that reconnects.
pub(super) async fn open_inbox_event_stream(
    client: &TestClient,
    query: &str,
    last_id: Option<&str>,
) -> axum::body::BodyDataStream {
    let mut request = Request::get(format!("/_simulator/events{query}"));
    if let Some(id) = last_id {
        request = request.header("last-event-id", id);
    }
    let request = request.body(Body::empty()).expect("valid request");
    let response = client
        .router
        .clone()
        .oneshot(request)
        .await
        .expect("router never fails");
    assert_eq!(response.headers()["content-type"], "text/event-stream");
    response.into_body().into_data_stream()
}

#[tokio::test]
async fn event_stream_sends_each_message_and_reset() {
    let client = TestClient::new();
    client.send_sms("+14155550140").await;
    let mut all = open_inbox_event_stream(&client, "", None).await;
    let mut one = open_inbox_event_stream(&client, "?to=%2B14155550142", None).await;
    client.send_sms("+14155550143").await;
    client.send_sms(TO).await;
    let (mut seen, mut seen_by_one) = (String::new(), String::new());
    read_until(&mut all, &mut seen, "id: 3").await;
    assert!(seen.contains("event: message\n") && seen.contains("\"to\":\"+14155550143\""));
    assert!(
        !seen.contains("+14155550140"),
        "earlier messages are not sent"
    );
    read_until(&mut one, &mut seen_by_one, "id: 3").await;
    assert!(!seen_by_one.contains("id: 2"));
    client
        .call_control_api(Method::DELETE, "/_simulator/state", "")
        .await;
    read_until(&mut all, &mut seen, "event: reset").await;
}

#[tokio::test]
async fn reconnecting_client_receives_missed_messages() {
    let client = TestClient::new();
    for _ in 0..3 {
        client.send_sms(TO).await;
    }
    let mut seen = String::new();
    let mut back = open_inbox_event_stream(&client, "", Some("1")).await;
    read_until(&mut back, &mut seen, "id: 3").await;
    assert!(seen.contains("id: 2") && !seen.contains("id: 1"));

    let mut seen = String::new();
    let mut after_restart = open_inbox_event_stream(&client, "", Some("99")).await;
    read_until(&mut after_restart, &mut seen, "id: 3").await;
    assert!(seen.contains("event: reset") && seen.contains("id: 1"));
}

#[tokio::test]
async fn clock_advances_in_whole_seconds_only() {
    let client = TestClient::new();
    let (sid, code) = client.create_sms().await;
    let before = client.simulator.clock().now_millis();
    let reply = client
        .call_control_api(Method::POST, "/_simulator/clock", "{\"advance_secs\": 601}")
        .await;
    assert_eq!(reply.json()["ahead_secs"], 601);
    assert!(
        reply.json()["now"]
            .as_str()
            .is_some_and(|now| now.ends_with('Z'))
    );
    assert!(client.simulator.clock().now_millis() >= before + 601_000);
    let late = client
        .check_twilio_code(&[("VerificationSid", &sid), ("Code", &code)])
        .await;
    assert_eq!(late.twilio_error(), (404, 20404));
    for bad in [
        "{\"advance_secs\": -1}",
        "{\"advance_secs\": 1.5}",
        "{}",
        "",
        "{\"advance_secs\": 99999999999}",
    ] {
        let reply = client
            .call_control_api(Method::POST, "/_simulator/clock", bad)
            .await;
        assert_eq!(reply.status, StatusCode::BAD_REQUEST, "{bad}");
    }
    let reply = client
        .call_control_api(Method::GET, "/_simulator/clock", "")
        .await;
    assert_eq!(reply.json()["ahead_secs"], 601);
}

#[tokio::test]
async fn ledger_lists_every_call_in_order() {
    let client = TestClient::new();
    let (sid, code) = client.create_sms().await;
    client
        .check_twilio_code(&[("VerificationSid", &sid), ("Code", "123")])
        .await;
    client
        .check_twilio_code(&[("VerificationSid", &sid), ("Code", &code)])
        .await;
    client.fetch_twilio_verification(&sid).await;
    let ledger = client.ledger_entries().await;
    let operations: Vec<_> = ledger
        .iter()
        .map(|entry| entry["operation"].as_str())
        .collect();
    assert_eq!(
        operations,
        [Some("create"), Some("check"), Some("check"), Some("fetch")]
    );
    let statuses: Vec<_> = ledger
        .iter()
        .map(|entry| entry["status"].as_u64())
        .collect();
    assert_eq!(statuses, [Some(201), Some(400), Some(200), Some(404)]);
    assert_eq!(ledger[0]["params"], json!({ "To": TO, "Channel": "sms" }));
    assert_eq!(ledger[1]["error_code"], 60200);
    assert_eq!(ledger[2]["params"]["Code"], code);
    assert_eq!(ledger[2]["verification"], sid);
    assert_eq!(
        (&ledger[3]["method"], &ledger[3]["provider"]),
        (&"GET".into(), &"twilio".into())
    );
    assert!(
        ledger
            .iter()
            .all(|entry| !entry.to_string().contains(DEFAULT_AUTH_TOKEN))
    );
    client
        .call_control_api(Method::DELETE, "/_simulator/ledger", "")
        .await;
    assert!(client.ledger_entries().await.is_empty());
}

#[tokio::test]
async fn reset_deletes_all_state_and_never_reuses_ids() {
    let client = TestClient::new();
    let (sid, _) = client.create_sms().await;
    client.advance_clock(30).await;
    client
        .call_control_api(Method::PUT, "/_simulator/faults", "[{\"kind\":\"html\"}]")
        .await;
    let reply = client
        .call_control_api(Method::DELETE, "/_simulator/state", "")
        .await;
    assert_eq!(reply.status, StatusCode::NO_CONTENT);
    assert_eq!(client.simulator.clock().millis_ahead_of_system_time(), 0);
    assert!(client.list_messages("").await.is_empty() && client.ledger_entries().await.is_empty());
    assert_eq!(
        client.fetch_twilio_verification(&sid).await.twilio_error(),
        (404, 20404)
    );
    client.create_sms().await;
    assert_eq!(
        client.list_messages("").await[0]["id"],
        2,
        "ids are never reused"
    );
}

#[tokio::test]
async fn phone_page_has_a_strict_content_security_policy() {
    let client = TestClient::new();
    for (path, kind) in [
        ("/", "text/html"),
        ("/_simulator/assets/phone.css", "text/css"),
        ("/_simulator/assets/phone.js", "text/javascript"),
    ] {
        let reply = client.call_control_api(Method::GET, path, "").await;
        assert_eq!(reply.status, StatusCode::OK);
        assert!(
            reply
                .header("content-type")
                .is_some_and(|found| found.starts_with(kind))
        );
        let policy = reply.header("content-security-policy").expect("a policy");
        assert!(policy.starts_with("default-src 'none'") && !policy.contains("unsafe"));
    }
    let page = client.call_control_api(Method::GET, "/", "").await.text;
    assert!(!page.contains("style=") && !page.contains("onclick") && !page.contains("<script>"));
    let icon = client
        .call_control_api(Method::GET, "/favicon.ico", "")
        .await;
    assert_eq!(icon.status, StatusCode::NO_CONTENT);
}

#[tokio::test]
async fn health_check_answers_and_unknown_control_paths_are_rejected() {
    let client = TestClient::new();
    let health = client.call_control_api(Method::GET, "/healthz", "").await;
    assert_eq!(
        (health.status, health.text.as_str()),
        (StatusCode::OK, "ok")
    );
    assert!(
        client
            .call_control_api(Method::GET, "/_simulator/", "")
            .await
            .json()
            .is_object()
    );
    let missing = client
        .call_control_api(Method::GET, "/_simulator/nothing", "")
        .await;
    assert_eq!(missing.status, StatusCode::NOT_FOUND);
    assert!(missing.json()["error"].is_string());
    let method = client
        .call_control_api(Method::POST, "/_simulator/ledger", "")
        .await;
    assert_eq!(method.status, StatusCode::METHOD_NOT_ALLOWED);
}
