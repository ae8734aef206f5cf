//! Forms that are submitted, and pages that are reloaded, after the session of their page has ended.

use domain::{Answer, Purpose, ShownAnswer, Step};

use crate::support::call::{self, FormPost, Payment};
use crate::support::{Browser, Database, TestApp, User, on_both_databases};

on_both_databases![
    form_submitted_after_a_sign_out_in_another_tab_opens_the_sign_in_page,
    form_submitted_after_the_session_has_expired_opens_the_sign_in_page,
    sign_in_after_the_end_of_the_session_opens_the_page_of_the_form,
    form_submitted_twice_keeps_the_session_that_its_first_request_has_renewed,
    download_with_the_cookie_of_an_ended_session_keeps_the_session_of_another_tab,
    form_submitted_while_the_account_is_being_deleted_opens_the_page_that_keeps_it,
    decision_to_keep_the_account_after_the_session_has_expired_asks_to_sign_in,
    page_reloaded_after_a_sign_out_in_another_tab_leads_to_the_sign_in_and_back,
    page_reloaded_at_once_after_a_sign_out_says_that_the_user_is_signed_out,
    page_opened_in_a_browser_that_never_signed_in_leads_to_the_sign_in_without_a_message,
    first_sign_in_of_a_browser_opens_the_page_that_was_asked_for_once,
];

const NOTICE: &str = "Your session has ended. Please sign in again.";
const RETURN_COOKIE: &str = "__Host-sallyport-return";

/// Returns the forms of pages for signed-in users whose answer is the next step or form errors. Each has the path of
/// the page that opens after the sign-in.
fn forms_with_their_pages() -> Vec<(FormPost, &'static str)> {
    let new = User::with_unique_details();
    let payment = Payment::in_dollars("1.00");
    vec![
        (call::submit_payment(&payment), "/payments/new"),
        (
            call::submit_code(Purpose::Payment, "123456"),
            "/payments/current",
        ),
        (
            call::change_names(&new.full_name, &new.username),
            "/profile/name",
        ),
        (
            call::change_password("an old password 71", "a new password 72"),
            "/profile/password",
        ),
        (call::begin_email_change(&new.email), "/profile/email"),
        (call::request_email_code(), "/verify-email"),
        (call::submit_email_code("123456"), "/verify-email"),
        (call::begin_phone_change(&new.phone), "/profile/phone"),
        (call::request_code(Purpose::PhoneChange), "/profile/phone"),
        (call::confirm_phone_change(), "/profile/phone"),
        (call::begin_step_up(&new.password), "/profile/phone"),
        (
            call::submit_code(Purpose::StepUp, "123456"),
            "/profile/confirm",
        ),
        (call::end_session(&"0".repeat(32)), "/profile/sessions"),
        (call::end_other_sessions(), "/profile/sessions"),
        (call::delete_account(&new.username), "/profile/delete"),
        (call::begin_authenticator(), "/profile/authenticator"),
        (
            call::confirm_authenticator("123456"),
            "/profile/authenticator",
        ),
        (call::cancel_own_recovery(), "/recovery"),
    ]
}

/// Returns the forms whose response is a page or a file, each with the path of its page.
fn forms_that_answer_with_content() -> Vec<(FormPost, &'static str)> {
    let codes: [String; 10] = std::array::from_fn(|_| "AAAA-AAAA-AAAA".to_owned());
    vec![
        (call::export_data(), "/profile/export"),
        (call::create_recovery_codes("0"), "/profile/recovery-codes"),
        (
            call::download_recovery_codes(&codes),
            "/profile/recovery-codes",
        ),
    ]
}

/// Opens the path to which a form leads. Asserts that it is the sign-in page or redirects there, that the sign-in page
/// says that the session has ended, and that `page` will open after the sign-in.
async fn assert_sign_in_page_shows_the_end(
    mut browser: Browser,
    path: &str,
    target: &str,
    page: &str,
) {
    if target != "/login" {
        assert_eq!(target, page, "{path}");
        let redirect = browser.load_page(target).await;
        assert_eq!((redirect.status, redirect.location()), (303, "/login"));
    }
    assert_eq!(browser.session_token(), None, "{path}");
    let return_path = browser.cookies.get(RETURN_COOKIE).map(String::as_str);
    assert_eq!(return_path, Some(page), "{path}");
    let shown = browser.load_page("/login").await.text();
    assert!(shown.contains(NOTICE), "{path}: {shown}");
}

