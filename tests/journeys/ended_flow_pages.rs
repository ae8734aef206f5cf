//! Pages on which a user starts again after a verification flow has ended. Each says once why.

use domain::{Problem, Purpose, Step};
use serde_json::json;

use crate::support::call::{self, Payment};
use crate::support::payment::AMOUNT_ABOVE_THRESHOLD;
use crate::support::{
    Browser, Database, FormResponse, RunningApp, TestApp, User, on_both_databases, wrong_code,
};

/// The reason for a flow that has expired or was finished in another tab.
pub(super) const ENDED: &str =
    "This step has expired or was finished elsewhere. Please start again.";
/// The reason for a flow without attempts left.
const TOO_MANY: &str = "Too many attempts. Please start again.";
/// The error of the sign-in form for a wrong password.
const WRONG_PASSWORD: &str = "Incorrect username or password.";

on_both_databases![
    step_up_that_expired_leads_to_its_settings_page_with_the_reason,
    step_up_without_attempts_left_leads_to_its_settings_page_with_the_reason,
    step_up_that_was_finished_elsewhere_leads_to_the_profile_with_the_reason,
    step_up_that_was_cancelled_or_completed_leads_to_the_profile_without_a_reason,
    step_up_that_expired_before_a_new_sign_in_shows_no_reason,
    phone_change_that_ended_shows_the_reason_and_starts_again,
    registration_that_expired_before_its_credentials_shows_the_reason_at_its_start,
    password_reset_that_expired_shows_the_reason_at_its_start,
    sign_in_that_expired_in_its_dialog_shows_the_reason_after_a_reload,
    sign_in_that_is_cancelled_during_a_send_shows_no_reason_on_the_next_page,
    wrong_password_after_an_expired_sign_in_shows_its_own_error,
    success_message_replaces_the_reason_of_an_expired_sign_in,
    payment_of_an_earlier_session_leads_to_its_page_without_a_code_entry,
    payment_completed_in_an_earlier_session_leads_to_its_page,
    page_that_is_reloaded_after_the_cleanup_of_its_flow_shows_the_reason,
];

/// Loads the page at `path`, which shows `reason` now and not after a reload. Returns the first page.
pub(super) async fn expect_reason_once(browser: &mut Browser, path: &str, reason: &str) -> String {
    let page = browser.load_page(path).await;
    assert_eq!(page.status, 200, "{path}");
    let text = page.text();
    assert!(text.contains(reason), "{path}: {text}");
    let again = browser.load_page(path).await.text();
    assert!(!again.contains(reason), "{path}: {again}");
    text
}

/// Loads the page at `from`, which redirects to `to`.
pub(super) async fn expect_redirect(browser: &mut Browser, from: &str, to: &str) {
    let page = browser.load_page(from).await;
    assert_eq!((page.status, page.location()), (303, to), "{from}");
}

/// Loads the page at `path`, which does not show `reason`. Returns the page.
pub(super) async fn expect_no_reason(browser: &mut Browser, path: &str, reason: &str) -> String {
    let page = browser.load_page(path).await;
    assert_eq!(page.status, 200, "{path}");
    let text = page.text();
    assert!(!text.contains(reason), "{path}: {text}");
    text
}

/// Signs a new user in and begins a step-up for the phone number. Returns the user, the browser, and the code of the
/// step-up.
pub(super) async fn begin_step_up_until_code(app: &RunningApp) -> (User, Browser, String) {
    let ann = app.register_user().await;
    let mut browser = app.new_browser();
    browser.sign_in(app, &ann).await;
    app.simulator.advance_clock(301).await;
    let begun = call::begin_step_up(&ann.password);
    browser.submit_form(&begun).await.expect_step();
    let code = browser.request_sms_code(app, Purpose::StepUp, &ann).await;
    (ann, browser, code)
}

async fn step_up_that_expired_leads_to_its_settings_page_with_the_reason(database: Database) {
    let app = TestApp::start(database).await;
    let (_, mut browser, code) = begin_step_up_until_code(&app).await;
    app.simulator.advance_clock(901).await;
    let mut reloading = browser.clone();

    // Without scripts.
    browser = browser.without_scripts();
    let answer = browser.enter_code(Purpose::StepUp, &code).await;
    assert_eq!(answer.redirect_path(), "/profile/confirm");
    expect_redirect(&mut browser, "/profile/confirm", "/profile/phone").await;
    let page = expect_reason_once(&mut browser, "/profile/phone", ENDED).await;
    assert!(page.contains("name=\"password\""), "{page}");

    // With scripts, a reload of the settings page shows the reason. Another settings page shows none.
    expect_redirect(&mut reloading, "/profile/phone", "/profile/phone").await;
    expect_reason_once(&mut reloading, "/profile/phone", ENDED).await;
    let other = reloading.load_page("/profile/name").await.text();
    assert!(!other.contains(ENDED), "{other}");
}

