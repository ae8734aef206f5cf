//! Check calls with lost, slow or false responses.

use domain::{Problem, Purpose, Step};
use serde_json::{Value, json};

use super::{UNVERIFIED, fault_for_operation, start_with_short_timeout};
use crate::support::{Browser, Database, Phone, Provider, TestApp, User, on_both_databases};

on_both_databases![
    failed_check_call_of_a_sign_in_costs_no_attempt_and_the_user_can_finish,
    failed_check_call_of_a_registration_costs_no_attempt_and_the_user_can_finish,
    user_continues_with_a_new_code_after_a_check_without_a_response,
    provider_that_refuses_all_checks_ends_the_flow,
    cancelled_flow_stays_cancelled_when_the_provider_is_down,
];

/// Returns faults whose response names another verification or service. Telnyx responses name neither.
fn faults_about_other_verifications() -> Vec<Value> {
    match Provider::from_environment() {
        Provider::Twilio => vec![
            json!({ "kind": "wrong_sid" }),
            json!({ "kind": "wrong_service" }),
        ],
        Provider::Telnyx => Vec::new(),
    }
}

/// Returns a fault whose response approves another verification.
fn fault_that_approves_another_verification() -> Value {
    match Provider::from_environment() {
        Provider::Twilio => json!({ "status": "approved", "valid": true }),
        Provider::Telnyx => json!({ "data": { "response_code": "accepted" } }),
    }
}

/// Returns faults that change nothing at the provider.
fn faults_without_effect() -> Vec<Value> {
    let mut faults: Vec<Value> = [
        "drop_before",
        "bad_json",
        "html",
        "huge_body",
        "stall",
        "approve_lie",
        "wrong_to",
        "unknown_status",
        "null_fields",
        "wrong_content_type",
    ]
    .map(|kind| json!({ "kind": kind }))
    .into();
    faults.extend(faults_about_other_verifications());
    for status in [500, 502, 503, 429, 401, 403] {
        faults.push(json!({ "kind": "status", "status": status }));
    }
    let approved = fault_that_approves_another_verification();
    faults.push(json!({ "kind": "status", "status": 200, "body": approved }));
    faults.push(json!({ "kind": "status", "status": 400, "body": approved }));
    faults.push(json!({ "kind": "status", "status": 500, "body": approved }));
    faults.push(json!({ "kind": "status", "status": 302, "body": approved }));
    faults.push(json!({ "kind": "status", "status": 200, "body": "approved" }));
    faults.push(json!({ "kind": "status", "status": 204, "body": "" }));
    faults
}

/// Opens a code entry in a browser. Returns the browser, the phone and the code.
async fn open_code_entry(app: &TestApp, purpose: Purpose) -> (Browser, Phone, String) {
    let mut browser = app.new_browser();
    let (ann, code) = if purpose == Purpose::Registration {
        let ann = User::with_unique_details();
        let code = browser.register_until_code(app, &ann).await;
        (ann, code)
    } else {
        let ann = app.register_user().await;
        let code = browser.sign_in_until_code(app, &ann).await;
        (ann, code)
    };
    (browser, app.simulator.phone_with_number(&ann.phone), code)
}

/// Asserts that failed check calls cost no attempt, and that the user can then finish.
async fn failed_check_calls_cost_no_attempt(database: Database, purpose: Purpose) {
    let app = start_with_short_timeout(database).await;
    let probe = app.open_database().await;
    for fault in faults_without_effect() {
        let (mut browser, _, code) = open_code_entry(&app, purpose).await;
        let before = (probe.count_sessions().await, probe.count_accounts().await);
        // "pending" is the status of a wrong code. It is no approval, even with "valid": true.
        let is_false_approval = fault["kind"] == "approve_lie";
        app.simulator
            .set_faults(fault_for_operation("check", fault.clone()))
            .await;
        let reply = browser.enter_code(purpose, &code).await;
        if is_false_approval {
            assert_eq!(
                reply.visible_error_text(),
                "Invalid code. 4 attempts remaining."
            );
        } else {
            assert_eq!(reply.visible_error_text(), UNVERIFIED, "{fault}");
        }
        assert!(
            reply.expect_errors().entry.is_some(),
            "{fault}: the code entry is not shown"
        );
        let after = (probe.count_sessions().await, probe.count_accounts().await);
        assert_eq!(before, after, "{fault}");
        app.simulator.clear_faults().await;
        if !is_false_approval {
            let wrong = browser
                .enter_code(purpose, &crate::support::wrong_code(&code))
                .await;
            assert_eq!(
                wrong.visible_error_text(),
                "Invalid code. 4 attempts remaining.",
                "{fault}"
            );
        }
        browser.enter_code(purpose, &code).await.expect_step();
    }
}

