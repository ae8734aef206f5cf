//! Limits of notifications over several kinds: for each account, each recipient and each channel.

use domain::Step;

use crate::support::password_reset::{RESET_SUBJECT, read_reset_token, reset_link_path};
use crate::support::wire::TIMEOUT;
use crate::support::{Browser, Database, TestApp, User, call, on_both_databases};

on_both_databases![
    account_gets_20_notifications_an_hour_at_once,
    phone_number_gets_ten_notifications_an_hour_at_once,
    sixty_text_messages_with_notifications_are_sent_a_minute,
    three_hundred_mails_with_notifications_are_sent_a_minute,
    notifications_use_half_of_the_limits_of_messages_and_raise_their_alarms,
    notifications_leave_messages_for_codes,
    phone_number_gets_20_notifications_a_day_that_its_holder_can_repeat,
    flood_of_reset_requests_does_not_delay_other_mails,
    user_has_a_usable_reset_link_at_any_time_during_a_flood_of_reset_requests,
];

/// Counts the notifications that were not due when they were created.
pub(super) const HELD_BACK: &str =
    "SELECT COUNT(*) FROM outbox WHERE done_at = 0 AND tries = 0 AND due_at > created_at";
pub(super) const SENT: &str = "SELECT COUNT(*) FROM outbox WHERE outcome = 'sent'";

/// An action of a signed-in user that is notified. Each action has its own kind of notification.
#[derive(Clone, Copy, Debug)]
enum Action {
    CreateRecoveryCodes,
    AddAuthenticator,
    RemoveAuthenticator,
}

use Action::{AddAuthenticator, CreateRecoveryCodes, RemoveAuthenticator};

/// Performs an action of a user with a recent step-up.
async fn perform_action(app: &TestApp, browser: &mut Browser, action: Action) {
    match action {
        CreateRecoveryCodes => assert!(!browser.create_recovery_codes().await.is_empty()),
        AddAuthenticator => {
            let authenticator = browser.begin_authenticator_set_up(app).await;
            let code = authenticator.current_code().await;
            let step = browser.confirm_authenticator(&code).await.expect_step();
            assert_eq!(step, Step::AuthenticatorAdded);
        }
        RemoveAuthenticator => {
            let removed = browser.submit_form(&call::remove_authenticator()).await;
            assert_eq!(removed.expect_step(), Step::AuthenticatorRemoved);
        }
    }
}

/// Performs actions one after the other. Waits after each until its notifications are sent, because the server merges
/// unsent notifications of one kind.
async fn perform_actions_and_wait(app: &TestApp, browser: &mut Browser, actions: &[Action]) {
    for action in actions {
        perform_action(app, browser, *action).await;
        app.wait_for_empty_outbox().await;
    }
}

/// Requests a password reset link, which is notified by mail only.
async fn request_reset_link(app: &TestApp, user: &User) {
    let request = call::request_password_reset(&user.username, "");
    let requested = app.new_browser().submit_form(&request).await;
    assert_eq!(requested.expect_step(), Step::ResetRequested);
}

/// Tests docs/security.md#enr-07.
async fn account_gets_20_notifications_an_hour_at_once(database: Database) {
    let app = TestApp::start(database).await;
    let probe = app.open_database().await;
    let (ann, mut browser) = app.sign_in_new_user().await;
    // Each action causes a mail and a text message.
    perform_actions_and_wait(&app, &mut browser, &[CreateRecoveryCodes; 3]).await;
    // With a new e-mail address, no recipient reaches its own limit. Changes by operators count in no limit.
    let email = User::with_unique_details().email;
    let output = app.run_user_command(&["set-email", &ann.username, &email]);
    assert_eq!(output.exit_code, 0, "{output:?}");
    app.wait_for_empty_outbox().await;
    let mut browser = app.new_browser();
    browser.sign_in(&app, &ann).await;
    for _ in 0..3 {
        let actions = [AddAuthenticator, RemoveAuthenticator];
        perform_actions_and_wait(&app, &mut browser, &actions).await;
    }
    // Nine actions caused 18 notifications, and the sign-in with a new browser one mail. One more mail follows.
    request_reset_link(&app, &ann).await;
    app.wait_for_empty_outbox().await;
    request_reset_link(&app, &ann).await;
    assert_eq!(probe.read_number(HELD_BACK).await, 1);
    assert_eq!(app.count_mails(&email, RESET_SUBJECT).await, 1);
    // The limit of one account does not delay the notifications of another.
    let bob = app.register_user().await;
    app.request_reset_mail(&bob).await;
    app.simulator.advance_clock(3600).await;
    app.wait_for_empty_outbox().await;
    assert_eq!(app.count_mails(&email, RESET_SUBJECT).await, 2);
}