/// Submits each form in a copy of this browser, whose session has ended, with and without scripts.
async fn assert_every_form_opens_the_sign_in_page(browser: &Browser) {
    for (form, page) in forms_with_their_pages() {
        let mut scripted = browser.clone();
        let reply = scripted.submit_form(&form).await;
        let answer: Answer =
            serde_json::from_slice(&reply.response.body).expect("an answer of a server function");
        let ShownAnswer::GoTo(target) = answer.shown else {
            panic!("{} shows {:?}", form.path, answer.shown);
        };
        assert_sign_in_page_shows_the_end(scripted, form.path, &target, page).await;
    }
    let forms = forms_with_their_pages();
    for (form, page) in forms.into_iter().chain(forms_that_answer_with_content()) {
        let mut plain = browser.clone().without_scripts();
        let reply = plain.submit_form(&form).await;
        let target = reply.redirect_path();
        assert_sign_in_page_shows_the_end(plain, form.path, &target, page).await;
    }
}

async fn form_submitted_after_a_sign_out_in_another_tab_opens_the_sign_in_page(database: Database) {
    let app = TestApp::start(database).await;
    let ann = app.register_user().await;
    let mut browser = app.new_browser();
    browser.sign_in(&app, &ann).await;
    browser.sign_out().await.expect_step();
    // Loads the page that shows the message about the sign-out, so that the next page does not show it.
    browser.load_page("/login").await;
    assert_every_form_opens_the_sign_in_page(&browser).await;
}

async fn form_submitted_after_the_session_has_expired_opens_the_sign_in_page(database: Database) {
    let app = TestApp::start(database).await;
    let ann = app.register_user().await;
    let mut browser = app.new_browser();
    browser.sign_in(&app, &ann).await;
    app.simulator.advance_clock(31 * 60).await;
    assert!(browser.session_token().is_some());
    assert_every_form_opens_the_sign_in_page(&browser).await;
}

async fn sign_in_after_the_end_of_the_session_opens_the_page_of_the_form(database: Database) {
    let app = TestApp::start(database).await;
    let ann = app.register_user().await;
    let mut browser = app.new_browser();
    browser.sign_in(&app, &ann).await;
    app.simulator.advance_clock(31 * 60).await;
    let payment = Payment::in_dollars("1.00");
    let form = call::submit_payment(&payment);
    assert!(browser.submit_form(&form).await.is_refused());
    let page = browser.load_page("/payments/new").await;
    assert_eq!(page.location(), "/login");
    browser.sign_in(&app, &ann).await;
    assert_eq!(
        browser.load_page("/dashboard").await.location(),
        "/payments/new"
    );
    // The page of the form was opened once, so the dashboard opens now.
    assert!(browser.is_signed_in().await);
}

async fn form_submitted_twice_keeps_the_session_that_its_first_request_has_renewed(
    database: Database,
) {
    let app = TestApp::start(database).await;
    let ann = app.register_user().await;
    let mut browser = app.new_browser();
    browser.sign_in(&app, &ann).await;
    let mut second = browser.clone().without_scripts();
    let form = call::change_password(&ann.password, "a quite different 88 phrase");
    browser.submit_form(&form).await.expect_step();
    // Both requests had the cookie of the first session.
    let reply = second.submit_form(&form).await;
    browser.store_cookies(&reply.response);
    let page = browser.load_page(&reply.redirect_path()).await;
    assert_eq!(page.status, 200, "{}", page.text());
    assert!(browser.is_signed_in().await);
}

async fn download_with_the_cookie_of_an_ended_session_keeps_the_session_of_another_tab(
    database: Database,
) {
    let app = TestApp::start(database).await;
    let ann = app.register_user().await;
    let mut browser = app.new_browser();
    browser.sign_in(&app, &ann).await;
    let other_tab = browser.clone().without_scripts();
    let form = call::change_password(&ann.password, "a quite different 88 phrase");
    browser.submit_form(&form).await.expect_step();
    let session = browser.session_token();
    for (form, page) in forms_that_answer_with_content() {
        // The browser sent this request before it got the cookie of the new session.
        let reply = other_tab.clone().submit_form(&form).await;
        browser.store_cookies(&reply.response);
        assert_eq!(browser.session_token(), session, "{}", form.path);
        let shown = browser.load_page(&reply.redirect_path()).await;
        assert_eq!(shown.status, 200, "{page}: {}", shown.text());
    }
    assert!(browser.is_signed_in().await);
}

