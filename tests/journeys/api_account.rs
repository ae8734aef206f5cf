//! Access tokens: what they allow and when they end.

use serde_json::{Value, json};

use crate::support::wire::Request;
use crate::support::{ApiClient, Database, TestApp, User, on_both_databases};

on_both_databases![
    access_token_is_valid_until_sign_out,
    access_token_expires_after_a_day_and_not_by_inactivity,
    access_tokens_end_together_with_the_sessions_of_the_account,
    authenticated_api_client_needs_no_captcha_and_has_its_own_limits,
    served_and_printed_openapi_documents_are_equal,
];

/// Tests docs/security.md#ses-06.
async fn access_token_is_valid_until_sign_out(database: Database) {
    let app = TestApp::start(database).await;
    let ann = app.register_user().await;
    let token = app.new_api_client().sign_in(&app, &ann).await;
    let program = app.new_api_client().with_token(&token);
    let me = program.get("/v1/me").await;
    assert_eq!(me.expect_status(200)["name"], ann.full_name.as_str());
    assert_eq!(
        me.body["phone_hint"],
        format!("+1******{}", &ann.phone[8..])
    );
    assert!(!me.body.to_string().contains(&ann.phone));
    let out = program.post("/v1/logout", &json!({})).await;
    assert_eq!(out.expect_status(200)["message"], "Signed out");
    program
        .get("/v1/me")
        .await
        .expect_error(401, "invalid_token");
    let twice = program.post("/v1/logout", &json!({})).await;
    twice.expect_error(401, "invalid_token");
    let challenge = twice.response.header("www-authenticate");
    assert!(challenge.is_some_and(|challenge| challenge.starts_with("Bearer")));
    assert_eq!(app.open_database().await.count_sessions().await, 0);
}

/// Tests docs/security.md#ses-05.
async fn access_token_expires_after_a_day_and_not_by_inactivity(database: Database) {
    let app = TestApp::start(database).await;
    let ann = app.register_user().await;
    let token = app.new_api_client().sign_in(&app, &ann).await;
    let program = app.new_api_client().with_token(&token);
    app.simulator.advance_clock(86_400 - 60).await;
    program.get("/v1/me").await.expect_status(200);
    app.simulator.advance_clock(60).await;
    program
        .get("/v1/me")
        .await
        .expect_error(401, "invalid_token");
}

/// Tests docs/security.md#ses-06, docs/security.md#ses-07.
async fn access_tokens_end_together_with_the_sessions_of_the_account(database: Database) {
    let app = TestApp::start(database).await;
    let ann = app.register_user().await;
    let program = app.new_api_client();
    let token = program.sign_in(&app, &ann).await;
    app.skip_resend_cooldown().await;
    let mut browser = app.new_browser();
    browser.sign_in(&app, &ann).await;
    let page = browser.load_page("/profile/sessions").await.text();
    assert!(page.contains("An app or another service"), "{page}");
    let everywhere = crate::support::call::end_other_sessions();
    browser.submit_form(&everywhere).await.expect_step();
    let ended = program.clone().with_token(&token).get("/v1/me").await;
    ended.expect_error(401, "invalid_token");

    app.skip_resend_cooldown().await;
    let token = program.sign_in(&app, &ann).await;
    let program = program.with_token(&token);
    program.get("/v1/me").await.expect_status(200);
    assert_eq!(
        app.run_user_command(&["disable", &ann.username]).exit_code,
        0
    );
    program
        .get("/v1/me")
        .await
        .expect_error(401, "invalid_token");
}

/// Tests docs/security.md#reg-09, docs/security.md#reg-10, docs/security.md#log-01.
async fn authenticated_api_client_needs_no_captcha_and_has_its_own_limits(database: Database) {
    let app = TestApp::builder(database)
        .with_captcha()
        .with_setting("SALLYPORT_API_CLIENTS", ApiClient::CLIENT_SETTING)
        .with_setting("SALLYPORT_LIMIT_LOGINS_PER_SOURCE_PER_HOUR", "2")
        .with_setting("SALLYPORT_LIMIT_CALLS_PER_CLIENT_PER_HOUR", "3")
        .start()
        .await;
    let stranger = app.new_api_client();
    let login = json!({ "identifier": "unknown-user", "password": "not the password" });
    let refused = stranger.post("/v1/login", &login).await;
    refused.expect_error(400, "captcha_failed");
    let api_client = stranger
        .clone()
        .with_authorization(ApiClient::BASIC_CREDENTIALS);
    for _ in 0..3 {
        let answer = api_client.post("/v1/login", &login).await;
        answer.expect_error(401, "invalid_credentials");
    }
    let full = api_client.post("/v1/login", &login).await;
    full.expect_error(429, "too_many_requests");
    // Registrations have a separate counter.
    for _ in 0..3 {
        let registration = ApiClient::registration_body(&User::with_unique_details());
        let begun = api_client.post("/v1/register/start", &registration).await;
        begun.flow_token(200);
    }
    let registration = ApiClient::registration_body(&User::with_unique_details());
    let full = api_client.post("/v1/register/start", &registration).await;
    full.expect_error(429, "too_many_requests");
    let refused = stranger.post("/v1/register/start", &registration).await;
    refused.expect_error(400, "captcha_failed");
    // Sign-ins of the API client did not count for its IP address.
    let mut browser = app.new_browser();
    assert!(
        !browser
            .is_password_accepted("unknown-user", "not the password")
            .await
    );
    for forged in [
        "Basic c2hvcDp3cm9uZw==",
        "Basic c2hvcDo=",
        "Basic !",
        "basic",
    ] {
        let known = forged.contains(' ');
        let answer = stranger
            .clone()
            .with_authorization(forged)
            .post("/v1/login", &login)
            .await;
        let (status, code) = if known {
            (401, "invalid_client")
        } else {
            (400, "captcha_failed")
        };
        answer.expect_error(status, code);
    }
}

async fn served_and_printed_openapi_documents_are_equal(database: Database) {
    let app = TestApp::start(database).await;
    let served = app.new_api_client().get("/v1/openapi.json").await;
    let printed: Value = serde_json::from_str(
        &sallyport::json_api::openapi::render_openapi_document("Sallyport"),
    )
    .expect("valid JSON");
    assert_eq!(*served.expect_status(200), printed);
    for (path, calls) in printed["paths"].as_object().expect("value is an object") {
        for (method, call) in calls.as_object().expect("value is an object") {
            let path = path.replace("{action}", "login");
            let request = Request::new(&method.to_uppercase(), &path);
            let answer = request.send(app.address).await;
            assert_ne!(answer.status, 405, "{method} {path}");
            // An operation may document its own 404.
            let own = call["responses"].get("404").is_some();
            assert!(answer.status != 404 || own, "{method} {path}");
        }
    }
}
