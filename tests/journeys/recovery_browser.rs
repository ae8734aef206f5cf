//! The browser in which the recovery of a lost phone is completed, and a user who changes to another browser.

use domain::{Problem, Purpose, Step};

use crate::support::lost_phone::{
    RECOVERY_DELAY_SECS, REQUESTED_SUBJECT, read_link_token, sign_in_with_old_phone,
    wait_for_mail_with_subject,
};
use crate::support::{Browser, Database, TestApp, User, call, on_both_databases, page};

on_both_databases![
    user_completes_a_due_recovery_in_another_browser_after_a_new_link,
    link_during_the_waiting_time_changes_the_browser_and_not_the_waiting_time,
    user_with_the_old_phone_signs_in_in_another_browser_while_a_recovery_is_due,
    change_of_the_browser_works_in_both_languages_without_scripts,
];

const DUE_AT: &str = "SELECT due_at FROM recoveries";
const COUNT_RECOVERIES: &str = "SELECT COUNT(*) FROM recoveries";
const COUNT_OPENED: &str = "SELECT COUNT(*) FROM audit_events WHERE event = 'recovery_opened'";
const COUNT_CHANGED: &str =
    "SELECT COUNT(*) FROM audit_events WHERE event = 'recovery_browser_changed'";

/// Opens a recovery and waits until its waiting time is over.
async fn open_due_recovery(app: &TestApp) -> User {
    let ann = app.register_user().await;
    app.open_recovery(&ann).await;
    app.simulator.advance_clock(RECOVERY_DELAY_SECS + 1).await;
    ann
}

/// Requests a link after the password of a sign-in. Returns the token of the link in the mail.
async fn request_link_after_password(app: &TestApp, browser: &mut Browser, user: &User) -> String {
    let mut inbox = app.open_mailbox_after_received_mails(user).await;
    browser.submit_form(&call::report_lost_phone()).await;
    let mail = wait_for_mail_with_subject(&mut inbox, REQUESTED_SUBJECT).await;
    read_link_token(&mail.text, "lost-phone")
}

/// Loads a page and asserts that it shows these words.
async fn assert_page_shows(browser: &mut Browser, path: &str, words: &[&str]) {
    let shown = page::visible_text(&browser.load_page(path).await.text());
    for words in words {
        assert!(shown.contains(words), "{words}: {shown}");
    }
}

/// Tests docs/security.md#ops-09.
async fn user_completes_a_due_recovery_in_another_browser_after_a_new_link(database: Database) {
    let app = TestApp::start(database).await;
    let ann = open_due_recovery(&app).await;
    let probe = app.open_database().await;
    let due_at = probe.read_number(DUE_AT).await;
    let (mut first, mut other) = (app.browser_that_opened_recovery(&ann), app.new_browser());
    let step = other.begin_sign_in(&ann).await;
    assert_eq!(step, Step::RecoveryInOtherBrowser);
    let words = [
        "You can set up your new number in the browser in which you confirmed",
        "Send mail",
        "Keep my number",
    ];
    assert_page_shows(&mut other, "/lost-phone", &words).await;
    let token = request_link_after_password(&app, &mut other, &ann).await;
    let words = [
        "Set up your new number in this browser?",
        "The waiting time is over.",
        "Use this browser",
    ];
    assert_page_shows(&mut other, &format!("/lost-phone/{token}"), &words).await;
    let link = call::open_recovery_by_link(&token);
    let step = other.submit_form(&link).await.expect_step();
    assert_eq!(step, Step::RecoveryBrowserChanged { is_due: true });
    assert_eq!(probe.read_number(DUE_AT).await, due_at);
    assert_eq!(probe.read_number(COUNT_OPENED).await, 1);
    assert_eq!(probe.read_number(COUNT_CHANGED).await, 1);
    let step = first.begin_sign_in(&ann).await;
    assert_eq!(step, Step::RecoveryInOtherBrowser);

    // The sign-in page asks for the password again, which leads to the set-up.
    let shown = page::visible_text(&other.load_page("/login").await.text());
    let message = "You can set up your new number in this browser now.";
    assert!(shown.contains(message), "{shown}");
    assert!(!shown.contains("Choose Verification Method"), "{shown}");
    let step = other.begin_sign_in(&ann).await;
    assert!(matches!(step, Step::SetUp { .. }), "{step:?}");
    let number = User::with_unique_details().phone;
    let entered = call::submit_set_up_phone(&number);
    other.submit_form(&entered).await.expect_code_entry();
    let code = app.simulator.phone_with_number(&number).next_code().await;
    let done = other.enter_code(Purpose::SetUp, &code).await;
    assert_eq!(done.expect_step(), Step::Dashboard);
    assert!(!other.cookies.contains_key(call::RECOVERY_COOKIE));
    let words = ["Replacement of a lost phone moved to another browser"];
    assert_page_shows(&mut other, "/profile/history", &words).await;
}