/// Tests docs/security.md#enr-07.
async fn phone_number_gets_ten_notifications_an_hour_at_once(database: Database) {
    let app = TestApp::start(database).await;
    let probe = app.open_database().await;
    // Two accounts share the number. Both have no verified e-mail address, so they are notified by text message only.
    let ann = app.register_user_with_unverified_email().await;
    let mut browser = app.new_browser();
    browser.sign_in(&app, &ann).await;
    perform_actions_and_wait(&app, &mut browser, &[CreateRecoveryCodes; 3]).await;
    let actions = [AddAuthenticator, RemoveAuthenticator];
    perform_actions_and_wait(&app, &mut browser, &actions).await;
    app.skip_resend_cooldown().await;
    let other_user = User {
        phone: ann.phone.clone(),
        ..User::with_unique_details()
    };
    let mut browser = app.new_browser();
    browser
        .register_without_email_proof(&app, &other_user)
        .await;
    app.skip_resend_cooldown().await;
    browser.sign_in(&app, &other_user).await;
    perform_actions_and_wait(&app, &mut browser, &actions).await;
    perform_actions_and_wait(&app, &mut browser, &[CreateRecoveryCodes; 3]).await;
    let phone = app.simulator.phone_with_number(&ann.phone);
    assert_eq!(phone.list_notifications().await.len(), 10);
    // The limits of the account are not reached, so only the limit of the number delays this notification.
    perform_action(&app, &mut browser, AddAuthenticator).await;
    assert_eq!(probe.read_number(HELD_BACK).await, 1);
    assert_eq!(phone.list_notifications().await.len(), 10);
    app.simulator.advance_clock(3600).await;
    app.wait_for_empty_outbox().await;
    assert_eq!(phone.list_notifications().await.len(), 11);
}

/// Counts the log lines about notifications that a limit of all accounts delays.
pub(super) fn count_logged_delays(app: &TestApp) -> usize {
    let text = "notification delayed: the message limit shared by all accounts is reached";
    app.process.output().matches(text).count()
}

/// SQL statement that stores due notifications to different recipients. Parameters: the channel, the SQL expression of
/// recipient number `i`, the number of notifications, and their name.
macro_rules! insert_due_notifications {
    ($channel:literal, $recipient:literal, $count:literal, $notice:literal) => {
        concat!(
            "INSERT INTO outbox (id, way, recipient, notice, tries, created_at, due_at, done_at, outcome) ",
            "WITH RECURSIVE numbers (i) AS ",
            "(SELECT 1 UNION ALL SELECT i + 1 FROM numbers WHERE i < ",
            $count,
            ") SELECT 'n' || i, '",
            $channel,
            "', ",
            $recipient,
            ", '{\"notice\":\"",
            $notice,
            "\"}', 0, 2000000000000, i, 0, '' FROM numbers"
        )
    };
}

const INSERT_13_TEXT_MESSAGES: &str =
    insert_due_notifications!("sms", "'+1415' || (7000000 + i)", 13, "deletion_withdrawn");
pub(super) const INSERT_63_TEXT_MESSAGES: &str =
    insert_due_notifications!("sms", "'+1415' || (7000000 + i)", 63, "deletion_withdrawn");
pub(super) const INSERT_30_CRITICAL_TEXT_MESSAGES: &str =
    insert_due_notifications!("sms", "'+1415' || (7000000 + i)", 30, "factor_held");
const INSERT_303_MAILS: &str = insert_due_notifications!(
    "mail",
    "'user' || i || '@example.com'",
    303,
    "deletion_withdrawn"
);
const INSERT_303_RESET_MAILS: &str = insert_due_notifications!(
    "mail",
    "'user' || i || '@example.com'",
    303,
    "password_reset_requested"
);

