//! Forms of a tab whose flow another tab has replaced. The tabs of a browser share its cookies, so one [`Browser`] stands
//! for all its tabs, and the HTML of a page for an open tab.

use domain::{Problem, Purpose, Step};

use crate::support::call::{self, FormPost, Payment};
use crate::support::lost_phone::prove_new_number;
use crate::support::page::{flow_form_post, hidden_input_values};
use crate::support::payment::{
    AMOUNT_ABOVE_THRESHOLD, COUNT_COMPLETED, COUNT_EXECUTED, COUNT_PENDING,
};
use crate::support::{Browser, Database, EventStream, TestApp, User, on_both_databases};

on_both_databases![
    code_typed_under_one_payment_does_not_confirm_another,
    choice_of_method_for_a_replaced_payment_is_refused,
    actions_of_a_replaced_payment_do_not_change_the_new_payment,
    confirmation_of_one_phone_number_does_not_save_another,
    code_typed_under_one_phone_number_does_not_prove_another,
    code_typed_for_one_user_does_not_sign_in_another,
    number_typed_for_one_user_does_not_set_up_another,
    credentials_typed_for_one_registration_do_not_enter_another,
    repeated_cancellation_does_not_end_a_sign_in_that_began_later,
    repeated_cancellation_ends_the_sign_in_that_the_user_cancelled,
    late_answer_to_a_cancellation_keeps_the_token_of_the_next_sign_in,
    choice_of_method_on_the_sign_in_page_has_no_flow_id,
];

const CHECK: &str = "/api/verification/check";
const CANCEL: &str = "/api/verification/cancel";
const CONFIRM_NUMBER: &str = "/api/phone-change/confirm";

const PHONE: &str = "SELECT phone FROM accounts";

/// Adds the flow ID of a page to a report or question of its scripts.
fn with_flow_id_of_page(mut post: FormPost, page: &str) -> FormPost {
    let id = hidden_input_values(page, "flow_id").pop();
    post.fields
        .push(("flow_id", id.expect("page has a flow ID")));
    post
}

/// Submits a form without scripts. Returns the path of the redirect.
async fn submit_without_scripts(browser: &Browser, post: &FormPost) -> String {
    let mut browser = browser.clone().without_scripts();
    browser.submit_form(post).await.redirect_path()
}

/// Tests docs/security.md#pay-02, docs/security.md#pay-08.
async fn code_typed_under_one_payment_does_not_confirm_another(database: Database) {
    let app = TestApp::start(database).await;
    let (ann, mut browser) = app.sign_in_new_user().await;
    let payment = Payment::in_dollars(AMOUNT_ABOVE_THRESHOLD);
    let (first, _) = browser.begin_payment_until_code(&app, &ann, &payment).await;
    let first_tab = browser.load_payment_page(&first).await.text();
    app.skip_resend_cooldown().await;
    let payment = Payment::in_dollars("900");
    let (second, code) = browser.begin_payment_until_code(&app, &ann, &payment).await;

    let check = flow_form_post(&first_tab, CHECK, &[("code", &code)]);
    let refused = browser.submit_form(&check).await;
    assert_eq!(refused.visible_error_text(), "Payment already failed");
    let page = submit_without_scripts(&browser, &check).await;
    assert_eq!(page, format!("/payments/{first}"));
    let probe = app.open_database().await;
    assert_eq!(probe.read_number(COUNT_PENDING).await, 1);
    assert_eq!(probe.read_number(COUNT_EXECUTED).await, 0);

    let second_tab = browser.load_payment_page(&second).await.text();
    let check = flow_form_post(&second_tab, CHECK, &[("code", &code)]);
    browser.submit_form(&check).await.expect_step();
    assert_eq!(probe.read_number(COUNT_COMPLETED).await, 1);
}

