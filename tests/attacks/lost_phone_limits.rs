//! Limits on the mails that report a lost phone.

use domain::Step;

use crate::support::lost_phone::{REQUESTED_SUBJECT, wait_for_mail_with_subject};
use crate::support::{Database, TestApp, User, call, on_both_databases};

on_both_databases![
    recovery_mails_from_one_source_are_limited,
    recognised_browser_gets_recovery_mails_after_those_of_the_account_are_used_up,
    each_recovery_mail_within_the_limits_is_sent_at_once,
];

/// Registers users from one network each.
async fn register_users_from_many_networks<const N: usize>(app: &TestApp) -> [User; N] {
    let users: [User; N] = std::array::from_fn(|_| User::with_unique_details());
    for (number, user) in users.iter().enumerate() {
        let address = format!("203.0.113.{number}");
        let mut browser = app.new_browser().at_address(&address);
        browser.register(app, user).await;
    }
    users
}

async fn recovery_mails_from_one_source_are_limited(database: Database) {
    let app = TestApp::builder(database)
        .with_setting("SALLYPORT_TRUSTED_PROXIES", "127.0.0.1")
        .with_setting("SALLYPORT_LIMIT_REGISTRATIONS_PER_SOURCE_PER_HOUR", "2")
        .start()
        .await;
    let [ann, bob, carol] = register_users_from_many_networks(&app).await;
    let mut attacker = app.new_browser().at_address("198.51.100.7");
    let report = |user: &User| call::begin_recovery(&user.username, &user.password);
    for user in [&ann, &bob] {
        let step = attacker.submit_form(&report(user)).await.expect_step();
        assert_eq!(step, Step::RecoveryRequested);
    }
    let stopped = attacker.submit_form(&report(&carol)).await;
    assert_eq!(stopped.response.status, 429);
    let mut owner = app.new_browser().at_address("192.0.2.7");
    let step = owner.submit_form(&report(&carol)).await.expect_step();
    assert_eq!(step, Step::RecoveryRequested);
    let requested = "SELECT COUNT(*) FROM audit_events WHERE event = 'recovery_requested'";
    assert_eq!(app.open_database().await.read_number(requested).await, 3);
    app.simulator.advance_clock(3601).await;
    let step = attacker.submit_form(&report(&carol)).await.expect_step();
    assert_eq!(step, Step::RecoveryRequested);
}

/// An attacker who knows the password uses up the mails of the account.
async fn recognised_browser_gets_recovery_mails_after_those_of_the_account_are_used_up(
    database: Database,
) {
    let app = TestApp::start(database).await;
    let ann = app.register_user().await;
    let mut owner = app.new_browser();
    owner.sign_in(&app, &ann).await;
    owner.sign_out().await.expect_step();
    let report = call::begin_recovery(&ann.username, &ann.password);
    for _ in 0..5 {
        let step = app.new_browser().submit_form(&report).await.expect_step();
        assert_eq!(step, Step::RecoveryRequested);
    }
    for _ in 0..2 {
        let refused = app.new_browser().submit_form(&report).await;
        assert_eq!(refused.response.status, 429);
        let step = owner.submit_form(&report).await.expect_step();
        assert_eq!(step, Step::RecoveryRequested);
    }
    let refused = owner.submit_form(&report).await;
    assert_eq!(refused.response.status, 429);
}

async fn each_recovery_mail_within_the_limits_is_sent_at_once(database: Database) {
    let app = TestApp::start(database).await;
    let ann = app.register_user().await;
    let mut owner = app.new_browser();
    owner.sign_in(&app, &ann).await;
    owner.sign_out().await.expect_step();
    for _ in 0..5 {
        app.request_recovery(&ann).await;
    }
    let mut inbox = app.open_mailbox_after_received_mails(&ann).await;
    let report = call::begin_recovery(&ann.username, &ann.password);
    for _ in 0..2 {
        let step = owner.submit_form(&report).await.expect_step();
        assert_eq!(step, Step::RecoveryRequested);
        let mail = wait_for_mail_with_subject(&mut inbox, REQUESTED_SUBJECT).await;
        assert!(!mail.text.contains("more time"), "{}", mail.text);
    }
}
