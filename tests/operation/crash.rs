//! Kills, aborts and stops at critical moments.

use domain::{Problem, Purpose, Step};
use serde_json::json;
use tokio::net::TcpStream;

use crate::support::{Browser, Database, TestApp, User, call, on_both_databases, wire};

on_both_databases![
    user_can_finish_when_the_server_is_killed_between_all_steps,
    user_can_continue_after_the_server_was_killed_during_a_check,
    approval_is_kept_when_the_browser_disconnects,
    sent_code_survives_a_disconnected_browser,
    stopping_server_finishes_running_requests,
];

/// Tests docs/security.md#dur-01, docs/security.md#sm-01, docs/security.md#clu-06.
async fn user_can_finish_when_the_server_is_killed_between_all_steps(database: Database) {
    let mut app = TestApp::builder(database)
        .with_separate_simulator()
        .start()
        .await;
    let ann = User::with_unique_details();
    let mut browser = app.new_browser();
    browser
        .submit_registration_details(&ann)
        .await
        .expect_step();
    app.kill_and_restart(&mut browser).await;
    browser
        .submit_registration_credentials(&ann)
        .await
        .expect_step();
    app.kill_and_restart(&mut browser).await;
    browser
        .send_code(Purpose::Registration)
        .await
        .expect_code_entry();
    app.kill_and_restart(&mut browser).await;
    let page = browser.load_page("/register/verify").await;
    assert!(page.text().contains("One-time code"));
    let mut phone = app.simulator.phone_with_number(&ann.phone);
    let code = phone.next_code().await;
    browser
        .enter_code(Purpose::Registration, &code)
        .await
        .expect_step();
    app.kill_and_restart(&mut browser).await;
    browser.begin_sign_in(&ann).await;
    app.kill_and_restart(&mut browser).await;
    browser.choose_sms_method().await.expect_code_entry();
    let code = phone.next_code().await;
    let wrong = browser
        .enter_code(Purpose::SignIn, &crate::support::wrong_code(&code))
        .await;
    assert_eq!(
        wrong.visible_error_text(),
        "Invalid code. 4 attempts remaining."
    );
    app.kill_and_restart(&mut browser).await;
    // Attempts that were used before the crash stay counted.
    let wrong = browser
        .enter_code(Purpose::SignIn, &crate::support::wrong_code(&code))
        .await;
    assert_eq!(
        wrong.visible_error_text(),
        "Invalid code. 3 attempts remaining."
    );
    browser
        .enter_code(Purpose::SignIn, &code)
        .await
        .expect_step();
    app.kill_and_restart(&mut browser).await;
    assert!(browser.is_signed_in().await);
    let probe = app.open_database().await;
    assert_eq!(
        (probe.count_accounts().await, probe.count_sessions().await),
        (1, 1)
    );
    assert!(probe.is_consistent().await);
}

/// Submits a form without reading the response, and waits until the provider has used its faults.
async fn send_without_reading(
    app: &TestApp,
    browser: &Browser,
    call: &call::FormPost,
) -> TcpStream {
    let request = browser.form_request(call);
    let stream = request.send_without_reading(app.address).await;
    app.simulator.wait_until_faults_are_used().await;
    stream
}

/// Tests docs/security.md#dur-01, docs/security.md#sm-15, docs/security.md#otp-09.
async fn user_can_continue_after_the_server_was_killed_during_a_check(database: Database) {
    let mut app = TestApp::builder(database)
        .with_separate_simulator()
        .start()
        .await;
    let ann = app.register_user().await;
    let mut browser = app.new_browser();
    let code = browser.sign_in_until_code(&app, &ann).await;
    let late = json!([{ "on": "check", "kind": "delay", "delay_ms": 60_000 }]);
    app.simulator.set_faults(late).await;
    let stream =
        send_without_reading(&app, &browser, &call::submit_code(Purpose::SignIn, &code)).await;
    app.kill_and_restart(&mut browser).await;
    drop(stream);
    let probe = app.open_database().await;
    assert_eq!(probe.count_sessions().await, 0);
    assert!(probe.is_consistent().await);
    // The provider approved the code, but the server was killed before it stored that.
    let reply = browser.enter_code(Purpose::SignIn, &code).await;
    assert_eq!(reply.expect_problem(), Problem::Busy);
    browser.cancel_flow(Purpose::SignIn).await.expect_step();
    browser.sign_in(&app, &ann).await;
}