/// Tests docs/security.md#pay-02, docs/security.md#sm-17.
async fn choice_of_method_for_a_replaced_payment_is_refused(database: Database) {
    let app = TestApp::start(database).await;
    let (_, mut browser) = app.sign_in_new_user().await;
    let payment = Payment::in_dollars(AMOUNT_ABOVE_THRESHOLD);
    let first = browser.begin_payment(&payment).await;
    let first_tab = browser.load_payment_page(&first).await.text();
    browser.begin_payment(&Payment::in_dollars("900")).await;
    let sent = app.simulator.list_calls_of("create").await.len();

    let choose = flow_form_post(&first_tab, "/api/verification/method", &[("method", "sms")]);
    let refused = browser.submit_form(&choose).await;
    assert_eq!(refused.visible_error_text(), "Payment already failed");
    let page = format!("/payments/{first}");
    assert_eq!(submit_without_scripts(&browser, &choose).await, page);
    assert_eq!(app.simulator.list_calls_of("create").await.len(), sent);
    let cancel = flow_form_post(&first_tab, CANCEL, &[]);
    let shown = browser.submit_form(&cancel).await.expect_step();
    assert_eq!(shown, Step::Payment { id: first });
    let probe = app.open_database().await;
    assert_eq!(probe.read_number(COUNT_PENDING).await, 1);
}

/// Tests docs/security.md#sm-17.
async fn actions_of_a_replaced_payment_do_not_change_the_new_payment(database: Database) {
    let app = TestApp::start(database).await;
    let (ann, mut browser) = app.sign_in_new_user().await;
    let payment = Payment::in_dollars(AMOUNT_ABOVE_THRESHOLD);
    let (first, _) = browser.begin_payment_until_code(&app, &ann, &payment).await;
    let first_tab = browser.load_payment_page(&first).await.text();
    app.skip_resend_cooldown().await;
    let payment = Payment::in_dollars("900");
    let (_, code) = browser.begin_payment_until_code(&app, &ann, &payment).await;
    let token = browser.flow_token(Purpose::Payment);
    app.skip_resend_cooldown().await;
    let sent = app.simulator.list_calls_of("create").await.len();

    let page = format!("/payments/{first}");
    for action in ["/api/verification/send", "/api/verification/another-method"] {
        let post = flow_form_post(&first_tab, action, &[]);
        let refused = browser.submit_form(&post).await;
        assert_eq!(refused.visible_error_text(), "Payment already failed");
        assert_eq!(submit_without_scripts(&browser, &post).await, page);
    }
    assert_eq!(app.simulator.list_calls_of("create").await.len(), sent);
    // A tab that becomes visible again asks for its state.
    let read = with_flow_id_of_page(call::read_code_entry(Purpose::Payment), &first_tab);
    assert!(browser.submit_form(&read).await.is_refused());
    // The stream of such a tab ends at once.
    let id = hidden_input_values(&first_tab, "flow_id").remove(0);
    let path = format!("/verification/events?purpose=payment&flow_id={id}");
    let request = browser.page_request("GET", &path);
    let mut stream = EventStream::open(&request, app.address).await;
    assert_eq!(stream.next_status().await, "ended");
    let report = with_flow_id_of_page(call::report_entry_reopened(Purpose::Payment), &first_tab);
    let reply = browser.submit_form(&report).await;
    assert_eq!(reply.response.text(), "null");
    let cancel = flow_form_post(&first_tab, CANCEL, &[]);
    browser.submit_form(&cancel).await.expect_step();
    assert_eq!(submit_without_scripts(&browser, &cancel).await, page);
    assert_eq!(browser.flow_token(Purpose::Payment), token);

    browser.confirm_payment(&code).await.expect_step();
    let probe = app.open_database().await;
    assert_eq!(probe.read_number(COUNT_COMPLETED).await, 1);
}

/// Tests docs/security.md#phn-02.
async fn confirmation_of_one_phone_number_does_not_save_another(database: Database) {
    let app = TestApp::start(database).await;
    let (ann, mut browser) = app.sign_in_new_user().await;
    let [first, second] = [(); 2].map(|()| User::with_unique_details().phone);
    prove_new_number(&app, &mut browser, &first).await;
    let first_tab = browser.load_page("/profile/phone").await.text();
    prove_new_number(&app, &mut browser, &second).await;

    let confirm = flow_form_post(&first_tab, CONFIRM_NUMBER, &[]);
    let refused = browser.submit_form(&confirm).await;
    assert_eq!(refused.expect_problem(), Problem::FlowEnded);
    let page = submit_without_scripts(&browser, &confirm).await;
    assert_eq!(page, "/profile/phone");
    let cancel = flow_form_post(&first_tab, CANCEL, &[]);
    browser.submit_form(&cancel).await.expect_step();
    let probe = app.open_database().await;
    assert_eq!(probe.read_text(PHONE).await, ann.phone);

    let second_tab = browser.load_page("/profile/phone").await.text();
    let confirm = flow_form_post(&second_tab, CONFIRM_NUMBER, &[]);
    let saved = browser.submit_form(&confirm).await.expect_step();
    assert_eq!(saved, Step::PhoneChanged);
    assert_eq!(probe.read_text(PHONE).await, second);
}

