//! Registration over the JSON API.

use serde_json::json;

use crate::support::{
    ApiClient, Database, Provider, TestApp, User, assert_countdown, on_both_databases, wrong_code,
};

on_both_databases![
    api_client_registers_a_user_and_receives_an_access_token,
    wrong_code_states_the_remaining_attempts_down_to_zero,
    all_invalid_members_are_reported_together,
    registered_email_or_number_is_revealed_only_if_configured,
    taken_email_or_number_is_reported_at_once_if_so_configured,
    username_that_was_taken_during_a_registration_is_named_at_its_end,
    code_is_resent_after_the_cooldown_and_not_before,
    registration_code_expires_before_its_flow_does,
    registration_and_sign_in_need_a_solved_captcha,
    flow_with_an_unreachable_number_can_be_cancelled,
];

/// Tests docs/security.md#reg-01, docs/security.md#sm-03.
async fn api_client_registers_a_user_and_receives_an_access_token(database: Database) {
    let app = TestApp::start(database).await;
    let (probe, program, ann) = (
        app.open_database().await,
        app.new_api_client(),
        User::with_unique_details(),
    );
    let begun = program
        .post("/v1/register/start", &ApiClient::registration_body(&ann))
        .await;
    let body = begun.expect_status(200);
    assert_eq!(body["verification_sent"], true);
    assert_countdown(&body["timeout_secs"], 600);
    assert_countdown(&body["resend_after"], 30);
    assert_eq!(body["phone_hint"], format!("+1******{}", &ann.phone[8..]));
    assert_eq!(
        (probe.count_accounts().await, probe.count_sessions().await),
        (0, 0)
    );

    let code = app
        .simulator
        .phone_with_number(&ann.phone)
        .next_code()
        .await;
    let verify = json!({ "flow": begun.flow_token(200), "code": code });
    let made = program.post("/v1/register/verify", &verify).await;
    assert_eq!(made.expect_status(201)["token_type"], "Bearer");
    assert_eq!(made.expect_status(201)["expires_in"], 86_400);
    assert_eq!(
        (probe.count_accounts().await, probe.count_sessions().await),
        (1, 1)
    );
    let me = program
        .with_token(&made.access_token(201))
        .get("/v1/me")
        .await;
    assert_eq!(me.expect_status(200)["user_id"], made.body["user_id"]);
    assert_eq!(me.body["email"], ann.email.as_str());
    assert_eq!(me.body["second_factor_used"], true);

    // A used code is not accepted again (docs/security.md#sm-06).
    let again = app
        .new_api_client()
        .post("/v1/register/verify", &verify)
        .await;
    again.expect_error(400, "no_pending");
    assert_eq!(
        (probe.count_accounts().await, probe.count_sessions().await),
        (1, 1)
    );
    app.skip_resend_cooldown().await;
    app.new_browser().sign_in(&app, &ann).await;
}

/// Tests docs/security.md#otp-06.
async fn wrong_code_states_the_remaining_attempts_down_to_zero(database: Database) {
    let app = TestApp::start(database).await;
    let (program, ann) = (app.new_api_client(), User::with_unique_details());
    let (flow, code) = program.register_until_code(&app, &ann).await;
    for left in (1..=4).rev() {
        let verify = json!({ "flow": flow, "code": wrong_code(&code) });
        let refused = program.post("/v1/register/verify", &verify).await;
        let body = refused.expect_error(401, "invalid_code");
        assert_eq!(body["attempts_remaining"], left);
        assert_eq!(body["response_code"], "rejected");
        assert_eq!(body["error"], "Invalid code");
    }
    for typed in ["", "12345", "1234567", "12345a", "abcdef"] {
        let verify = json!({ "flow": flow, "code": typed });
        let refused = program.post("/v1/register/verify", &verify).await;
        refused.expect_error(400, "malformed_code");
    }
    let verify = json!({ "flow": flow, "code": wrong_code(&code) });
    let last = program.post("/v1/register/verify", &verify).await;
    let last = last.expect_error(429, "too_many_attempts");
    assert_eq!(last["response_code"], "rejected");
    let verify = json!({ "flow": flow, "code": code });
    let refused = program.post("/v1/register/verify", &verify).await;
    let refused = refused.expect_error(429, "too_many_attempts");
    assert!(refused.get("response_code").is_none(), "{refused}");
    assert_eq!(app.open_database().await.count_accounts().await, 0);
}

