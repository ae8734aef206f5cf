//! Recognised devices: a separate budget of password tries, and nothing else.

use domain::Purpose;
use serde_json::json;

use super::passwords::{WRONG, slow_down, with_long_waits};
use crate::support::{ApiClient, Database, User, call, on_both_databases};

on_both_databases![
    device_cookie_is_revoked_by_a_phone_change,
    device_cookie_opens_nothing_and_serves_its_own_account_only,
    user_of_an_api_client_is_recognised_by_the_device_header,
];

const DEVICE_COOKIE: &str = "__Host-sallyport-device";

/// Tests docs/security.md#log-04, docs/security.md#phn-04.
async fn device_cookie_is_revoked_by_a_phone_change(database: Database) {
    let app = with_long_waits(database).start().await;
    let (ann, mut browser) = app.payer().await;
    let mut other = app.browser();
    other.sign_in(&app, &ann).await;
    app.skip_resend_cooldown().await;
    let new = User::new().phone;
    let mut phone = app.simulator.phone(&new);
    browser.call(&call::new_phone(&new)).await.step();
    let code = phone.next_code().await;
    browser.enter_code(Purpose::PhoneChange, &code).await.step();
    browser.call(&call::confirm_phone()).await.step();
    slow_down(&mut app.browser(), &ann.username).await;
    assert!(
        !other
            .password_is_accepted(&ann.username, &ann.password)
            .await
    );
    assert!(
        browser
            .password_is_accepted(&ann.username, &ann.password)
            .await
    );
}

/// Tests docs/security.md#log-04.
async fn device_cookie_opens_nothing_and_serves_its_own_account_only(database: Database) {
    let app = with_long_waits(database).start().await;
    let ann = app.member().await;
    let mut browser = app.browser();
    browser.sign_in(&app, &ann).await;
    let line = browser
        .set_cookie_lines
        .iter()
        .rfind(|line| line.starts_with(DEVICE_COOKIE));
    let line = line.expect("a sign-in sets it");
    for attribute in ["HttpOnly", "SameSite=Lax", "Secure", "Path=/", "Expires="] {
        assert!(line.contains(attribute), "{line}");
    }
    browser.sign_out().await.step();
    let mark = browser.cookies[DEVICE_COOKIE].clone();
    assert!(!browser.is_signed_in().await);
    // The mark is not valid for the account of another user, and a tampered mark is not valid at all.
    let bob = app.member().await;
    slow_down(&mut app.browser(), &bob.username).await;
    assert!(
        !browser
            .password_is_accepted(&bob.username, &bob.password)
            .await
    );
    slow_down(&mut app.browser(), &ann.username).await;
    let mut forged = app.browser();
    let changed: String = mark.chars().rev().collect();
    forged.cookies.insert(DEVICE_COOKIE.to_owned(), changed);
    assert!(
        !forged
            .password_is_accepted(&ann.username, &ann.password)
            .await
    );
    // One browser, two users: both are recognised.
    app.simulator.advance(901).await;
    browser.sign_in(&app, &bob).await;
    browser.sign_out().await.step();
    for user in [&ann, &bob] {
        slow_down(&mut app.browser(), &user.username).await;
        let mut browser = browser.clone();
        assert!(
            browser
                .password_is_accepted(&user.username, &user.password)
                .await
        );
    }
    // An attacker with the stolen cookie is slowed down too.
    let mut thief = app.browser();
    thief.cookies.insert(DEVICE_COOKIE.to_owned(), mark);
    slow_down(&mut thief, &ann.username).await;
    assert!(
        !thief
            .password_is_accepted(&ann.username, &ann.password)
            .await
    );
}

/// docs/security.md#log-04: all users of an API client share its name, and strangers use its sign-in form.
async fn user_of_an_api_client_is_recognised_by_the_device_header(database: Database) {
    let app = with_long_waits(database)
        .with("SALLYPORT_API_CLIENTS", ApiClient::CLIENT)
        .start()
        .await;
    let ann = app.member().await;
    let client = app.api_client().with(ApiClient::AS_BASIC);
    let (flow, code) = client.sign_in_up_to_the_code(&app, &ann).await;
    let signed_in = client.verify(&flow, &code).await;
    let mark = signed_in.response.header("sallyport-device");
    let mark = mark.expect("a device mark").to_owned();
    app.skip_resend_cooldown().await;
    let login = |password: &str| json!({ "identifier": ann.username, "password": password });
    for _ in 0..8 {
        let refused = client.post("/v1/login", &login(WRONG)).await;
        refused.refused(401, "invalid_credentials");
    }
    let held = client.post("/v1/login", &login(&ann.password)).await;
    held.refused(401, "invalid_credentials");
    let request = client
        .request("POST", "/v1/login")
        .with("Sallyport-Device", &mark)
        .with_body("application/json", login(&ann.password).to_string());
    client.send(request).await.flow(200);
}
