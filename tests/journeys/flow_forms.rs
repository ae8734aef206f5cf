//! The flow ID in the forms of each page of a flow. Without it, a form acts on a flow that another tab has begun since.

use domain::{Problem, Purpose};

use crate::support::call::{self, FormPost, Payment};
use crate::support::lost_phone::RECOVERY_DELAY_SECS;
use crate::support::page::{flow_form_post, hidden_input_values, texts_between};
use crate::support::payment::AMOUNT_ABOVE_THRESHOLD;
use crate::support::{Browser, Database, TestApp, User, on_both_databases};

on_both_databases![
    forms_of_a_registration_have_the_flow_id,
    forms_of_a_sign_in_have_the_flow_id,
    forms_of_a_set_up_have_the_flow_id,
    forms_of_a_phone_change_and_a_step_up_have_the_flow_id,
    forms_of_a_payment_and_a_password_reset_have_the_flow_id,
    server_functions_change_no_flow_with_the_id_of_another_flow,
    choice_of_method_of_a_new_step_up_does_not_say_that_it_has_ended,
];

/// The beginnings of the paths to which only forms of a flow are sent.
const ACTIONS_OF_FLOWS: [&str; 8] = [
    "/api/verification/",
    "/api/set-up/",
    "/api/phone-change/another-number",
    "/api/phone-change/confirm",
    "/api/register/credentials",
    "/api/register/another-number",
    "/api/lost-phone/report",
    "/api/lost-phone/keep-number",
];

/// An ID in the format of a flow ID that no flow has.
const OTHER_FLOW: &str = "0123456789abcdef0123456789abcdef";

const VERSIONS_OF_LIVE_FLOWS: &str =
    "SELECT CAST(SUM(version) AS BIGINT) FROM flows WHERE live = 1";

/// Asserts that a page has a form with this action, and that all its forms of a flow have the ID of the same flow.
async fn assert_forms_have_flow_id(browser: &mut Browser, path: &str, expected_action: &str) {
    let page = browser.load_page(path).await.text();
    let (mut actions, mut ids) = (Vec::new(), Vec::new());
    for form in texts_between(&page, "<form", "</form>") {
        let found = texts_between(&form, " action=\"", "\"");
        let Some(action) = found.into_iter().next() else {
            continue;
        };
        if ACTIONS_OF_FLOWS
            .iter()
            .any(|beginning| action.starts_with(beginning))
        {
            let values = hidden_input_values(&form, "flow_id");
            assert_eq!(values.len(), 1, "{path}: {action}: {form}");
            ids.extend(values);
            actions.push(action);
        }
    }
    assert!(
        actions.iter().any(|action| action == expected_action),
        "{path}: {expected_action} is not among {actions:?}"
    );
    ids.dedup();
    assert_eq!(ids.len(), 1, "{path}: {ids:?}");
}

async fn forms_of_a_registration_have_the_flow_id(database: Database) {
    let app = TestApp::start(database).await;
    let ann = User::with_unique_details();
    let mut browser = app.new_browser();
    let reply = browser.submit_registration_details(&ann).await;
    reply.expect_step();
    let (path, action) = ("/register/credentials", "/api/register/credentials");
    assert_forms_have_flow_id(&mut browser, path, action).await;
    let reply = browser.submit_registration_credentials(&ann).await;
    reply.expect_step();
    let (path, action) = ("/register/verify", "/api/verification/send");
    assert_forms_have_flow_id(&mut browser, path, action).await;
    browser.send_code(Purpose::Registration).await.expect_step();
    for action in ["/api/verification/check", "/api/register/another-number"] {
        assert_forms_have_flow_id(&mut browser, path, action).await;
    }
}

async fn forms_of_a_sign_in_have_the_flow_id(database: Database) {
    let app = TestApp::start(database).await;
    let (ann, mut browser) = app.sign_in_new_user().await;
    browser.create_recovery_codes().await;
    app.skip_resend_cooldown().await;
    let mut browser = app.new_browser();
    browser.sign_in_until_code(&app, &ann).await;
    for action in [
        "/api/verification/check",
        "/api/verification/another-method",
    ] {
        assert_forms_have_flow_id(&mut browser, "/login/verify", action).await;
    }
    let (path, action) = ("/lost-phone", "/api/lost-phone/report");
    assert_forms_have_flow_id(&mut browser, path, action).await;
    let mut browser = app.sign_in_until_recovery_code(&ann).await;
    let (path, action) = ("/login/verify", "/api/verification/check");
    assert_forms_have_flow_id(&mut browser, path, action).await;
}

async fn forms_of_a_set_up_have_the_flow_id(database: Database) {
    let app = TestApp::start(database).await;
    let ann = app.register_user().await;
    app.open_recovery(&ann).await;
    app.simulator.advance_clock(RECOVERY_DELAY_SECS + 1).await;
    let mut browser = app.sign_in_until_set_up(&ann).await;
    for action in ["/api/set-up/send", "/api/lost-phone/keep-number"] {
        assert_forms_have_flow_id(&mut browser, "/login", action).await;
    }
    let number = User::with_unique_details().phone;
    let entered = call::submit_set_up_phone(&number);
    browser.submit_form(&entered).await.expect_code_entry();
    for action in ["/api/verification/check", "/api/set-up/another-number"] {
        assert_forms_have_flow_id(&mut browser, "/login", action).await;
    }
}

