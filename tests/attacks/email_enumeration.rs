//! Account enumeration by changes of the e-mail address.

use domain::Problem;
use serde_json::json;

use crate::support::timing::{TimedClasses, Tolerance, select_rounds};
use crate::support::{Database, TestApp, call, on_both_databases, page};

on_both_databases![
    email_change_does_not_reveal_whether_another_account_has_the_address,
    email_change_over_the_api_does_not_reveal_whether_another_account_has_the_address,
];

const FREE: &str = "free address";
const TAKEN: &str = "address of another account";

/// Replaces the hash of a mailed code by one that no code has.
const REPLACE_EMAIL_CODE: &str =
    "UPDATE email_proofs SET code_hash = 'of no code' WHERE code_hash <> ''";

/// Starts an app that permits many registrations and codes in a short time.
async fn start_app_without_resend_gap(database: Database) -> TestApp {
    TestApp::builder(database)
        .with_setting("SALLYPORT_LIMIT_REGISTRATIONS_PER_SOURCE_PER_HOUR", "1000")
        .with_setting("SALLYPORT_LIMIT_RESEND_GAP_SECS", "0")
        .start()
        .await
}

/// Covers docs/security.md#enum-01: text, status, size and time of the response are equal.
async fn email_change_does_not_reveal_whether_another_account_has_the_address(database: Database) {
    let app = start_app_without_resend_gap(database).await;
    let users = app.create_accounts_in_every_state().await;
    let eve = app.register_user().await;
    let mut browser = app.new_browser();
    browser.sign_in(&app, &eve).await;
    let mut measured = TimedClasses::new(&[FREE, TAKEN]);
    for round in 0..select_rounds() {
        for class in measured.in_random_order() {
            let email = match class {
                TAKEN => users[round % users.len()].email.clone(),
                _ => format!("unknown{round}@example.net"),
            };
            // The rate limit of one account would refuse the fourth request.
            app.execute_sql("DELETE FROM limit_buckets WHERE key LIKE 'email-send%'")
                .await;
            let request = browser.form_request(&call::begin_email_change(&email));
            let seen = measured.send_and_compare(class, &request, "", app.address);
            assert_eq!(seen.await.status, 200);
            let page = browser.load_page("/verify-email").await;
            assert_eq!(page.status, 200);
            let text = page::visible_text(&page.text()).replace(&email, "");
            assert!(text.contains("If this address can be used"), "{text}");
            // Otherwise the mailed code could be the entered one.
            app.execute_sql(REPLACE_EMAIL_CODE).await;
            let wrong = browser
                .submit_form(&call::submit_email_code("000000"))
                .await
                .expect_problem();
            let left = Problem::InvalidCode {
                attempts_remaining: 4,
            };
            assert!(wrong == left, "{wrong:?}");
            app.execute_sql("DELETE FROM limit_buckets WHERE key LIKE 'email-code%'")
                .await;
        }
    }
    measured.assert_indistinguishable("change of the e-mail address", Tolerance::FIXED_TIME);
}

/// Covers docs/security.md#enum-01: text, status, size and time of the response are equal.
async fn email_change_over_the_api_does_not_reveal_whether_another_account_has_the_address(
    database: Database,
) {
    let app = start_app_without_resend_gap(database).await;
    let users = app.create_accounts_in_every_state().await;
    let eve = app.register_user().await;
    let client = app.new_api_client();
    let token = client.sign_in(&app, &eve).await;
    let client = client.with_token(&token);
    let mut measured = TimedClasses::new(&[FREE, TAKEN]);
    for round in 0..select_rounds() {
        for class in measured.in_random_order() {
            let email = match class {
                TAKEN => users[round % users.len()].email.clone(),
                _ => format!("unknown{round}@example.net"),
            };
            app.execute_sql("DELETE FROM limit_buckets WHERE key LIKE 'email-send%'")
                .await;
            let request = client.post_request("/v1/email/send", &json!({ "email": email }));
            let seen = measured.send_and_compare(class, &request, &email, app.address);
            assert_eq!(seen.await.status, 200);
        }
    }
    let attack = "change of the e-mail address over the API";
    measured.assert_indistinguishable(attack, Tolerance::FIXED_TIME);
}
