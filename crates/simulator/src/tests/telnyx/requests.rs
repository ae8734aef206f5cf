//! Requests that Telnyx refuses, and what the simulator alone can do.

use super::*;

#[tokio::test]
async fn bad_requests_have_their_documented_errors() {
    let lab = Lab::new();
    let unknown = "5a119007-0000-4000-8000-00000000ffff";
    let number = Some("/phone_number");
    for (body, complaint) in [
        (json!({}), refused(400, "10004", number)),
        (
            sms_but("phone_number", Value::Null),
            refused(400, "10004", number),
        ),
        (
            sms_but("phone_number", 14_155_550_142_u64),
            refused(422, "10027", number),
        ),
        (
            sms_but("phone_number", "4155550142"),
            refused(400, "10016", number),
        ),
        (
            sms_but("phone_number", "+1415555014a"),
            refused(400, "10016", number),
        ),
        (
            sms_but("verify_profile_id", Value::Null),
            refused(400, "10004", Some("/verify_profile_id")),
        ),
        (
            sms_but("verify_profile_id", "5a119007"),
            refused(400, "10015", Some("/verify_profile_id")),
        ),
        (
            sms_but("verify_profile_id", unknown),
            refused(404, "10005", None),
        ),
        (
            sms_but("timeout_secs", 0),
            refused(422, "10027", Some("/timeout_secs")),
        ),
        (
            sms_but("timeout_secs", "60"),
            refused(422, "10027", Some("/timeout_secs")),
        ),
        (
            sms_but("custom_code", "12a45"),
            refused(422, "10027", Some("/custom_code")),
        ),
        (json!([sms()]), refused(400, "10015", None)),
    ] {
        assert_eq!(
            lab.post("/sms", &body).await.complaint(),
            complaint,
            "{body}"
        );
    }
    let keys = lab.post("/call", &sms_but("extension", "12x")).await;
    assert_eq!(keys.complaint(), refused(422, "10027", Some("/extension")));
    let (id, code) = lab.begin_telnyx().await;
    let path = format!("/{id}/actions/verify");
    let missing = lab.post(&path, &json!({})).await.complaint();
    assert_eq!(missing, refused(400, "10004", Some("/code")));
    let number = lab.post(&path, &json!({ "code": 12345 })).await.complaint();
    assert_eq!(number, refused(422, "10027", Some("/code")));
    assert_eq!(lab.verify(&id, &code).await.response_code(), "accepted");
    for id in [unknown, "nothing"] {
        let reply = lab.verify(id, "12345").await.complaint();
        assert_eq!(reply, refused(404, "10005", None));
    }
}

#[tokio::test]
async fn a_form_or_a_wrong_key_gets_nowhere() {
    let lab = Lab::new();
    let request = |key: Option<&str>, kind: &str, body: String| {
        let mut request = Request::post("/v2/verifications/sms").header(CONTENT_TYPE, kind);
        if let Some(key) = key {
            request = request.header(AUTHORIZATION, key);
        }
        request.body(Body::from(body)).expect("a request")
    };
    let right = format!("Bearer {DEFAULT_TELNYX_KEY}");
    for key in [
        None,
        Some("Bearer KEY0"),
        Some(DEFAULT_TELNYX_KEY),
        Some(&basic(DEFAULT_ACCOUNT_SID, DEFAULT_AUTH_TOKEN)),
    ] {
        let reply = lab
            .send(request(key, "application/json", sms().to_string()))
            .await;
        assert_telnyx_schema("/sms", &reply);
        assert_eq!(reply.complaint(), refused(401, "10009", None), "{key:?}");
    }
    let fields = encode(&[
        ("phone_number", TO),
        ("verify_profile_id", DEFAULT_PROFILE_ID),
    ]);
    for (kind, body) in [(FORM, fields), ("text/plain", sms().to_string())] {
        let reply = lab.send(request(Some(&right), kind, body)).await;
        assert_eq!(reply.complaint(), refused(400, "10015", None), "{kind}");
    }
    let ledger = lab.ledger().await;
    assert!(ledger.iter().all(|call| call["provider"] == "telnyx"));
    let text = json!(ledger).to_string();
    assert!(!text.contains(DEFAULT_TELNYX_KEY), "{text}");
}

#[tokio::test]
async fn unknown_paths_and_methods_are_refused_in_telnyxs_words() {
    let lab = Lab::new();
    for (method, path) in [
        (Method::PUT, "/sms"),
        (Method::GET, "/by_phone_number/x/y"),
        (Method::POST, "/pigeon"),
        (Method::DELETE, "/5a119007-0000-4000-8000-00000000ffff"),
    ] {
        let reply = lab.telnyx(method, path, &sms()).await;
        assert_eq!(reply.complaint(), refused(404, "10005", None), "{path}");
    }
    let ledger = lab.ledger().await;
    assert!(ledger.iter().all(|call| call["operation"] == "unknown"));
}

