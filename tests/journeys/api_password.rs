//! Reset and change of a password over the JSON API.

use serde_json::json;

use crate::support::{
    ApiClient, ApiResponse, Database, RunningApp, TestApp, User, on_both_databases, password_reset,
    wrong_code,
};

on_both_databases![
    password_is_reset_over_the_api,
    account_without_a_second_factor_is_reset_over_the_api_at_once,
    authenticator_app_or_recovery_code_completes_a_reset_over_the_api,
    code_of_a_reset_is_requested_again_by_another_method,
    cancelled_reset_cannot_be_continued_over_the_api,
    account_of_an_undone_change_is_refused_over_the_api_until_its_password_is_reset,
    reset_over_the_api_needs_a_solved_captcha,
    password_is_changed_over_the_api_and_tokens_end,
];

const NEW: &str = "a quite different 88 phrase";
const SAVED: &str = "Password saved. Sign in with it.";

/// Requests a reset link, and submits it with the new password and this method.
async fn begin_reset(app: &RunningApp, user: &User, method: &str) -> ApiResponse {
    let token = app.request_reset_token(user).await;
    let reset = json!({ "token": token, "password": NEW, "method": method });
    app.new_api_client()
        .post("/v1/password/reset", &reset)
        .await
}

impl ApiClient {
    /// Submits the code of a password reset.
    async fn submit_reset_code(&self, flow: &str, code: &str) -> ApiResponse {
        let body = json!({ "flow": flow, "code": code });
        self.post("/v1/password/verify", &body).await
    }

    /// Requests the second factor of a password reset by this method.
    async fn request_reset_code_by(&self, flow: &str, method: &str) -> ApiResponse {
        let body = json!({ "flow": flow, "method": method });
        self.post("/v1/password/resend", &body).await
    }
}

