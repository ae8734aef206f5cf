//! Reset and change of a password over the JSON API.

use serde_json::json;

use crate::support::{ApiClient, Database, TestApp, User, on_both_databases, password_reset};

on_both_databases![
    password_is_reset_over_the_api,
    password_is_changed_over_the_api_and_tokens_end,
];

const NEW: &str = "a quite different 88 phrase";

async fn password_is_reset_over_the_api(database: Database) {
    let app = TestApp::start(database).await;
    let ann = app.register_user().await;
    let client = app.new_api_client();
    let token = client.sign_in(&app, &ann).await;
    app.skip_resend_cooldown().await;
    let challenge = client.get("/v1/captcha/password").await;
    assert_eq!(challenge.status(), 204, "the tests need no CAPTCHA");
    let known = json!({ "identifier": ann.email });
    let known = client.post("/v1/password/forgot", &known).await;
    let unknown = json!({ "identifier": "unknown" });
    let unknown = client.post("/v1/password/forgot", &unknown).await;
    assert_eq!(known.expect_status(200), unknown.expect_status(200));
    let mut inbox = app.simulator.mailbox_of(&ann.email);
    let mut mail = inbox.next_mail().await;
    while mail.subject != password_reset::RESET_SUBJECT {
        mail = inbox.next_mail().await;
    }
    let link = password_reset::read_reset_token(&mail);
    let weak = json!({ "token": link, "password": "password1" });
    let weak = client.post("/v1/password/reset", &weak).await;
    weak.expect_error(400, "invalid_fields");
    let mut phone = app.simulator.phone_with_number(&ann.phone);
    phone.skip_received_messages().await;
    let reset = json!({ "token": link, "password": NEW });
    let begun = client.post("/v1/password/reset", &reset).await;
    assert_eq!(begun.expect_status(200)["requires_2fa"], true);
    let flow = begun.flow_token(200);
    let again = client.post("/v1/password/reset", &reset).await;
    again.expect_error(400, "reset_link_invalid");
    // The flow of a reset opens no session.
    client
        .submit_sign_in_code(&flow, "000000")
        .await
        .expect_error(400, "no_pending");
    let code = phone.next_code().await;
    let early = json!({ "flow": flow, "method": "sms" });
    let early = client.post("/v1/password/resend", &early).await;
    early.expect_error(429, "resend_wait");
    let verify = json!({ "flow": flow, "code": code });
    let saved = client.post("/v1/password/verify", &verify).await;
    assert!(
        saved.expect_status(200)["token"].is_null(),
        "sign-in comes next"
    );
    let me = client.clone().with_token(&token).get("/v1/me").await;
    me.expect_error(401, "invalid_token");
    client
        .submit_password(&ann)
        .await
        .expect_error(401, "invalid_credentials");
    app.skip_resend_cooldown().await;
    let changed = User {
        password: NEW.to_owned(),
        ..ann
    };
    client.sign_in(&app, &changed).await;
}

async fn password_is_changed_over_the_api_and_tokens_end(database: Database) {
    let app = TestApp::start(database).await;
    let ann = app.register_user().await;
    let client = app.new_api_client();
    let token = client.sign_in(&app, &ann).await;
    let signed_in = client.clone().with_token(&token);
    let wrong = json!({ "current_password": "not the password", "password": NEW });
    let wrong = signed_in.post("/v1/password/change", &wrong).await;
    wrong.expect_error(400, "invalid_fields");
    let change = json!({ "current_password": ann.password, "password": NEW });
    let changed = signed_in.post("/v1/password/change", &change).await;
    let renewed = changed.access_token(200);
    let me = signed_in.get("/v1/me").await;
    me.expect_error(401, "invalid_token");
    let renewed: ApiClient = client.with_token(&renewed);
    assert_eq!(renewed.get("/v1/me").await.status(), 200);
    app.simulator.advance_clock(301).await;
    let again = json!({ "current_password": NEW, "password": "yet another 99 phrase" });
    let late = renewed.post("/v1/password/change", &again).await;
    late.expect_error(403, "second_factor_required");
}
