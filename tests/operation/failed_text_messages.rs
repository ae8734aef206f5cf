//! Text messages with notifications that cannot be sent. They do not use up the messages for codes.

use domain::Problem;
use serde_json::{Value, json};

use super::outbox::{
    count_failed_attempts, wait_for_failed_attempts, wait_for_failed_attempts_or_more,
};
use crate::support::{Database, TestApp, on_both_databases};

on_both_databases![
    notifications_that_the_provider_refuses_leave_the_messages_to_codes,
    notifications_with_an_expired_link_use_up_no_message_limit,
    notification_that_may_have_been_sent_counts_once_in_a_day,
];

const LIMITS: [&str; 3] = [
    "SALLYPORT_LIMIT_SENDS_PER_MINUTE",
    "SALLYPORT_LIMIT_SENDS_PER_DAY",
    "SALLYPORT_LIMIT_SENDS_PER_COUNTRY_PER_HOUR",
];

/// The number of queued notifications: more than the limits permit.
///
/// The server sends 16 at once, so the attempts alone do not reach a limit of 24.
const NOTIFICATIONS: usize = 30;

/// Queues critical notifications by text message to different numbers.
async fn queue_text_messages(app: &TestApp, notification: &Value) {
    for number in 0..NOTIFICATIONS {
        let phone = format!("+141570001{number:02}");
        app.queue_notification("sms", &phone, notification).await;
    }
}

/// Tests docs/security.md#res-04.
async fn notifications_that_the_provider_refuses_leave_the_messages_to_codes(database: Database) {
    for setting in LIMITS {
        let app = TestApp::builder(database)
            .with_setting(setting, "24")
            .start()
            .await;
        let ann = app.register_user().await;
        app.wait_for_empty_outbox().await;
        let before = count_failed_attempts(&app);
        // The provider does not permit messages to this region.
        let refused = json!([{ "on": "message", "kind": "status", "status": 403, "times": 1000 }]);
        app.simulator.set_faults(refused).await;
        queue_text_messages(&app, &json!({ "notice": "factor_held" })).await;
        wait_for_failed_attempts_or_more(&app, before + NOTIFICATIONS).await;
        let mut browser = app.new_browser();
        browser.begin_sign_in(&ann).await;
        browser.choose_sms_method().await.expect_code_entry();
    }
}

/// Tests docs/security.md#res-04.
async fn notifications_with_an_expired_link_use_up_no_message_limit(database: Database) {
    let app = TestApp::builder(database)
        .with_setting("SALLYPORT_LIMIT_SENDS_PER_DAY", "24")
        .start()
        .await;
    let ann = app.register_user().await;
    app.wait_for_empty_outbox().await;
    let id = "00000000000000000000000000000001";
    let reminder = json!({ "notice": "recovery_reminder", "recovery": id, "hours": 36 });
    queue_text_messages(&app, &reminder).await;
    app.wait_for_empty_outbox().await;
    assert!(app.simulator.list_calls_of("message").await.is_empty());
    let mut browser = app.new_browser();
    browser.begin_sign_in(&ann).await;
    browser.choose_sms_method().await.expect_code_entry();
}

/// Tests docs/security.md#res-04.
async fn notification_that_may_have_been_sent_counts_once_in_a_day(database: Database) {
    let app = TestApp::builder(database)
        .with_setting("SALLYPORT_LIMIT_SENDS_PER_DAY", "4")
        .start()
        .await;
    let ann = app.register_user().await;
    app.wait_for_empty_outbox().await;
    let before = count_failed_attempts(&app);
    let down = json!([{ "on": "message", "kind": "status", "status": 503, "times": 100 }]);
    app.simulator.set_faults(down).await;
    let notification = json!({ "notice": "factor_held" });
    app.queue_notification("sms", "+14157000101", &notification)
        .await;
    for (tries, wait) in [(1, 5), (2, 10), (3, 20), (4, 40)] {
        wait_for_failed_attempts(&app, before + tries).await;
        app.simulator.advance_clock(wait).await;
    }
    wait_for_failed_attempts(&app, before + 5).await;
    // The registration and the notification have used two of the four messages.
    for _ in 0..2 {
        let mut browser = app.new_browser();
        browser.begin_sign_in(&ann).await;
        browser.choose_sms_method().await.expect_code_entry();
        app.skip_resend_cooldown().await;
    }
    let mut browser = app.new_browser();
    browser.begin_sign_in(&ann).await;
    let refused = browser.choose_sms_method().await.expect_problem();
    assert!(matches!(refused, Problem::ResendWait { .. }), "{refused:?}");
}
