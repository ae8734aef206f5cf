//! Pages of a completed verification flow in a browser that has not received the answer to the correct code.

use domain::{Problem, Purpose, Step};

use super::ended_flow_pages::{
    ENDED, begin_step_up_until_code, expect_no_reason, expect_reason_once, expect_redirect,
};
use crate::support::authenticator;
use crate::support::lost_phone::prove_new_number;
use crate::support::{Browser, Database, TestApp, User, call, on_both_databases, page};

on_both_databases![
    sign_in_with_a_lost_answer_asks_to_sign_in_again_once,
    code_that_is_sent_again_after_a_lost_answer_opens_the_page_with_the_message,
    set_up_with_a_lost_answer_asks_to_sign_in_again_once,
    later_message_or_error_replaces_the_one_about_a_lost_answer,
    tab_with_the_session_of_a_completed_sign_in_opens_the_dashboard_without_a_message,
    password_reset_with_a_lost_answer_says_that_the_password_is_saved,
    registration_with_a_lost_answer_ends_like_one_with_an_answer,
    cancellation_without_scripts_after_a_lost_answer_shows_the_outcome,
    step_up_with_a_lost_answer_asks_to_sign_in_again_and_then_opens_its_page,
    phone_change_with_a_lost_answer_says_that_the_number_is_updated,
    password_change_with_a_lost_answer_says_that_the_password_is_saved,
    authenticator_and_email_changes_with_lost_answers_say_that_the_change_is_saved,
    session_renewed_by_an_older_step_up_shows_that_the_session_has_ended,
    token_of_a_session_that_was_ended_elsewhere_shows_no_lost_answer,
];

const ANSWER_LOST: &str =
    "Your code was right, but this browser did not receive the answer. Please sign in again.";
const NUMBER_UPDATED: &str = "Your phone number has been updated. Please sign in again.";
const CHANGE_SAVED: &str =
    "Your change is saved, but this browser did not receive the answer. Please sign in again.";
const NEW_PASSWORD: &str = "a quite different 88 phrase";
const PASSWORD_SAVED: &str = "Your new password is saved. Please sign in with it.";

/// Enters the correct code in a copy of the browser, so that the browser does not receive the answer.
async fn enter_code_and_lose_answer(browser: &Browser, purpose: Purpose, code: &str) {
    let answer = browser.clone().enter_code(purpose, code).await;
    answer.expect_step();
}

/// Asserts that the flow token has opened no session and is removed.
async fn assert_flow_token_is_removed(browser: &mut Browser, purpose: Purpose) {
    assert_eq!(browser.flow_token(purpose), None);
    assert_eq!(browser.session_token(), None);
    assert!(!browser.is_signed_in().await);
}

/// Returns the texts and classes of the messages on a page.
fn read_notices(html: &str) -> Vec<String> {
    page::texts_between(html, "class=\"notice", "</div>")
}

/// Tests docs/security.md#sm-06.
async fn sign_in_with_a_lost_answer_asks_to_sign_in_again_once(database: Database) {
    let app = TestApp::start(database).await;
    let ann = app.register_user().await;
    let mut browser = app.new_browser();
    let code = browser.sign_in_until_code(&app, &ann).await;
    enter_code_and_lose_answer(&browser, Purpose::SignIn, &code).await;
    expect_redirect(&mut browser, "/login/verify", "/login").await;
    let page = expect_reason_once(&mut browser, "/login", ANSWER_LOST).await;
    assert!(!page.contains("<dialog"), "{page}");
    assert_flow_token_is_removed(&mut browser, Purpose::SignIn).await;
    app.skip_resend_cooldown().await;
    browser.sign_in(&app, &ann).await;
    assert!(browser.is_signed_in().await);
}

