//! Proof and change of the e-mail address over the JSON API.

use serde_json::json;

use crate::support::email_proof::{
    CANCEL_SUBJECT, CODE_SUBJECT, read_cancel_token, read_code_from_mail,
};
use crate::support::{
    ApiClient, Database, TestApp, User, assert_countdown, on_both_databases, wrong_code,
};

on_both_databases![
    email_is_verified_over_the_api,
    password_change_and_deletion_over_the_api_need_a_verified_email_address,
    email_is_changed_over_the_api_and_tokens_end,
    code_does_not_prove_another_address_than_the_api_client_names,
    email_change_is_cancelled_over_the_api,
    api_user_whose_address_was_entered_before_proves_it_and_signs_in_with_it,
];

async fn email_is_verified_over_the_api(database: Database) {
    let app = TestApp::builder(database)
        .with_setting("SALLYPORT_EMAIL_VERIFICATION", "required")
        .start()
        .await;
    let ann = User::with_unique_details();
    let client = app.new_api_client();
    let token = client.register(&app, &ann).await;
    let client = client.with_token(&token);
    assert_eq!(
        client.get("/v1/me").await.expect_status(200)["email_verified"],
        false
    );
    let payment = client
        .post(
            "/v1/payments/initiate",
            &ApiClient::payment_body(&json!("5.00")),
        )
        .await;
    payment.expect_error(403, "email_unproven");
    let code = read_code_from_mail(&app.wait_for_mail(&ann.email, CODE_SUBJECT).await);
    let early = client.post("/v1/email/send", &json!({})).await;
    early.expect_error(429, "resend_wait");
    let malformed = client
        .post("/v1/email/verify", &json!({ "code": "1" }))
        .await;
    malformed.expect_error(400, "malformed_code");
    let wrong = json!({ "code": wrong_code(&code) });
    let wrong = client.post("/v1/email/verify", &wrong).await;
    assert_eq!(
        wrong.expect_error(401, "invalid_code")["attempts_remaining"],
        4
    );
    let right = json!({ "code": code });
    let verified = client.post("/v1/email/verify", &right).await;
    assert_eq!(
        verified.expect_status(200)["message"],
        "Email address confirmed"
    );
    assert_eq!(
        client.get("/v1/me").await.expect_status(200)["email_verified"],
        true
    );
    let again = client.post("/v1/email/verify", &right).await;
    again.expect_error(410, "code_expired");
    let nothing = client.post("/v1/email/send", &json!({})).await;
    nothing.expect_error(400, "no_pending");
    let payment = client
        .post(
            "/v1/payments/initiate",
            &ApiClient::payment_body(&json!("5.00")),
        )
        .await;
    payment.expect_status(200);
}

async fn password_change_and_deletion_over_the_api_need_a_verified_email_address(
    database: Database,
) {
    let app = TestApp::builder(database)
        .with_setting("SALLYPORT_EMAIL_VERIFICATION", "required")
        .start()
        .await;
    let ann = app.register_user_with_unverified_email().await;
    let client = app.new_api_client();
    let token = client.sign_in(&app, &ann).await;
    let client = client.with_token(&token);
    for (path, body) in [
        ("/v1/me/delete", json!({ "username": ann.username })),
        (
            "/v1/password/change",
            json!({ "current_password": ann.password, "password": "a quite different 88 phrase" }),
        ),
    ] {
        let refused = client.post(path, &body).await;
        refused.expect_error(403, "email_unproven");
    }
}

async fn email_is_changed_over_the_api_and_tokens_end(database: Database) {
    let app = TestApp::start(database).await;
    let ann = app.register_user().await;
    let bob = app.register_user().await;
    let client = app.new_api_client();
    let token = client.sign_in(&app, &ann).await;
    let signed_in = client.clone().with_token(&token);
    let invalid = json!({ "email": "ann" });
    let invalid = signed_in.post("/v1/email/send", &invalid).await;
    invalid.expect_error(400, "invalid_fields");
    // An address of another account gets the same response as a free address.
    let of_bob = json!({ "email": bob.email });
    let of_bob = signed_in
        .post("/v1/email/send", &of_bob)
        .await
        .expect_status(200)
        .clone();
    app.skip_resend_cooldown().await;
    let change = json!({ "email": "new@example.net" });
    let begun = signed_in
        .post("/v1/email/send", &change)
        .await
        .expect_status(200)
        .clone();
    assert_eq!(begun["email"], "new@example.net");
    for answer in [&of_bob, &begun] {
        assert_eq!(answer["verification_sent"], true);
        assert_countdown(&answer["timeout_secs"], 15 * 60);
        assert_countdown(&answer["resend_after"], 30);
    }
    let mail = app.wait_for_mail("new@example.net", CODE_SUBJECT).await;
    let code = json!({ "code": read_code_from_mail(&mail) });
    let changed = signed_in.post("/v1/email/verify", &code).await;
    let renewed = changed.access_token(200);
    let me = signed_in.get("/v1/me").await;
    me.expect_error(401, "invalid_token");
    let renewed: ApiClient = client.with_token(&renewed);
    let me = renewed.get("/v1/me").await;
    assert_eq!(me.expect_status(200)["email"], "new@example.net");
    app.simulator.advance_clock(301).await;
    let late = renewed.post("/v1/email/send", &change).await;
    late.expect_error(403, "second_factor_required");
}