/// Only the browser of the recovery and the mailed link show when the waiting time ends.
async fn link_during_the_waiting_time_changes_the_browser_and_not_the_waiting_time(
    database: Database,
) {
    let app = TestApp::start(database).await;
    let ann = app.register_user().await;
    app.open_recovery(&ann).await;
    let probe = app.open_database().await;
    let due_at = probe.read_number(DUE_AT).await;
    app.simulator.advance_clock(3600).await;
    let token = app.request_recovery(&ann).await;
    let mut other = app.new_browser();
    let words = ["The waiting time ends in 71 hours."];
    assert_page_shows(&mut other, &format!("/lost-phone/{token}"), &words).await;
    let link = call::open_recovery_by_link(&token);
    let step = other.submit_form(&link).await.expect_step();
    assert_eq!(step, Step::RecoveryBrowserChanged { is_due: false });
    let again = call::begin_recovery(&ann.username, &ann.password);
    let pending = other.submit_form(&again).await.expect_problem();
    assert!(matches!(pending, Problem::RecoveryPending { secs } if secs <= 71 * 3600));
    assert_eq!(probe.read_number(DUE_AT).await, due_at);
    app.simulator.advance_clock(RECOVERY_DELAY_SECS).await;
    let step = other.begin_sign_in(&ann).await;
    assert!(matches!(step, Step::SetUp { .. }), "{step:?}");
}

async fn user_with_the_old_phone_signs_in_in_another_browser_while_a_recovery_is_due(
    database: Database,
) {
    let app = TestApp::start(database).await;
    let ann = open_due_recovery(&app).await;
    let mut other = app.new_browser();
    let step = other.begin_sign_in(&ann).await;
    assert_eq!(step, Step::RecoveryInOtherBrowser);
    assert_page_shows(&mut other, "/login", &["Choose Verification Method"]).await;
    let step = sign_in_with_old_phone(&app, &mut other, &ann).await;
    assert_eq!(step, Step::ConfirmRecovery);
    let cancelled = other.submit_form(&call::cancel_own_recovery()).await;
    cancelled.expect_step();
    let probe = app.open_database().await;
    assert_eq!(probe.read_number(COUNT_RECOVERIES).await, 0);
}

async fn change_of_the_browser_works_in_both_languages_without_scripts(database: Database) {
    let app = TestApp::start(database).await;
    for (language, lead, title, message) in [
        (
            "en",
            "in the browser in which you confirmed",
            "Set up your new number in this browser?",
            "You can set up your new number in this browser now.",
        ),
        (
            "de",
            "in dem Browser einrichten, in dem Sie den Verlust",
            "Neue Nummer in diesem Browser einrichten?",
            "Sie können Ihre neue Nummer jetzt in diesem Browser einrichten.",
        ),
    ] {
        let ann = open_due_recovery(&app).await;
        let mut browser = app
            .new_browser()
            .without_scripts()
            .with_accept_language(language);
        let reply = browser.enter_password(&ann.username, &ann.password).await;
        assert_eq!(reply.redirect_path(), "/lost-phone");
        assert_page_shows(&mut browser, "/lost-phone", &[lead]).await;
        let token = request_link_after_password(&app, &mut browser, &ann).await;
        let path = format!("/lost-phone/{token}");
        assert_page_shows(&mut browser, &path, &[title]).await;
        let link = call::open_recovery_by_link(&token);
        let reply = browser.submit_form(&link).await;
        assert_eq!(reply.redirect_path(), "/login");
        assert_page_shows(&mut browser, "/login", &[message]).await;
    }
}