async fn forms_of_a_phone_change_and_a_step_up_have_the_flow_id(database: Database) {
    let app = TestApp::start(database).await;
    let (ann, mut browser) = app.sign_in_new_user().await;
    let number = User::with_unique_details().phone;
    let code = browser.begin_phone_change_until_code(&app, &number).await;
    let path = "/profile/phone";
    assert_forms_have_flow_id(&mut browser, path, "/api/phone-change/another-number").await;
    let verified = browser.enter_code(Purpose::PhoneChange, &code).await;
    verified.expect_step();
    assert_forms_have_flow_id(&mut browser, path, "/api/phone-change/confirm").await;

    app.simulator.advance_clock(301).await;
    let begin = call::begin_step_up(&ann.password);
    browser.submit_form(&begin).await.expect_step();
    let path = "/profile/password";
    assert_forms_have_flow_id(&mut browser, path, "/api/verification/method").await;
    browser.request_sms_code(&app, Purpose::StepUp, &ann).await;
    assert_forms_have_flow_id(&mut browser, path, "/api/verification/check").await;
}

async fn forms_of_a_payment_and_a_password_reset_have_the_flow_id(database: Database) {
    const RESET: Purpose = Purpose::PasswordReset;
    let app = TestApp::start(database).await;
    let (ann, mut browser) = app.sign_in_new_user().await;
    let payment = Payment::in_dollars(AMOUNT_ABOVE_THRESHOLD);
    let id = browser.begin_payment(&payment).await;
    let path = format!("/payments/{id}");
    assert_forms_have_flow_id(&mut browser, &path, "/api/verification/method").await;
    browser.request_sms_code(&app, Purpose::Payment, &ann).await;
    assert_forms_have_flow_id(&mut browser, &path, "/api/verification/check").await;

    app.skip_resend_cooldown().await;
    let new = "a new long password 77";
    let mut browser = app.begin_password_reset(&ann, new).await;
    let path = "/reset-password";
    assert_forms_have_flow_id(&mut browser, path, "/api/verification/method").await;
    browser.request_sms_code(&app, RESET, &ann).await;
    let path = "/reset-password/verify";
    assert_forms_have_flow_id(&mut browser, path, "/api/verification/check").await;
}

/// Submits posts with the ID of another flow. Asserts that each is refused or has no effect.
async fn assert_posts_change_no_flow(app: &TestApp, browser: &Browser, posts: Vec<FormPost>) {
    let probe = app.open_database().await;
    let before = probe.read_number(VERSIONS_OF_LIVE_FLOWS).await;
    let sent = app.simulator.list_calls_of("create").await.len();
    for mut post in posts {
        post.fields.push(("flow_id", OTHER_FLOW.to_owned()));
        let mut tab = browser.clone();
        let reply = tab.submit_form(&post).await;
        if !post.path.ends_with("/cancel") {
            assert_eq!(reply.expect_problem(), Problem::FlowEnded, "{}", post.path);
        }
        for purpose in Purpose::ALL {
            let (left, kept) = (tab.flow_token(purpose), browser.flow_token(purpose));
            assert_eq!(left, kept, "{}", post.path);
        }
        let after = probe.read_number(VERSIONS_OF_LIVE_FLOWS).await;
        assert_eq!(after, before, "{}", post.path);
    }
    assert_eq!(app.simulator.list_calls_of("create").await.len(), sent);
}

/// Tests docs/security.md#sm-10.
async fn server_functions_change_no_flow_with_the_id_of_another_flow(database: Database) {
    let app = TestApp::start(database).await;
    let ann = app.register_user().await;
    app.skip_resend_cooldown().await;
    let mut signing_in = app.new_browser();
    let code = signing_in.sign_in_until_code(&app, &ann).await;
    let mut posts = call::posts_with_flow_token(Purpose::SignIn, &code);
    posts.push(call::report_lost_phone());
    assert_posts_change_no_flow(&app, &signing_in, posts).await;

    let mut registering = app.new_browser();
    let bob = User::with_unique_details();
    let code = registering.register_until_code(&app, &bob).await;
    let posts = call::posts_with_flow_token(Purpose::Registration, &code);
    assert_posts_change_no_flow(&app, &registering, posts).await;

    app.execute_sql("UPDATE accounts SET mfa = 0, phone_verified_at = 0")
        .await;
    let setting_up = app.sign_in_until_set_up(&ann).await;
    let posts = vec![
        call::submit_set_up_phone(&ann.phone),
        call::correct_set_up_phone(),
        call::keep_phone_number(),
        call::request_code(Purpose::SetUp),
        call::cancel_flow(Purpose::SetUp),
    ];
    assert_posts_change_no_flow(&app, &setting_up, posts).await;
}

async fn choice_of_method_of_a_new_step_up_does_not_say_that_it_has_ended(database: Database) {
    let app = TestApp::start(database).await;
    let (ann, mut browser) = app.sign_in_new_user().await;
    app.simulator.advance_clock(301).await;
    let begin = call::begin_step_up(&ann.password);
    browser.submit_form(&begin).await.expect_step();
    let first_tab = browser.load_page("/profile/password").await.text();
    browser.submit_form(&begin).await.expect_step();

    let choose = flow_form_post(&first_tab, "/api/verification/method", &[("method", "sms")]);
    let mut tab = browser.clone().without_scripts();
    let refused = tab.submit_form(&choose).await;
    assert_eq!(refused.redirect_path(), "/profile/confirm");
    let page = tab.load_page("/profile/password").await.text();
    assert!(page.contains("Choose Verification Method"), "{page}");
    assert!(!page.contains("Please start again"), "{page}");
}