async fn step_up_without_attempts_left_leads_to_its_settings_page_with_the_reason(
    database: Database,
) {
    let app = TestApp::start(database).await;
    let (_, browser, code) = begin_step_up_until_code(&app).await;
    let mut browser = browser.without_scripts();
    for _ in 0..5 {
        let answer = browser
            .enter_code(Purpose::StepUp, &wrong_code(&code))
            .await;
        assert_eq!(answer.redirect_path(), "/profile/confirm");
    }
    expect_redirect(&mut browser, "/profile/confirm", "/profile/phone").await;
    let page = expect_reason_once(&mut browser, "/profile/phone", TOO_MANY).await;
    assert!(page.contains("name=\"password\""), "{page}");
}

async fn step_up_that_was_finished_elsewhere_leads_to_the_profile_with_the_reason(
    database: Database,
) {
    let app = TestApp::start(database).await;
    let (_, mut browser, code) = begin_step_up_until_code(&app).await;
    let step = browser
        .enter_code(Purpose::StepUp, &code)
        .await
        .expect_step();
    assert!(matches!(step, Step::ProtectedAreaOpened { .. }), "{step:?}");
    // Another tab still shows the choice of method.
    let chosen = call::choose_method_for(Purpose::StepUp, "sms");
    let refused = browser.submit_form(&chosen).await;
    assert_eq!(refused.expect_problem(), Problem::FlowEnded);
    assert_eq!(
        refused.page_after_refusal().as_deref(),
        Some("/profile/confirm")
    );
    expect_redirect(&mut browser, "/profile/confirm", "/profile").await;
    expect_reason_once(&mut browser, "/profile", ENDED).await;
}

async fn step_up_that_was_cancelled_or_completed_leads_to_the_profile_without_a_reason(
    database: Database,
) {
    let app = TestApp::start(database).await;
    let (_, mut cancelling, _) = begin_step_up_until_code(&app).await;
    let cancelled = cancelling.cancel_flow(Purpose::StepUp).await;
    cancelled.expect_step();
    expect_redirect(&mut cancelling, "/profile/confirm", "/profile").await;
    expect_no_reason(&mut cancelling, "/profile", ENDED).await;

    // A bookmark of the step-up page, opened after the step-up was completed.
    let (_, mut browser, code) = begin_step_up_until_code(&app).await;
    let completed = browser.enter_code(Purpose::StepUp, &code).await;
    completed.expect_step();
    expect_redirect(&mut browser, "/profile/confirm", "/profile").await;
    expect_no_reason(&mut browser, "/profile", ENDED).await;
}

async fn step_up_that_expired_before_a_new_sign_in_shows_no_reason(database: Database) {
    let app = TestApp::start(database).await;
    let (ann, mut browser, _) = begin_step_up_until_code(&app).await;
    app.simulator.advance_clock(901).await;
    browser.sign_out().await.expect_step();
    browser.sign_in(&app, &ann).await;
    expect_redirect(&mut browser, "/profile/confirm", "/profile/phone").await;
    let page = expect_no_reason(&mut browser, "/profile/phone", ENDED).await;
    assert!(page.contains("New phone number"), "{page}");
    // The expired step-up is not reported later either.
    app.simulator.advance_clock(301).await;
    let page = expect_no_reason(&mut browser, "/profile/phone", ENDED).await;
    assert!(page.contains("name=\"password\""), "{page}");
}

