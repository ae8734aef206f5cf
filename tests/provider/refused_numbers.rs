//! Numbers that the provider refuses.

use domain::{Problem, Purpose};
use serde_json::json;

use super::{UNSENT, fault_for_operation};
use crate::support::{Browser, Database, Provider, TestApp, User, call, on_both_databases};

on_both_databases![
    number_refused_by_the_provider_is_not_retried_without_limit,
    send_limit_of_a_number_survives_its_flow,
    sign_in_waits_until_the_provider_sends_to_its_number_again,
    numbers_refused_by_the_provider_get_a_neutral_message,
];

/// Asserts that three attempts to send the code are refused because each must wait.
async fn assert_sends_must_wait(browser: &mut Browser) {
    for _ in 0..3 {
        let refused = browser
            .send_code(Purpose::Registration)
            .await
            .expect_problem();
        assert!(matches!(refused, Problem::ResendWait { .. }), "{refused:?}");
    }
}

/// Tests docs/security.md#res-04, docs/security.md#prv-05.
async fn number_refused_by_the_provider_is_not_retried_without_limit(database: Database) {
    let app = TestApp::builder(database)
        .with_setting("SALLYPORT_LIMIT_SENDS_PER_SOURCE_PER_HOUR", "3")
        .start()
        .await;
    let ann = User {
        phone: Provider::from_environment().blocked_phone().to_owned(),
        ..User::with_unique_details()
    };
    let mut browser = app.new_browser();
    browser.begin_registration(&ann).await;
    for _ in 0..3 {
        let refused = browser
            .send_code(Purpose::Registration)
            .await
            .expect_problem();
        assert_eq!(refused, Problem::PhoneUnreachable);
    }
    assert_sends_must_wait(&mut browser).await;
    assert_eq!(app.simulator.list_calls_of("create").await.len(), 3);
}

/// Tests docs/security.md#prv-05, docs/security.md#res-01.
async fn send_limit_of_a_number_survives_its_flow(database: Database) {
    if Provider::from_environment() == Provider::Telnyx {
        return;
    }
    let app = TestApp::start(database).await;
    let ann = User {
        phone: "+12025560203".to_owned(),
        ..User::with_unique_details()
    };
    let mut browser = app.new_browser();
    browser.begin_registration(&ann).await;
    assert_sends_must_wait(&mut browser).await;
    assert_eq!(app.simulator.list_calls_of("create").await.len(), 1);
}

/// Tests docs/security.md#prv-05. The user is told to wait ten minutes, and earlier tries do not reach the provider.
async fn sign_in_waits_until_the_provider_sends_to_its_number_again(database: Database) {
    if Provider::from_environment() == Provider::Telnyx {
        return;
    }
    let app = TestApp::start(database).await;
    let ann = app.register_user().await;
    let mut browser = app.new_browser();
    browser.begin_sign_in(&ann).await;
    let sends = app.simulator.list_calls_of("create").await.len();
    let fault = json!({ "kind": "status", "status": 429, "code": 60203 });
    app.simulator
        .set_faults(fault_for_operation("create", fault))
        .await;
    for passed_secs in [0, 60, 530] {
        app.simulator.advance_clock(passed_secs).await;
        let refused = browser.send_code(Purpose::SignIn).await.expect_problem();
        let Problem::ResendWait { secs } = refused else {
            panic!("{refused:?}")
        };
        assert!(secs > 0);
    }
    assert_eq!(app.simulator.list_calls_of("create").await.len(), sends + 1);
    app.simulator.advance_clock(10).await;
    browser.send_code(Purpose::SignIn).await.expect_code_entry();
}

/// Tests docs/security.md#prv-05, docs/security.md#res-07, docs/security.md#reg-11.
async fn numbers_refused_by_the_provider_get_a_neutral_message(database: Database) {
    const UNREACHABLE: &str = "We cannot send a code to this number. Check it, or use another.";
    const WAIT: &str = "You can request another code in 10 minutes.";
    let app = TestApp::start(database).await;
    let numbers: &[(&str, &str)] = match Provider::from_environment() {
        Provider::Twilio => &[
            ("+12025560205", UNREACHABLE),
            ("+12025560410", UNREACHABLE),
            ("+12025560605", UNREACHABLE),
            ("+12025560200", UNREACHABLE),
            ("+12025560203", WAIT),
            ("+12025560212", WAIT),
            ("+12025520429", UNSENT),
            ("+12025520003", UNSENT),
            ("+12025500503", UNSENT),
        ],
        Provider::Telnyx => &[
            ("+12025510002", UNREACHABLE),
            ("+12025510016", UNREACHABLE),
            ("+12025510027", UNREACHABLE),
            ("+12025540309", UNREACHABLE),
            ("+12025510011", UNSENT),
            ("+12025510009", UNSENT),
            ("+12025520100", UNSENT),
            ("+12025500503", UNSENT),
        ],
    };
    for &(number, words) in numbers {
        let ann = User::with_unique_details();
        let mut browser = app.new_browser();
        browser
            .submit_registration_details(&ann)
            .await
            .expect_step();
        browser
            .submit_form(&call::submit_registration_credentials(
                &ann.password,
                number,
            ))
            .await
            .expect_step();
        let reply = browser.send_code(Purpose::Registration).await;
        assert_eq!(reply.visible_error_text(), words, "{number}");
        // No message was sent, so the number can be changed at once.
        if number != "+12025500503" {
            browser
                .submit_registration_credentials(&ann)
                .await
                .expect_step();
            browser
                .send_code(Purpose::Registration)
                .await
                .expect_code_entry();
            browser
                .enter_next_code(&app, Purpose::Registration, &ann)
                .await;
        }
    }
}
