//! Requests, statuses and sentences of the original API documents (docs/original/telnyx-verify-guide.md).

use serde_json::{Value, json};

use crate::support::wire::Request;
use crate::support::{
    ApiClient, CONFIRM_PATH, Database, EventStream, INITIATE_PATH, TestApp, User,
    on_both_databases, wrong_code,
};

on_both_databases![
    registration_without_a_username_gets_an_unused_username,
    concurrent_registrations_of_one_name_get_different_usernames,
    registration_errors_use_the_sentences_of_the_original_documents,
    sign_in_errors_use_the_sentences_of_the_original_documents,
    payment_errors_use_the_sentences_of_the_original_documents,
    payment_without_a_currency_uses_the_configured_one,
    payment_is_cancelled_by_its_id,
    event_stream_of_a_payment_reports_its_end,
    payment_of_another_session_can_be_read_and_cancelled_and_not_confirmed,
    empty_payment_id_counts_as_absent,
];

/// Returns the registration body of the original documents, which has no username.
fn registration_body_without_username(user: &User) -> Value {
    json!({
        "name": user.full_name, "email": user.email,
        "phone_number": user.phone, "password": user.password,
    })
}

async fn registration_without_a_username_gets_an_unused_username(database: Database) {
    let app = TestApp::start(database).await;
    let (client, ann) = (app.new_api_client(), User::with_unique_details());
    let ann = User {
        full_name: "Ann Lée".to_owned(),
        ..ann
    };
    let body = registration_body_without_username(&ann);
    let begun = client.post("/v1/register/start", &body).await;
    let username = begun.text_member(200, "username");
    let (stem, suffix) = username.rsplit_once('-').expect("a suffix");
    assert_eq!((stem, suffix.len()), ("ann.lee", 6), "{username}");
    let code = app
        .simulator
        .phone_with_number(&ann.phone)
        .next_code()
        .await;
    let token = client
        .submit_registration_code(&begun.flow_token(200), &code)
        .await
        .access_token(201);
    let me = client.clone().with_token(&token).get("/v1/me").await;
    assert_eq!(me.expect_status(200)["username"], username.as_str());
    app.skip_resend_cooldown().await;
    let ann = User { username, ..ann };
    app.new_browser().sign_in(&app, &ann).await;

    for absent in ["", "  ", "\t", "\u{a0}", "\u{200b}", " \u{feff}\u{ad} "] {
        let bob = User::with_unique_details();
        let mut body = registration_body_without_username(&bob);
        body["username"] = json!(absent);
        let begun = client.post("/v1/register/start", &body).await;
        let username = begun.text_member(200, "username");
        let code = app
            .simulator
            .phone_with_number(&bob.phone)
            .next_code()
            .await;
        let flow = begun.flow_token(200);
        let ended = client.submit_registration_code(&flow, &code).await;
        let signed_in = client.clone().with_token(&ended.access_token(201));
        let me = signed_in.get("/v1/me").await;
        assert_eq!(
            me.expect_status(200)["username"],
            username.as_str(),
            "{absent:?}"
        );
    }
    let mut body = registration_body_without_username(&User::with_unique_details());
    body["username"] = Value::Null;
    let begun = client.post("/v1/register/start", &body).await;
    assert!(!begun.text_member(200, "username").is_empty());
    let carl = User::with_unique_details();
    let begun = client
        .post("/v1/register/start", &ApiClient::registration_body(&carl))
        .await;
    assert!(begun.expect_status(200).get("username").is_none());
}

/// Tests docs/security.md#enum-02. The response for a taken e-mail address is the same.
async fn concurrent_registrations_of_one_name_get_different_usernames(database: Database) {
    let app = TestApp::start(database).await;
    let (client, member) = (app.new_api_client(), app.register_user().await);
    let mut usernames = Vec::new();
    let twins = [
        User::with_unique_details(),
        User::with_unique_details(),
        User::with_unique_details(),
    ]
    .map(|other_user| User {
        full_name: "Ann Lee".to_owned(),
        ..other_user
    });
    let taken = User {
        email: member.email,
        full_name: "Ann Lee".to_owned(),
        ..User::with_unique_details()
    };
    let mut flows = Vec::new();
    for user in twins.iter().chain([&taken]) {
        let body = registration_body_without_username(user);
        let begun = client.post("/v1/register/start", &body).await;
        let username = begun.text_member(200, "username");
        assert!(username.starts_with("ann.lee-"), "{username}");
        usernames.push(username);
        flows.push((begun.flow_token(200), user.phone.clone()));
    }
    usernames.sort();
    usernames.dedup();
    assert_eq!(usernames.len(), 4);
    flows.truncate(3);
    for (flow, phone) in flows {
        let code = app.simulator.phone_with_number(&phone).next_code().await;
        client
            .submit_registration_code(&flow, &code)
            .await
            .access_token(201);
    }
}