/// Tests docs/security.md#phn-02.
async fn code_typed_under_one_phone_number_does_not_prove_another(database: Database) {
    const PURPOSE: Purpose = Purpose::PhoneChange;
    let app = TestApp::start(database).await;
    let (_, mut browser) = app.sign_in_new_user().await;
    let [first, second] = [(); 2].map(|()| User::with_unique_details().phone);
    browser.begin_phone_change_until_code(&app, &first).await;
    let first_tab = browser.load_page("/profile/phone").await.text();
    let code = browser.begin_phone_change_until_code(&app, &second).await;

    let check = flow_form_post(&first_tab, CHECK, &[("code", &code)]);
    let refused = browser.submit_form(&check).await;
    assert_eq!(refused.expect_problem(), Problem::FlowEnded);
    let correct = flow_form_post(&first_tab, "/api/phone-change/another-number", &[]);
    browser.submit_form(&correct).await.expect_step();
    let verified = browser.enter_code(PURPOSE, &code).await.expect_step();
    assert!(
        matches!(verified, Step::ConfirmPhone { .. }),
        "{verified:?}"
    );
}

/// Tests docs/security.md#sm-10.
async fn code_typed_for_one_user_does_not_sign_in_another(database: Database) {
    const PURPOSE: Purpose = Purpose::SignIn;
    let app = TestApp::start(database).await;
    let (ann, bob) = (app.register_user().await, app.register_user().await);
    app.skip_resend_cooldown().await;
    let mut browser = app.new_browser();
    browser.sign_in_until_code(&app, &ann).await;
    let first_tab = browser.load_page("/login/verify").await.text();
    let code = browser.sign_in_until_code(&app, &bob).await;

    let check = flow_form_post(&first_tab, CHECK, &[("code", &code)]);
    let refused = browser.submit_form(&check).await;
    assert_eq!(refused.expect_problem(), Problem::FlowEnded);
    let cancel = flow_form_post(&first_tab, CANCEL, &[]);
    browser.submit_form(&cancel).await.expect_step();
    let step = browser.enter_code(PURPOSE, &code).await.expect_step();
    assert_eq!(step, Step::Dashboard);
}

/// Tests docs/security.md#sm-10.
async fn number_typed_for_one_user_does_not_set_up_another(database: Database) {
    let app = TestApp::start(database).await;
    let (ann, bob) = (app.register_user().await, app.register_user().await);
    app.execute_sql("UPDATE accounts SET mfa = 0, phone_verified_at = 0")
        .await;
    let mut browser = app.new_browser();
    let reply = browser.enter_password(&ann.username, &ann.password).await;
    reply.expect_step();
    let first_tab = browser.load_page("/login").await.text();
    let reply = browser.enter_password(&bob.username, &bob.password).await;
    reply.expect_step();
    let calls_before = app.simulator.list_calls_of("create").await.len();

    let number = [("phone", ann.phone.as_str())];
    let send = flow_form_post(&first_tab, "/api/set-up/send", &number);
    let refused = browser.submit_form(&send).await;
    assert_eq!(refused.expect_problem(), Problem::FlowEnded);
    assert_eq!(
        app.simulator.list_calls_of("create").await.len(),
        calls_before
    );
    let second_tab = browser.load_page("/login").await.text();
    let number = [("phone", bob.phone.as_str())];
    let send = flow_form_post(&second_tab, "/api/set-up/send", &number);
    browser.submit_form(&send).await.expect_code_entry();
}

/// Tests docs/security.md#sm-10.
async fn credentials_typed_for_one_registration_do_not_enter_another(database: Database) {
    const ACTION: &str = "/api/register/credentials";
    let app = TestApp::start(database).await;
    let [ann, bob] = [(); 2].map(|()| User::with_unique_details());
    let mut browser = app.new_browser();
    let reply = browser.submit_registration_details(&ann).await;
    reply.expect_step();
    let first_tab = browser.load_page("/register/credentials").await.text();
    let reply = browser.submit_registration_details(&bob).await;
    reply.expect_step();

    let typed = [
        ("password", ann.password.as_str()),
        ("phone", ann.phone.as_str()),
    ];
    let credentials = flow_form_post(&first_tab, ACTION, &typed);
    let refused = browser.submit_form(&credentials).await;
    assert_eq!(refused.expect_problem(), Problem::FlowEnded);
    let second_tab = browser.load_page("/register/credentials").await.text();
    let typed = [
        ("password", bob.password.as_str()),
        ("phone", bob.phone.as_str()),
    ];
    let credentials = flow_form_post(&second_tab, ACTION, &typed);
    browser.submit_form(&credentials).await.expect_step();
}