/// Tests docs/security.md#lim-03, docs/security.md#reg-15.
async fn all_invalid_members_are_reported_together(database: Database) {
    let app = TestApp::start(database).await;
    let (program, ann) = (app.new_api_client(), app.register_user().await);
    let fields = |answer: &crate::support::ApiResponse| -> Vec<String> {
        let errors = answer.body["errors"].as_array().expect("value is a list");
        let named = errors.iter().map(|error| error["field"].as_str());
        named.map(|name| name.expect("a name").to_owned()).collect()
    };
    let all = ["name", "username", "email", "password", "phone_number"];
    let nothing = program.post("/v1/register/start", &json!({})).await;
    let body = nothing.expect_error(400, "invalid_fields");
    assert_eq!(body["error"], "All fields required");
    // Without a username the server chooses one.
    assert_eq!(
        fields(&nothing),
        ["name", "email", "password", "phone_number"]
    );
    let wrong = json!({
        "name": "\u{202e}nnA", "username": "a b", "email": "not an address",
        "password": "short", "phone_number": "12", "id": 1, "mfa": false,
    });
    let answer = program.post("/v1/register/start", &wrong).await;
    answer.expect_error(400, "invalid_fields");
    assert_eq!(fields(&answer), all);
    let longest = |length| "a".repeat(length);
    let endless = json!({
        "name": longest(101), "username": longest(65), "email": longest(255),
        "password": longest(1025), "phone_number": longest(200),
    });
    let answer = program.post("/v1/register/start", &endless).await;
    answer.expect_error(400, "invalid_fields");
    assert_eq!(fields(&answer), all);
    let other_user = User {
        username: ann.username.to_uppercase(),
        ..User::with_unique_details()
    };
    let taken = program
        .post(
            "/v1/register/start",
            &ApiClient::registration_body(&other_user),
        )
        .await;
    let body = taken.expect_error(409, "username_taken");
    assert_eq!(body["errors"][0]["field"], "username");
}

/// Tests docs/security.md#enum-02, docs/security.md#enum-03, docs/security.md#reg-12.
async fn registered_email_or_number_is_revealed_only_if_configured(database: Database) {
    let app = TestApp::start(database).await;
    let (program, ann) = (app.new_api_client(), app.register_user().await);
    let other_user = User {
        email: ann.email.to_uppercase(),
        ..User::with_unique_details()
    };
    let mut answers = Vec::new();
    for user in [&other_user, &User::with_unique_details()] {
        let registration = ApiClient::registration_body(user);
        let begun = program.post("/v1/register/start", &registration).await;
        let mut body = begun.expect_status(200).clone();
        assert_countdown(&body["timeout_secs"], 600);
        assert_countdown(&body["resend_after"], 30);
        for member in ["flow", "phone_hint", "timeout_secs", "resend_after"] {
            body[member] = json!(null);
        }
        answers.push(body);
        let code = app
            .simulator
            .phone_with_number(&user.phone)
            .next_code()
            .await;
        let verify = json!({ "flow": begun.flow_token(200), "code": code });
        let ended = program.post("/v1/register/verify", &verify).await;
        if user.email == other_user.email {
            ended.expect_error(409, "registration_conflict");
        } else {
            ended.access_token(201);
        }
    }
    assert_eq!(answers[0], answers[1]);
    let mail = app.simulator.mailbox_of(&ann.email).next_mail().await;
    assert!(mail.text.contains("create an account"), "{}", mail.text);
    assert_eq!(app.open_database().await.count_accounts().await, 2);

    app.skip_resend_cooldown().await;
    let shared = User {
        phone: ann.phone.clone(),
        ..User::with_unique_details()
    };
    program.register(&app, &shared).await;
}

async fn taken_email_or_number_is_reported_at_once_if_so_configured(database: Database) {
    let app = TestApp::builder(database)
        .with_setting("SALLYPORT_ENUMERATION", "true")
        .start()
        .await;
    let (program, ann) = (app.new_api_client(), app.register_user().await);
    let sent = app.simulator.list_calls_of("create").await.len();
    for (user, code, text) in [
        (
            User {
                email: ann.email.to_uppercase(),
                ..User::with_unique_details()
            },
            "email_taken",
            "Email already registered",
        ),
        (
            User {
                phone: ann.phone.clone(),
                ..User::with_unique_details()
            },
            "phone_taken",
            "Phone number already registered",
        ),
    ] {
        let registration = ApiClient::registration_body(&user);
        let refused = program.post("/v1/register/start", &registration).await;
        assert_eq!(refused.expect_error(409, code)["error"], text);
        let reply = app.new_browser().submit_registration_details(&user).await;
        if code == "email_taken" {
            assert_eq!(reply.visible_error_text(), text);
        }
    }
    assert_eq!(app.simulator.list_calls_of("create").await.len(), sent);
}