/// Waits until the log contains `count` lines about notifications that a limit shared by all accounts delays.
pub(super) async fn wait_for_logged_delays(app: &TestApp, count: usize) {
    let delayed = async {
        while count_logged_delays(app) < count {
            tokio::task::yield_now().await;
        }
    };
    tokio::time::timeout(TIMEOUT, delayed)
        .await
        .unwrap_or_else(|_| panic!("fewer than {count} notifications are delayed"));
}

/// Tests docs/security.md#enr-07.
async fn sixty_text_messages_with_notifications_are_sent_a_minute(database: Database) {
    let app = TestApp::start(database).await;
    let probe = app.open_database().await;
    let before = count_logged_delays(&app);
    app.execute_sql(INSERT_63_TEXT_MESSAGES).await;
    wait_for_logged_delays(&app, before + 3).await;
    probe.wait_for_number(SENT, 60).await;
    assert_eq!(app.simulator.list_calls_of("message").await.len(), 60);
    app.simulator.advance_clock(120).await;
    probe.wait_for_number(SENT, 63).await;
    assert_eq!(app.simulator.list_calls_of("message").await.len(), 63);
}

/// Tests docs/security.md#enr-07.
async fn three_hundred_mails_with_notifications_are_sent_a_minute(database: Database) {
    let app = TestApp::start(database).await;
    let probe = app.open_database().await;
    let before = count_logged_delays(&app);
    app.execute_sql(INSERT_303_MAILS).await;
    wait_for_logged_delays(&app, before + 3).await;
    probe.wait_for_number(SENT, 300).await;
    app.simulator.advance_clock(120).await;
    probe.wait_for_number(SENT, 303).await;
}

/// Tests docs/security.md#enr-07. Anyone can request a reset for each known username, and reach the limit of all mails.
async fn flood_of_reset_requests_does_not_delay_other_mails(database: Database) {
    let app = TestApp::start(database).await;
    let probe = app.open_database().await;
    let before = count_logged_delays(&app);
    // These mails belong to no account, so none of them is sent. But each of them counts in the limit of all mails.
    app.execute_sql(INSERT_303_RESET_MAILS).await;
    wait_for_logged_delays(&app, before + 63).await;
    let notification = serde_json::json!({ "notice": "deletion_withdrawn" });
    app.queue_notification("mail", "owner@example.com", &notification)
        .await;
    probe.wait_for_number(SENT, 1).await;
}

/// Tests docs/security.md#res-04.
async fn notifications_use_half_of_the_limits_of_messages_and_raise_their_alarms(
    database: Database,
) {
    let mut app = TestApp::builder(database)
        .with_setting("SALLYPORT_LIMIT_SENDS_PER_MINUTE", "10")
        .with_setting("SALLYPORT_LIMIT_SENDS_PER_DAY", "24")
        .with_setting("SALLYPORT_LOG_FORMAT", "json")
        .start()
        .await;
    let probe = app.open_database().await;
    let per_minute = "SALLYPORT_LIMIT_SENDS_PER_MINUTE";
    let per_day = "SALLYPORT_LIMIT_SENDS_PER_DAY";
    app.execute_sql(INSERT_13_TEXT_MESSAGES).await;
    probe.wait_for_number(SENT, 5).await;
    wait_for_logged_delays(&app, 8).await;
    app.process.wait_for_output(per_minute).await;
    assert_eq!(app.process.list_send_alarms(per_minute), [50]);
    assert!(app.process.list_send_alarms(per_day).is_empty());
    app.simulator.advance_clock(120).await;
    probe.wait_for_number(SENT, 10).await;
    wait_for_logged_delays(&app, 11).await;
    app.simulator.advance_clock(120).await;
    // 12 messages are half of the daily limit of 24. The last notification waits for the next day.
    probe.wait_for_number(SENT, 12).await;
    wait_for_logged_delays(&app, 12).await;
    app.process.wait_for_output(per_day).await;
    assert_eq!(app.process.list_send_alarms(per_minute), [50, 50]);
    assert_eq!(app.process.list_send_alarms(per_day), [50]);
    app.simulator.advance_clock(24 * 3600).await;
    probe.wait_for_number(SENT, 13).await;
}