async fn phone_change_that_ended_shows_the_reason_and_starts_again(database: Database) {
    let app = TestApp::start(database).await;
    let (_, mut browser) = app.sign_in_new_user().await;
    app.skip_resend_cooldown().await;
    let number = User::with_unique_details().phone;
    let begun = call::begin_phone_change(&number);
    browser.submit_form(&begun).await.expect_step();
    let code = app.simulator.phone_with_number(&number).next_code().await;
    let mut browser = browser.without_scripts();
    for _ in 0..5 {
        let reply = browser
            .enter_code(Purpose::PhoneChange, &wrong_code(&code))
            .await;
        assert_eq!(reply.redirect_path(), "/profile/phone");
    }
    let page = expect_reason_once(&mut browser, "/profile/phone", TOO_MANY).await;
    assert!(page.contains("Start again"), "{page}");
    let page = browser.load_page("/profile/phone").await.text();
    assert!(page.contains("New phone number"), "{page}");

    let other = User::with_unique_details().phone;
    let begun = call::begin_phone_change(&other);
    let reply = browser.submit_form(&begun).await;
    assert_eq!(reply.redirect_path(), "/profile/phone");
    app.simulator.advance_clock(901).await;
    expect_reason_once(&mut browser, "/profile/phone", ENDED).await;
    let page = browser.load_page("/profile/phone").await.text();
    assert!(page.contains("name=\"password\""), "{page}");
}

async fn registration_that_expired_before_its_credentials_shows_the_reason_at_its_start(
    database: Database,
) {
    let app = TestApp::start(database).await;
    let mut browser = app.new_browser();
    let new_user = User::with_unique_details();
    let details = browser.submit_registration_details(&new_user);
    details.await.expect_step();
    app.simulator.advance_clock(901).await;
    expect_redirect(&mut browser, "/register/credentials", "/register").await;
    expect_reason_once(&mut browser, "/register", ENDED).await;
}

async fn password_reset_that_expired_shows_the_reason_at_its_start(database: Database) {
    let app = TestApp::start(database).await;
    let ann = app.register_user().await;
    let mut browser = app
        .begin_password_reset(&ann, "a quite different 88 phrase")
        .await;
    app.simulator.advance_clock(901).await;
    expect_redirect(&mut browser, "/reset-password", "/forgot-password").await;
    expect_reason_once(&mut browser, "/forgot-password", ENDED).await;
}

async fn sign_in_that_expired_in_its_dialog_shows_the_reason_after_a_reload(database: Database) {
    let app = TestApp::start(database).await;
    let ann = app.register_user().await;
    let mut browser = app.new_browser();
    browser.begin_sign_in(&ann).await;
    app.simulator.advance_clock(901).await;
    let page = expect_reason_once(&mut browser, "/login", ENDED).await;
    assert!(!page.contains("<dialog"), "{page}");
}

async fn sign_in_that_is_cancelled_during_a_send_shows_no_reason_on_the_next_page(
    database: Database,
) {
    let app = TestApp::start(database).await;
    let ann = app.register_user().await;
    app.skip_resend_cooldown().await;
    let mut browser = app.new_browser();
    browser.begin_sign_in(&ann).await;
    // Long enough for the cancellation on a busy machine.
    let slow = json!([{ "on": "create", "kind": "delay", "delay_ms": 7_000, "times": 1 }]);
    app.simulator.set_faults(slow).await;
    let send = browser.form_request(&call::choose_method("sms"));
    let node = app.address;
    let sending = tokio::spawn(async move { send.send(node).await });
    app.simulator.wait_until_faults_are_used().await;
    browser.cancel_flow(Purpose::SignIn).await;
    let answer = FormResponse::new(sending.await.expect("no panic"));
    assert_eq!(answer.expect_problem(), Problem::FlowEnded);
    browser.store_cookies(&answer.response);
    expect_no_reason(&mut browser, "/login", ENDED).await;
}

async fn wrong_password_after_an_expired_sign_in_shows_its_own_error(database: Database) {
    let app = TestApp::start(database).await;
    let ann = app.register_user().await;
    let mut browser = app.new_browser().without_scripts();
    let begun = browser.enter_password(&ann.username, &ann.password).await;
    assert_eq!(begun.redirect_path(), "/login");
    app.simulator.advance_clock(901).await;
    // Another tab shows the form from before the sign-in.
    let refused = browser.enter_password(&ann.username, "not the password");
    assert_eq!(refused.await.redirect_path(), "/login");
    let page = expect_no_reason(&mut browser, "/login", ENDED).await;
    assert!(page.contains(WRONG_PASSWORD), "{page}");
    let page = expect_no_reason(&mut browser, "/login", ENDED).await;
    assert!(!page.contains(WRONG_PASSWORD), "{page}");
}

