//! Set-up of a second factor over the JSON API.

use serde_json::json;

use crate::support::{Answer, ApiClient, Database, TestApp, User, on_both_databases, wrong_code};

on_both_databases![
    account_without_a_second_factor_sets_one_up,
    another_number_can_be_given_after_a_code_was_sent,
    number_entered_twice_keeps_its_code_valid,
    verified_number_is_confirmed_before_the_new_one,
    account_without_a_phone_cannot_sign_in_unless_configured,
    session_of_a_password_alone_has_few_rights,
];

async fn begin(program: &ApiClient, user: &User) -> Answer {
    let begun = program.log_in(user).await;
    assert_eq!(begun.ok(200)["requires_setup"], true);
    assert!(begun.body.get("token").is_none());
    begun
}

/// Tests docs/security.md#enr-01, docs/security.md#enr-03.
async fn account_without_a_second_factor_sets_one_up(database: Database) {
    let app = TestApp::start(database).await;
    let (probe, program, ann) = (
        app.probe().await,
        app.api_client(),
        app.user_without_second_factor(),
    );
    let begun = begin(&program, &ann).await;
    assert_eq!(
        begun.body["phone_hint"],
        format!("+1******{}", &ann.phone[8..])
    );
    let flow = begun.flow(200);
    program
        .verify(&flow, "123456")
        .await
        .refused(400, "no_pending");
    let mistyped = json!({ "flow": flow, "phone_number": "12" });
    let refused = program.post("/v1/login/setup", &mistyped).await;
    let body = refused.refused(400, "invalid_fields");
    assert_eq!(body["errors"][0]["field"], "phone_number");

    let number = json!({ "flow": flow, "phone_number": ann.phone });
    let sent = program.post("/v1/login/setup", &number).await;
    assert_eq!(sent.ok(200)["verification_sent"], true);
    assert_eq!(sent.body["timeout_secs"], 300);
    let code = app.simulator.phone(&ann.phone).next_code().await;
    program
        .verify(&flow, &wrong_code(&code))
        .await
        .refused(401, "invalid_code");
    assert_eq!(probe.number("SELECT mfa FROM accounts").await, 0);
    let token = program.verify(&flow, &code).await.token(200);
    assert_eq!(probe.number("SELECT mfa FROM accounts").await, 1);
    let me = program.with_token(&token).get("/v1/me").await;
    assert_eq!(
        (&me.ok(200)["mfa"], &me.body["second_factor_used"]),
        (&json!(true), &json!(true))
    );
}

/// Tests docs/security.md#sm-08.
async fn another_number_can_be_given_after_a_code_was_sent(database: Database) {
    let app = TestApp::start(database).await;
    let (program, ann) = (app.api_client(), app.user_without_second_factor());
    let (typo, right) = (User::new().phone, User::new().phone);
    let flow = begin(&program, &ann).await.flow(200);
    let number = json!({ "flow": flow, "phone_number": typo });
    program.post("/v1/login/setup", &number).await.ok(200);
    let stray = app.simulator.phone(&typo).next_code().await;
    let number = json!({ "flow": flow, "phone_number": right });
    program.post("/v1/login/setup", &number).await.ok(200);
    let code = app.simulator.phone(&right).next_code().await;
    if stray != code {
        program
            .verify(&flow, &stray)
            .await
            .refused(401, "invalid_code");
    }
    program.verify(&flow, &code).await.token(200);
    let probe = app.probe().await;
    assert_eq!(probe.text("SELECT phone FROM accounts").await, right);
}

/// Tests docs/security.md#res-01.
async fn number_entered_twice_keeps_its_code_valid(database: Database) {
    let app = TestApp::start(database).await;
    let (program, ann) = (app.api_client(), app.user_without_second_factor());
    let flow = begin(&program, &ann).await.flow(200);
    let number = json!({ "flow": flow, "phone_number": ann.phone });
    program.post("/v1/login/setup", &number).await.ok(200);
    let code = app.simulator.phone(&ann.phone).next_code().await;
    let again = program.post("/v1/login/setup", &number).await;
    again.refused(429, "resend_wait");
    let mistyped = json!({ "flow": flow, "phone_number": "12" });
    let refused = program.post("/v1/login/setup", &mistyped).await;
    refused.refused(400, "invalid_fields");
    program.verify(&flow, &code).await.token(200);
}