/// Tests docs/security.md#res-04.
async fn notifications_leave_messages_for_codes(database: Database) {
    for setting in [
        "SALLYPORT_LIMIT_SENDS_PER_MINUTE",
        "SALLYPORT_LIMIT_SENDS_PER_DAY",
        "SALLYPORT_LIMIT_SENDS_PER_COUNTRY_PER_HOUR",
    ] {
        let app = TestApp::builder(database)
            .with_setting(setting, "24")
            .start()
            .await;
        let ann = app.register_user().await;
        app.wait_for_empty_outbox().await;
        let before = count_logged_delays(&app);
        app.execute_sql(INSERT_63_TEXT_MESSAGES).await;
        wait_for_logged_delays(&app, before + 51).await;
        assert_eq!(app.simulator.list_calls_of("message").await.len(), 12);
        app.new_browser().sign_in(&app, &ann).await;
    }
}

/// Tests docs/security.md#res-04.
async fn phone_number_gets_20_notifications_a_day_that_its_holder_can_repeat(database: Database) {
    let app = TestApp::start(database).await;
    let probe = app.open_database().await;
    // The account has no verified e-mail address, so it is notified by text message only.
    let ann = app.register_user_with_unverified_email().await;
    let phone = app.simulator.phone_with_number(&ann.phone);
    let actions = [AddAuthenticator, RemoveAuthenticator, CreateRecoveryCodes];
    for sent in [9, 18] {
        let mut browser = app.new_browser();
        browser.sign_in(&app, &ann).await;
        for _ in 0..3 {
            perform_actions_and_wait(&app, &mut browser, &actions).await;
        }
        assert_eq!(phone.list_notifications().await.len(), sent);
        app.simulator.advance_clock(3600).await;
    }
    let mut browser = app.new_browser();
    browser.sign_in(&app, &ann).await;
    perform_actions_and_wait(&app, &mut browser, &actions[..2]).await;
    assert_eq!(phone.list_notifications().await.len(), 20);
    // The first notification of its kind in this hour waits too.
    perform_action(&app, &mut browser, CreateRecoveryCodes).await;
    assert_eq!(probe.read_number(HELD_BACK).await, 1);
    assert_eq!(phone.list_notifications().await.len(), 20);
    // A new phone number is notified at once.
    app.skip_resend_cooldown().await;
    let (_, _, undo) = app.change_phone(&ann).await;
    assert!(!undo.is_empty());
    app.simulator.advance_clock(24 * 3600).await;
    app.wait_for_empty_outbox().await;
    assert_eq!(probe.read_number(HELD_BACK).await, 0);
}

/// Waits until the newest mail with a reset link contains a link that can be used.
async fn wait_for_usable_reset_link(app: &TestApp, user: &User) {
    let usable = async {
        loop {
            let mails = app.simulator.mailbox_of(&user.email).list_mails().await;
            let newest = mails.iter().rfind(|mail| mail.subject == RESET_SUBJECT);
            if let Some(mail) = newest {
                let path = reset_link_path(&read_reset_token(mail));
                if app.new_browser().load_page(&path).await.status == 200 {
                    return;
                }
            }
        }
    };
    tokio::time::timeout(TIMEOUT, usable)
        .await
        .expect("the newest link in the mailbox can be used");
}

/// Tests docs/security.md#enr-07.
async fn user_has_a_usable_reset_link_at_any_time_during_a_flood_of_reset_requests(
    database: Database,
) {
    let app = TestApp::builder(database)
        .with_setting("SALLYPORT_TRUSTED_PROXIES", "127.0.0.1")
        .start()
        .await;
    let ann = app.create_user_by_command();
    // Sends requests every 10 minutes for 3 hours, from another address each time.
    for round in 0..18 {
        let mut attacker = app.new_browser().at_address(&format!("198.51.100.{round}"));
        for _ in 0..4 {
            let request = call::request_password_reset(&ann.username, "");
            attacker.submit_form(&request).await.expect_step();
        }
        let mut owner = app.new_browser().at_address(&format!("203.0.113.{round}"));
        let request = call::request_password_reset(&ann.email, "");
        owner.submit_form(&request).await.expect_step();
        wait_for_usable_reset_link(&app, &ann).await;
        app.simulator.advance_clock(600).await;
    }
    // In each half hour, three mails are sent at once, and one for all requests that were held back.
    let mails = app.count_mails(&ann.email, RESET_SUBJECT).await;
    assert!((6..=24).contains(&mails), "{mails} mails");
}