/// Tests docs/security.md#prv-01, docs/security.md#prv-04, docs/security.md#prv-07, docs/security.md#otp-04.
async fn failed_check_call_of_a_sign_in_costs_no_attempt_and_the_user_can_finish(
    database: Database,
) {
    failed_check_calls_cost_no_attempt(database, Purpose::SignIn).await;
}

/// Tests docs/security.md#prv-01, docs/security.md#prv-04, docs/security.md#prv-07, docs/security.md#otp-04.
async fn failed_check_call_of_a_registration_costs_no_attempt_and_the_user_can_finish(
    database: Database,
) {
    failed_check_calls_cost_no_attempt(database, Purpose::Registration).await;
}

/// Tests docs/security.md#prv-04, docs/security.md#sm-15.
async fn user_continues_with_a_new_code_after_a_check_without_a_response(database: Database) {
    let app = start_with_short_timeout(database).await;
    let probe = app.open_database().await;
    let mut lost = vec![
        json!({ "kind": "drop_after" }),
        json!({ "kind": "delay", "delay_ms": 5000 }),
        json!({ "kind": "stall", "act": true }),
        json!({ "kind": "status", "status": 500, "act": true }),
        json!({ "kind": "bad_json", "act": true }),
    ];
    lost.extend(
        faults_about_other_verifications()
            .into_iter()
            .map(|mut fault| {
                fault["act"] = true.into();
                fault
            }),
    );
    // Twilio deletes a used code. Telnyx keeps it and accepts no code for it any more.
    let used_up = match Provider::from_environment() {
        Provider::Twilio => "Code expired. Click Resend to get a new code.",
        Provider::Telnyx => "Invalid code. 4 attempts remaining.",
    };
    for purpose in [Purpose::Registration, Purpose::SignIn] {
        for fault in &lost {
            let (mut browser, mut phone, code) = open_code_entry(&app, purpose).await;
            let before = (probe.count_sessions().await, probe.count_accounts().await);
            app.simulator
                .set_faults(fault_for_operation("check", fault.clone()))
                .await;
            let reply = browser.enter_code(purpose, &code).await;
            assert_eq!(reply.visible_error_text(), UNVERIFIED, "{fault}");
            app.simulator.clear_faults().await;
            let reply = browser.enter_code(purpose, &code).await;
            assert_eq!(reply.visible_error_text(), used_up, "{fault}");
            let after = (probe.count_sessions().await, probe.count_accounts().await);
            assert_eq!(before, after, "{fault}");
            app.skip_resend_cooldown().await;
            phone.skip_received_messages().await;
            browser.send_code(purpose).await.expect_code_entry();
            let new = phone.next_code().await;
            browser.enter_code(purpose, &new).await.expect_step();
        }
    }
}

/// Tests docs/security.md#prv-05, docs/security.md#otp-06.
async fn provider_that_refuses_all_checks_ends_the_flow(database: Database) {
    let app = TestApp::start(database).await;
    let ann = User {
        phone: "+12025560202".into(),
        ..User::with_unique_details()
    };
    let mut browser = app.new_browser();
    let code = browser.register_until_code(&app, &ann).await;
    for _ in 0..2 {
        let reply = browser.enter_code(Purpose::Registration, &code).await;
        assert_eq!(reply.expect_problem(), Problem::AttemptsUsedUp);
    }
    assert_eq!(app.simulator.list_calls_of("check").await.len(), 1);
    assert_eq!(app.open_database().await.count_accounts().await, 0);
}

/// Tests docs/security.md#sm-11.
async fn cancelled_flow_stays_cancelled_when_the_provider_is_down(database: Database) {
    let app = start_with_short_timeout(database).await;
    let ann = app.register_user().await;
    let mut browser = app.new_browser();
    let code = browser.sign_in_until_code(&app, &ann).await;
    let held = browser.cookies.clone();
    let down = json!({ "kind": "drop_before", "times": 100 });
    app.simulator
        .set_faults(fault_for_operation("any", down))
        .await;
    assert_eq!(
        browser.cancel_flow(Purpose::SignIn).await.expect_step(),
        Step::SignIn
    );
    app.simulator.clear_faults().await;
    browser.cookies = held;
    let reply = browser.enter_code(Purpose::SignIn, &code).await;
    assert_eq!(reply.expect_problem(), Problem::FlowEnded);
    assert_eq!(app.open_database().await.count_sessions().await, 0);
}
