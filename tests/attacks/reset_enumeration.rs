//! Account enumeration by requests for a reset link.

use serde_json::json;

use crate::support::timing::{TimedClasses, Tolerance, select_rounds};
use crate::support::wire::Request;
use crate::support::{Database, TestApp, call, on_both_databases};

on_both_databases![
    reset_request_does_not_reveal_whether_an_account_exists,
    reset_request_over_the_api_does_not_reveal_whether_an_account_exists,
];

const UNKNOWN: &str = "unknown account";
const KNOWN: &str = "known account";

/// Starts an app that permits many registrations from one address.
async fn start_app_without_registration_limit(database: Database) -> TestApp {
    TestApp::builder(database)
        .with_setting("SALLYPORT_LIMIT_REGISTRATIONS_PER_SOURCE_PER_HOUR", "1000")
        .start()
        .await
}

/// Requests reset links for known and unknown usernames and e-mail addresses. Panics if responses or their times
/// differ. `request` builds the request for an identifier.
async fn assert_accounts_are_not_revealed(
    app: &TestApp,
    attack: &str,
    request: impl Fn(&str) -> Request,
) {
    let users = app.create_accounts_in_every_state().await;
    let mut measured = TimedClasses::new(&[UNKNOWN, KNOWN]);
    for round in 0..select_rounds() {
        let user = &users[round % users.len()];
        let is_email = round / users.len() % 2 == 1;
        for class in measured.in_random_order() {
            let name = match (class, is_email) {
                (KNOWN, false) => user.username.clone(),
                (KNOWN, true) => user.email.clone(),
                (_, false) => format!("unknown{round}"),
                (_, true) => format!("unknown{round}@example.com"),
            };
            let request = request(&name);
            let seen = measured.send_and_compare(class, &request, "", app.address);
            assert_eq!(seen.await.status, 200);
        }
    }
    measured.assert_indistinguishable(attack, Tolerance::FIXED_TIME);
}

/// Covers docs/security.md#enum-01: text, status, size and time of the response are equal.
async fn reset_request_does_not_reveal_whether_an_account_exists(database: Database) {
    let app = start_app_without_registration_limit(database).await;
    let browser = app.new_browser();
    let request = |name: &str| browser.form_request(&call::request_password_reset(name, ""));
    assert_accounts_are_not_revealed(&app, "request for a reset link", request).await;
}

/// Covers docs/security.md#enum-01: text, status, size and time of the response are equal.
async fn reset_request_over_the_api_does_not_reveal_whether_an_account_exists(database: Database) {
    let app = start_app_without_registration_limit(database).await;
    let client = app.new_api_client();
    let request =
        |name: &str| client.post_request("/v1/password/forgot", &json!({ "identifier": name }));
    let attack = "request for a reset link over the API";
    assert_accounts_are_not_revealed(&app, attack, request).await;
}