async fn registration_errors_use_the_sentences_of_the_original_documents(database: Database) {
    let app = TestApp::start(database).await;
    let (client, ann) = (app.new_api_client(), User::with_unique_details());
    let mut body = registration_body_without_username(&ann);
    body["password"] = json!("");
    body["email"] = json!("not an address");
    let missing = client.post("/v1/register/start", &body).await;
    let missing = missing.expect_error(400, "invalid_fields");
    assert_eq!(missing["error"], "All fields required");
    let nothing = client
        .post("/v1/register/verify", &json!({ "code": "123456" }))
        .await;
    let nothing = nothing.expect_error(400, "no_pending");
    assert_eq!(nothing["error"], "No pending registration");

    let (flow, code) = client.register_until_code(&app, &ann).await;
    let verify = json!({ "flow": flow, "code": wrong_code(&code) });
    let refused = client.post("/v1/register/verify", &verify).await;
    let refused = refused.expect_error(401, "invalid_code");
    assert_eq!(refused["error"], "Invalid code");
    assert_eq!(refused["response_code"], "rejected");
    assert_eq!(refused["attempts_remaining"], 4);
    app.simulator.advance_clock(900).await;
    for path in ["/v1/register/verify", "/v1/register/resend"] {
        let late = client.post(path, &verify).await;
        let late = late.expect_error(410, "flow_expired");
        assert_eq!(late["error"], "Registration expired. Please start again.");
        assert!(late.get("response_code").is_none(), "{late}");
    }
}

async fn sign_in_errors_use_the_sentences_of_the_original_documents(database: Database) {
    let app = TestApp::start(database).await;
    let (client, ann) = (app.new_api_client(), app.register_user().await);
    for path in ["/v1/login/verify", "/v1/login/resend", "/v1/login/setup"] {
        let body = json!({ "code": "123456", "phone_number": ann.phone });
        let nothing = client.post(path, &body).await;
        let nothing = nothing.expect_error(400, "no_pending");
        let sentence = "No pending verification. Start login again.";
        assert_eq!(nothing["error"], sentence, "{path}");
    }
    let (flow, code) = client.sign_in_until_code(&app, &ann).await;
    let refused = client.submit_sign_in_code(&flow, &wrong_code(&code)).await;
    let refused = refused.expect_error(401, "invalid_code");
    assert_eq!(refused["error"], "Invalid code");
    assert_eq!(refused["response_code"], "rejected");
    app.simulator.advance_clock(900).await;
    let late = client.submit_sign_in_code(&flow, &code).await;
    let late = late.expect_error(410, "flow_expired");
    assert_eq!(late["error"], "Verification expired. Start login again.");
}

/// Tests docs/security.md#pay-08.
async fn payment_errors_use_the_sentences_of_the_original_documents(database: Database) {
    let app = TestApp::start(database).await;
    let (ann, client) = app.sign_in_new_api_user().await;
    for amount in [json!(0), json!(-5), json!("1,5,0"), Value::Null] {
        let refused = client
            .post(INITIATE_PATH, &ApiClient::payment_body(&amount))
            .await;
        let refused = refused.expect_error(400, "invalid_fields");
        assert_eq!(refused["error"], "Invalid amount", "{amount}");
    }
    let unknown = client.confirm_payment(&"0".repeat(32), "123456").await;
    let unknown = unknown.expect_error(404, "payment_not_found");
    assert_eq!(unknown["error"], "Payment not found");
    let (payment, code) = client.begin_payment_until_code(&app, &ann).await;
    let refused = client.confirm_payment(&payment, &wrong_code(&code)).await;
    let refused = refused.expect_error(401, "invalid_code");
    assert_eq!(refused["error"], "Invalid code");
    assert_eq!(refused["response_code"], "rejected");
    app.simulator.advance_clock(300).await;
    for _ in 0..2 {
        let late = client.confirm_payment(&payment, &code).await;
        let late = late.expect_error(410, "payment_expired");
        let sentence = "Verification expired. Initiate a new payment.";
        assert_eq!(late["error"], sentence);
    }
}

async fn payment_without_a_currency_uses_the_configured_one(database: Database) {
    let app = TestApp::builder(database)
        .with_setting("SALLYPORT_PAYMENT_CURRENCY", "EUR")
        .start()
        .await;
    let (_, client) = app.sign_in_new_api_user().await;
    for currency in [None, Some(Value::Null), Some(json!("")), Some(json!("EUR"))] {
        let mut payment = json!({ "amount": "9.50", "recipient": "Acme Inc." });
        if let Some(currency) = currency {
            payment["currency"] = currency;
        }
        let paid = client.post(INITIATE_PATH, &payment).await;
        assert_eq!(paid.expect_status(200)["currency"], "EUR", "{payment}");
        assert_eq!(paid.body["status"], "completed");
        assert!(paid.body["transaction_id"].is_string());
    }
    let payment = json!({ "amount": "9.50", "recipient": "Acme Inc.", "currency": "ZZZ" });
    let refused = client.post(INITIATE_PATH, &payment).await;
    let refused = refused.expect_error(400, "invalid_fields");
    assert_eq!(refused["errors"][0]["field"], "currency");
}

