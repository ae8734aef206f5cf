//! Recognised devices have a separate limit of password attempts, and no other privilege.

use serde_json::json;

use super::passwords::{WRONG, slow_down, with_long_waits};
use crate::support::lost_phone::change_number;
use crate::support::{ApiClient, Database, User, on_both_databases};

on_both_databases![
    device_cookie_is_revoked_by_a_phone_change,
    device_cookie_is_revoked_by_a_password_reset,
    device_cookie_opens_no_session_and_is_valid_only_for_accounts_that_signed_in,
    user_of_an_api_client_is_recognised_by_the_device_header,
];

const DEVICE_COOKIE: &str = "__Host-sallyport-device";

/// Tests docs/security.md#log-04, docs/security.md#phn-04.
async fn device_cookie_is_revoked_by_a_phone_change(database: Database) {
    let app = with_long_waits(database).start().await;
    let (ann, mut browser) = app.sign_in_new_user().await;
    let mut other = app.new_browser();
    other.sign_in(&app, &ann).await;
    app.skip_resend_cooldown().await;
    let new = User::with_unique_details().phone;
    change_number(&app, &mut browser, &new).await;
    slow_down(&mut app.new_browser(), &ann.username).await;
    assert!(
        !other
            .is_password_accepted(&ann.username, &ann.password)
            .await
    );
    assert!(
        browser
            .is_password_accepted(&ann.username, &ann.password)
            .await
    );
}

/// Tests docs/security.md#log-04.
async fn device_cookie_is_revoked_by_a_password_reset(database: Database) {
    let app = with_long_waits(database).start().await;
    let (ann, mut browser) = app.sign_in_new_user().await;
    browser.sign_out().await.expect_step();
    slow_down(&mut app.new_browser(), &ann.username).await;
    let mut recognised = browser.clone();
    assert!(
        recognised
            .is_password_accepted(&ann.username, &ann.password)
            .await
    );
    let ann = app
        .reset_password(&ann, "a quite different 88 phrase")
        .await;
    slow_down(&mut app.new_browser(), &ann.username).await;
    assert!(
        !browser
            .is_password_accepted(&ann.username, &ann.password)
            .await
    );
}

/// Tests docs/security.md#log-04.
async fn device_cookie_opens_no_session_and_is_valid_only_for_accounts_that_signed_in(
    database: Database,
) {
    let app = with_long_waits(database).start().await;
    let ann = app.register_user().await;
    let mut browser = app.new_browser();
    browser.sign_in(&app, &ann).await;
    let line = browser
        .set_cookie_lines
        .iter()
        .rfind(|line| line.starts_with(DEVICE_COOKIE));
    let line = line.expect("sign-in sets the cookie");
    for attribute in ["HttpOnly", "SameSite=Lax", "Secure", "Path=/", "Expires="] {
        assert!(line.contains(attribute), "{line}");
    }
    browser.sign_out().await.expect_step();
    let mark = browser.cookies[DEVICE_COOKIE].clone();
    assert!(!browser.is_signed_in().await);
    // The mark is not valid for the account of another user, and a tampered mark is not valid at all.
    let bob = app.register_user().await;
    slow_down(&mut app.new_browser(), &bob.username).await;
    assert!(
        !browser
            .is_password_accepted(&bob.username, &bob.password)
            .await
    );
    slow_down(&mut app.new_browser(), &ann.username).await;
    let mut forged = app.new_browser();
    let changed: String = mark.chars().rev().collect();
    forged.cookies.insert(DEVICE_COOKIE.to_owned(), changed);
    assert!(
        !forged
            .is_password_accepted(&ann.username, &ann.password)
            .await
    );
    // A browser is recognised for each of the two users who signed in with it.
    app.simulator.advance_clock(901).await;
    browser.sign_in(&app, &bob).await;
    browser.sign_out().await.expect_step();
    for user in [&ann, &bob] {
        slow_down(&mut app.new_browser(), &user.username).await;
        let mut browser = browser.clone();
        assert!(
            browser
                .is_password_accepted(&user.username, &user.password)
                .await
        );
    }
    // An attacker with the stolen cookie is slowed down too.
    let mut attacker = app.new_browser();
    attacker.cookies.insert(DEVICE_COOKIE.to_owned(), mark);
    slow_down(&mut attacker, &ann.username).await;
    assert!(
        !attacker
            .is_password_accepted(&ann.username, &ann.password)
            .await
    );
}

/// Tests docs/security.md#log-04. All users of an API client have the same client name, and attackers can use the same
/// sign-in form.
async fn user_of_an_api_client_is_recognised_by_the_device_header(database: Database) {
    let app = with_long_waits(database)
        .with_setting("SALLYPORT_API_CLIENTS", ApiClient::CLIENT_SETTING)
        .start()
        .await;
    let ann = app.register_user().await;
    let client = app
        .new_api_client()
        .with_authorization(ApiClient::BASIC_CREDENTIALS);
    let (flow, code) = client.sign_in_until_code(&app, &ann).await;
    let signed_in = client.submit_sign_in_code(&flow, &code).await;
    let mark = signed_in.response.header("sallyport-device");
    let mark = mark.expect("a device mark").to_owned();
    app.skip_resend_cooldown().await;
    let login = |password: &str| json!({ "identifier": ann.username, "password": password });
    for _ in 0..8 {
        let refused = client.post("/v1/login", &login(WRONG)).await;
        refused.expect_error(401, "invalid_credentials");
    }
    let held = client.post("/v1/login", &login(&ann.password)).await;
    held.expect_error(401, "invalid_credentials");
    let request = client
        .request("POST", "/v1/login")
        .with_header("Sallyport-Device", &mark)
        .with_body("application/json", login(&ann.password).to_string());
    client.send(request).await.flow_token(200);
}
