//! Daily limits on text messages with notifications to one number. They count a message when it is sent.

use super::notification_limits::HELD_BACK;
use crate::support::{Database, TestApp, on_both_databases};

on_both_databases![
    delayed_notifications_count_in_the_limit_of_a_day_when_they_are_sent,
    unsent_notifications_count_in_the_limit_of_a_day_when_they_are_due,
    unsent_critical_notifications_count_in_their_limit_of_a_day_when_they_are_due,
];

/// SQL statement that stores text messages to the number of the only account, which are due in an hour. Parameters: the
/// number of messages, and the name of their notification.
macro_rules! insert_text_messages_due_in_an_hour {
    ($count:literal, $notice:literal) => {
        concat!(
            "INSERT INTO outbox (id, way, recipient, notice, tries, created_at, due_at, done_at, outcome) ",
            "WITH RECURSIVE numbers (i) AS ",
            "(SELECT 1 UNION ALL SELECT i + 1 FROM numbers WHERE i < ",
            $count,
            ") SELECT 'n' || i, 'sms', phone, '{\"notice\":\"",
            $notice,
            "\"}', 0, created_at, created_at + 3600000, 0, '' FROM numbers, accounts"
        )
    };
}

const INSERT_20_ORDINARY: &str = insert_text_messages_due_in_an_hour!("20", "deletion_withdrawn");
const INSERT_15_CRITICAL: &str = insert_text_messages_due_in_an_hour!("15", "recovery_cancelled");

/// Counts the sent text messages that these statements have stored.
const SENT: &str = "SELECT COUNT(*) FROM outbox WHERE outcome = 'sent' AND account_id = ''";
/// Counts the text messages that waited for a day and more when they were created.
const HELD_BACK_FOR_A_DAY: &str = "SELECT COUNT(*) FROM outbox \
     WHERE way = 'sms' AND done_at = 0 AND tries = 0 AND due_at > created_at + 86400000";

/// Tests docs/security.md#enr-07.
async fn delayed_notifications_count_in_the_limit_of_a_day_when_they_are_sent(database: Database) {
    let app = TestApp::start(database).await;
    let probe = app.open_database().await;
    // The account has no verified e-mail address, so it is notified by text message only.
    let ann = app.register_user_with_unverified_email().await;
    let phone = app.simulator.phone_with_number(&ann.phone);
    let mut browser = app.new_browser();
    browser.sign_in(&app, &ann).await;
    app.wait_for_empty_outbox().await;
    app.execute_sql(INSERT_20_ORDINARY).await;
    app.simulator.advance_clock(3600).await;
    probe.wait_for_number(SENT, 20).await;
    app.wait_for_empty_outbox().await;
    let before = phone.list_notifications().await.len();
    // The session has ended meanwhile.
    let mut browser = app.new_browser();
    browser.sign_in(&app, &ann).await;
    browser.create_recovery_codes().await;
    assert!(probe.read_number(HELD_BACK).await >= 1);
    assert_eq!(phone.list_notifications().await.len(), before);
    app.simulator.advance_clock(24 * 3600).await;
    app.wait_for_empty_outbox().await;
    assert!(phone.list_notifications().await.len() > before);
}

/// Tests docs/security.md#enr-07.
async fn unsent_notifications_count_in_the_limit_of_a_day_when_they_are_due(database: Database) {
    let app = TestApp::start(database).await;
    let probe = app.open_database().await;
    let ann = app.register_user_with_unverified_email().await;
    let mut browser = app.new_browser();
    browser.sign_in(&app, &ann).await;
    app.wait_for_empty_outbox().await;
    app.execute_sql(INSERT_20_ORDINARY).await;
    browser.create_recovery_codes().await;
    assert_eq!(probe.read_number(HELD_BACK_FOR_A_DAY).await, 1);
    app.simulator.advance_clock(3600).await;
    probe.wait_for_number(SENT, 20).await;
    assert_eq!(probe.read_number(HELD_BACK_FOR_A_DAY).await, 1);
    app.simulator.advance_clock(24 * 3600).await;
    app.wait_for_empty_outbox().await;
}

/// Tests docs/security.md#enr-07.
async fn unsent_critical_notifications_count_in_their_limit_of_a_day_when_they_are_due(
    database: Database,
) {
    let app = TestApp::start(database).await;
    let probe = app.open_database().await;
    let (ann, mut browser) = app.sign_in_new_user().await;
    app.wait_for_empty_outbox().await;
    app.execute_sql(INSERT_15_CRITICAL).await;
    // An ordinary notification does not wait for critical ones.
    browser.create_recovery_codes().await;
    assert_eq!(probe.read_number(HELD_BACK_FOR_A_DAY).await, 0);
    app.open_recovery(&ann).await;
    let opened = "SELECT COUNT(*) FROM outbox WHERE way = 'sms' AND kind LIKE 'recovery_opened%' \
                  AND done_at = 0 AND due_at > created_at + 86400000";
    assert_eq!(probe.read_number(opened).await, 1);
}
