//! The deletion of an account over the JSON API, and its withdrawal.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use domain::Purpose;
use serde_json::{Value, json};

use crate::support::{ApiClient, Database, RunningApp, TestApp, User, call, on_both_databases};

on_both_databases![
    deletion_is_requested_and_withdrawn_over_the_api,
    deletion_over_the_api_needs_a_recent_second_factor,
    signing_out_over_the_api_does_not_stop_the_deletion,
    deletion_requested_on_a_page_is_withdrawn_over_the_api,
];

const TWO_WEEKS: u64 = 14 * 24 * 60 * 60;
const ERASED: &str = "SELECT COUNT(*) FROM accounts WHERE erased_at > 0";

/// Returns the audience of an access token.
fn read_token_audience(token: &str) -> String {
    let claims = token.split('.').nth(1).expect("claims");
    let claims = URL_SAFE_NO_PAD.decode(claims).expect("base64");
    let claims: Value = serde_json::from_slice(&claims).expect("valid JSON");
    claims["aud"].as_str().expect("value is text").to_owned()
}

/// Signs in to an account that will be deleted. Returns a client with the token that can withdraw the deletion.
async fn sign_in_during_deletion_period(app: &RunningApp, user: &User) -> (ApiClient, String) {
    let client = app.new_api_client();
    let (flow, code) = client.sign_in_until_code(app, user).await;
    let signed_in = client.submit_sign_in_code(&flow, &code).await;
    let left = signed_in.expect_status(200)["deletion_in"].as_u64();
    assert!(left.is_some_and(|left| left <= TWO_WEEKS), "{left:?}");
    let token = signed_in.access_token(200);
    (client.with_token(&token), token)
}

async fn deletion_is_requested_and_withdrawn_over_the_api(database: Database) {
    let app = TestApp::start(database).await;
    let ann = app.register_user().await;
    let token = app.new_api_client().sign_in(&app, &ann).await;
    let client = app.new_api_client().with_token(&token);
    let me = client.get("/v1/me").await;
    assert_eq!(me.expect_status(200)["deletion_in"], Value::Null);
    let keep = client.post("/v1/me/keep", &json!({})).await;
    keep.expect_error(409, "deletion_not_requested");
    for (body, problem) in [
        (json!({}), "missing"),
        (json!({ "username": null }), "missing"),
        (json!({ "username": "another-person" }), "username_mismatch"),
        (json!({ "username": ann.email }), "username_mismatch"),
    ] {
        let refused = client.post("/v1/me/delete", &body).await;
        let errors = &refused.expect_error(400, "invalid_fields")["errors"];
        assert_eq!(errors[0]["field"], "username");
        assert_eq!(errors[0]["code"], problem);
    }
    let confirmed = json!({ "username": ann.username });
    let requested = client.post("/v1/me/delete", &confirmed).await;
    assert_eq!(requested.expect_status(200)["deletion_in"], TWO_WEEKS);
    let refused = client.get("/v1/me").await;
    refused.expect_error(401, "invalid_token");
    let again = client.post("/v1/me/delete", &confirmed).await;
    again.expect_error(401, "invalid_token");
    assert_eq!(app.open_database().await.count_sessions().await, 0);

    app.skip_resend_cooldown().await;
    let (leaving, keep_token) = sign_in_during_deletion_period(&app, &ann).await;
    // Other programs that verify tokens do not take the user for signed in.
    assert_eq!(
        read_token_audience(&keep_token),
        format!("{}#keep-account", read_token_audience(&token))
    );
    let me = leaving.get("/v1/me").await;
    assert!(me.expect_status(200)["deletion_in"].is_u64(), "{}", me.body);
    assert_eq!(me.body["username"], ann.username);
    for (path, body) in [
        (
            "/v1/payments/initiate",
            ApiClient::payment_body(&json!("150.00")),
        ),
        (
            "/v1/password/change",
            json!({ "current_password": ann.password, "password": "a quite different 88 phrase" }),
        ),
        ("/v1/email/send", json!({ "email": "new@example.com" })),
        ("/v1/me/delete", confirmed.clone()),
    ] {
        let refused = leaving.post(path, &body).await;
        refused.expect_error(403, "deletion_pending");
    }
    let refused = leaving.get("/v1/me/export").await;
    refused.expect_error(403, "deletion_pending");

    let kept = leaving.post("/v1/me/keep", &json!({})).await;
    assert!(kept.expect_status(200)["deletion_in"].is_null());
    let renewed = kept.access_token(200);
    assert_eq!(read_token_audience(&renewed), read_token_audience(&token));
    let refused = leaving.get("/v1/me").await;
    refused.expect_error(401, "invalid_token");
    let again = leaving.post("/v1/me/keep", &json!({})).await;
    again.expect_error(401, "invalid_token");
    let client = app.new_api_client().with_token(&renewed);
    let me = client.get("/v1/me").await;
    assert_eq!(me.expect_status(200)["deletion_in"], Value::Null);
    let paid = client.begin_payment("5.00").await;
    assert_eq!(paid.expect_status(200)["requires_verification"], false);
}

