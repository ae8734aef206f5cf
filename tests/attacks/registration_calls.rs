//! Voice calls for registrations, which strangers can cause and which cost more than a text message.

use domain::{Channel, Problem, Purpose, Step};
use serde_json::json;

use crate::support::{
    ApiClient, Browser, Database, FormResponse, TestApp, User, call, on_both_databases,
};

const PURPOSE: Purpose = Purpose::Registration;

on_both_databases![
    registration_cannot_begin_with_a_voice_call,
    registration_by_api_cannot_begin_with_a_voice_call,
    registration_gets_a_voice_call_after_a_failed_text_message,
    corrected_number_gets_no_voice_call_before_a_text_message,
    voice_calls_for_registrations_stop_at_a_fifth_of_the_messages,
];

/// Requests a voice call for a registration.
async fn request_call(browser: &mut Browser) -> FormResponse {
    browser
        .submit_form(&call::request_voice_call(PURPOSE))
        .await
}

/// Asserts that a code was sent by voice call.
fn expect_voice_call(reply: &FormResponse) {
    let sent = reply.expect_code_entry().sent.expect("a message");
    assert_eq!(sent.channel, Channel::Call);
}

/// Tests docs/security.md#res-04.
async fn registration_cannot_begin_with_a_voice_call(database: Database) {
    let app = TestApp::start(database).await;
    let ann = User::with_unique_details();
    let mut browser = app.new_browser();
    browser.begin_registration(&ann).await;
    let refused = request_call(&mut browser).await;
    assert_eq!(refused.expect_problem(), Problem::MethodUnavailable);
    assert!(app.simulator.list_calls_of("create").await.is_empty());
    browser.send_code(PURPOSE).await.expect_code_entry();
    app.skip_resend_cooldown().await;
    let mut phone = app.simulator.phone_with_number(&ann.phone);
    phone.skip_received_messages().await;
    expect_voice_call(&request_call(&mut browser).await);
    let code = phone.next_code().await;
    let step = browser.enter_code(PURPOSE, &code).await.expect_step();
    assert_eq!(step, Step::Registered);
}

/// Tests docs/security.md#res-04. The limit on messages refuses the text message of the registration.
async fn registration_by_api_cannot_begin_with_a_voice_call(database: Database) {
    let app = TestApp::start(database).await;
    let (ann, program) = (User::with_unique_details(), app.new_api_client());
    // Another registration with the same number has sent a message less than 30 seconds ago.
    app.new_browser().register_until_code(&app, &ann).await;
    let same_number = User {
        phone: ann.phone.clone(),
        ..User::with_unique_details()
    };
    let body = ApiClient::registration_body(&same_number);
    let refused = program.post("/v1/register/start", &body).await;
    let flow = refused.flow_token(429);
    app.skip_resend_cooldown().await;
    let by_call = json!({ "flow": flow, "method": "call" });
    let refused = program.post("/v1/register/resend", &by_call).await;
    refused.expect_error(400, "method_unavailable");
    let by_sms = json!({ "flow": flow });
    program
        .post("/v1/register/resend", &by_sms)
        .await
        .expect_status(200);
    app.skip_resend_cooldown().await;
    program
        .post("/v1/register/resend", &by_call)
        .await
        .expect_status(200);
    assert_eq!(app.simulator.channel_of_last_code().await, "call");
}

/// Tests docs/product.md#section-8.
async fn registration_gets_a_voice_call_after_a_failed_text_message(database: Database) {
    let app = TestApp::start(database).await;
    let ann = User::with_unique_details();
    let mut browser = app.new_browser();
    browser.begin_registration(&ann).await;
    let down = json!([{ "on": "create", "kind": "status", "status": 503 }]);
    app.simulator.set_faults(down).await;
    let failed = browser.send_code(PURPOSE).await.expect_problem();
    assert_eq!(failed, Problem::CouldNotSend);
    app.simulator.clear_faults().await;
    app.skip_resend_cooldown().await;
    expect_voice_call(&request_call(&mut browser).await);
}

/// Tests docs/security.md#res-04.
async fn corrected_number_gets_no_voice_call_before_a_text_message(database: Database) {
    let app = TestApp::start(database).await;
    let mut browser = app.new_browser();
    let ann = User::with_unique_details();
    browser.register_until_code(&app, &ann).await;
    browser
        .submit_form(&call::correct_registration_phone())
        .await
        .expect_step();
    let other_number = User::with_unique_details().phone;
    let corrected = call::submit_registration_credentials("", &other_number);
    browser.submit_form(&corrected).await.expect_step();
    let refused = request_call(&mut browser).await;
    assert_eq!(refused.expect_problem(), Problem::MethodUnavailable);
    assert_eq!(app.simulator.list_calls_of("create").await.len(), 1);
}

/// Tests docs/security.md#res-04.
async fn voice_calls_for_registrations_stop_at_a_fifth_of_the_messages(database: Database) {
    for setting in [
        "SALLYPORT_LIMIT_SENDS_PER_DAY",
        "SALLYPORT_LIMIT_SENDS_PER_COUNTRY_PER_HOUR",
    ] {
        let mut app = TestApp::builder(database)
            .with_setting(setting, "10")
            .with_setting("SALLYPORT_LOG_FORMAT", "json")
            .start()
            .await;
        let ann = app.register_user().await;
        let mut browsers = Vec::new();
        for _ in 0..3 {
            let mut browser = app.new_browser();
            browser
                .begin_registration(&User::with_unique_details())
                .await;
            browser.send_code(PURPOSE).await.expect_code_entry();
            browsers.push(browser);
        }
        app.skip_resend_cooldown().await;
        for browser in &mut browsers[..2] {
            expect_voice_call(&request_call(browser).await);
        }
        let refused = request_call(&mut browsers[2]).await;
        assert_eq!(refused.expect_problem(), Problem::ResendWait { secs: 30 });
        let effect = "calls to new numbers are refused until earlier calls leave the window";
        app.process.wait_for_output(effect).await;
        // An account still gets a call, and a registration a text message.
        let mut owner = app.new_browser();
        owner.begin_sign_in(&ann).await;
        let mut by_call = call::choose_method("sms");
        by_call.fields.push(("channel", "call".to_owned()));
        expect_voice_call(&owner.submit_form(&by_call).await);
        app.simulator.advance_clock(30).await;
        browsers[2].send_code(PURPOSE).await.expect_code_entry();
    }
}