/// Tests docs/security.md#sm-06.
async fn code_that_is_sent_again_after_a_lost_answer_opens_the_page_with_the_message(
    database: Database,
) {
    let app = TestApp::start(database).await;
    let ann = app.register_user().await;
    let mut browser = app.new_browser();
    let code = browser.sign_in_until_code(&app, &ann).await;
    enter_code_and_lose_answer(&browser, Purpose::SignIn, &code).await;
    let mut plain = browser.clone().without_scripts();

    let refused = browser.enter_code(Purpose::SignIn, &code).await;
    assert_eq!(refused.expect_problem(), Problem::FlowEnded);
    let opened = refused.page_after_refusal();
    assert_eq!(opened.as_deref(), Some("/login/verify"));
    let refused = plain.enter_code(Purpose::SignIn, &code).await;
    assert_eq!(refused.redirect_path(), "/login/verify");
    for browser in [&mut browser, &mut plain] {
        expect_redirect(browser, "/login/verify", "/login").await;
        let page = expect_reason_once(browser, "/login", ANSWER_LOST).await;
        assert!(!page.contains(ENDED), "{page}");
        assert_flow_token_is_removed(browser, Purpose::SignIn).await;
    }
}

async fn set_up_with_a_lost_answer_asks_to_sign_in_again_once(database: Database) {
    let app = TestApp::start(database).await;
    let ann = app.create_user_by_command();
    let mut browser = app.new_browser();
    browser.begin_sign_in(&ann).await;
    let mut phone = app.simulator.phone_with_number(&ann.phone);
    phone.skip_received_messages().await;
    let number = call::submit_set_up_phone(&ann.phone);
    browser.submit_form(&number).await.expect_code_entry();
    let code = phone.next_code().await;
    enter_code_and_lose_answer(&browser, Purpose::SetUp, &code).await;
    let page = expect_reason_once(&mut browser, "/login", ANSWER_LOST).await;
    assert!(!page.contains("<dialog"), "{page}");
    assert_flow_token_is_removed(&mut browser, Purpose::SetUp).await;
    // The set-up is complete.
    let step = browser.begin_sign_in(&ann).await;
    assert!(matches!(step, Step::ChooseMethod { .. }), "{step:?}");
}

async fn later_message_or_error_replaces_the_one_about_a_lost_answer(database: Database) {
    let app = TestApp::start(database).await;
    let ann = app.register_user().await;
    let mut registering = app.new_browser();
    let code = registering.sign_in_until_code(&app, &ann).await;
    enter_code_and_lose_answer(&registering, Purpose::SignIn, &code).await;
    let mut signing_in = registering.clone().without_scripts();

    let other = User::with_unique_details();
    registering.register(&app, &other).await;
    let page = expect_no_reason(&mut registering, "/login", ANSWER_LOST).await;
    assert!(page.contains("Phone number verified."), "{page}");
    expect_no_reason(&mut registering, "/login", ANSWER_LOST).await;

    let refused = signing_in.enter_password(&ann.username, "not the password");
    assert_eq!(refused.await.redirect_path(), "/login");
    let page = expect_no_reason(&mut signing_in, "/login", ANSWER_LOST).await;
    assert!(page.contains("Incorrect username or password."), "{page}");
    expect_no_reason(&mut signing_in, "/login", ANSWER_LOST).await;
}

async fn tab_with_the_session_of_a_completed_sign_in_opens_the_dashboard_without_a_message(
    database: Database,
) {
    let app = TestApp::start(database).await;
    let ann = app.register_user().await;
    let mut browser = app.new_browser();
    let code = browser.sign_in_until_code(&app, &ann).await;
    let other_tab = browser.clone();
    let entered = browser.enter_code(Purpose::SignIn, &code).await;
    entered.expect_step();
    // The answer to the other tab says which page to open. The tab then has the cookies of the browser.
    let refused = other_tab.clone().enter_code(Purpose::SignIn, &code).await;
    let opened = refused.page_after_refusal();
    assert_eq!(opened.as_deref(), Some("/login/verify"));
    expect_redirect(&mut browser, "/login/verify", "/dashboard").await;
    expect_no_reason(&mut browser, "/dashboard", ANSWER_LOST).await;
}

async fn password_reset_with_a_lost_answer_says_that_the_password_is_saved(database: Database) {
    let app = TestApp::start(database).await;
    let ann = app.register_user().await;
    app.skip_resend_cooldown().await;
    let new = "a quite different 88 phrase";
    let mut browser = app.begin_password_reset(&ann, new).await;
    let purpose = Purpose::PasswordReset;
    let code = browser.request_sms_code(&app, purpose, &ann).await;
    enter_code_and_lose_answer(&browser, purpose, &code).await;
    for path in ["/reset-password/verify", "/reset-password"] {
        let mut reloading = browser.clone();
        expect_redirect(&mut reloading, path, "/login").await;
        assert_flow_token_is_removed(&mut reloading, purpose).await;
        expect_reason_once(&mut reloading, "/login", PASSWORD_SAVED).await;
        expect_redirect(&mut reloading, "/reset-password", "/forgot-password").await;
    }
    // The code form of another tab, without scripts.
    let mut plain = browser.without_scripts();
    let refused = plain.enter_code(purpose, &code).await;
    assert_eq!(refused.redirect_path(), "/reset-password/verify");
    expect_redirect(&mut plain, "/reset-password/verify", "/login").await;
    let page = expect_reason_once(&mut plain, "/login", PASSWORD_SAVED).await;
    assert!(!page.contains(ENDED), "{page}");
}