async fn code_does_not_prove_another_address_than_the_api_client_names(database: Database) {
    let app = TestApp::start(database).await;
    let ann = app.register_user().await;
    let client = app.new_api_client();
    let token = client.sign_in(&app, &ann).await;
    let client = client.with_token(&token);
    let code = app
        .begin_email_change_over_the_api(&client, "new@example.net")
        .await;
    let other = json!({ "code": code, "email": "other@example.net" });
    let refused = client.post("/v1/email/verify", &other).await;
    refused.expect_error(400, "no_pending");
    let malformed = json!({ "code": code, "email": "new" });
    let refused = client.post("/v1/email/verify", &malformed).await;
    refused.expect_error(400, "invalid_fields");
    let right = json!({ "code": code, "email": "New@example.net" });
    let verified = client.post("/v1/email/verify", &right).await;
    verified.access_token(200);
}

async fn email_change_is_cancelled_over_the_api(database: Database) {
    let app = TestApp::start(database).await;
    let ann = app.register_user().await;
    let client = app.new_api_client();
    let token = client.sign_in(&app, &ann).await;
    let signed_in = client.clone().with_token(&token);
    let change = json!({ "email": "new@example.net" });
    signed_in
        .post("/v1/email/send", &change)
        .await
        .expect_status(200);
    let mail = app.wait_for_mail(&ann.email, CANCEL_SUBJECT).await;
    let cancel = json!({ "token": read_cancel_token(&mail) });
    client
        .post("/v1/email/cancel", &cancel)
        .await
        .expect_status(200);
    let again = client.post("/v1/email/cancel", &cancel).await;
    again.expect_error(400, "link_invalid");
    let me = signed_in.get("/v1/me").await;
    me.expect_error(401, "invalid_token");
}

/// The server has derived the username of the API user. It signs in until the address is verified.
async fn api_user_whose_address_was_entered_before_proves_it_and_signs_in_with_it(
    database: Database,
) {
    let app = TestApp::builder(database)
        .with_setting("SALLYPORT_EMAIL_VERIFICATION", "required")
        .start()
        .await;
    let first_user = app.register_user_with_unverified_email().await;
    let mut ann = User {
        email: first_user.email.clone(),
        ..User::with_unique_details()
    };
    let client = app.new_api_client();
    let mut details = ApiClient::registration_body(&ann);
    details["username"] = json!(null);
    let mut phone = app.simulator.phone_with_number(&ann.phone);
    let begun = client.post("/v1/register/start", &details).await;
    ann.username = begun.text_member(200, "username");
    let code = phone.next_code().await;
    let verify = json!({ "flow": begun.flow_token(200), "code": code });
    let registered = client.post("/v1/register/verify", &verify).await;
    registered.access_token(201);

    let by_email = json!({ "identifier": ann.email, "password": ann.password });
    let refused = client.post("/v1/login", &by_email).await;
    refused.expect_error(401, "invalid_credentials");
    app.skip_resend_cooldown().await;
    let token = client.sign_in(&app, &ann).await;
    let signed_in = client.clone().with_token(&token);
    let code = app
        .begin_email_change_over_the_api(&signed_in, &ann.email)
        .await;
    let proof = json!({ "code": code });
    let verified = signed_in.post("/v1/email/verify", &proof).await;
    assert_eq!(
        verified.expect_status(200)["message"],
        "Email address confirmed"
    );
    app.skip_resend_cooldown().await;
    client.post("/v1/login", &by_email).await.flow_token(200);
}
