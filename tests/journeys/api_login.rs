//! Sign-in over the JSON API.

use serde_json::json;

use crate::support::{
    Authenticator, Database, TestApp, assert_countdown, on_both_databases, wrong_code,
};

on_both_databases![
    password_and_code_yield_an_access_token,
    unknown_user_and_wrong_password_get_the_same_answer,
    code_is_sent_by_the_requested_channel,
    authenticator_code_replaces_the_sms_code,
    recovery_code_replaces_the_phone,
    method_can_be_changed_during_sign_in,
    early_resend_is_refused_with_the_remaining_wait,
    flow_ends_after_its_attempts_and_the_account_is_locked_after_its_failures,
    late_code_and_late_flow_are_answered_as_expired,
    cancelled_sign_in_cannot_be_continued,
    provider_outage_costs_no_attempt,
];

/// Tests docs/security.md#sm-03, docs/security.md#ses-03, docs/security.md#log-10.
async fn password_and_code_yield_an_access_token(database: Database) {
    let app = TestApp::start(database).await;
    let (program, ann) = (app.new_api_client(), app.register_user().await);
    let mut phone = app.simulator.phone_with_number(&ann.phone);
    phone.skip_received_messages().await;
    let login = json!({ "email": ann.email, "password": ann.password });
    let begun = program.post("/v1/login", &login).await;
    let body = begun.expect_status(200);
    assert_eq!(body["requires_2fa"], true);
    assert_eq!(body["method"], "sms");
    assert_eq!(body["methods"], json!(["sms", "call"]));
    assert_eq!(body["phone_hint"], format!("+1******{}", &ann.phone[8..]));
    assert_countdown(&body["timeout_secs"], 300);
    assert!(body.get("token").is_none() && !body.to_string().contains(&ann.phone));
    assert_eq!(app.open_database().await.count_sessions().await, 0);

    let flow = begun.flow_token(200);
    let as_token = program.clone().with_token(&flow);
    as_token
        .get("/v1/me")
        .await
        .expect_error(401, "invalid_token");
    let code = phone.next_code().await;
    let refused = program.submit_sign_in_code(&flow, &wrong_code(&code)).await;
    let body = refused.expect_error(401, "invalid_code");
    assert_eq!(body["attempts_remaining"], 4);
    let token = program
        .submit_sign_in_code(&flow, &code)
        .await
        .access_token(200);
    let me = program.clone().with_token(&token).get("/v1/me").await;
    assert_eq!(me.expect_status(200)["username"], ann.username.as_str());
    // A used code is not accepted again (docs/security.md#sm-06).
    let again = program.submit_sign_in_code(&flow, &code).await;
    again.expect_error(400, "no_pending");
    assert_eq!(app.open_database().await.count_sessions().await, 1);
}

/// Tests docs/security.md#log-03, docs/security.md#enum-01.
async fn unknown_user_and_wrong_password_get_the_same_answer(database: Database) {
    let app = TestApp::start(database).await;
    let (program, ann) = (app.new_api_client(), app.register_user().await);
    let mut answers = Vec::new();
    for (identifier, password) in [
        (ann.username.as_str(), "not the password"),
        ("unknown-user", "not the password"),
        ("unknown@example.com", "not the password"),
        ("unknown\0", "not the password"),
        (&"x".repeat(255), "not the password"),
        (&ann.username, &"x".repeat(1025)),
    ] {
        let login = json!({ "identifier": identifier, "password": password });
        let answer = program.post("/v1/login", &login).await;
        let body = answer.expect_error(401, "invalid_credentials");
        assert_eq!(body["error"], "Invalid credentials");
        answers.push(body.clone());
    }
    assert!(answers.iter().all(|one| *one == answers[0]), "{answers:#?}");
    for (login, field) in [
        (json!({ "password": "some password" }), "identifier"),
        (json!({ "identifier": "ann" }), "password"),
    ] {
        let refused = program.post("/v1/login", &login).await;
        let body = refused.expect_error(400, "invalid_fields");
        assert_eq!(body["errors"][0]["field"], field);
    }
}

/// Tests docs/security.md#log-09.
async fn code_is_sent_by_the_requested_channel(database: Database) {
    let app = TestApp::start(database).await;
    let (program, ann) = (app.new_api_client(), app.register_user().await);
    let login = |method: &str| json!({ "identifier": ann.username, "password": ann.password, "method": method });
    let sent = app.simulator.list_calls_of("create").await.len();
    for method in ["email", "", "SMS", "sms,totp"] {
        let refused = program.post("/v1/login", &login(method)).await;
        refused.expect_error(400, "method_unavailable");
    }
    for method in ["totp", "recovery_code"] {
        let refused = program.post("/v1/login", &login(method)).await;
        // The password was correct, so the flow continues with another method.
        refused.expect_error(400, "method_unavailable");
        refused.flow_token(400);
    }
    assert_eq!(app.simulator.list_calls_of("create").await.len(), sent);
    program
        .post("/v1/login", &login("call"))
        .await
        .expect_status(200);
    assert_eq!(app.simulator.channel_of_last_code().await, "call");
}

