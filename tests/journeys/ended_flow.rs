//! Pages whose verification flow has ended. The browser loads a page without the form, also with a script.

use domain::{Problem, Purpose};

use crate::support::lost_phone::change_number;
use crate::support::{Database, FormResponse, TestApp, User, call, on_both_databases};

/// Text of the error on the page.
const TEXT: &str = "This step has expired or was finished elsewhere. Please start again.";

on_both_databases![
    method_choice_after_the_flow_expired_shows_the_sign_in_form_with_the_error,
    set_up_number_after_the_flow_expired_shows_the_sign_in_form_with_the_error,
    code_request_after_the_registration_expired_shows_start_again,
    second_confirmation_of_a_phone_change_shows_the_page_without_its_form,
    number_sent_from_a_second_tab_shows_the_code_entry_without_an_error,
    code_check_after_the_flow_expired_shows_the_error_in_the_form,
    cancelling_a_flow_ends_its_event_stream_at_once,
];

/// Asserts that a form was refused because its flow has ended, and that the browser loads the page at `path`.
#[track_caller]
fn assert_loads_page(reply: &FormResponse, path: &str) {
    assert_eq!(reply.expect_problem(), Problem::FlowEnded);
    assert_eq!(reply.page_after_refusal().as_deref(), Some(path));
}

async fn method_choice_after_the_flow_expired_shows_the_sign_in_form_with_the_error(
    database: Database,
) {
    let app = TestApp::start(database).await;
    let ann = app.register_user().await;
    let mut browser = app.new_browser();
    browser.begin_sign_in(&ann).await;
    app.simulator.advance_clock(901).await;
    let reply = browser.submit_form(&call::choose_method("sms")).await;
    assert_loads_page(&reply, "/login");
    let page = browser.load_page("/login").await.text();
    assert!(page.contains(TEXT), "{page}");
    assert!(!page.contains("<dialog"), "{page}");
    assert!(!browser.load_page("/login").await.text().contains(TEXT));
}

async fn set_up_number_after_the_flow_expired_shows_the_sign_in_form_with_the_error(
    database: Database,
) {
    let app = TestApp::start(database).await;
    let ann = app.create_user_by_command();
    let mut browser = app.new_browser();
    browser.begin_sign_in(&ann).await;
    app.simulator.advance_clock(901).await;
    let reply = browser
        .submit_form(&call::submit_set_up_phone(&ann.phone))
        .await;
    assert_loads_page(&reply, "/login");
    let page = browser.load_page("/login").await.text();
    assert!(page.contains(TEXT), "{page}");
    assert!(!page.contains("<dialog"), "{page}");
}

async fn code_request_after_the_registration_expired_shows_start_again(database: Database) {
    let app = TestApp::start(database).await;
    let ann = User::with_unique_details();
    let mut browser = app.new_browser();
    browser.begin_registration(&ann).await;
    app.simulator.advance_clock(901).await;
    let reply = browser.send_code(Purpose::Registration).await;
    assert_loads_page(&reply, "/register/verify");
    let page = browser.load_page("/register/verify").await.text();
    assert!(page.contains("Start again"), "{page}");
    // The page showed the message once and deleted it.
    let register = browser.load_page("/register").await.text();
    assert!(!register.contains(TEXT), "{register}");
}

async fn second_confirmation_of_a_phone_change_shows_the_page_without_its_form(database: Database) {
    let app = TestApp::start(database).await;
    let (_, mut browser) = app.sign_in_new_user().await;
    let number = User::with_unique_details().phone;
    change_number(&app, &mut browser, &number).await;
    let reply = browser.submit_form(&call::confirm_phone_change()).await;
    assert_loads_page(&reply, "/profile/phone");
    let page = browser.load_page("/profile/phone").await.text();
    assert!(!page.contains("/api/phone-change/confirm"), "{page}");
}

async fn number_sent_from_a_second_tab_shows_the_code_entry_without_an_error(database: Database) {
    let app = TestApp::start(database).await;
    let ann = app.create_user_by_command();
    let mut browser = app.new_browser();
    browser.begin_sign_in(&ann).await;
    app.skip_resend_cooldown().await;
    let number = call::submit_set_up_phone(&ann.phone);
    let first = browser.submit_form(&number).await;
    first.expect_code_entry();
    let reply = browser.submit_form(&number).await;
    assert_loads_page(&reply, "/login");
    let page = browser.load_page("/login").await.text();
    assert!(page.contains("One-time code"), "{page}");
    assert!(!page.contains(TEXT), "{page}");
}

async fn code_check_after_the_flow_expired_shows_the_error_in_the_form(database: Database) {
    let app = TestApp::start(database).await;
    let ann = app.register_user().await;
    let mut browser = app.new_browser();
    let code = browser.sign_in_until_code(&app, &ann).await;
    app.simulator.advance_clock(901).await;
    let reply = browser.enter_code(Purpose::SignIn, &code).await;
    assert_eq!(reply.expect_problem(), Problem::FlowEnded);
    assert_eq!(reply.page_after_refusal(), None);
    let cookies: Vec<&str> = reply.response.header_values("set-cookie").collect();
    let has_message = cookies.iter().any(|line| line.contains(call::FLASH_COOKIE));
    assert!(!has_message, "{cookies:?}");
}

/// On a busy machine a report can be late, so one of five is enough.
///
/// Tests docs/security.md#sse-02.
async fn cancelling_a_flow_ends_its_event_stream_at_once(database: Database) {
    let app = TestApp::start(database).await;
    for _ in 0..5 {
        let mut browser = app.new_browser();
        browser
            .begin_registration(&User::with_unique_details())
            .await;
        let sent = browser.send_code(Purpose::Registration).await;
        sent.expect_code_entry();
        let mut stream = browser.open_event_stream("registration", app.address).await;
        assert_eq!(stream.next_status().await, "sent");
        browser
            .cancel_flow(Purpose::Registration)
            .await
            .expect_step();
        assert_eq!(stream.next_status().await, "ended");
        let was_reported = stream.has_only_reported_statuses();
        stream.wait_for_end().await;
        if was_reported {
            return;
        }
    }
    panic!("no change was reported to an event stream");
}
