//! `/_simulator/*` and the page.

use http::{Method, StatusCode};
use tokio_stream::StreamExt;

use super::*;

impl Lab {
    async fn messages(&self, query: &str) -> Vec<Value> {
        let reply = self
            .control(Method::GET, &format!("/_simulator/messages{query}"), "")
            .await;
        assert_eq!(reply.status, StatusCode::OK, "{}", reply.text);
        reply.json().as_array().expect("a list").clone()
    }

    async fn text(&self, to: &str) {
        let reply = self.create(&[("To", to), ("Channel", "sms")]).await;
        assert_eq!(reply.status, StatusCode::CREATED);
    }
}

#[tokio::test]
async fn a_message_says_what_was_sent() {
    let lab = Lab::new();
    let (sid, code) = lab.begin().await;
    let messages = lab.messages("").await;
    let message = &messages[0];
    assert_eq!(
        message["body"],
        format!("Your Sallyport verification code is: {code}")
    );
    assert_eq!(message["sent_at"].as_str().map(str::len), Some(24));
    let mut rest = message.as_object().expect("an object").clone();
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
async fn a_call_speaks_the_digits_one_by_one() {
    let lab = Lab::new();
    lab.create(&[("To", TO), ("Channel", "call")]).await;
    let message = lab.messages("").await.remove(0);
    let code = message["code"].as_str().expect("a code");
    let spoken: Vec<String> = code.chars().map(String::from).collect();
    let body = message["body"].as_str().expect("a body");
    assert_eq!(body.matches(&spoken.join(", ")).count(), 2);
    assert_eq!(message["channel"], "call");
}

#[tokio::test]
async fn messages_are_filtered_by_number_time_and_id() {
    let lab = Lab::new();
    lab.text(TO).await;
    lab.text("+14155550143").await;
    lab.text(TO).await;
    assert_eq!(lab.messages("?to=%2B14155550142").await.len(), 2);
    assert_eq!(
        lab.messages("?to=+14155550142").await.len(),
        2,
        "a raw plus is understood"
    );
    assert_eq!(lab.messages("?after=2").await.len(), 1);
    let all = lab.messages("").await;
    let first = all[0]["sent_at"].as_str().expect("a time");
    assert_eq!(
        lab.messages(&format!("?since={first}")).await.len(),
        2,
        "strictly later"
    );
    let offset = first.replace('Z', "+00:00");
    assert_eq!(lab.messages(&format!("?since={offset}")).await.len(), 2);
    for bad in ["?since=yesterday", "?to=me", "?wait=x", "?form=1"] {
        let reply = lab
            .control(Method::GET, &format!("/_simulator/messages{bad}"), "")
            .await;
        assert_eq!(reply.status, StatusCode::BAD_REQUEST, "{bad}");
        assert!(reply.json()["error"].is_string());
    }
}

#[tokio::test]
async fn a_waiting_reader_gets_the_message_when_it_comes() {
    let lab = Lab::new();
    let (found, ()) = tokio::join!(lab.messages("?to=%2B14155550142&wait=30"), async {
        lab.text("+14155550143").await;
        lab.text(TO).await;
    });
    assert_eq!((found.len(), &found[0]["to"]), (1, &TO.into()));
    assert_eq!(
        lab.messages("?wait=30").await.len(),
        2,
        "nothing to wait for"
    );
    assert_eq!(lab.messages("?to=+14155550144&wait=0").await.len(), 0);
}

/// Reads an event stream until `text` has come by.
pub(super) async fn read_until(
    stream: &mut axum::body::BodyDataStream,
    seen: &mut String,
    text: &str,
) {
    while !seen.contains(text) {
        let chunk = stream
            .next()
            .await
            .expect("more to come")
            .expect("readable");
        seen.push_str(&String::from_utf8_lossy(&chunk));
    }
}

pub(super) async fn listen(
    lab: &Lab,
    query: &str,
    last_id: Option<&str>,
) -> axum::body::BodyDataStream {
    let mut request = Request::get(format!("/_simulator/events{query}"));
    if let Some(id) = last_id {
        request = request.header("last-event-id", id);
    }
    let request = request.body(Body::empty()).expect("a request");
    let response = lab
        .app
        .clone()
        .oneshot(request)
        .await
        .expect("routers do not fail");
    assert_eq!(response.headers()["content-type"], "text/event-stream");
    response.into_body().into_data_stream()
}

#[tokio::test]
async fn events_tell_of_each_message_live() {
    let lab = Lab::new();
    lab.text("+14155550140").await;
    let mut all = listen(&lab, "", None).await;
    let mut one = listen(&lab, "?to=%2B14155550142", None).await;
    lab.text("+14155550143").await;
    lab.text(TO).await;
    let (mut seen, mut seen_by_one) = (String::new(), String::new());
    read_until(&mut all, &mut seen, "id: 3").await;
    assert!(seen.contains("event: message\n") && seen.contains("\"to\":\"+14155550143\""));
    assert!(!seen.contains("+14155550140"), "only what comes after");
    read_until(&mut one, &mut seen_by_one, "id: 3").await;
    assert!(!seen_by_one.contains("id: 2"));
    lab.control(Method::DELETE, "/_simulator/state", "").await;
    read_until(&mut all, &mut seen, "event: reset").await;
}

#[tokio::test]
async fn a_listener_that_comes_back_misses_nothing() {
    let lab = Lab::new();
    for _ in 0..3 {
        lab.text(TO).await;
    }
    let mut seen = String::new();
    let mut back = listen(&lab, "", Some("1")).await;
    read_until(&mut back, &mut seen, "id: 3").await;
    assert!(seen.contains("id: 2") && !seen.contains("id: 1"));

    let mut seen = String::new();
    let mut from_another_life = listen(&lab, "", Some("99")).await;
    read_until(&mut from_another_life, &mut seen, "id: 3").await;
    assert!(seen.contains("event: reset") && seen.contains("id: 1"));
}

#[tokio::test]
async fn the_clock_moves_ahead_in_whole_seconds_only() {
    let lab = Lab::new();
    let (sid, code) = lab.begin().await;
    let before = lab.simulator.clock().now_millis();
    let reply = lab
        .control(Method::POST, "/_simulator/clock", "{\"advance_secs\": 601}")
        .await;
    assert_eq!(reply.json()["ahead_secs"], 601);
    assert!(
        reply.json()["now"]
            .as_str()
            .is_some_and(|now| now.ends_with('Z'))
    );
    assert!(lab.simulator.clock().now_millis() >= before + 601_000);
    let late = lab
        .check(&[("VerificationSid", &sid), ("Code", &code)])
        .await;
    assert_eq!(late.refusal(), (404, 20404));
    for bad in [
        "{\"advance_secs\": -1}",
        "{\"advance_secs\": 1.5}",
        "{}",
        "",
        "{\"advance_secs\": 99999999999}",
    ] {
        let reply = lab.control(Method::POST, "/_simulator/clock", bad).await;
        assert_eq!(reply.status, StatusCode::BAD_REQUEST, "{bad}");
    }
    let reply = lab.control(Method::GET, "/_simulator/clock", "").await;
    assert_eq!(reply.json()["ahead_secs"], 601);
}

#[tokio::test]
async fn the_ledger_has_every_call_in_order() {
    let lab = Lab::new();
    let (sid, code) = lab.begin().await;
    lab.check(&[("VerificationSid", &sid), ("Code", "123")])
        .await;
    lab.check(&[("VerificationSid", &sid), ("Code", &code)])
        .await;
    lab.fetch(&sid).await;
    let ledger = lab.ledger().await;
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
    lab.control(Method::DELETE, "/_simulator/ledger", "").await;
    assert!(lab.ledger().await.is_empty());
}

#[tokio::test]
async fn forgetting_everything_leaves_a_fresh_simulator() {
    let lab = Lab::new();
    let (sid, _) = lab.begin().await;
    lab.advance(30).await;
    lab.control(Method::PUT, "/_simulator/faults", "[{\"kind\":\"html\"}]")
        .await;
    let reply = lab.control(Method::DELETE, "/_simulator/state", "").await;
    assert_eq!(reply.status, StatusCode::NO_CONTENT);
    assert_eq!(lab.simulator.clock().offset_millis(), 0);
    assert!(lab.messages("").await.is_empty() && lab.ledger().await.is_empty());
    assert_eq!(lab.fetch(&sid).await.refusal(), (404, 20404));
    lab.begin().await;
    assert_eq!(lab.messages("").await[0]["id"], 2, "ids are never reused");
}

#[tokio::test]
async fn the_page_and_its_assets_are_served_under_a_strict_policy() {
    let lab = Lab::new();
    for (path, kind) in [
        ("/", "text/html"),
        ("/_simulator/assets/phone.css", "text/css"),
        ("/_simulator/assets/phone.js", "text/javascript"),
    ] {
        let reply = lab.control(Method::GET, path, "").await;
        assert_eq!(reply.status, StatusCode::OK);
        assert!(
            reply
                .header("content-type")
                .is_some_and(|found| found.starts_with(kind))
        );
        let policy = reply.header("content-security-policy").expect("a policy");
        assert!(policy.starts_with("default-src 'none'") && !policy.contains("unsafe"));
    }
    let page = lab.control(Method::GET, "/", "").await.text;
    assert!(!page.contains("style=") && !page.contains("onclick") && !page.contains("<script>"));
    let icon = lab.control(Method::GET, "/favicon.ico", "").await;
    assert_eq!(icon.status, StatusCode::NO_CONTENT);
}

#[tokio::test]
async fn it_says_that_it_is_well_and_what_it_does_not_have() {
    let lab = Lab::new();
    let health = lab.control(Method::GET, "/healthz", "").await;
    assert_eq!(
        (health.status, health.text.as_str()),
        (StatusCode::OK, "ok")
    );
    assert!(
        lab.control(Method::GET, "/_simulator/", "")
            .await
            .json()
            .is_object()
    );
    let missing = lab.control(Method::GET, "/_simulator/nothing", "").await;
    assert_eq!(missing.status, StatusCode::NOT_FOUND);
    assert!(missing.json()["error"].is_string());
    let method = lab.control(Method::POST, "/_simulator/ledger", "").await;
    assert_eq!(method.status, StatusCode::METHOD_NOT_ALLOWED);
}