/// Tests docs/security.md#sm-11.
async fn payment_is_cancelled_by_its_id(database: Database) {
    let app = TestApp::start(database).await;
    let (ann, client) = app.sign_in_new_api_user().await;
    let (_, other) = app.sign_in_new_api_user().await;
    let (payment, code) = client.begin_payment_until_code(&app, &ann).await;
    let body = json!({ "payment_id": payment });
    let cancel = "/v1/verify/cancel";
    let anonymous = app.new_api_client().post(cancel, &body).await;
    anonymous.expect_error(401, "invalid_token");
    other.post(cancel, &body).await.expect_status(204);
    let path = format!("/v1/payments/{payment}");
    assert_eq!(
        client.get(&path).await.expect_status(200)["status"],
        "pending"
    );
    for _ in 0..2 {
        client.post(cancel, &body).await.expect_status(204);
    }
    let ended = client.get(&path).await;
    assert_eq!(ended.expect_status(200)["status"], "failed");
    assert_eq!(ended.body["reason"], "cancelled");
    let late = client
        .post(
            CONFIRM_PATH,
            &json!({ "payment_id": payment, "code": code }),
        )
        .await;
    let late = late.expect_error(400, "payment_failed");
    assert_eq!(late["error"], "Payment already failed");
    app.simulator.wait_for_cancelled_code().await;
    let unknown = json!({ "payment_id": "not an id" });
    client.post(cancel, &unknown).await.expect_status(204);
}

/// Tests docs/security.md#sse-01.
async fn event_stream_of_a_payment_reports_its_end(database: Database) {
    let app = TestApp::start(database).await;
    let (ann, client) = app.sign_in_new_api_user().await;
    let (_, other) = app.sign_in_new_api_user().await;
    let (payment, code) = client.begin_payment_until_code(&app, &ann).await;
    let path = format!("/v1/events?payment_id={payment}");
    let anonymous = app.new_api_client().get(&path).await;
    anonymous.expect_error(401, "invalid_token");
    let unknown = other.get(&path).await;
    let unknown = unknown.expect_error(404, "payment_not_found");
    assert_eq!(unknown["error"], "Payment not found");
    client
        .get("/v1/events?payment_id=none")
        .await
        .expect_error(404, "payment_not_found");
    let events: Request = client.request("GET", &path);
    let mut stream = EventStream::open(&events, app.address).await;
    assert_eq!(stream.next_status().await, "sent");
    client
        .confirm_payment(&payment, &code)
        .await
        .expect_status(200);
    assert_eq!(stream.next_status().await, "completed");
    stream.wait_for_end().await;
    // A payment that needs no code has the same last event as one confirmed with a code.
    let small = client
        .begin_payment("1.00")
        .await
        .text_member(200, "payment_id");
    let path = format!("/v1/events?payment_id={small}");
    other
        .get(&path)
        .await
        .expect_error(404, "payment_not_found");
    let mut stream = EventStream::open(&client.request("GET", &path), app.address).await;
    assert_eq!(stream.next_status().await, "completed");
    stream.wait_for_end().await;
}

/// Tests docs/api.md#payments.
async fn payment_of_another_session_can_be_read_and_cancelled_and_not_confirmed(
    database: Database,
) {
    let app = TestApp::start(database).await;
    let (ann, client) = app.sign_in_new_api_user().await;
    let token = app.new_api_client().sign_in(&app, &ann).await;
    let later = app.new_api_client().with_token(&token);
    app.skip_resend_cooldown().await;
    let (payment, code) = client.begin_payment_until_code(&app, &ann).await;
    for typed in [&code, &wrong_code(&code)] {
        let refused = later.confirm_payment(&payment, typed).await;
        refused.expect_error(403, "other_session");
    }
    let path = format!("/v1/payments/{payment}");
    let status = later.get(&path).await;
    assert_eq!(status.expect_status(200)["status"], "pending");
    let events = later.get(&format!("/v1/events?payment_id={payment}")).await;
    let events = events.expect_error(404, "not_found");
    assert_eq!(events["error"], "The flow does not exist.");

    let body = json!({ "payment_id": payment });
    later
        .post("/v1/verify/cancel", &body)
        .await
        .expect_status(204);
    let ended = client.get(&path).await;
    assert_eq!(ended.expect_status(200)["reason"], "cancelled");
    for session in [&client, &later] {
        let late = session.confirm_payment(&payment, &code).await;
        late.expect_error(400, "payment_failed");
    }
}

async fn empty_payment_id_counts_as_absent(database: Database) {
    let app = TestApp::start(database).await;
    let (client, ann) = (app.new_api_client(), app.register_user().await);
    let (flow, code) = client.sign_in_until_code(&app, &ann).await;
    let path = format!("/v1/events?flow={flow}&payment_id=");
    let mut stream = EventStream::open(&client.request("GET", &path), app.address).await;
    assert_eq!(stream.next_status().await, "sent");
    let body = json!({ "flow": flow, "payment_id": "" });
    client
        .post("/v1/verify/cancel", &body)
        .await
        .expect_status(204);
    assert_eq!(stream.next_status().await, "ended");
    let late = client.submit_sign_in_code(&flow, &code).await;
    late.expect_error(400, "no_pending");
}
