//! The risk of codes by text message is named where a phone number is entered.

use domain::Step;

use crate::support::{Database, TestApp, call, on_both_databases, page};

on_both_databases![
    set_up_dialog_names_the_risk_of_text_messages_and_the_alternative,
    phone_change_names_the_risk_of_text_messages,
];

const RISK: &str = "Messages can be intercepted: never share a code.";
const ALTERNATIVE: &str = "After signing in you can add an authenticator app instead.";

/// Tests docs/security.md#reg-13.
async fn set_up_dialog_names_the_risk_of_text_messages_and_the_alternative(database: Database) {
    let app = TestApp::start(database).await;
    let ann = app.create_user_by_command();
    let mut browser = app.new_browser();
    let before = page::visible_text(&browser.load_page("/login").await.text());
    assert!(!before.contains(RISK), "{before}");
    let step = browser.begin_sign_in(&ann).await;
    assert!(matches!(step, Step::SetUp { .. }), "{step:?}");
    let dialog = page::visible_text(&browser.load_page("/login").await.text());
    let hint = format!("{RISK} {ALTERNATIVE}");
    assert_eq!(dialog.matches(&hint).count(), 1, "{dialog}");
    // The code page of the set-up has no field for a number.
    let number = call::submit_set_up_phone(&ann.phone);
    browser.submit_form(&number).await.expect_code_entry();
    let code_page = page::visible_text(&browser.load_page("/login").await.text());
    assert!(!code_page.contains(RISK), "{code_page}");
}

/// The profile offers an authenticator app to signed-in users.
///
/// Tests docs/security.md#reg-13.
async fn phone_change_names_the_risk_of_text_messages(database: Database) {
    let app = TestApp::start(database).await;
    let ann = app.register_user().await;
    for (language, risk) in [
        ("en", RISK),
        (
            "de",
            "Nachrichten können abgefangen werden: Geben Sie einen Code niemals weiter.",
        ),
    ] {
        let mut browser = app.new_browser().with_accept_language(language);
        browser.sign_in(&app, &ann).await;
        app.skip_resend_cooldown().await;
        let form = page::visible_text(&browser.load_page("/profile/phone").await.text());
        assert_eq!(form.matches(risk).count(), 1, "{form}");
        assert!(!form.contains(ALTERNATIVE), "{form}");
    }
}