/// Cancels a sign-in `age` milliseconds after the user did, without a flow ID, as the script of the sign-in page does.
fn repeat_cancellation(age: u32) -> FormPost {
    let mut post = call::cancel_flow(Purpose::SignIn);
    post.fields.push(("age", age.to_string()));
    post
}

/// Tests docs/security.md#sm-11.
async fn repeated_cancellation_does_not_end_a_sign_in_that_began_later(database: Database) {
    const PURPOSE: Purpose = Purpose::SignIn;
    let app = TestApp::start(database).await;
    let ann = app.register_user().await;
    app.skip_resend_cooldown().await;
    let mut browser = app.new_browser();
    let code = browser.sign_in_until_code(&app, &ann).await;
    let token = browser.flow_token(PURPOSE);

    let reply = browser.submit_form(&repeat_cancellation(300_000)).await;
    reply.expect_step();
    assert_eq!(browser.flow_token(PURPOSE), token);
    let step = browser.enter_code(PURPOSE, &code).await.expect_step();
    assert_eq!(step, Step::Dashboard);
}

/// Tests docs/security.md#sm-11.
async fn repeated_cancellation_ends_the_sign_in_that_the_user_cancelled(database: Database) {
    let app = TestApp::start(database).await;
    let ann = app.register_user().await;
    let mut browser = app.new_browser();
    let reply = browser.enter_password(&ann.username, &ann.password).await;
    reply.expect_step();
    app.simulator.advance_clock(10).await;

    let reply = browser.submit_form(&repeat_cancellation(4_500)).await;
    reply.expect_step();
    let refused = browser.choose_sms_method().await;
    assert_eq!(refused.expect_problem(), Problem::FlowEnded);
}

/// Tests docs/security.md#sm-11. The browser has sent the cancellation with the token of the cancelled sign-in. Its answer
/// arrives after the user has signed in again.
async fn late_answer_to_a_cancellation_keeps_the_token_of_the_next_sign_in(database: Database) {
    const PURPOSE: Purpose = Purpose::SignIn;
    let app = TestApp::start(database).await;
    let ann = app.register_user().await;
    let mut browser = app.new_browser();
    browser.begin_sign_in(&ann).await;
    let mut slow = browser.clone();
    let mut without_age = browser.clone();
    browser.begin_sign_in(&ann).await;
    let token = browser.flow_token(PURPOSE);
    for age in [0, 1_600, 4_500] {
        let reply = slow.submit_form(&repeat_cancellation(age)).await;
        reply.expect_step();
        browser.store_cookies(&reply.response);
        assert_eq!(browser.flow_token(PURPOSE), token, "{age} ms");
    }
    // A form without scripts loads the next page with its answer.
    let cancel = call::cancel_flow(PURPOSE);
    without_age.submit_form(&cancel).await.expect_step();
    assert_eq!(without_age.flow_token(PURPOSE), None);

    // The first request was lost, so the second one has cancelled the sign-in, and is answered late.
    let mut repeating = browser.clone();
    app.simulator.advance_clock(10).await;
    let reply = repeating.submit_form(&repeat_cancellation(3_000)).await;
    reply.expect_step();
    assert_eq!(repeating.flow_token(PURPOSE), token);
    browser.begin_sign_in(&ann).await;
    browser.store_cookies(&reply.response);
    browser.choose_sms_method().await.expect_code_entry();
}

/// The WASM of the sign-in page cannot take over a page with this input (docs/decisions/islands.md).
async fn choice_of_method_on_the_sign_in_page_has_no_flow_id(database: Database) {
    let app = TestApp::start(database).await;
    let ann = app.register_user().await;
    let mut browser = app.new_browser();
    let reply = browser.enter_password(&ann.username, &ann.password).await;
    reply.expect_step();
    let page = browser.load_page("/login").await.text();
    assert!(
        page.contains("action=\"/api/verification/method\""),
        "{page}"
    );
    assert!(!page.contains("flow_id"), "{page}");
}