async fn deletion_over_the_api_needs_a_recent_second_factor(database: Database) {
    let app = TestApp::start(database).await;
    let ann = app.register_user().await;
    let client = app.new_api_client();
    let confirmed = json!({ "username": ann.username });
    let refused = client.post("/v1/me/delete", &confirmed).await;
    refused.expect_error(401, "invalid_token");
    let token = client.sign_in(&app, &ann).await;
    let client = client.with_token(&token);
    app.simulator.advance_clock(301).await;
    let late = client.post("/v1/me/delete", &confirmed).await;
    late.expect_error(403, "second_factor_required");
    let me = client.get("/v1/me").await;
    assert_eq!(me.expect_status(200)["deletion_in"], Value::Null);
}

async fn signing_out_over_the_api_does_not_stop_the_deletion(database: Database) {
    let app = TestApp::start(database).await;
    let ann = app.register_user().await;
    let token = app.new_api_client().sign_in(&app, &ann).await;
    let client = app.new_api_client().with_token(&token);
    let confirmed = json!({ "username": ann.username.to_uppercase() });
    client
        .post("/v1/me/delete", &confirmed)
        .await
        .expect_status(200);
    app.skip_resend_cooldown().await;
    let (leaving, _) = sign_in_during_deletion_period(&app, &ann).await;
    leaving
        .post("/v1/logout", &json!({}))
        .await
        .expect_status(200);
    let late = leaving.post("/v1/me/keep", &json!({})).await;
    late.expect_error(401, "invalid_token");
    app.simulator.advance_clock(TWO_WEEKS).await;
    app.open_database().await.wait_for_number(ERASED, 1).await;
}

async fn deletion_requested_on_a_page_is_withdrawn_over_the_api(database: Database) {
    let app = TestApp::start(database).await;
    let ann = app.register_user().await;
    let mut browser = app.new_browser();
    browser.sign_in(&app, &ann).await;
    let delete = call::delete_account(&ann.username);
    browser.submit_form(&delete).await.expect_step();
    app.skip_resend_cooldown().await;
    let code = browser.sign_in_until_code(&app, &ann).await;
    browser
        .enter_code(Purpose::SignIn, &code)
        .await
        .expect_step();
    app.skip_resend_cooldown().await;
    let (leaving, _) = sign_in_during_deletion_period(&app, &ann).await;
    leaving
        .post("/v1/me/keep", &json!({}))
        .await
        .expect_status(200);
    // The browser session, which had to decide about the deletion too, is signed in now.
    assert_eq!(
        browser.load_page("/keep-account").await.location(),
        "/profile"
    );
    assert!(browser.is_signed_in().await);
}