/// docs/security.md#enr-02, treatment a
async fn verified_number_is_confirmed_before_the_new_one(database: Database) {
    let app = TestApp::start(database).await;
    let (program, ann) = (app.api_client(), app.member().await);
    app.execute_sql("UPDATE accounts SET mfa = 0").await;
    let other = User::new().phone;
    let flow = begin(&program, &ann).await.flow(200);
    let mut phone = app.simulator.phone(&ann.phone);
    phone.skip_received_messages().await;
    let number = json!({ "flow": flow, "phone_number": other });
    program.post("/v1/login/setup", &number).await.ok(200);
    assert_eq!(app.simulator.phone(&other).code_count().await, 0);
    let old = phone.next_code().await;
    let next = program.verify(&flow, &old).await;
    assert_eq!(next.ok(200)["verification_sent"], true);
    assert_eq!(next.body["phone_hint"], format!("+1******{}", &other[8..]));
    assert_eq!(app.probe().await.sessions().await, 0);
    let new = app.simulator.phone(&other).next_code().await;
    program.verify(&flow, &new).await.token(200);
    let probe = app.probe().await;
    assert_eq!(probe.text("SELECT phone FROM accounts").await, other);
}

fn without_a_phone(app: &TestApp) -> User {
    let ann = User::new();
    let arguments = [
        "create",
        "--username",
        &ann.username,
        "--email",
        &ann.email,
        "--full-name",
        &ann.full_name,
        "--password-stdin",
    ];
    let output = app.user_with_input(&arguments, &ann.password);
    assert_eq!(output.code, 0, "{output:?}");
    ann
}

/// Tests docs/security.md#enr-04.
async fn account_without_a_phone_cannot_sign_in_unless_configured(database: Database) {
    let app = TestApp::start(database).await;
    let ann = without_a_phone(&app);
    let begun = begin(&app.api_client(), &ann).await;
    assert!(begun.body["phone_hint"].is_null());
    assert_eq!(app.probe().await.sessions().await, 0);
}

/// Tests docs/security.md#ses-08.
async fn session_of_a_password_alone_has_few_rights(database: Database) {
    let mut app = TestApp::on(database)
        .with("SALLYPORT_MFA", "optional")
        // The issuer of tokens stays the same after a restart.
        .with("SALLYPORT_PUBLIC_URL", "http://127.0.0.1:9")
        .with_separate_simulator()
        .start()
        .await;
    let program = app.api_client();
    let bob = app.user_without_second_factor();
    begin(&program, &bob).await;
    let ann = without_a_phone(&app);
    let token = program.log_in(&ann).await.token(200);
    let me = program.clone().with_token(&token).get("/v1/me").await;
    assert_eq!(me.ok(200)["second_factor_used"], false);
    assert_eq!(me.body["methods"], json!([]));
    // This session cannot make a payment of any amount, and the attempt is recorded.
    let poor = program.clone().with_token(&token);
    let (some, much) = (poor.pay("1.00").await, poor.pay("150.00").await);
    let confirm = poor
        .confirm("0123456789abcdef0123456789abcdef", "123456")
        .await;
    for refused in [some, much, confirm] {
        refused.refused(403, "second_factor_required");
    }
    let tried = "SELECT COUNT(*) FROM audit_events WHERE event = 'payment_refused' \
                 AND detail = 'assurance' AND source <> ''";
    assert_eq!(app.probe().await.number(tried).await, 3);
    // The sign-in does not count as a step-up.
    let never = "SELECT COUNT(*) FROM sessions WHERE method = '' AND stepped_up_at = 0";
    assert_eq!(app.probe().await.number(never).await, 1);
    // In a browser, the user must set up a second factor first.
    let mut browser = app.browser();
    browser
        .enter_password(&ann.username, &ann.password)
        .await
        .step();
    assert!(!browser.is_signed_in().await);

    app.process.kill().await;
    app.restart().await;
    app.api_client()
        .with_token(&token)
        .get("/v1/me")
        .await
        .ok(200);
    app.set("SALLYPORT_MFA", "required");
    app.process.kill().await;
    app.restart().await;
    let program = app.api_client();
    let ended = program.clone().with_token(&token).get("/v1/me").await;
    ended.refused(401, "invalid_token");
    begin(&program, &ann).await;
}
