//! Notifications while providers and mail servers fail.

use domain::Purpose;
use serde_json::{Value, json};

use crate::support::wire::TIMEOUT;
use crate::support::{Database, TestApp, User, on_both_databases, wrong_code};

on_both_databases![
    notifications_survive_an_outage_of_both_providers_and_arrive_once,
    notifications_of_a_killed_server_are_sent_after_the_restart,
    stopping_server_finishes_the_notification_it_is_sending,
    notification_to_an_invalid_recipient_is_not_retried,
    refused_text_messages_raise_an_alarm_and_degrade_the_readiness,
    channels_that_fail_are_degraded_until_they_deliver,
];

const DONE: &str = "SELECT COUNT(*) FROM outbox WHERE done_at > 0";
const SENT: &str = "SELECT COUNT(*) FROM outbox WHERE outcome = 'sent'";

/// Returns the fault once for mails and once for text messages.
fn fault_for_mail_and_sms(mut fault: Value) -> Value {
    fault["on"] = "mail".into();
    let mail = fault.clone();
    fault["on"] = "message".into();
    json!([mail, fault])
}

/// Causes one notification by mail and by text message for this account.
async fn cause_notification(app: &TestApp, ann: &User) {
    let mut browser = app.new_browser();
    let code = browser.sign_in_until_code(app, ann).await;
    for _ in 0..3 {
        let reply = browser
            .enter_code(Purpose::SignIn, &wrong_code(&code))
            .await;
        assert!(reply.is_refused());
    }
}

/// Asserts that the user received the notification once by each channel.
async fn assert_notification_received_once(app: &TestApp, ann: &User) {
    assert_eq!(
        app.simulator
            .mailbox_of(&ann.email)
            .list_mails()
            .await
            .len(),
        1
    );
    assert_eq!(
        app.simulator
            .phone_with_number(&ann.phone)
            .list_notifications()
            .await
            .len(),
        1
    );
}

const FAILED_ATTEMPT: &str = "notification delivery failed";

/// Counts the occurrences of a text in the log.
fn count_in_log(app: &TestApp, text: &str) -> usize {
    app.process.output().matches(text).count()
}

/// Waits until the log contains a text at least this number of times.
async fn wait_for_count_in_log(app: &TestApp, text: &str, count: usize) {
    let reached = async {
        while count_in_log(app, text) < count {
            tokio::task::yield_now().await;
        }
    };
    tokio::time::timeout(TIMEOUT, reached)
        .await
        .expect("the text is logged in time");
}

/// Counts the failed attempts in the log that will be repeated.
pub(super) fn count_failed_attempts(app: &TestApp) -> usize {
    count_in_log(app, FAILED_ATTEMPT)
}

/// Waits until the log has this number of failed attempts.
pub(super) async fn wait_for_failed_attempts(app: &TestApp, count: usize) {
    wait_for_failed_attempts_or_more(app, count).await;
    assert_eq!(count_failed_attempts(app), count);
}

/// Waits until the log has at least this number of failed attempts.
pub(super) async fn wait_for_failed_attempts_or_more(app: &TestApp, count: usize) {
    wait_for_count_in_log(app, FAILED_ATTEMPT, count).await;
}

/// Tests docs/security.md#enr-07.
async fn notifications_survive_an_outage_of_both_providers_and_arrive_once(database: Database) {
    let app = TestApp::start(database).await;
    let probe = app.open_database().await;
    let ann = app.register_user().await;
    let before = count_failed_attempts(&app);
    let down = json!([
        { "on": "mail", "kind": "status", "status": 451, "times": 100 },
        { "on": "message", "kind": "status", "status": 503, "times": 100 },
    ]);
    app.simulator.set_faults(down).await;
    cause_notification(&app, &ann).await;
    // Each attempt fails for two minutes, and the retry delay doubles.
    for (tries, wait) in [(1, 5), (2, 10), (3, 20), (4, 40), (5, 80)] {
        wait_for_failed_attempts(&app, before + 2 * tries).await;
        assert_eq!(probe.read_number(DONE).await, 0);
        if tries == 5 {
            app.simulator.clear_faults().await;
        }
        app.simulator.advance_clock(wait).await;
    }
    let mail = app.simulator.mailbox_of(&ann.email).next_mail().await;
    assert_eq!(mail.from, "no-reply@sallyport.example");
    assert!(mail.message_id.ends_with("@sallyport.example"));
    app.simulator
        .phone_with_number(&ann.phone)
        .next_notification()
        .await;
    probe.wait_for_number(SENT, 2).await;
    app.simulator.advance_clock(3600).await;
    assert_notification_received_once(&app, &ann).await;
    assert_eq!(app.simulator.list_calls_of("message").await.len(), 6);
}

