//! Scripted faults, through the router.

use http::{Method, StatusCode};
use serde_json::Value;

use super::*;

impl Lab {
    /// A lab whose next calls meet these faults.
    async fn faulty(script: &Value) -> Self {
        let lab = Self {
            check_schemas: false,
            ..Self::new()
        };
        lab.script(script).await;
        lab
    }

    async fn script(&self, script: &Value) {
        let reply = self
            .control(Method::PUT, "/_simulator/faults", &script.to_string())
            .await;
        assert_eq!(reply.status, StatusCode::OK, "{}", reply.text);
    }

    async fn message_count(&self) -> Option<usize> {
        let reply = self.control(Method::GET, "/_simulator/messages", "").await;
        reply.json().as_array().map(Vec::len)
    }
}

const SMS: [(&str, &str); 2] = [("To", TO), ("Channel", "sms")];

#[tokio::test]
async fn faults_are_used_up_in_order_by_the_calls_they_fit() {
    let lab = Lab::faulty(&json!({ "faults": [
        { "on": "check", "kind": "status", "status": 500 },
        { "kind": "status", "status": 503, "times": 2 },
    ]}))
    .await;
    assert_eq!(lab.create(&SMS).await.status.as_u16(), 503);
    assert_eq!(lab.check(&SMS).await.status.as_u16(), 500);
    assert_eq!(lab.create(&SMS).await.status.as_u16(), 503);
    assert_eq!(
        lab.control(Method::GET, "/_simulator/faults", "")
            .await
            .json(),
        json!([])
    );
    assert_eq!(lab.create(&SMS).await.status.as_u16(), 201);
    assert_eq!(
        lab.message_count().await,
        Some(1),
        "a refused call sends nothing"
    );
}

#[tokio::test]
async fn a_scripted_status_carries_what_it_is_told() {
    let lab = Lab::faulty(&json!([
        { "kind": "status", "status": 429 },
        { "kind": "status", "status": 403, "code": 60238, "message": "blocked", "retry_after": 9 },
        { "kind": "status", "status": 502, "body": "<h1>Bad Gateway</h1>" },
        { "kind": "status", "status": 200, "body": { "status": "approved" } },
    ]))
    .await;
    let throttled = lab.create(&SMS).await;
    assert_eq!(
        (throttled.refusal(), throttled.header("retry-after")),
        ((429, 20429), Some("1"))
    );
    let blocked = lab.create(&SMS).await;
    assert_eq!(
        (blocked.refusal(), blocked.header("retry-after")),
        ((403, 60238), Some("9"))
    );
    assert_eq!(lab.create(&SMS).await.text, "<h1>Bad Gateway</h1>");
    assert_eq!(
        lab.check(&SMS).await.json(),
        json!({ "status": "approved" })
    );
    let ledger = lab.ledger().await;
    assert_eq!(
        (&ledger[1]["fault"], &ledger[1]["error_code"]),
        (&"status".into(), &60238.into())
    );
}

#[tokio::test]
async fn a_scripted_status_has_the_code_that_goes_with_it() {
    for (status, code) in [(401, 20003), (403, 20403), (404, 20404), (429, 20429)] {
        let lab = Lab::faulty(&json!([{ "kind": "status", "status": status }])).await;
        assert_eq!(lab.create(&SMS).await.refusal(), (status, code));
    }
}

#[tokio::test]
async fn a_fault_acts_only_when_told_to() {
    for act in [false, true] {
        let lab = Lab::faulty(&json!([{ "kind": "status", "status": 500, "act": act }])).await;
        assert_eq!(lab.create(&SMS).await.status.as_u16(), 500);
        assert_eq!(lab.message_count().await, Some(usize::from(act)));
        let verification = &lab.ledger().await[0]["verification"];
        assert_eq!(verification.is_string(), act);
    }
}

#[tokio::test]
async fn forged_answers_change_one_thing() {
    let lab = Lab::faulty(&json!([])).await;
    let (sid, code) = lab.begin().await;
    let forged = async |kind: &str| {
        lab.script(&json!([{ "on": "check", "kind": kind }])).await;
        lab.check(&[("VerificationSid", &sid), ("Code", &code)])
            .await
            .json()
    };
    let lie = forged("approve_lie").await;
    assert_eq!(
        (&lie["valid"], &lie["status"]),
        (&true.into(), &"pending".into())
    );
    assert_ne!(forged("wrong_sid").await["sid"], sid);
    assert_ne!(forged("wrong_to").await["to"], TO);
    assert_ne!(
        forged("wrong_service").await["service_sid"],
        DEFAULT_SERVICE_SID
    );
    assert_eq!(forged("unknown_status").await["status"], "under_review");
    let nulls = forged("null_fields").await;
    assert!(
        nulls
            .as_object()
            .is_some_and(|all| all.values().all(Value::is_null))
    );
    let honest = lab
        .check(&[("VerificationSid", &sid), ("Code", &code)])
        .await
        .json();
    assert_eq!(
        honest["status"], "approved",
        "none of them used the code up"
    );
}

#[tokio::test]
async fn broken_bodies_come_with_a_success_status() {
    let lab = Lab::faulty(&json!([
        { "kind": "bad_json" }, { "kind": "html" }, { "kind": "wrong_content_type" }, { "kind": "huge_body" },
    ]))
    .await;
    let cut = lab.create(&SMS).await;
    assert_eq!(cut.status, StatusCode::CREATED);
    assert!(serde_json::from_str::<Value>(&cut.text).is_err() && cut.text.starts_with('{'));
    let page = lab.check(&SMS).await;
    assert_eq!(
        (page.status, page.header("content-type")),
        (StatusCode::OK, Some("text/html; charset=utf-8"))
    );
    let mislabelled = lab.create(&SMS).await;
    assert_eq!(mislabelled.header("content-type"), Some("text/plain"));
    assert_eq!(mislabelled.json()["status"], "pending");
    let huge = lab.create(&SMS).await;
    assert!(huge.text.len() > 1024 * 1024);
    assert_eq!(huge.json()["status"], "pending", "valid to the last byte");
}

#[tokio::test]
async fn a_delayed_answer_is_the_real_one() {
    let lab = Lab::faulty(&json!([{ "kind": "delay", "delay_ms": 1 }])).await;
    assert_eq!(lab.create(&SMS).await.status, StatusCode::CREATED);
    assert_eq!(lab.message_count().await, Some(1));
}

#[tokio::test]
async fn a_script_that_makes_no_sense_is_refused_whole() {
    let lab = Lab::faulty(&json!([{ "kind": "html" }])).await;
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
        let reply = lab
            .control(Method::PUT, "/_simulator/faults", &bad.to_string())
            .await;
        assert_eq!(reply.status, StatusCode::BAD_REQUEST, "{bad}");
        assert!(reply.json()["error"].is_string());
    }
    let left = lab
        .control(Method::GET, "/_simulator/faults", "")
        .await
        .json();
    assert_eq!(
        left,
        json!([{ "on": "any", "kind": "html", "times": 1, "act": false }])
    );
    lab.control(Method::DELETE, "/_simulator/faults", "").await;
    assert_eq!(
        lab.create(&SMS).await.header("content-type"),
        Some("application/json")
    );
}