#[tokio::test]
async fn the_ledger_has_every_call_with_what_was_asked() {
    let lab = Lab::new();
    let (id, code) = lab.begin_telnyx().await;
    lab.verify(&id, &code).await;
    lab.look(&format!("/{id}")).await;
    lab.post("/sms", &json!({})).await;
    let ledger = lab.ledger().await;
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
    assert_eq!(ledger[0]["params"], sms());
    assert_eq!(ledger[1]["params"], json!({ "code": code }));
    assert_eq!(ledger[1]["verification"], id);
    assert_eq!(ledger[3]["error_code"], 10004);
}

#[tokio::test]
async fn every_magic_number_of_telnyx_answers_its_error() {
    let lab = Lab::new();
    let table = lab
        .control(Method::GET, "/_simulator/magic", "")
        .await
        .json();
    let rows = table.as_array().expect("a list").iter();
    let mut codes = 0;
    for row in rows.filter(|row| row["provider"] == "telnyx" && !row["code"].is_null()) {
        let mut reply = lab
            .post("/sms", &sms_but("phone_number", row["to"].clone()))
            .await;
        if row["on"] == "check" {
            let id = reply.json()["data"]["id"].clone();
            let id = id.as_str().expect("an id");
            reply = lab.verify(id, &lab.last_code().await).await;
            let looked = lab.look(&format!("/{id}")).await;
            assert_eq!(looked.complaint(), reply.complaint(), "{row}");
        }
        assert_eq!(Value::from(reply.status.as_u16()), row["status"], "{row}");
        let (_, code, _) = reply.complaint();
        assert_eq!(code, row["code"].to_string());
        let is_429 = reply.status.as_u16() == 429;
        assert_eq!(reply.header("retry-after").is_some(), is_429);
        codes += 1;
    }
    assert_eq!(codes, 12 + 5, "section 3.7, and what of it a check meets");
    let down = lab
        .post("/sms", &sms_but("phone_number", "+12025500503"))
        .await;
    assert_eq!(down.status.as_u16(), 503);
    let reply = lab
        .post("/sms", &sms_but("phone_number", "+12025560202"))
        .await;
    let id = reply.json()["data"]["id"].clone();
    let code = lab.last_code().await;
    let checked = lab.verify(id.as_str().expect("an id"), &code).await;
    assert_eq!(checked.response_code(), "max_attempts_exceeded");
}

#[tokio::test]
async fn faults_are_spelled_as_telnyx_spells() {
    let lab = Lab {
        check_schemas: false,
        ..Lab::new()
    };
    let script = async |script: Value| {
        let body = script.to_string();
        lab.control(Method::PUT, "/_simulator/faults", &body).await
    };
    script(json!([{ "kind": "status", "status": 429 }, { "kind": "status", "status": 422, "code": 10027 }]))
        .await;
    let throttled = lab.post("/sms", &sms()).await;
    assert_eq!(throttled.complaint(), refused(429, "10011", None));
    assert_eq!(throttled.header("retry-after"), Some("1"));
    let odd = lab.post("/sms", &sms()).await;
    assert_eq!(odd.complaint(), refused(422, "10027", None));
    script(json!([
        { "kind": "bad_json" }, { "kind": "wrong_sid" }, { "kind": "wrong_service" },
        { "kind": "wrong_to" }, { "kind": "null_fields" },
    ]))
    .await;
    let cut = lab.post("/sms", &sms()).await;
    assert_eq!(cut.status, StatusCode::OK);
    assert!(serde_json::from_str::<Value>(&cut.text).is_err());
    let (_, other, elsewhere, nulls) = (
        lab.post("/sms", &sms()).await,
        lab.post("/sms", &sms()).await.json(),
        lab.post("/sms", &sms()).await.json(),
        lab.post("/sms", &sms()).await.json(),
    );
    assert_ne!(other["data"]["verify_profile_id"], DEFAULT_PROFILE_ID);
    assert_ne!(elsewhere["data"]["phone_number"], TO);
    assert!(nulls["data"]["id"].is_null());
    let (id, code) = lab.begin_telnyx().await;
    script(json!([{ "kind": "approve_lie" }, { "kind": "unknown_status" }])).await;
    assert_eq!(lab.verify(&id, &code).await.response_code(), "rejected");
    assert_eq!(lab.verify(&id, &code).await.response_code(), "under_review");
    assert_eq!(lab.verify(&id, &code).await.response_code(), "accepted");
}
