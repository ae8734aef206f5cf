//! What users can do on a server without a mail server, or without a sender of text messages.

use domain::{Problem, Step};
use serde_json::json;

use crate::support::{Database, TestApp, call, on_both_databases};

on_both_databases![
    lost_phone_is_not_replaced_on_a_server_without_a_sender_of_text_messages,
    forgotten_password_is_not_reset_on_a_server_without_a_mail_server,
];

/// Settings of a server that calls Twilio's API for codes and has no sender of notifications.
const WITHOUT_SMS_SENDER: [(&str, &str); 4] = [
    ("SALLYPORT_PROVIDER", "twilio"),
    ("TWILIO_ACCOUNT_SID", "AC0123456789abcdef0123456789abcdef"),
    ("TWILIO_AUTH_TOKEN", "0123456789abcdef0123456789abcdef"),
    (
        "TWILIO_VERIFY_SERVICE_SID",
        "VA0123456789abcdef0123456789abcdef",
    ),
];

async fn lost_phone_is_not_replaced_on_a_server_without_a_sender_of_text_messages(
    database: Database,
) {
    let mut app = TestApp::builder(database)
        .with_separate_simulator()
        .start()
        .await;
    let ann = app.register_user().await;
    let token = app.request_recovery(&ann).await;
    for (name, value) in WITHOUT_SMS_SENDER {
        app.change_setting(name, value);
    }
    app.process.kill().await;
    app.restart().await;
    let mut browser = app.new_browser();
    let opened = browser
        .submit_form(&call::open_recovery_by_link(&token))
        .await;
    assert_eq!(opened.expect_problem(), Problem::LinkInvalid);
    let step = browser.begin_sign_in(&ann).await;
    assert!(matches!(step, Step::ChooseMethod { .. }), "{step:?}");
    let dialog = browser.load_page("/login").await.text();
    assert!(dialog.contains("Choose Verification Method"), "{dialog}");
    assert!(!dialog.contains("Lost your phone?"), "{dialog}");
    let reported = browser.submit_form(&call::report_lost_phone()).await;
    assert_eq!(reported.expect_problem(), Problem::MethodUnavailable);
    assert_eq!(browser.load_page("/lost-phone").await.status, 404);
    let recoveries = "SELECT COUNT(*) FROM recoveries";
    assert_eq!(app.open_database().await.read_number(recoveries).await, 0);
}

async fn forgotten_password_is_not_reset_on_a_server_without_a_mail_server(database: Database) {
    let app = TestApp::builder(database)
        .with_separate_simulator()
        .with_setting("SALLYPORT_SMTP_URL", "")
        .with_setting("SALLYPORT_MAIL_FROM", "")
        .start()
        .await;
    let ann = app.register_user().await;
    for (language, advice) in [
        ("en", "Ask your administrator for a new password."),
        (
            "de",
            "Bitten Sie Ihre Administration um ein neues Passwort.",
        ),
    ] {
        let mut browser = app.new_browser().with_accept_language(language);
        let page = browser.load_page("/forgot-password").await;
        assert_eq!(page.status, 200);
        let page = page.text();
        assert!(page.contains(advice), "{page}");
        assert!(!page.contains("name=\"identifier\""), "{page}");
    }
    // The refusal is the same for a known and an unknown name.
    for identifier in [ann.username.as_str(), "unknown"] {
        let form = call::request_password_reset(identifier, "");
        let refused = app.new_browser().submit_form(&form).await;
        assert_eq!(refused.expect_problem(), Problem::MethodUnavailable);
        let body = json!({ "identifier": identifier });
        let refused = app
            .new_api_client()
            .post("/v1/password/forgot", &body)
            .await;
        refused.expect_error(400, "method_unavailable");
    }
    let queued = "SELECT COUNT(*) FROM outbox WHERE kind LIKE 'password_reset%'";
    assert_eq!(app.open_database().await.read_number(queued).await, 0);
    assert_eq!(app.new_browser().load_page("/lost-phone").await.status, 404);
}
