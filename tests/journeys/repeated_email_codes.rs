//! A wrong mailed code that is entered several times.

use domain::Problem;
use serde_json::json;

use super::email_proof::sign_in_browser;
use crate::support::email_proof::{CODE_SUBJECT, read_code_from_mail};
use crate::support::{
    Database, TestApp, User, call, invalid_code_text, on_both_databases, page, wrong_code,
};

on_both_databases![
    wrong_email_code_entered_twice_costs_one_attempt_without_scripts,
    wrong_email_code_sent_twice_over_the_api_costs_one_attempt,
    wrong_email_code_is_compared_again_after_another_code_was_sent,
    last_wrong_email_code_entered_twice_reports_used_up_attempts,
];

/// Counts the refused codes in the audit log.
const REFUSED: &str = "SELECT COUNT(*) FROM audit_events WHERE event = 'email_code_refused'";

async fn wrong_email_code_entered_twice_costs_one_attempt_without_scripts(database: Database) {
    let app = TestApp::start(database).await;
    let ann = app.register_user_with_unverified_email().await;
    let mut browser = sign_in_browser(&app, &ann).await;
    let code = browser.request_email_code(&app, &ann.email).await;
    let mut browser = browser.without_scripts();
    let (first, second) = (wrong_code(&code), wrong_code(&code));
    let spaced = format!("{} {}", &first[..3], &first[3..]);
    for (typed, left, refused) in [
        (&first, 4, 1),
        (&first, 4, 1),
        (&spaced, 4, 1),
        (&second, 3, 2),
        (&first, 3, 2),
    ] {
        let reply = browser.submit_form(&call::submit_email_code(typed)).await;
        assert_eq!(reply.redirect_path(), "/verify-email");
        let shown = page::visible_text(&browser.load_page("/verify-email").await.text());
        assert!(shown.contains(&invalid_code_text(left)), "{typed}: {shown}");
        let counted = app.open_database().await.read_number(REFUSED).await;
        assert_eq!(counted, refused, "{typed}");
    }
    let done = browser.submit_form(&call::submit_email_code(&code)).await;
    assert_eq!(done.redirect_path(), "/dashboard");
}

async fn wrong_email_code_sent_twice_over_the_api_costs_one_attempt(database: Database) {
    let app = TestApp::builder(database)
        .with_setting("SALLYPORT_EMAIL_VERIFICATION", "required")
        .start()
        .await;
    let ann = User::with_unique_details();
    let client = app.new_api_client();
    let token = client.register(&app, &ann).await;
    let client = client.with_token(&token);
    let code = read_code_from_mail(&app.wait_for_mail(&ann.email, CODE_SUBJECT).await);
    let wrong = json!({ "code": wrong_code(&code) });
    for _ in 0..6 {
        let refused = client.post("/v1/email/verify", &wrong).await;
        let body = refused.expect_error(401, "invalid_code");
        assert_eq!(body["attempts_remaining"], 4);
    }
    assert_eq!(app.open_database().await.read_number(REFUSED).await, 1);
    client
        .post("/v1/email/verify", &json!({ "code": code }))
        .await
        .expect_status(200);
}

async fn wrong_email_code_is_compared_again_after_another_code_was_sent(database: Database) {
    let app = TestApp::start(database).await;
    let ann = app.register_user_with_unverified_email().await;
    let mut browser = sign_in_browser(&app, &ann).await;
    let code = browser.request_email_code(&app, &ann.email).await;
    let wrong = wrong_code(&code);
    browser
        .submit_form(&call::submit_email_code(&wrong))
        .await
        .expect_problem();
    app.skip_resend_cooldown().await;
    let latest = browser.request_email_code(&app, &ann.email).await;
    // The codes are random, so the earlier wrong code is almost certainly wrong again.
    if latest != wrong {
        let refused = browser.submit_form(&call::submit_email_code(&wrong)).await;
        let problem = Problem::InvalidCode {
            attempts_remaining: 4,
        };
        assert_eq!(refused.expect_problem(), problem);
        assert_eq!(app.open_database().await.read_number(REFUSED).await, 2);
    }
    browser
        .submit_form(&call::submit_email_code(&latest))
        .await
        .expect_step();
}

async fn last_wrong_email_code_entered_twice_reports_used_up_attempts(database: Database) {
    let app = TestApp::start(database).await;
    let ann = app.register_user_with_unverified_email().await;
    let mut browser = sign_in_browser(&app, &ann).await;
    let code = browser.request_email_code(&app, &ann.email).await;
    for _ in 0..4 {
        let guess = call::submit_email_code(&wrong_code(&code));
        assert!(browser.submit_form(&guess).await.is_refused());
    }
    let last = call::submit_email_code(&wrong_code(&code));
    for _ in 0..2 {
        let refused = browser.submit_form(&last).await;
        assert_eq!(refused.expect_problem(), Problem::AttemptsUsedUp);
    }
    assert_eq!(app.open_database().await.read_number(REFUSED).await, 5);
}
