//! What is in an event, and which there are: contract sections 2.10 and 3.8.

use tokio_util::sync::CancellationToken;

use super::super::super::watch_time;
use super::*;

/// What the next event says of its verification.
async fn data_of_next(received: &mut mpsc::UnboundedReceiver<Told>, kind: &str) -> Value {
    let told = next(received).await;
    assert_eq!(told.kind(), kind);
    told.json()[0]["data"].clone()
}

#[tokio::test]
async fn events_repeat_locale_tags_and_every_check() {
    let (lab, mut received) = told(0).await;
    let fields = [("To", TO), ("Channel", "sms")];
    let more = [("Locale", "de"), ("Tags", "{\"tenant\":\"42\"}")];
    let sent = lab.create(&[fields, more].concat()).await;
    let tags = json!({ "tenant": "42" });
    let pending = data_of_next(&mut received, "verification.pending").await;
    assert_eq!(
        pending["check_attempts"],
        json!({ "count": 0, "attempts": [] })
    );
    for kind in ["message.sent", "message.delivered"] {
        assert_eq!(data_of_next(&mut received, kind).await["tags"], tags);
    }
    let (sid, code) = (sid_of(&sent), lab.last_code().await);
    for code in [wrong(&code), &code] {
        lab.check(&[("VerificationSid", &sid), ("Code", code)])
            .await;
    }
    let approved = data_of_next(&mut received, "verification.approved").await;
    let first = &approved["send_code_attempts"]["attempts"][0];
    assert_eq!((&first["locale"], &first["tags"]), (&"de".into(), &tags));
    let checks = &approved["check_attempts"];
    assert_eq!(checks["count"], 2);
    assert_eq!(checks["attempts"][0]["status"], "FAILURE");
    assert_eq!(checks["attempts"][1]["status"], "SUCCESS");
}

#[tokio::test]
async fn the_end_of_a_code_is_told_once() {
    let (lab, mut received) = told(0).await;
    let (sid, _) = lab.begin().await;
    for kind in ["verification.pending", "message.sent", "message.delivered"] {
        data_of_next(&mut received, kind).await;
    }
    lab.advance(600).await;
    let expired = data_of_next(&mut received, "verification.expired").await;
    assert_eq!(expired["verification_sid"], sid);
    assert_eq!(expired["verification_status"], "EXPIRED");
    lab.advance(600).await;
    lab.begin().await;
    data_of_next(&mut received, "verification.pending").await;
}

#[tokio::test]
async fn the_end_of_a_code_is_told_while_nobody_calls() {
    let (lab, mut received) = told(0).await;
    lab.begin().await;
    for kind in ["verification.pending", "message.sent", "message.delivered"] {
        data_of_next(&mut received, kind).await;
    }
    let moved = lab.simulator.clock().advance_secs(600);
    moved.expect("within a century");
    let stop = CancellationToken::new();
    let watch = tokio::spawn(watch_time(lab.simulator.clone(), stop.clone()));
    data_of_next(&mut received, "verification.expired").await;
    stop.cancel();
    watch.await.expect("it ends");
}

#[tokio::test]
async fn the_fifth_message_and_the_fifth_wrong_code_are_told_as_the_last() {
    let (lab, mut received) = told(0).await;
    for at in 0..5 {
        lab.begin().await;
        if at == 0 {
            data_of_next(&mut received, "verification.pending").await;
        }
        for kind in ["message.sent", "message.delivered"] {
            data_of_next(&mut received, kind).await;
        }
    }
    let last = "verification.max-attempts-reached";
    let reached = data_of_next(&mut received, last).await;
    assert_eq!(reached["verification_status"], "MAX_ATTEMPTS_REACHED");
    assert_eq!(reached["send_code_attempts"]["count"], 5);
    let code = lab.last_code().await;
    for _ in 0..5 {
        lab.check(&[("To", TO), ("Code", wrong(&code))]).await;
    }
    let reached = data_of_next(&mut received, last).await;
    assert_eq!(reached["check_attempts"]["count"], 5);
}

#[tokio::test]
async fn every_outcome_of_a_message_has_its_number() {
    let (lab, mut received) = told(0).await;
    for (to, arrives, twilio, telnyx) in [
        (
            "+12025530001",
            false,
            &["message.failed"][..],
            &["sending_failed"][..],
        ),
        (
            "+12025530003",
            false,
            &["message.sent", "message.undelivered"],
            &["sent", "delivery_failed"],
        ),
        (
            "+12025530410",
            true,
            &["message.sent"],
            &["sent", "delivery_unconfirmed"],
        ),
    ] {
        lab.create(&[("To", to), ("Channel", "sms")]).await;
        data_of_next(&mut received, "verification.pending").await;
        for kind in twilio {
            data_of_next(&mut received, kind).await;
        }
        text_by_telnyx(&lab, to).await;
        for status in telnyx {
            let told = next(&mut received).await.json();
            assert_eq!(told["data"]["payload"]["delivery_status"], *status);
        }
        let path = format!("/_simulator/messages?to={}", &to[1..]);
        let arrived = lab.control(Method::GET, &path, "").await.json();
        let count = arrived.as_array().map(Vec::len);
        assert_eq!(count, Some(if arrives { 2 } else { 0 }), "{to}");
    }
}

#[tokio::test]
async fn the_keys_pressed_in_a_call_are_repeated() {
    let (lab, mut received) = told(0).await;
    let body = json!({
        "phone_number": TO, "verify_profile_id": DEFAULT_PROFILE_ID, "extension": "1w23",
    });
    let request = Request::post("/v2/verifications/call")
        .header(AUTHORIZATION, format!("Bearer {DEFAULT_TELNYX_KEY}"))
        .header(CONTENT_TYPE, "application/json")
        .body(Body::from(body.to_string()));
    lab.send(request.expect("a request")).await;
    let told = next(&mut received).await.json();
    assert_eq!(told["data"]["payload"]["extension"], "1w23");
}
