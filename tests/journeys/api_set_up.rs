//! Set-up of a second factor over the JSON API.

use serde_json::json;

use crate::support::{
    ApiClient, ApiResponse, Database, TestApp, User, assert_countdown, on_both_databases,
    wrong_code,
};

on_both_databases![
    account_without_a_second_factor_sets_one_up,
    another_number_can_be_given_after_a_code_was_sent,
    number_entered_twice_keeps_its_code_valid,
    verified_number_is_confirmed_before_the_new_one,
    account_without_a_phone_cannot_sign_in_unless_configured,
    session_opened_with_the_password_alone_has_few_rights,
];

/// Begins the set-up of a second factor over the JSON API.
async fn begin_set_up(program: &ApiClient, user: &User) -> ApiResponse {
    let begun = program.submit_password(user).await;
    assert_eq!(begun.expect_status(200)["requires_setup"], true);
    assert!(begun.body.get("token").is_none());
    begun
}

/// Tests docs/security.md#enr-01, docs/security.md#enr-03.
async fn account_without_a_second_factor_sets_one_up(database: Database) {
    let app = TestApp::start(database).await;
    let (probe, program, ann) = (
        app.open_database().await,
        app.new_api_client(),
        app.create_user_by_command(),
    );
    let begun = begin_set_up(&program, &ann).await;
    assert_eq!(
        begun.body["phone_hint"],
        format!("+1******{}", &ann.phone[8..])
    );
    let flow = begun.flow_token(200);
    program
        .submit_sign_in_code(&flow, "123456")
        .await
        .expect_error(400, "no_pending");
    let mistyped = json!({ "flow": flow, "phone_number": "12" });
    let refused = program.post("/v1/login/setup", &mistyped).await;
    let body = refused.expect_error(400, "invalid_fields");
    assert_eq!(body["errors"][0]["field"], "phone_number");

    let number = json!({ "flow": flow, "phone_number": ann.phone });
    let sent = program.post("/v1/login/setup", &number).await;
    assert_eq!(sent.expect_status(200)["verification_sent"], true);
    assert_countdown(&sent.body["timeout_secs"], 300);
    let code = app
        .simulator
        .phone_with_number(&ann.phone)
        .next_code()
        .await;
    program
        .submit_sign_in_code(&flow, &wrong_code(&code))
        .await
        .expect_error(401, "invalid_code");
    assert_eq!(probe.read_number("SELECT mfa FROM accounts").await, 0);
    let token = program
        .submit_sign_in_code(&flow, &code)
        .await
        .access_token(200);
    assert_eq!(probe.read_number("SELECT mfa FROM accounts").await, 1);
    let me = program.with_token(&token).get("/v1/me").await;
    assert_eq!(
        (
            &me.expect_status(200)["mfa"],
            &me.body["second_factor_used"]
        ),
        (&json!(true), &json!(true))
    );
}

/// Tests docs/security.md#sm-08.
async fn another_number_can_be_given_after_a_code_was_sent(database: Database) {
    let app = TestApp::start(database).await;
    let (program, ann) = (app.new_api_client(), app.create_user_by_command());
    let (typo, right) = (
        User::with_unique_details().phone,
        User::with_unique_details().phone,
    );
    let flow = begin_set_up(&program, &ann).await.flow_token(200);
    let number = json!({ "flow": flow, "phone_number": typo });
    program
        .post("/v1/login/setup", &number)
        .await
        .expect_status(200);
    let code_to_wrong_number = app.simulator.phone_with_number(&typo).next_code().await;
    let number = json!({ "flow": flow, "phone_number": right });
    program
        .post("/v1/login/setup", &number)
        .await
        .expect_status(200);
    let code = app.simulator.phone_with_number(&right).next_code().await;
    if code_to_wrong_number != code {
        program
            .submit_sign_in_code(&flow, &code_to_wrong_number)
            .await
            .expect_error(401, "invalid_code");
    }
    program
        .submit_sign_in_code(&flow, &code)
        .await
        .access_token(200);
    let probe = app.open_database().await;
    assert_eq!(probe.read_text("SELECT phone FROM accounts").await, right);
}

/// Tests docs/security.md#res-01.
async fn number_entered_twice_keeps_its_code_valid(database: Database) {
    let app = TestApp::start(database).await;
    let (program, ann) = (app.new_api_client(), app.create_user_by_command());
    let flow = begin_set_up(&program, &ann).await.flow_token(200);
    let number = json!({ "flow": flow, "phone_number": ann.phone });
    program
        .post("/v1/login/setup", &number)
        .await
        .expect_status(200);
    let code = app
        .simulator
        .phone_with_number(&ann.phone)
        .next_code()
        .await;
    let again = program.post("/v1/login/setup", &number).await;
    again.expect_error(429, "resend_wait");
    let mistyped = json!({ "flow": flow, "phone_number": "12" });
    let refused = program.post("/v1/login/setup", &mistyped).await;
    refused.expect_error(400, "invalid_fields");
    program
        .submit_sign_in_code(&flow, &code)
        .await
        .access_token(200);
}