/// Tests docs/security.md#sm-15.
async fn approval_is_kept_when_the_browser_disconnects(database: Database) {
    let app = TestApp::start(database).await;
    let probe = app.open_database().await;
    let late = || json!([{ "on": "check", "kind": "delay", "delay_ms": 400 }]);

    let ann = User::with_unique_details();
    let mut browser = app.new_browser();
    let code = browser.register_until_code(&app, &ann).await;
    app.simulator.set_faults(late()).await;
    drop(
        send_without_reading(
            &app,
            &browser,
            &call::submit_code(Purpose::Registration, &code),
        )
        .await,
    );
    probe
        .wait_for_number("SELECT COUNT(*) FROM accounts", 1)
        .await;

    app.skip_resend_cooldown().await;
    let code = browser.sign_in_until_code(&app, &ann).await;
    app.simulator.set_faults(late()).await;
    drop(send_without_reading(&app, &browser, &call::submit_code(Purpose::SignIn, &code)).await);
    probe
        .wait_for_number("SELECT COUNT(*) FROM sessions", 1)
        .await;
    // The flow has ended, and a new sign-in works.
    let reply = browser.enter_code(Purpose::SignIn, &code).await;
    assert_eq!(reply.expect_problem(), Problem::FlowEnded);
    app.skip_resend_cooldown().await;
    browser.sign_in(&app, &ann).await;
}

/// Tests docs/security.md#sm-15, docs/security.md#prv-03.
async fn sent_code_survives_a_disconnected_browser(database: Database) {
    let app = TestApp::start(database).await;
    let ann = User::with_unique_details();
    let mut browser = app.new_browser();
    browser.begin_registration(&ann).await;
    let late = json!([{ "on": "create", "kind": "delay", "delay_ms": 400 }]);
    app.simulator.set_faults(late).await;
    drop(send_without_reading(&app, &browser, &call::request_code(Purpose::Registration)).await);
    let out = "SELECT COUNT(*) FROM flows WHERE verification LIKE '%awaiting_code%'";
    app.open_database().await.wait_for_number(out, 1).await;
    let code = app
        .simulator
        .phone_with_number(&ann.phone)
        .next_code()
        .await;
    let step = browser
        .enter_code(Purpose::Registration, &code)
        .await
        .expect_step();
    assert_eq!(step, Step::Registered);
    assert_eq!(app.simulator.list_calls_of("create").await.len(), 1);
}

/// Tests docs/security.md#dur-08.
async fn stopping_server_finishes_running_requests(database: Database) {
    let mut app = TestApp::builder(database)
        .with_separate_simulator()
        .start()
        .await;
    let ann = app.register_user().await;
    let mut browser = app.new_browser();
    let code = browser.sign_in_until_code(&app, &ann).await;
    let late = json!([{ "on": "check", "kind": "delay", "delay_ms": 1000 }]);
    app.simulator.set_faults(late).await;
    let mut stream =
        send_without_reading(&app, &browser, &call::submit_code(Purpose::SignIn, &code)).await;
    app.process.send_signal("TERM");
    let answer = wire::read_response(&mut stream, "POST").await;
    assert_eq!(answer.status, 200, "{}", answer.text());
    browser.store_cookies(&answer);
    app.process.wait_for_exit().await;
    app.restart().await;
    browser.address = app.address;
    assert!(browser.is_signed_in().await);
}