/// Signs in to an account whose deletion is requested. Returns the browser, which does not run scripts.
async fn sign_in_to_account_being_deleted(app: &TestApp) -> Browser {
    let ann = app.register_user().await;
    let mut browser = app.new_browser();
    browser.sign_in(app, &ann).await;
    let form = call::delete_account(&ann.username);
    browser.submit_form(&form).await.expect_step();
    app.skip_resend_cooldown().await;
    let code = browser.sign_in_until_code(app, &ann).await;
    let step = browser
        .enter_code(Purpose::SignIn, &code)
        .await
        .expect_step();
    assert_eq!(step, Step::DecideDeletion);
    browser.without_scripts()
}

async fn form_submitted_while_the_account_is_being_deleted_opens_the_page_that_keeps_it(
    database: Database,
) {
    let app = TestApp::start(database).await;
    let mut browser = sign_in_to_account_being_deleted(&app).await;
    let session = browser.session_token();
    let forms = forms_with_their_pages();
    for (form, _) in forms.into_iter().chain(forms_that_answer_with_content()) {
        let reply = browser.submit_form(&form).await;
        assert_eq!(reply.redirect_path(), "/keep-account", "{}", form.path);
        assert_eq!(browser.session_token(), session, "{}", form.path);
    }
}

async fn decision_to_keep_the_account_after_the_session_has_expired_asks_to_sign_in(
    database: Database,
) {
    let app = TestApp::start(database).await;
    let mut browser = sign_in_to_account_being_deleted(&app).await;
    app.simulator.advance_clock(31 * 60).await;
    let reply = browser.submit_form(&call::cancel_account_deletion()).await;
    assert_eq!(reply.redirect_path(), "/login");
    let shown = browser.load_page("/login").await.text();
    assert!(shown.contains(NOTICE), "{shown}");
}

async fn page_reloaded_after_a_sign_out_in_another_tab_leads_to_the_sign_in_and_back(
    database: Database,
) {
    let app = TestApp::start(database).await;
    let ann = app.register_user().await;
    let mut browser = app.new_browser();
    browser.sign_in(&app, &ann).await;
    browser.sign_out().await.expect_step();
    // The tab of the sign-out shows the message about it.
    browser.load_page("/login").await;
    for page in ["/payments/new", "/profile", "/verify-email"] {
        assert_sign_in_page_shows_the_end(browser.clone(), page, page, page).await;
    }
    browser.load_page("/profile/name").await;
    app.skip_resend_cooldown().await;
    browser.sign_in(&app, &ann).await;
    let opened = browser.load_page("/dashboard").await;
    assert_eq!(opened.location(), "/profile/name");
}

async fn page_reloaded_at_once_after_a_sign_out_says_that_the_user_is_signed_out(
    database: Database,
) {
    let app = TestApp::start(database).await;
    let ann = app.register_user().await;
    let mut browser = app.new_browser();
    browser.sign_in(&app, &ann).await;
    browser.sign_out().await.expect_step();
    assert_eq!(browser.load_page("/profile").await.location(), "/login");
    let shown = browser.load_page("/login").await.text();
    assert!(shown.contains("You are signed out."), "{shown}");
}

async fn page_opened_in_a_browser_that_never_signed_in_leads_to_the_sign_in_without_a_message(
    database: Database,
) {
    let app = TestApp::start(database).await;
    let mut browser = app.new_browser();
    assert_eq!(browser.load_page("/profile").await.location(), "/login");
    let shown = browser.load_page("/login").await.text();
    assert!(!shown.contains(NOTICE), "{shown}");
}

async fn first_sign_in_of_a_browser_opens_the_page_that_was_asked_for_once(database: Database) {
    let app = TestApp::start(database).await;
    let ann = app.register_user().await;
    let mut browser = app.new_browser();
    let asked = browser.load_page("/payments/new").await;
    assert_eq!((asked.status, asked.location()), (303, "/login"));
    let shown = browser.load_page("/login").await.text();
    assert!(!shown.contains(NOTICE), "{shown}");
    browser.sign_in(&app, &ann).await;
    let opened = browser.load_page("/dashboard").await;
    assert_eq!(opened.location(), "/payments/new");
    assert!(browser.is_signed_in().await);

    // The dashboard is opened after every sign-in, so it is no page to return to.
    let mut other = app.new_browser();
    other.load_page("/dashboard").await;
    assert!(!other.cookies.contains_key(RETURN_COOKIE));
}