/// Tests docs/security.md#res-01, docs/security.md#otp-10.
async fn username_that_was_taken_during_a_registration_is_named_at_its_end(database: Database) {
    let app = TestApp::start(database).await;
    let (program, ann) = (app.new_api_client(), User::with_unique_details());
    let (flow, code) = program.register_until_code(&app, &ann).await;
    let faster = User {
        username: ann.username.to_uppercase(),
        ..User::with_unique_details()
    };
    app.new_browser().register(&app, &faster).await;
    let verify = json!({ "flow": flow, "code": code });
    let refused = program.post("/v1/register/verify", &verify).await;
    let refused = refused.expect_error(409, "registration_conflict");
    assert_eq!(refused["errors"][0]["field"], "username");
    assert_eq!(refused["errors"][0]["code"], "username_taken");
    assert_eq!(app.open_database().await.count_accounts().await, 1);
}

async fn code_is_resent_after_the_cooldown_and_not_before(database: Database) {
    let app = TestApp::start(database).await;
    let (program, ann) = (app.new_api_client(), User::with_unique_details());
    let (flow, _) = program.register_until_code(&app, &ann).await;
    let resend = json!({ "flow": flow });
    let early = program.post("/v1/register/resend", &resend).await;
    let wait = early.expect_error(429, "resend_wait")["retry_after"].as_u64();
    assert!(
        wait.is_some_and(|secs| (1..=30).contains(&secs)),
        "{wait:?}"
    );
    app.skip_resend_cooldown().await;
    let sent = program.post("/v1/register/resend", &resend).await;
    assert_eq!(sent.expect_status(200)["message"], "Code resent");
    assert!(
        sent.body["timeout_secs"]
            .as_u64()
            .expect("number of seconds")
            > 500
    );
    app.skip_resend_cooldown().await;
    let mut phone = app.simulator.phone_with_number(&ann.phone);
    phone.skip_received_messages().await;
    let by_voice = json!({ "flow": flow, "method": "voice" });
    program
        .post("/v1/register/resend", &by_voice)
        .await
        .expect_status(200);
    assert_eq!(app.simulator.channel_of_last_code().await, "call");
    let by_app = json!({ "flow": flow, "method": "totp" });
    let refused = program.post("/v1/register/resend", &by_app).await;
    refused.expect_error(400, "method_unavailable");
    let code = phone.next_code().await;
    program
        .submit_registration_code(&flow, &code)
        .await
        .access_token(201);
}

/// Tests docs/security.md#sm-07, docs/security.md#otp-08.
async fn registration_code_expires_before_its_flow_does(database: Database) {
    let app = TestApp::start(database).await;
    let (program, ann) = (app.new_api_client(), User::with_unique_details());
    let (flow, code) = program.register_until_code(&app, &ann).await;
    let verify = json!({ "flow": flow, "code": code });
    app.simulator.advance_clock(600).await;
    let late = program.post("/v1/register/verify", &verify).await;
    let text = "Code expired. Click Resend to get a new code.";
    assert_eq!(late.expect_error(410, "code_expired")["error"], text);
    app.simulator.advance_clock(300).await;
    let later = program.post("/v1/register/verify", &verify).await;
    later.expect_error(410, "flow_expired");
}

/// Tests docs/security.md#reg-09, docs/security.md#lim-05.
async fn registration_and_sign_in_need_a_solved_captcha(database: Database) {
    let app = TestApp::builder(database).with_captcha().start().await;
    let (program, ann) = (app.new_api_client(), User::with_unique_details());
    let mut registration = ApiClient::registration_body(&ann);
    let refused = program.post("/v1/register/start", &registration).await;
    refused.expect_error(400, "captcha_failed");
    program
        .get("/v1/captcha/payment")
        .await
        .expect_error(404, "not_found");
    registration["captcha"] = json!(program.solve_captcha("login").await);
    let refused = program.post("/v1/register/start", &registration).await;
    refused.expect_error(400, "captcha_failed");
    registration["captcha"] = json!(program.solve_captcha("register").await);
    program
        .post("/v1/register/start", &registration)
        .await
        .expect_status(200);
    let replayed = program.post("/v1/register/start", &registration).await;
    replayed.expect_error(400, "captcha_failed");
    assert_eq!(app.simulator.list_calls_of("create").await.len(), 1);
}

/// Tests docs/security.md#prv-05, docs/security.md#sm-11.
async fn flow_with_an_unreachable_number_can_be_cancelled(database: Database) {
    let app = TestApp::start(database).await;
    let (program, ann) = (app.new_api_client(), User::with_unique_details());
    let blocked = User {
        phone: Provider::from_environment().blocked_phone().into(),
        ..ann
    };
    let registration = ApiClient::registration_body(&blocked);
    let refused = program.post("/v1/register/start", &registration).await;
    refused.expect_error(400, "phone_unreachable");
    let flow = json!({ "flow": refused.flow_token(400) });
    for _ in 0..2 {
        let cancelled = program.post("/v1/verify/cancel", &flow).await;
        assert!(cancelled.expect_status(204).is_null());
    }
    let refused = program.post("/v1/register/resend", &flow).await;
    refused.expect_error(400, "no_pending");
}