/// Tests docs/security.md#enr-07, docs/security.md#dur-01.
async fn notifications_of_a_killed_server_are_sent_after_the_restart(database: Database) {
    let mut app = TestApp::builder(database)
        .with_separate_simulator()
        .start()
        .await;
    let ann = app.register_user().await;
    let stall = fault_for_mail_and_sms(json!({ "kind": "stall" }));
    app.simulator.set_faults(stall).await;
    cause_notification(&app, &ann).await;
    app.simulator.wait_until_faults_are_used().await;
    app.process.kill().await;
    // The claim of the killed server lasts one minute.
    app.execute_sql("UPDATE outbox SET due_at = 0").await;
    app.restart().await;
    app.simulator.mailbox_of(&ann.email).next_mail().await;
    app.simulator
        .phone_with_number(&ann.phone)
        .next_notification()
        .await;
    app.open_database().await.wait_for_number(SENT, 2).await;
    assert_notification_received_once(&app, &ann).await;
}

/// Tests docs/security.md#dur-08.
async fn stopping_server_finishes_the_notification_it_is_sending(database: Database) {
    let mut app = TestApp::builder(database)
        .with_separate_simulator()
        .start()
        .await;
    let ann = app.register_user().await;
    let late = fault_for_mail_and_sms(json!({ "kind": "delay", "delay_ms": 1000 }));
    app.simulator.set_faults(late).await;
    cause_notification(&app, &ann).await;
    app.simulator.wait_until_faults_are_used().await;
    app.process.send_signal("TERM");
    app.process.wait_for_exit().await;
    assert_eq!(app.open_database().await.read_number(SENT).await, 2);
    assert_notification_received_once(&app, &ann).await;
}

async fn notification_to_an_invalid_recipient_is_not_retried(database: Database) {
    let app = TestApp::start(database).await;
    let probe = app.open_database().await;
    let gone = json!([{ "on": "mail", "kind": "status", "status": 550 }]);
    app.simulator.set_faults(gone).await;
    // A magic number of Twilio that is not mobile, and a mailbox that does not exist.
    app.execute_sql(
        "INSERT INTO outbox (id, way, recipient, notice, tries, created_at, due_at, done_at, outcome) \
         VALUES ('a', 'sms', '+15005550009', '{\"notice\":\"deletion_withdrawn\"}', 0, 1, 1, 0, ''), \
         ('b', 'mail', 'gone@example.com', '{\"notice\":\"deletion_withdrawn\"}', 0, 1, 1, 0, '')",
    )
    .await;
    probe.wait_for_number(DONE, 2).await;
    let refused = "SELECT COUNT(*) FROM outbox WHERE outcome = 'refused' AND recipient = ''";
    assert_eq!(probe.read_number(refused).await, 2);
    assert_eq!(app.simulator.list_calls_of("message").await.len(), 1);
}

const READY_WITHOUT_SMS: &str = "ready, degraded: notifications by text message are not delivered";
const ALARM: &str = "notifications are not delivered: all of the last attempts";

/// Counts the alarms in the log.
fn count_alarms(app: &TestApp) -> usize {
    let output = app.process.output();
    let lines = output.lines().filter(|line| line.contains(ALARM));
    lines
        .inspect(|line| assert!(line.contains("ERROR"), "{line}"))
        .count()
}

