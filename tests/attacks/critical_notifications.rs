//! Limits of critical notifications, such as those about a recovery of a lost phone.

use domain::Step;

use super::notification_limits::{
    INSERT_30_CRITICAL_TEXT_MESSAGES, INSERT_63_TEXT_MESSAGES, SENT, count_logged_delays,
    wait_for_logged_delays,
};
use crate::support::{Database, TestApp, User, call, on_both_databases};

on_both_databases![
    critical_notification_is_sent_after_others_have_used_up_their_half_of_a_limit,
    critical_notifications_use_a_whole_limit_of_messages_and_no_more,
    phone_number_gets_15_notifications_a_day_about_opened_and_cancelled_recoveries,
];

/// Counts the sent text messages about recoveries.
const SENT_ABOUT_RECOVERIES: &str = "SELECT COUNT(*) FROM outbox \
     WHERE outcome = 'sent' AND way = 'sms' AND kind LIKE 'recovery_%'";
/// Counts the text messages about cancelled recoveries that were not due when they were created.
const HELD_BACK_CANCELLATIONS: &str = "SELECT COUNT(*) FROM outbox \
     WHERE done_at = 0 AND way = 'sms' AND kind = 'recovery_cancelled' AND due_at > created_at";

/// Tests docs/security.md#res-04.
async fn critical_notification_is_sent_after_others_have_used_up_their_half_of_a_limit(
    database: Database,
) {
    for setting in [
        "SALLYPORT_LIMIT_SENDS_PER_MINUTE",
        "SALLYPORT_LIMIT_SENDS_PER_DAY",
        "SALLYPORT_LIMIT_SENDS_PER_COUNTRY_PER_HOUR",
    ] {
        let app = TestApp::builder(database)
            .with_setting(setting, "24")
            .start()
            .await;
        let probe = app.open_database().await;
        let before = count_logged_delays(&app);
        app.execute_sql(INSERT_63_TEXT_MESSAGES).await;
        wait_for_logged_delays(&app, before + 51).await;
        probe.wait_for_number(SENT, 12).await;
        let notification = serde_json::json!({ "notice": "recovery_cancelled" });
        app.queue_notification("sms", "+14157000099", &notification)
            .await;
        probe.wait_for_number(SENT, 13).await;
    }
}

/// Tests docs/security.md#res-04.
async fn critical_notifications_use_a_whole_limit_of_messages_and_no_more(database: Database) {
    let app = TestApp::builder(database)
        .with_setting("SALLYPORT_LIMIT_SENDS_PER_DAY", "24")
        .start()
        .await;
    let probe = app.open_database().await;
    let before = count_logged_delays(&app);
    app.execute_sql(INSERT_30_CRITICAL_TEXT_MESSAGES).await;
    wait_for_logged_delays(&app, before + 6).await;
    probe.wait_for_number(SENT, 24).await;
    assert_eq!(app.simulator.list_calls_of("message").await.len(), 24);
}

/// Opens a recovery, waits until `sent_after_opening` text messages about recoveries are sent, and cancels the recovery
/// by the link in the mail.
async fn open_and_cancel_recovery(app: &TestApp, user: &User, sent_after_opening: i64) {
    let cancel_token = app.open_recovery(user).await;
    let probe = app.open_database().await;
    probe
        .wait_for_number(SENT_ABOUT_RECOVERIES, sent_after_opening)
        .await;
    let cancel = call::cancel_recovery_by_link(&cancel_token);
    let step = app.new_browser().submit_form(&cancel).await.expect_step();
    assert_eq!(step, Step::RecoveryCancelled { signed_in: false });
}

/// Tests docs/security.md#enr-07.
async fn phone_number_gets_15_notifications_a_day_about_opened_and_cancelled_recoveries(
    database: Database,
) {
    let app = TestApp::start(database).await;
    let probe = app.open_database().await;
    let ann = app.register_user().await;
    app.skip_resend_cooldown().await;
    let bob = User {
        phone: ann.phone.clone(),
        ..User::with_unique_details()
    };
    app.new_browser().register(&app, &bob).await;
    app.skip_resend_cooldown().await;
    for recoveries in [0, 2, 4, 6] {
        open_and_cancel_recovery(&app, &ann, 2 * recoveries + 1).await;
        let sent = 2 * recoveries + 2;
        probe.wait_for_number(SENT_ABOUT_RECOVERIES, sent).await;
        assert_eq!(probe.read_number(HELD_BACK_CANCELLATIONS).await, 0);
        open_and_cancel_recovery(&app, &bob, 2 * recoveries + 3).await;
        if recoveries < 6 {
            let sent = 2 * recoveries + 4;
            probe.wait_for_number(SENT_ABOUT_RECOVERIES, sent).await;
        }
        app.simulator.advance_clock(3600).await;
    }
    // Each recovery causes two text messages. The last of the 16 waits.
    assert_eq!(probe.read_number(HELD_BACK_CANCELLATIONS).await, 1);
    assert_eq!(probe.read_number(SENT_ABOUT_RECOVERIES).await, 15);
    // A changed phone number is notified at once.
    let (_, _, undo) = app.change_phone(&ann).await;
    assert!(!undo.is_empty());
    app.simulator.advance_clock(24 * 3600).await;
    probe.wait_for_number(SENT_ABOUT_RECOVERIES, 16).await;
    assert_eq!(probe.read_number(HELD_BACK_CANCELLATIONS).await, 0);
}
