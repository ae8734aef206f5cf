//! Attacks on reset links and codes of the JSON API for passwords and e-mail addresses.

use serde_json::{Value, json};

use crate::support::email_proof::{CANCEL_SUBJECT, read_cancel_token};
use crate::support::wire::send_at_once;
use crate::support::{
    ApiClient, ApiResponse, Database, RunningApp, TestApp, User, on_both_databases, password_reset,
};

on_both_databases![
    hundred_parallel_uses_of_one_email_code_over_the_api_change_the_address_once,
    all_invalid_reset_links_get_the_same_response_over_the_api,
    reset_link_of_the_api_has_the_configured_origin_only,
];

const NEW: &str = "a quite different 88 phrase";

async fn hundred_parallel_uses_of_one_email_code_over_the_api_change_the_address_once(
    database: Database,
) {
    let app = TestApp::start(database).await;
    let (_, client) = app.sign_in_new_api_user().await;
    let code = app.begin_email_change_over_the_api(&client, "new@example.net");
    let verify = client.post_request("/v1/email/verify", &json!({ "code": code.await }));
    let answers = send_at_once(vec![(app.address, verify); 100]).await;
    let mut won = Vec::new();
    for answer in &answers {
        match answer.status {
            200 => won.push(answer.json()),
            status => assert!(status < 500, "{status} {}", answer.text()),
        }
    }
    assert_eq!(won.len(), 1);
    let probe = app.open_database().await;
    let changed = "SELECT COUNT(*) FROM audit_events WHERE event = 'email_changed'";
    assert_eq!(probe.read_number(changed).await, 1);
    let renewed = won[0]["token"].as_str().expect("value is text").to_owned();
    let me = app
        .new_api_client()
        .with_token(&renewed)
        .get("/v1/me")
        .await;
    assert_eq!(me.expect_status(200)["email"], "new@example.net");
    assert_eq!(probe.count_sessions().await, 1);
}

/// Uses a reset link.
async fn use_reset_link(app: &TestApp, token: &str) -> ApiResponse {
    let reset = json!({ "token": token, "password": NEW });
    let client = app.new_api_client();
    client.post("/v1/password/reset", &reset).await
}

/// Uses a reset link, which is refused. Returns the body of the response.
async fn read_refusal(app: &TestApp, token: &str) -> Value {
    let refused = use_reset_link(app, token).await;
    refused.expect_error(400, "reset_link_invalid").clone()
}

/// Registers and signs in a user, and requests a reset link. Returns the user, the signed-in client and the token of
/// the link.
async fn sign_in_user_with_reset_link(app: &RunningApp) -> (User, ApiClient, String) {
    let (user, client) = app.sign_in_new_api_user().await;
    let token = app.request_reset_token(&user).await;
    (user, client, token)
}

async fn all_invalid_reset_links_get_the_same_response_over_the_api(database: Database) {
    let app = TestApp::start(database).await;
    let never_issued = read_refusal(&app, &"a".repeat(43)).await;
    for malformed in ["", "short", "\0", &"a".repeat(500)] {
        assert_eq!(read_refusal(&app, malformed).await, never_issued);
    }
    let bob = app.create_user_by_command();
    let used = app.request_reset_token(&bob).await;
    use_reset_link(&app, &used).await.expect_status(200);
    assert_eq!(read_refusal(&app, &used).await, never_issued, "used");

    let (ann, client, token) = sign_in_user_with_reset_link(&app).await;
    let change = json!({ "current_password": ann.password, "password": NEW });
    let changed = client.post("/v1/password/change", &change).await;
    changed.expect_status(200);
    let refused = read_refusal(&app, &token).await;
    assert_eq!(refused, never_issued, "after a change of the password");

    let (ann, client, token) = sign_in_user_with_reset_link(&app).await;
    let code = app
        .begin_email_change_over_the_api(&client, "new@example.net")
        .await;
    let mail = app.wait_for_mail(&ann.email, CANCEL_SUBJECT).await;
    let refused = read_refusal(&app, &read_cancel_token(&mail)).await;
    assert_eq!(refused, never_issued, "link of another kind");
    let code = json!({ "code": code });
    let changed = client.post("/v1/email/verify", &code).await;
    changed.expect_status(200);
    let refused = read_refusal(&app, &token).await;
    assert_eq!(refused, never_issued, "after a change of the address");

    let (ann, client, token) = sign_in_user_with_reset_link(&app).await;
    let confirmed = json!({ "username": ann.username });
    let requested = client.post("/v1/me/delete", &confirmed).await;
    requested.expect_status(200);
    let refused = read_refusal(&app, &token).await;
    assert_eq!(refused, never_issued, "after the request of a deletion");

    let (_, _, token) = sign_in_user_with_reset_link(&app).await;
    app.simulator.advance_clock(30 * 60 + 5).await;
    assert_eq!(read_refusal(&app, &token).await, never_issued, "expired");
}

async fn reset_link_of_the_api_has_the_configured_origin_only(database: Database) {
    let app = TestApp::builder(database)
        .with_setting("SALLYPORT_TRUSTED_PROXIES", "127.0.0.1")
        .start()
        .await;
    let ann = app.create_user_by_command();
    let forgot = json!({ "identifier": ann.email });
    let client = app.new_api_client();
    let request = client.post_request("/v1/password/forgot", &forgot);
    let poisoned = request.clone().with_header("Host", "evil.example");
    assert_eq!(poisoned.send(app.address).await.status, 421);
    let absolute = request
        .clone()
        .with_path("http://evil.example/v1/password/forgot");
    assert_eq!(absolute.send(app.address).await.status, 400);
    let forwarded = request
        .with_header("X-Forwarded-Host", "evil.example")
        .with_header("Forwarded", "host=evil.example;proto=https")
        .with_header("X-Original-Host", "evil.example");
    assert_eq!(forwarded.send(app.address).await.status, 200);
    let mail = app
        .wait_for_mail(&ann.email, password_reset::RESET_SUBJECT)
        .await;
    let token = password_reset::read_reset_token(&mail);
    let link = format!(
        "http://{}{}",
        app.address,
        password_reset::reset_link_path(&token)
    );
    for text in [&mail.text, &mail.html] {
        assert!(text.contains(&link), "{text}");
        assert!(!text.contains("evil.example"), "{text}");
    }
}