/// Tests docs/security.md#prv-05.
async fn refused_text_messages_raise_an_alarm_and_degrade_the_readiness(database: Database) {
    let app = TestApp::start(database).await;
    let probe = app.open_database().await;
    // A successful delivery resets failures that other tests caused.
    let ann = app.register_user().await;
    cause_notification(&app, &ann).await;
    probe.wait_for_number(SENT, 2).await;
    let before = count_alarms(&app);
    assert_eq!(app.read_readiness().await, "ready");
    for number in 0..7 {
        if number == 4 {
            assert_eq!(app.read_readiness().await, "ready");
            assert_eq!(count_alarms(&app), before);
        }
        // A magic number of Twilio that cannot receive text messages.
        let notification = json!({ "notice": "deletion_withdrawn" });
        app.queue_notification("sms", "+15005550009", &notification)
            .await;
        probe.wait_for_number(DONE, 3 + number).await;
    }
    assert_eq!(app.read_readiness().await, READY_WITHOUT_SMS);
    assert_eq!(count_alarms(&app), before + 1);
    let recovered = "notifications are delivered again";
    let earlier = count_in_log(&app, recovered);
    let bob = app.register_user().await;
    cause_notification(&app, &bob).await;
    probe.wait_for_number(SENT, 4).await;
    assert_eq!(app.read_readiness().await, "ready");
    wait_for_count_in_log(&app, recovered, earlier + 1).await;
}

/// Tests docs/security.md#prv-05.
async fn channels_that_fail_are_degraded_until_they_deliver(database: Database) {
    let app = TestApp::start(database).await;
    let probe = app.open_database().await;
    let ann = app.register_user().await;
    cause_notification(&app, &ann).await;
    probe.wait_for_number(SENT, 2).await;
    let before = count_alarms(&app);
    // A wrong auth token, and a mail server that does not know the sender.
    app.simulator
        .set_faults(json!([
            { "on": "message", "kind": "status", "status": 401, "times": 100 },
            { "on": "mail", "kind": "status", "status": 554, "times": 100 },
        ]))
        .await;
    let earlier = count_failed_attempts(&app);
    let notification = json!({ "notice": "deletion_withdrawn" });
    app.queue_notification("sms", &ann.phone, &notification)
        .await;
    app.queue_notification("mail", &ann.email, &notification)
        .await;
    for (tries, wait) in [(1, 5), (2, 10), (3, 20), (4, 40)] {
        wait_for_failed_attempts(&app, earlier + 2 * tries).await;
        assert_eq!(app.read_readiness().await, "ready");
        app.simulator.advance_clock(wait).await;
    }
    wait_for_failed_attempts(&app, earlier + 10).await;
    let both = format!("{READY_WITHOUT_SMS}; notifications by mail are not delivered");
    assert_eq!(app.read_readiness().await, both);
    assert_eq!(count_alarms(&app), before + 2);
    app.simulator.clear_faults().await;
    // After the fifth refusal the text message is sent again in an hour.
    app.simulator.advance_clock(3600).await;
    probe.wait_for_number(SENT, 4).await;
    assert_eq!(app.read_readiness().await, "ready");
}

/// Tests docs/security.md#clu-01, docs/security.md#enr-07.
#[tokio::test(flavor = "multi_thread")]
async fn two_nodes_send_every_notification_once() {
    let app = TestApp::builder(Database::Postgres)
        .with_separate_simulator()
        .start()
        .await;
    let (_second, _) = app.start_second_node().await;
    app.execute_sql(
        "INSERT INTO outbox SELECT 'n' || i, 'mail', 'ann@example.com', \
         '{\"notice\":\"deletion_withdrawn\"}', 0, 1, 1, 0, '' FROM generate_series(1, 60) AS i",
    )
    .await;
    app.open_database().await.wait_for_number(SENT, 60).await;
    let mails = app
        .simulator
        .mailbox_of("ann@example.com")
        .list_mails()
        .await;
    let mut ids: Vec<String> = mails.into_iter().map(|mail| mail.message_id).collect();
    assert_eq!(ids.len(), 60);
    ids.sort();
    ids.dedup();
    assert_eq!(ids.len(), 60);
}
