//! Access tokens: what they allow and when they end.

use serde_json::{Value, json};

use crate::support::wire::Request;
use crate::support::{ApiClient, Database, TestApp, User, on_both_databases};

on_both_databases![
    access_token_is_valid_until_sign_out,
    access_token_expires_after_a_day_and_not_by_inactivity,
    everything_that_ends_sessions_ends_tokens,
    authenticated_api_client_needs_no_captcha_and_has_its_own_limits,
    served_and_printed_openapi_documents_are_equal,
];

/// Tests docs/security.md#ses-06.
async fn access_token_is_valid_until_sign_out(database: Database) {
    let app = TestApp::start(database).await;
    let ann = app.member().await;
    let token = app.api_client().sign_in(&app, &ann).await;
    let program = app.api_client().with_token(&token);
    let me = program.get("/v1/me").await;
    assert_eq!(me.ok(200)["name"], ann.full_name.as_str());
    assert_eq!(
        me.body["phone_hint"],
        format!("+1******{}", &ann.phone[8..])
    );
    assert!(!me.body.to_string().contains(&ann.phone));
    let out = program.post("/v1/logout", &json!({})).await;
    assert_eq!(out.ok(200)["message"], "Signed out");
    program.get("/v1/me").await.refused(401, "invalid_token");
    let twice = program.post("/v1/logout", &json!({})).await;
    twice.refused(401, "invalid_token");
    let challenge = twice.response.header("www-authenticate");
    assert!(challenge.is_some_and(|challenge| challenge.starts_with("Bearer")));
    assert_eq!(app.probe().await.sessions().await, 0);
}

/// Tests docs/security.md#ses-05.
async fn access_token_expires_after_a_day_and_not_by_inactivity(database: Database) {
    let app = TestApp::start(database).await;
    let ann = app.member().await;
    let token = app.api_client().sign_in(&app, &ann).await;
    let program = app.api_client().with_token(&token);
    app.simulator.advance(86_400 - 60).await;
    program.get("/v1/me").await.ok(200);
    app.simulator.advance(60).await;
    program.get("/v1/me").await.refused(401, "invalid_token");
}

/// Tests docs/security.md#ses-06, docs/security.md#ses-07.
async fn everything_that_ends_sessions_ends_tokens(database: Database) {
    let app = TestApp::start(database).await;
    let ann = app.member().await;
    let program = app.api_client();
    let token = program.sign_in(&app, &ann).await;
    app.skip_resend_cooldown().await;
    let mut browser = app.browser();
    browser.sign_in(&app, &ann).await;
    let page = browser.page("/profile/sessions").await.text();
    assert!(page.contains("An app or another service"), "{page}");
    let everywhere = crate::support::call::end_other_sessions();
    browser.call(&everywhere).await.step();
    let ended = program.clone().with_token(&token).get("/v1/me").await;
    ended.refused(401, "invalid_token");

    app.skip_resend_cooldown().await;
    let token = program.sign_in(&app, &ann).await;
    let program = program.with_token(&token);
    program.get("/v1/me").await.ok(200);
    assert_eq!(app.user(&["disable", &ann.username]).code, 0);
    program.get("/v1/me").await.refused(401, "invalid_token");
}

/// Tests docs/security.md#reg-09, docs/security.md#reg-10, docs/security.md#log-01.
async fn authenticated_api_client_needs_no_captcha_and_has_its_own_limits(database: Database) {
    let app = TestApp::on(database)
        .with_captcha()
        .with("SALLYPORT_API_CLIENTS", ApiClient::CLIENT)
        .with("SALLYPORT_LIMIT_LOGINS_PER_SOURCE_PER_HOUR", "2")
        .with("SALLYPORT_LIMIT_CALLS_PER_CLIENT_PER_HOUR", "3")
        .start()
        .await;
    let stranger = app.api_client();
    let login = json!({ "identifier": "unknown-user", "password": "not the password" });
    let refused = stranger.post("/v1/login", &login).await;
    refused.refused(400, "captcha_failed");
    let shop = stranger.clone().with(ApiClient::AS_BASIC);
    for _ in 0..3 {
        let answer = shop.post("/v1/login", &login).await;
        answer.refused(401, "invalid_credentials");
    }
    let full = shop.post("/v1/login", &login).await;
    full.refused(429, "too_many_requests");
    // Registrations have a separate counter.
    for _ in 0..3 {
        let registration = ApiClient::registration(&User::new());
        let begun = shop.post("/v1/register/start", &registration).await;
        begun.flow(200);
    }
    let registration = ApiClient::registration(&User::new());
    let full = shop.post("/v1/register/start", &registration).await;
    full.refused(429, "too_many_requests");
    let alone = stranger.post("/v1/register/start", &registration).await;
    alone.refused(400, "captcha_failed");
    // The bucket of the address is unchanged.
    let mut browser = app.browser();
    assert!(
        !browser
            .password_is_accepted("unknown-user", "not the password")
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
            .with(forged)
            .post("/v1/login", &login)
            .await;
        let (status, code) = if known {
            (401, "invalid_client")
        } else {
            (400, "captcha_failed")
        };
        answer.refused(status, code);
    }
}

async fn served_and_printed_openapi_documents_are_equal(database: Database) {
    let app = TestApp::start(database).await;
    let served = app.api_client().get("/v1/openapi.json").await;
    let printed: Value =
        serde_json::from_str(&sallyport::json_api::openapi::document_json("Sallyport"))
            .expect("JSON");
    assert_eq!(*served.ok(200), printed);
    for (path, calls) in printed["paths"].as_object().expect("paths") {
        for (method, call) in calls.as_object().expect("calls") {
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
