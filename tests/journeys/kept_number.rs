//! Users who still have the old second factor when the waiting time of a recovery is over.

use domain::{Purpose, Step};

use crate::support::lost_phone::{RECOVERY_DELAY_SECS, keep_number, sign_in_with_old_phone};
use crate::support::{Browser, Database, TestApp, User, call, on_both_databases, page};

on_both_databases![
    user_with_the_old_phone_keeps_the_number_after_the_waiting_time,
    user_with_the_old_authenticator_keeps_the_number_after_the_waiting_time,
    user_who_signs_in_with_the_old_phone_can_go_on_with_the_recovery,
    number_is_kept_after_a_code_to_the_new_number_was_sent,
    set_up_dialog_of_a_recovery_works_in_both_languages_without_scripts,
];

const COUNT_RECOVERIES: &str = "SELECT COUNT(*) FROM recoveries";
const FORM: &str = "action=\"/api/lost-phone/keep-number\"";

/// Opens a recovery and waits until its waiting time is over. Returns a browser with the set-up dialog.
async fn sign_in_until_set_up(app: &TestApp, user: &User) -> Browser {
    app.open_recovery(user).await;
    app.simulator.advance_clock(RECOVERY_DELAY_SECS + 1).await;
    let mut browser = app.browser_that_opened_recovery(user);
    let step = browser.begin_sign_in(user).await;
    assert!(
        matches!(
            step,
            Step::SetUp {
                stored_phone: Some(_)
            }
        ),
        "{step:?}"
    );
    browser
}

/// Cancels the recovery, and asserts that the account has its number and its authenticator app.
async fn cancel_and_expect_old_factors(app: &TestApp, browser: &mut Browser, user: &User) {
    let step = browser
        .submit_form(&call::cancel_own_recovery())
        .await
        .expect_step();
    assert_eq!(step, Step::RecoveryCancelled { signed_in: true });
    let probe = app.open_database().await;
    assert_eq!(probe.read_number(COUNT_RECOVERIES).await, 0);
    let phone = probe.read_text("SELECT phone FROM accounts").await;
    assert_eq!(phone, user.phone);
    let authenticators = "SELECT COUNT(*) FROM authenticators";
    assert_eq!(probe.read_number(authenticators).await, 1);
    let reply = app
        .browser_that_opened_recovery(user)
        .enter_password(&user.username, &user.password)
        .await;
    let step = reply.expect_step();
    assert!(matches!(step, Step::ChooseMethod { .. }), "{step:?}");
}

async fn user_with_the_old_phone_keeps_the_number_after_the_waiting_time(database: Database) {
    let app = TestApp::start(database).await;
    let (ann, _, _) = app.register_user_with_authenticator().await;
    let mut browser = sign_in_until_set_up(&app, &ann).await;
    let shown = page::visible_text(&browser.load_page("/login").await.text());
    for words in [
        "Your phone was reported lost. Enter your new number.",
        "you can keep your number",
        "Keep my number",
    ] {
        assert!(shown.contains(words), "{words}: {shown}");
    }
    assert!(!shown.contains("Your number on file"), "{shown}");
    keep_number(&mut browser).await;
    let number = call::submit_set_up_phone(&User::with_unique_details().phone);
    assert!(browser.submit_form(&number).await.is_refused());
    let step = sign_in_with_old_phone(&app, &mut browser, &ann).await;
    assert_eq!(step, Step::ConfirmRecovery);
    let recovery_page = browser.load_page("/recovery").await.text();
    assert!(recovery_page.contains("If you still have it, cancel this."));
    assert!(
        recovery_page.contains("href=\"/profile/password\""),
        "{recovery_page}"
    );
    let probe = app.open_database().await;
    assert_eq!(probe.read_number(COUNT_RECOVERIES).await, 1);
    cancel_and_expect_old_factors(&app, &mut browser, &ann).await;
}

async fn user_with_the_old_authenticator_keeps_the_number_after_the_waiting_time(
    database: Database,
) {
    let app = TestApp::start(database).await;
    let (ann, _, authenticator) = app.register_user_with_authenticator().await;
    let mut browser = sign_in_until_set_up(&app, &ann).await;
    keep_number(&mut browser).await;
    browser
        .submit_form(&call::choose_method("totp"))
        .await
        .expect_code_entry();
    let code = authenticator.current_code().await;
    let reply = browser.enter_code(Purpose::SignIn, &code).await;
    assert_eq!(reply.expect_step(), Step::ConfirmRecovery);
    cancel_and_expect_old_factors(&app, &mut browser, &ann).await;
}

async fn user_who_signs_in_with_the_old_phone_can_go_on_with_the_recovery(database: Database) {
    let app = TestApp::start(database).await;
    let ann = app.register_user().await;
    let mut browser = sign_in_until_set_up(&app, &ann).await;
    keep_number(&mut browser).await;
    let step = sign_in_with_old_phone(&app, &mut browser, &ann).await;
    assert_eq!(step, Step::ConfirmRecovery);
    // The user chooses the new number at the next sign-in.
    assert!(browser.is_signed_in().await);
    let reply = app
        .browser_that_opened_recovery(&ann)
        .enter_password(&ann.username, &ann.password)
        .await;
    let step = reply.expect_step();
    assert!(matches!(step, Step::SetUp { .. }), "{step:?}");
}

async fn number_is_kept_after_a_code_to_the_new_number_was_sent(database: Database) {
    let app = TestApp::start(database).await;
    let (ann, _, _) = app.register_user_with_authenticator().await;
    let mut browser = sign_in_until_set_up(&app, &ann).await;
    let new = User::with_unique_details().phone;
    browser
        .submit_form(&call::submit_set_up_phone(&new))
        .await
        .expect_code_entry();
    let code = app.simulator.phone_with_number(&new).next_code().await;
    keep_number(&mut browser).await;
    app.simulator.wait_for_cancelled_code().await;
    let late = browser.enter_code(Purpose::SetUp, &code).await;
    assert!(late.is_refused());
    let step = sign_in_with_old_phone(&app, &mut browser, &ann).await;
    assert_eq!(step, Step::ConfirmRecovery);
    cancel_and_expect_old_factors(&app, &mut browser, &ann).await;
}

async fn set_up_dialog_of_a_recovery_works_in_both_languages_without_scripts(database: Database) {
    let app = TestApp::start(database).await;
    let ann = app.register_user().await;
    sign_in_until_set_up(&app, &ann).await;
    for (language, lead, button) in [
        ("en", "Your phone was reported lost.", "Keep my number"),
        (
            "de",
            "Ihr Telefon wurde als verloren gemeldet.",
            "Meine Nummer behalten",
        ),
    ] {
        let mut browser = app
            .browser_that_opened_recovery(&ann)
            .without_scripts()
            .with_accept_language(language);
        let reply = browser.enter_password(&ann.username, &ann.password).await;
        assert_eq!(reply.redirect_path(), "/login");
        let html = browser.load_page("/login").await.text();
        assert!(html.contains(FORM), "{html}");
        let shown = page::visible_text(&html);
        assert!(shown.contains(lead) && shown.contains(button), "{shown}");
        let reply = browser.submit_form(&call::keep_phone_number()).await;
        assert_eq!(reply.redirect_path(), "/login");
        let html = browser.load_page("/login").await.text();
        assert!(html.contains("action=\"/api/verification/method\""));
        assert!(!html.contains(FORM), "{html}");
    }
}