/// Tests docs/security.md#enr-02 for an account with a verified number.
async fn verified_number_is_confirmed_before_the_new_one(database: Database) {
    let app = TestApp::start(database).await;
    let (program, ann) = (app.new_api_client(), app.register_user().await);
    app.execute_sql("UPDATE accounts SET mfa = 0").await;
    let other = User::with_unique_details().phone;
    let flow = begin_set_up(&program, &ann).await.flow_token(200);
    let mut phone = app.simulator.phone_with_number(&ann.phone);
    phone.skip_received_messages().await;
    let number = json!({ "flow": flow, "phone_number": other });
    program
        .post("/v1/login/setup", &number)
        .await
        .expect_status(200);
    assert_eq!(
        app.simulator.phone_with_number(&other).count_codes().await,
        0
    );
    let old = phone.next_code().await;
    let next = program.submit_sign_in_code(&flow, &old).await;
    assert_eq!(next.expect_status(200)["verification_sent"], true);
    assert_eq!(next.body["phone_hint"], format!("+1******{}", &other[8..]));
    assert_eq!(app.open_database().await.count_sessions().await, 0);
    let new = app.simulator.phone_with_number(&other).next_code().await;
    program
        .submit_sign_in_code(&flow, &new)
        .await
        .access_token(200);
    let probe = app.open_database().await;
    assert_eq!(probe.read_text("SELECT phone FROM accounts").await, other);
}

/// Tests docs/security.md#enr-04.
async fn account_without_a_phone_cannot_sign_in_unless_configured(database: Database) {
    let app = TestApp::start(database).await;
    let ann = app.create_user_without_phone_by_command();
    let begun = begin_set_up(&app.new_api_client(), &ann).await;
    assert!(begun.body["phone_hint"].is_null());
    assert_eq!(app.open_database().await.count_sessions().await, 0);
}

/// Tests docs/security.md#ses-08.
async fn session_opened_with_the_password_alone_has_few_rights(database: Database) {
    let mut app = TestApp::builder(database)
        .with_setting("SALLYPORT_MFA", "optional")
        // The issuer of tokens stays the same after a restart.
        .with_setting("SALLYPORT_PUBLIC_URL", "http://127.0.0.1:9")
        .with_separate_simulator()
        .start()
        .await;
    let program = app.new_api_client();
    let bob = app.create_user_by_command();
    begin_set_up(&program, &bob).await;
    let ann = app.create_user_without_phone_by_command();
    let token = program.submit_password(&ann).await.access_token(200);
    let me = program.clone().with_token(&token).get("/v1/me").await;
    assert_eq!(me.expect_status(200)["second_factor_used"], false);
    assert_eq!(me.body["methods"], json!([]));
    // Without a second factor, the session cannot pay any amount. Each attempt is recorded.
    let client_without_second_factor = program.clone().with_token(&token);
    let (some, much) = (
        client_without_second_factor.begin_payment("1.00").await,
        client_without_second_factor.begin_payment("150.00").await,
    );
    let confirm = client_without_second_factor
        .confirm_payment("0123456789abcdef0123456789abcdef", "123456")
        .await;
    for refused in [some, much, confirm] {
        refused.expect_error(403, "second_factor_required");
    }
    let tried = "SELECT COUNT(*) FROM audit_events WHERE event = 'payment_refused' \
                 AND detail = 'assurance' AND source <> ''";
    assert_eq!(app.open_database().await.read_number(tried).await, 3);
    // The sign-in does not count as a step-up.
    let never = "SELECT COUNT(*) FROM sessions WHERE method = '' AND stepped_up_at = 0";
    assert_eq!(app.open_database().await.read_number(never).await, 1);
    // In a browser, the user must set up a second factor first.
    let mut browser = app.new_browser();
    browser.begin_sign_in(&ann).await;
    assert!(!browser.is_signed_in().await);

    app.process.kill().await;
    app.restart().await;
    app.new_api_client()
        .with_token(&token)
        .get("/v1/me")
        .await
        .expect_status(200);
    app.change_setting("SALLYPORT_MFA", "required");
    app.process.kill().await;
    app.restart().await;
    let program = app.new_api_client();
    let ended = program.clone().with_token(&token).get("/v1/me").await;
    ended.expect_error(401, "invalid_token");
    begin_set_up(&program, &ann).await;
}