/// Tests docs/security.md#enum-02.
async fn registration_with_a_lost_answer_ends_like_one_with_an_answer(database: Database) {
    let app = TestApp::start(database).await;
    let ann = app.register_user().await;
    let fresh = User::with_unique_details();
    let taken_email = User {
        email: ann.email.clone(),
        ..User::with_unique_details()
    };
    let taken_username = User::with_unique_details();
    let purpose = Purpose::Registration;
    for (user, message) in [
        (&fresh, "Phone number verified. Please sign in."),
        (&taken_email, "Phone number verified. Please sign in."),
        (&taken_username, "another account has taken this username"),
    ] {
        let mut browser = app.new_browser();
        let code = browser.register_until_code(&app, user).await;
        if user.username == taken_username.username {
            let other = User {
                username: user.username.clone(),
                ..User::with_unique_details()
            };
            app.new_browser().register(&app, &other).await;
        }
        let mut answered = browser.clone();
        let entered = answered.enter_code(purpose, &code).await;
        assert_eq!(entered.expect_step(), Step::Registered);
        let expected = answered.load_page("/login").await.text();
        assert!(expected.contains(message), "{expected}");
        for path in ["/register/verify", "/register/credentials", "/register"] {
            let mut reloading = browser.clone();
            expect_redirect(&mut reloading, path, "/login").await;
            assert_flow_token_is_removed(&mut reloading, purpose).await;
            let shown = expect_reason_once(&mut reloading, "/login", message).await;
            assert_eq!(read_notices(&shown), read_notices(&expected));
            let has_username = expected.contains(&user.username);
            assert_eq!(shown.contains(&user.username), has_username, "{shown}");
            let started = reloading.load_page("/register").await;
            assert_eq!(started.status, 200, "the next registration begins");
        }
    }
}

async fn cancellation_without_scripts_after_a_lost_answer_shows_the_outcome(database: Database) {
    let app = TestApp::start(database).await;
    let ann = app.register_user().await;
    let mut signing_in = app.new_browser();
    let code = signing_in.sign_in_until_code(&app, &ann).await;
    enter_code_and_lose_answer(&signing_in, Purpose::SignIn, &code).await;
    let new_user = User::with_unique_details();
    let mut registering = app.new_browser();
    let code = registering.register_until_code(&app, &new_user).await;
    enter_code_and_lose_answer(&registering, Purpose::Registration, &code).await;

    for (browser, purpose, message) in [
        (signing_in, Purpose::SignIn, ANSWER_LOST),
        (registering, Purpose::Registration, "Phone number verified."),
    ] {
        let mut browser = browser.without_scripts();
        let cancelled = browser.cancel_flow(purpose).await;
        assert_eq!(cancelled.redirect_path(), "/login");
        expect_reason_once(&mut browser, "/login", message).await;
        assert_flow_token_is_removed(&mut browser, purpose).await;
    }
}

async fn step_up_with_a_lost_answer_asks_to_sign_in_again_and_then_opens_its_page(
    database: Database,
) {
    let app = TestApp::start(database).await;
    let (ann, mut browser, code) = begin_step_up_until_code(&app).await;
    enter_code_and_lose_answer(&browser, Purpose::StepUp, &code).await;
    expect_redirect(&mut browser, "/profile/confirm", "/login").await;
    assert_flow_token_is_removed(&mut browser, Purpose::StepUp).await;
    expect_reason_once(&mut browser, "/login", ANSWER_LOST).await;
    app.skip_resend_cooldown().await;
    browser.sign_in(&app, &ann).await;
    expect_redirect(&mut browser, "/dashboard", "/profile/phone").await;
}