/// Tests docs/security.md#res-10, docs/security.md#totp-01.
async fn authenticator_code_replaces_the_sms_code(database: Database) {
    let app = TestApp::start(database).await;
    let (ann, _, authenticator) = app.register_user_with_authenticator().await;
    let program = app.new_api_client();
    let sent = app.simulator.list_calls_of("create").await.len();
    let login = json!({ "identifier": ann.username, "password": ann.password, "method": "totp" });
    let begun = program.post("/v1/login", &login).await;
    assert_eq!(begun.expect_status(200)["method"], "totp");
    assert!(begun.body["methods"].to_string().contains("totp"));
    let code = authenticator.current_code().await;
    let wrong = authenticator.wrong_code().await;
    let refused = program
        .submit_sign_in_code(&begun.flow_token(200), &wrong)
        .await;
    refused.expect_error(401, "invalid_code");
    program
        .submit_sign_in_code(&begun.flow_token(200), &code)
        .await
        .access_token(200);
    assert_eq!(app.simulator.list_calls_of("create").await.len(), sent);
    let again = program.post("/v1/login", &login).await.flow_token(200);
    let replayed = program.submit_sign_in_code(&again, &code).await;
    let errors = &replayed.expect_error(401, "invalid_code")["errors"];
    assert_eq!(errors[0]["code"], "used_code");
}

/// Tests docs/security.md#ops-09.
async fn recovery_code_replaces_the_phone(database: Database) {
    let app = TestApp::start(database).await;
    let ann = app.register_user().await;
    let mut browser = app.new_browser();
    browser.sign_in(&app, &ann).await;
    let codes = browser.create_recovery_codes().await;
    let program = app.new_api_client();
    let login = json!({
        "identifier": ann.username, "password": ann.password, "method": "recovery_code",
    });
    let flow = program.post("/v1/login", &login).await.flow_token(200);
    let refused = program.submit_sign_in_code(&flow, "AAAA-AAAA-AAAAA").await;
    let body = refused.expect_error(401, "invalid_code");
    assert_eq!(body["attempts_remaining"], 4);
    program
        .submit_sign_in_code(&flow, &codes[0])
        .await
        .access_token(200);
    let flow = program.post("/v1/login", &login).await.flow_token(200);
    let spent = program.submit_sign_in_code(&flow, &codes[0]).await;
    spent.expect_error(401, "invalid_code");
}

async fn method_can_be_changed_during_sign_in(database: Database) {
    let app = TestApp::start(database).await;
    let (ann, _, authenticator): (_, _, Authenticator) =
        app.register_user_with_authenticator().await;
    let program = app.new_api_client();
    let (flow, texted) = program.sign_in_until_code(&app, &ann).await;
    let to_app = json!({ "flow": flow, "method": "totp" });
    let response = program.post("/v1/login/resend", &to_app).await;
    assert_eq!(
        response.expect_status(200)["message"],
        "Enter the code of your authenticator app"
    );
    let mut phone = app.simulator.phone_with_number(&ann.phone);
    phone.skip_received_messages().await;
    let to_phone = json!({ "flow": flow, "method": "sms" });
    let early = program.post("/v1/login/resend", &to_phone).await;
    early.expect_error(429, "resend_wait");
    app.skip_resend_cooldown().await;
    program
        .post("/v1/login/resend", &to_phone)
        .await
        .expect_status(200);
    let code = phone.next_code().await;
    if code != texted {
        program
            .submit_sign_in_code(&flow, &texted)
            .await
            .expect_error(401, "invalid_code");
    }
    program
        .post("/v1/login/resend", &to_app)
        .await
        .expect_status(200);
    let shown = authenticator.current_code().await;
    program
        .submit_sign_in_code(&flow, &shown)
        .await
        .access_token(200);
}

/// Tests docs/security.md#res-01, docs/security.md#res-06.
async fn early_resend_is_refused_with_the_remaining_wait(database: Database) {
    let app = TestApp::start(database).await;
    let (program, ann) = (app.new_api_client(), app.register_user().await);
    let (flow, _) = program.sign_in_until_code(&app, &ann).await;
    let mut phone = app.simulator.phone_with_number(&ann.phone);
    phone.skip_received_messages().await;
    let resend = json!({ "flow": flow });
    let early = program.post("/v1/login/resend", &resend).await;
    let wait = early.expect_error(429, "resend_wait")["retry_after"].as_u64();
    app.simulator
        .advance_clock(wait.expect("number of seconds"))
        .await;
    let sent = program.post("/v1/login/resend", &resend).await;
    assert_eq!(sent.expect_status(200)["message"], "Code resent");
    assert_eq!(sent.body["methods"], json!(["sms", "call"]));
    let hint = sent.body["phone_hint"].as_str().expect("value is text");
    assert!(hint.ends_with(&ann.phone[ann.phone.len() - 4..]), "{hint}");
    assert!(
        sent.body["timeout_secs"]
            .as_u64()
            .expect("number of seconds")
            <= 300
    );
    let code = phone.next_code().await;
    program
        .submit_sign_in_code(&flow, &code)
        .await
        .access_token(200);
}