async fn password_is_reset_over_the_api(database: Database) {
    let app = TestApp::start(database).await;
    let ann = app.register_user().await;
    let client = app.new_api_client();
    let token = client.sign_in(&app, &ann).await;
    app.skip_resend_cooldown().await;
    let challenge = client.get("/v1/captcha/password").await;
    assert_eq!(challenge.status(), 204, "the CAPTCHA is off");
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

async fn account_without_a_second_factor_is_reset_over_the_api_at_once(database: Database) {
    let app = TestApp::start(database).await;
    let ann = app.create_user_by_command();
    let saved = begin_reset(&app, &ann, "totp").await;
    assert_eq!(
        *saved.expect_status(200),
        json!({ "message": SAVED }),
        "no flow and no session"
    );
    let client = app.new_api_client();
    client
        .submit_password(&ann)
        .await
        .expect_error(401, "invalid_credentials");
    let changed = User {
        password: NEW.to_owned(),
        ..ann
    };
    let next = client.submit_password(&changed).await;
    assert_eq!(next.expect_status(200)["requires_setup"], true);
}

async fn authenticator_app_or_recovery_code_completes_a_reset_over_the_api(database: Database) {
    let app = TestApp::start(database).await;
    let (ann, mut browser, authenticator) = app.register_user_with_authenticator().await;
    let codes = browser.create_recovery_codes().await;
    let client = app.new_api_client();
    let sent = app.simulator.list_calls_of("create").await.len();
    let begun = begin_reset(&app, &ann, "totp").await;
    assert_eq!(begun.expect_status(200)["method"], "totp");
    let methods = begun.body["methods"].as_array().expect("value is a list");
    for method in ["sms", "totp", "recovery_code"] {
        assert!(methods.contains(&json!(method)), "{methods:?}");
    }
    let flow = begun.flow_token(200);
    let code = authenticator.current_code().await;
    let guess = authenticator.wrong_code().await;
    let wrong = client.submit_reset_code(&flow, &guess).await;
    assert_eq!(
        wrong.expect_error(401, "invalid_code")["attempts_remaining"],
        4
    );
    let saved = client.submit_reset_code(&flow, &code).await;
    assert_eq!(saved.expect_status(200)["message"], SAVED);
    assert!(!browser.is_signed_in().await);
    let refused = client.submit_reset_code(&flow, &code).await;
    refused.expect_error(400, "no_pending");

    let begun = begin_reset(&app, &ann, "recovery_code").await;
    assert_eq!(begun.expect_status(200)["method"], "recovery_code");
    let flow = begun.flow_token(200);
    let saved = client.submit_reset_code(&flow, &codes[0]).await;
    assert_eq!(saved.expect_status(200)["message"], SAVED);
    let flow = begin_reset(&app, &ann, "recovery_code")
        .await
        .flow_token(200);
    let used = client.submit_reset_code(&flow, &codes[0]).await;
    used.expect_error(401, "invalid_code");
    let created = app.simulator.list_calls_of("create").await.len();
    assert_eq!(created, sent, "no code was sent");
}

async fn code_of_a_reset_is_requested_again_by_another_method(database: Database) {
    let app = TestApp::start(database).await;
    let ann = app.register_user().await;
    let client = app.new_api_client();
    // An unknown method does not use up the link.
    let token = app.request_reset_token(&ann).await;
    let reset = json!({ "token": token, "password": NEW, "method": "email" });
    let unknown = client.post("/v1/password/reset", &reset).await;
    unknown.expect_error(400, "method_unavailable");
    // A method that the account does not have leaves the flow open.
    let reset = json!({ "token": token, "password": NEW, "method": "totp" });
    let refused = client.post("/v1/password/reset", &reset).await;
    refused.expect_error(400, "method_unavailable");
    let flow = refused.flow_token(400);
    let mut phone = app.simulator.phone_with_number(&ann.phone);
    phone.skip_received_messages().await;
    let sent = client.request_reset_code_by(&flow, "sms").await;
    assert_eq!(sent.expect_status(200)["message"], "Code resent");
    assert_eq!(sent.body["methods"], json!(["sms", "call"]));
    let texted = phone.next_code().await;
    app.skip_resend_cooldown().await;
    let called = client.request_reset_code_by(&flow, "call").await;
    called.expect_status(200);
    assert_eq!(app.simulator.channel_of_last_code().await, "call");
    let code = phone.next_code().await;
    let wrong = client.submit_reset_code(&flow, &wrong_code(&texted)).await;
    assert_eq!(
        wrong.expect_error(401, "invalid_code")["attempts_remaining"],
        4
    );
    let saved = client.submit_reset_code(&flow, &code).await;
    assert_eq!(saved.expect_status(200)["message"], SAVED);
    let mut browser = app.new_browser();
    assert!(browser.is_password_accepted(&ann.username, NEW).await);
}

async fn cancelled_reset_cannot_be_continued_over_the_api(database: Database) {
    let app = TestApp::start(database).await;
    let ann = app.register_user().await;
    let client = app.new_api_client();
    let mut phone = app.simulator.phone_with_number(&ann.phone);
    phone.skip_received_messages().await;
    let flow = begin_reset(&app, &ann, "sms").await.flow_token(200);
    let code = phone.next_code().await;
    let cancel = json!({ "flow": flow });
    let cancelled = client.post("/v1/verify/cancel", &cancel).await;
    cancelled.expect_status(204);
    app.simulator.wait_for_cancelled_code().await;
    let late = client.submit_reset_code(&flow, &code).await;
    late.expect_error(400, "no_pending");
    let mut browser = app.new_browser();
    assert!(
        browser
            .is_password_accepted(&ann.username, &ann.password)
            .await
    );
}

async fn account_of_an_undone_change_is_refused_over_the_api_until_its_password_is_reset(
    database: Database,
) {
    let app = TestApp::start(database).await;
    let ann = app.create_user_with_required_reset().await;
    let client = app.new_api_client();
    let refused = client.submit_password(&ann).await;
    let unknown = User::with_unique_details();
    let unknown = client.submit_password(&unknown).await;
    assert_eq!(
        refused.expect_error(401, "invalid_credentials"),
        unknown.expect_error(401, "invalid_credentials")
    );
    let mut phone = app.simulator.phone_with_number(&ann.phone);
    phone.skip_received_messages().await;
    let flow = begin_reset(&app, &ann, "sms").await.flow_token(200);
    let still_refused = client.submit_password(&ann).await;
    still_refused.expect_error(401, "invalid_credentials");
    let code = phone.next_code().await;
    client
        .submit_reset_code(&flow, &code)
        .await
        .expect_status(200);
    app.skip_resend_cooldown().await;
    let changed = User {
        password: NEW.to_owned(),
        ..ann
    };
    client.sign_in(&app, &changed).await;
}

async fn reset_over_the_api_needs_a_solved_captcha(database: Database) {
    let app = TestApp::builder(database).with_captcha().start().await;
    let ann = app.create_user_by_command();
    let client = app.new_api_client();
    let mut forgot = json!({ "identifier": ann.email });
    let refused = client.post("/v1/password/forgot", &forgot).await;
    refused.expect_error(400, "captcha_failed");
    forgot["captcha"] = json!(client.solve_captcha("login").await);
    let of_sign_in = client.post("/v1/password/forgot", &forgot).await;
    of_sign_in.expect_error(400, "captcha_failed");
    forgot["captcha"] = json!(client.solve_captcha("password").await);
    let response = client.post("/v1/password/forgot", &forgot).await;
    response.expect_status(200);
    let replayed = client.post("/v1/password/forgot", &forgot).await;
    replayed.expect_error(400, "captcha_failed");
    let subject = password_reset::RESET_SUBJECT;
    app.wait_for_mail(&ann.email, subject).await;
    app.wait_for_empty_outbox().await;
    assert_eq!(app.count_mails(&ann.email, subject).await, 1);
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
