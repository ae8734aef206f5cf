//! A provider that does not respond, or responds slowly.

use domain::Purpose;
use serde_json::json;

use super::{UNSENT, fault_for_operation, start_with_short_timeout};
use crate::support::wire::Request;
use crate::support::{Database, TestApp, User, on_both_databases};

on_both_databases![
    slow_provider_does_not_delay_other_users,
    readiness_shows_that_the_provider_does_not_respond,
];

/// Tests docs/security.md#prv-06.
async fn readiness_shows_that_the_provider_does_not_respond(database: Database) {
    /// Number of sends without a response after which the circuit breaker opens.
    const SENDS: usize = 5;
    // This test needs its own process, because failures of other tests would count too.
    let app = start_with_short_timeout(database).await;
    let readiness = async || {
        let response = Request::get("/readyz").send(app.address).await;
        assert_eq!(response.status, 200);
        response.text()
    };
    assert_eq!(readiness().await, "ready");
    for _ in 0..SENDS {
        assert_eq!(readiness().await, "ready");
        let dropped = fault_for_operation("create", json!({ "kind": "drop_before", "act": false }));
        app.simulator.set_faults(dropped).await;
        let mut browser = app.new_browser();
        let ann = User::with_unique_details();
        browser.begin_registration(&ann).await;
        let reply = browser.send_code(Purpose::Registration).await;
        assert_eq!(reply.visible_error_text(), UNSENT);
    }
    assert!(readiness().await.starts_with("ready, degraded: "));
    app.simulator.advance_clock(10).await;
    app.new_browser()
        .register_until_code(&app, &User::with_unique_details())
        .await;
    assert_eq!(readiness().await, "ready");
}

/// Tests docs/security.md#prv-02.
async fn slow_provider_does_not_delay_other_users(database: Database) {
    let app = TestApp::start(database).await;
    let (slow, quick) = (app.register_user().await, app.register_user().await);
    let mut stuck = app.new_browser();
    stuck.begin_sign_in(&slow).await;
    let stall = json!({ "kind": "stall" });
    app.simulator
        .set_faults(fault_for_operation("create", stall))
        .await;
    let waiting = tokio::spawn(async move { stuck.choose_sms_method().await.visible_error_text() });
    app.simulator.wait_until_faults_are_used().await;
    // The other user has finished while the first still waits for the provider.
    app.new_browser().sign_in(&app, &quick).await;
    assert!(!waiting.is_finished());
    assert_eq!(waiting.await.expect("request ends without a panic"), UNSENT);
}

/// Tests docs/security.md#prv-06.
#[tokio::test(flavor = "multi_thread")]
async fn unresponsive_provider_fails_fast_and_is_called_again_later() {
    let app = start_with_short_timeout(Database::Sqlite).await;
    let stall = json!([{ "on": "create", "kind": "stall", "times": 100 }]);
    app.simulator.set_faults(stall).await;
    let newcomer = async || {
        let (mut browser, ann) = (app.new_browser(), User::with_unique_details());
        browser.begin_registration(&ann).await;
        (browser, ann)
    };
    for _ in 0..5 {
        let (mut browser, _) = newcomer().await;
        let reply = browser.send_code(Purpose::Registration).await;
        assert_eq!(reply.visible_error_text(), UNSENT);
    }
    let (mut browser, ann) = newcomer().await;
    let reply = browser.send_code(Purpose::Registration).await;
    assert_eq!(reply.visible_error_text(), UNSENT);
    // The provider is not called, so no request waits for its timeout.
    assert_eq!(app.simulator.list_calls_of("create").await.len(), 5);
    app.simulator.clear_faults().await;
    app.simulator.advance_clock(10).await;
    browser
        .send_code(Purpose::Registration)
        .await
        .expect_code_entry();
    browser
        .enter_next_code(&app, Purpose::Registration, &ann)
        .await;
}