/// Tests docs/security.md#otp-06, docs/security.md#otp-07.
async fn flow_ends_after_its_attempts_and_the_account_is_locked_after_its_failures(
    database: Database,
) {
    let app = TestApp::start(database).await;
    let (program, ann) = (app.new_api_client(), app.register_user().await);
    for _ in 0..2 {
        let (flow, code) = program.sign_in_until_code(&app, &ann).await;
        for _ in 0..4 {
            let refused = program.submit_sign_in_code(&flow, &wrong_code(&code)).await;
            refused.expect_error(401, "invalid_code");
        }
        let last = program.submit_sign_in_code(&flow, &wrong_code(&code)).await;
        let body = last.expect_error(429, "too_many_attempts");
        let text = "Too many attempts. Please start the login process again.";
        assert_eq!(body["error"], text);
        program
            .submit_sign_in_code(&flow, &code)
            .await
            .expect_error(429, "too_many_attempts");
        app.skip_resend_cooldown().await;
    }
    let held = program.submit_password(&ann).await;
    let body = held.expect_error(429, "factor_held");
    assert!(body["retry_after"].as_u64().expect("number of seconds") > 80_000);
    assert_eq!(app.open_database().await.count_sessions().await, 0);
}

/// Tests docs/security.md#sm-07, docs/security.md#otp-08.
async fn late_code_and_late_flow_are_answered_as_expired(database: Database) {
    let app = TestApp::start(database).await;
    let (program, ann) = (app.new_api_client(), app.register_user().await);
    let (flow, code) = program.sign_in_until_code(&app, &ann).await;
    app.simulator.advance_clock(300).await;
    let late = program.submit_sign_in_code(&flow, &code).await;
    let text = "Code expired. Click Resend to get a new code.";
    assert_eq!(late.expect_error(410, "code_expired")["error"], text);
    app.simulator.advance_clock(600).await;
    program
        .submit_sign_in_code(&flow, &code)
        .await
        .expect_error(410, "flow_expired");
    let resend = program
        .post("/v1/login/resend", &json!({ "flow": flow }))
        .await;
    resend.expect_error(410, "flow_expired");
}

/// Tests docs/security.md#sm-11.
async fn cancelled_sign_in_cannot_be_continued(database: Database) {
    let app = TestApp::start(database).await;
    let (program, ann) = (app.new_api_client(), app.register_user().await);
    let (flow, code) = program.sign_in_until_code(&app, &ann).await;
    for body in [
        json!({ "flow": flow }),
        json!({ "flow": flow }),
        json!({}),
        json!({ "flow": "" }),
    ] {
        program
            .post("/v1/verify/cancel", &body)
            .await
            .expect_status(204);
    }
    app.simulator.wait_for_cancelled_code().await;
    program
        .submit_sign_in_code(&flow, &code)
        .await
        .expect_error(400, "no_pending");
}

/// Tests docs/security.md#prv-03, docs/security.md#prv-04.
async fn provider_outage_costs_no_attempt(database: Database) {
    let app = TestApp::start(database).await;
    let (program, ann) = (app.new_api_client(), app.register_user().await);
    let down = |on: &str| json!([{ "on": on, "kind": "status", "status": 503 }]);
    app.simulator.set_faults(down("create")).await;
    let refused = program.submit_password(&ann).await;
    refused.expect_error(503, "could_not_verify");
    app.simulator.clear_faults().await;
    app.skip_resend_cooldown().await;
    let flow = refused.flow_token(503);
    let mut phone = app.simulator.phone_with_number(&ann.phone);
    phone.skip_received_messages().await;
    program
        .post("/v1/login/resend", &json!({ "flow": flow }))
        .await
        .expect_status(200);
    let code = phone.next_code().await;
    app.simulator.set_faults(down("check")).await;
    let unchecked = program.submit_sign_in_code(&flow, &code).await;
    let text = "Could not verify. Check your connection and try again.";
    let body = unchecked.expect_error(503, "could_not_verify");
    assert_eq!(body["error"], text);
    assert_eq!(body["retry_after"], 5);
    app.simulator.clear_faults().await;
    let refused = program.submit_sign_in_code(&flow, &wrong_code(&code)).await;
    assert_eq!(
        refused.expect_error(401, "invalid_code")["attempts_remaining"],
        4
    );
    program
        .submit_sign_in_code(&flow, &code)
        .await
        .access_token(200);
}