async fn success_message_replaces_the_reason_of_an_expired_sign_in(database: Database) {
    let app = TestApp::start(database).await;
    let ann = app.register_user().await;
    let mut browser = app.new_browser();
    browser.begin_sign_in(&ann).await;
    app.simulator.advance_clock(901).await;
    let new_user = User::with_unique_details();
    browser.register(&app, &new_user).await;
    let page = expect_no_reason(&mut browser, "/login", ENDED).await;
    assert!(page.contains("notice success"), "{page}");
    expect_no_reason(&mut browser, "/login", ENDED).await;
}

async fn payment_of_an_earlier_session_leads_to_its_page_without_a_code_entry(database: Database) {
    let app = TestApp::start(database).await;
    let (ann, mut browser) = app.sign_in_new_user().await;
    let payment = Payment::in_dollars(AMOUNT_ABOVE_THRESHOLD);
    let (id, _) = browser.begin_payment_until_code(&app, &ann, &payment).await;
    browser.sign_out().await.expect_step();
    app.skip_resend_cooldown().await;
    browser.sign_in(&app, &ann).await;
    let path = format!("/payments/{id}");
    expect_redirect(&mut browser, "/payments/current", &path).await;
    let page = expect_no_reason(&mut browser, &path, ENDED).await;
    assert!(!page.contains("name=\"code\""), "{page}");
    assert!(!page.contains("Choose Verification Method"), "{page}");

    // Another user of the same browser cannot open the payment.
    browser.sign_out().await.expect_step();
    let bob = app.register_user().await;
    browser.sign_in(&app, &bob).await;
    expect_redirect(&mut browser, "/payments/current", "/payments/new").await;
    expect_no_reason(&mut browser, "/payments/new", ENDED).await;
}

async fn payment_completed_in_an_earlier_session_leads_to_its_page(database: Database) {
    let app = TestApp::start(database).await;
    let (ann, mut browser) = app.sign_in_new_user().await;
    let payment = Payment::in_dollars(AMOUNT_ABOVE_THRESHOLD);
    let (id, code) = browser.begin_payment_until_code(&app, &ann, &payment).await;
    // The answer to this check is lost, so that the browser still has the token of the payment.
    let mut unanswered = browser.clone();
    unanswered.confirm_payment(&code).await.expect_step();
    browser.sign_out().await.expect_step();
    app.skip_resend_cooldown().await;
    browser.sign_in(&app, &ann).await;
    expect_redirect(
        &mut browser,
        "/payments/current",
        &format!("/payments/{id}"),
    )
    .await;
    let shown = browser.read_payment_page_text(&id).await;
    assert!(shown.contains("Status Completed"), "{shown}");
}

/// The cleanup deletes the row of a flow some days after its end.
async fn page_that_is_reloaded_after_the_cleanup_of_its_flow_shows_the_reason(database: Database) {
    let app = TestApp::start(database).await;
    let (ann, bob) = (app.register_user().await, app.register_user().await);
    app.skip_resend_cooldown().await;
    let mut resetting = app
        .begin_password_reset(&ann, "a quite different 88 phrase")
        .await;
    let mut choosing = app.new_browser();
    choosing.begin_sign_in(&bob).await;
    let mut entering = app.new_browser();
    entering.sign_in_until_code(&app, &bob).await;
    let mut setting_up = app.new_browser();
    setting_up
        .begin_sign_in(&app.create_user_by_command())
        .await;
    let mut registering = app.new_browser();
    let details = User::with_unique_details();
    let begun = registering.submit_registration_details(&details).await;
    begun.expect_step();
    let mut proving = app.new_browser();
    let new_user = User::with_unique_details();
    proving.register_until_code(&app, &new_user).await;
    app.execute_sql("DELETE FROM flows").await;

    expect_redirect(&mut resetting, "/reset-password", "/forgot-password").await;
    expect_reason_once(&mut resetting, "/forgot-password", ENDED).await;
    expect_redirect(&mut registering, "/register/credentials", "/register").await;
    expect_reason_once(&mut registering, "/register", ENDED).await;
    for browser in [&mut choosing, &mut setting_up] {
        let page = expect_reason_once(browser, "/login", ENDED).await;
        assert!(!page.contains("<dialog"), "{page}");
    }
    for (browser, path) in [
        (&mut entering, "/login/verify"),
        (&mut proving, "/register/verify"),
    ] {
        let page = browser.load_page(path).await;
        assert_eq!(page.status, 200, "{path}");
        assert!(page.text().contains(ENDED), "{path}: {}", page.text());
    }
}