async fn phone_change_with_a_lost_answer_says_that_the_number_is_updated(database: Database) {
    let app = TestApp::start(database).await;
    let (_, mut browser) = app.sign_in_new_user().await;
    app.skip_resend_cooldown().await;
    let number = User::with_unique_details().phone;
    prove_new_number(&app, &mut browser, &number).await;
    let confirmation = call::confirm_phone_change();
    let answer = browser.clone().submit_form(&confirmation).await;
    answer.expect_step();
    expect_redirect(&mut browser, "/profile/phone", "/login").await;
    assert_flow_token_is_removed(&mut browser, Purpose::PhoneChange).await;
    expect_reason_once(&mut browser, "/login", NUMBER_UPDATED).await;
}

async fn password_change_with_a_lost_answer_says_that_the_password_is_saved(database: Database) {
    let app = TestApp::start(database).await;
    let (ann, mut browser) = app.sign_in_new_user().await;
    let change = call::change_password(&ann.password, NEW_PASSWORD);
    let answer = browser.clone().submit_form(&change).await;
    assert_eq!(answer.expect_step(), Step::PasswordChanged);

    // The user sends the form again, or reloads its page.
    let mut resubmitting = browser.clone();
    let refused = resubmitting.submit_form(&change).await;
    let opened = refused.page_after_refusal();
    assert_eq!(opened.as_deref(), Some("/profile/password"));
    for browser in [&mut resubmitting, &mut browser] {
        expect_redirect(browser, "/profile/password", "/login").await;
        assert_eq!(browser.session_token(), None);
        expect_reason_once(browser, "/login", PASSWORD_SAVED).await;
    }
    app.skip_resend_cooldown().await;
    let changed = User {
        password: NEW_PASSWORD.to_owned(),
        ..ann
    };
    browser.sign_in(&app, &changed).await;
    expect_redirect(&mut browser, "/dashboard", "/profile").await;
}

async fn authenticator_and_email_changes_with_lost_answers_say_that_the_change_is_saved(
    database: Database,
) {
    let app = TestApp::start(database).await;
    let (_, mut browser) = app.sign_in_new_user().await;
    let authenticator = browser.begin_authenticator_set_up(&app).await;
    let code = authenticator.current_code().await;
    let confirmation = call::confirm_authenticator(&code);
    let answer = browser.clone().submit_form(&confirmation).await;
    assert_eq!(answer.expect_step(), Step::AuthenticatorAdded);
    expect_redirect(&mut browser, authenticator::PAGE, "/login").await;
    expect_reason_once(&mut browser, "/login", CHANGE_SAVED).await;

    let (_, mut browser) = app.sign_in_new_user().await;
    let new = User::with_unique_details().email;
    let code = browser.begin_email_change(&app, &new).await;
    let entered = call::submit_email_code(&code);
    let answer = browser.clone().submit_form(&entered).await;
    assert_eq!(answer.expect_step(), Step::EmailChanged);
    expect_redirect(&mut browser, "/verify-email", "/login").await;
    expect_reason_once(&mut browser, "/login", CHANGE_SAVED).await;
}

async fn token_of_a_session_that_was_ended_elsewhere_shows_no_lost_answer(database: Database) {
    let app = TestApp::start(database).await;
    let (ann, mut ended) = app.sign_in_new_user().await;
    app.skip_resend_cooldown().await;
    let mut browser = app.new_browser();
    browser.sign_in(&app, &ann).await;
    let change = call::change_password(&ann.password, NEW_PASSWORD);
    browser.submit_form(&change).await.expect_step();
    expect_redirect(&mut ended, "/profile", "/login").await;
    let page = expect_no_reason(&mut ended, "/login", PASSWORD_SAVED).await;
    assert!(page.contains("Your session has ended."), "{page}");
}

async fn session_renewed_by_an_older_step_up_shows_that_the_session_has_ended(database: Database) {
    let app = TestApp::start(database).await;
    let (_, mut browser, code) = begin_step_up_until_code(&app).await;
    enter_code_and_lose_answer(&browser, Purpose::StepUp, &code).await;
    app.simulator.advance_clock(901).await;
    expect_redirect(&mut browser, "/profile/phone", "/login").await;
    let page = expect_no_reason(&mut browser, "/login", ANSWER_LOST).await;
    assert!(page.contains("Your session has ended."), "{page}");
}
