//! E-mail addresses of accounts that operators set.

use domain::Step;

use crate::support::lost_phone::RECOVERY_DELAY_SECS;
use crate::support::{Database, TestApp, on_both_databases};

on_both_databases![
    new_email_of_an_account_counts_as_verified_and_ends_its_sessions,
    email_of_an_account_is_counted_as_verified,
    email_of_another_account_is_not_set,
    email_that_another_account_has_verified_is_not_counted_as_verified,
    new_email_of_an_account_revokes_its_browsers_and_ends_its_recovery,
];

async fn new_email_of_an_account_counts_as_verified_and_ends_its_sessions(database: Database) {
    let app = TestApp::start(database).await;
    let ann = app.register_user().await;
    let mut browser = app.new_browser();
    browser.sign_in(&app, &ann).await;
    let output = app.run_user_command(&["set-email", &ann.username, "new@example.net", "--json"]);
    assert_eq!(output.exit_code, 0, "{output:?}");
    let set: serde_json::Value =
        serde_json::from_str(&output.stdout).expect("output is one JSON document");
    assert_eq!(set["event"], "email_changed");
    assert_eq!(set["email"], "new@example.net");
    assert!(!browser.is_signed_in().await);
    let old = app.wait_for_mail(&ann.email, "Your email address was changed");
    old.await;
    let mut by_email = app.new_browser();
    let accepted = by_email.is_password_accepted("new@example.net", &ann.password);
    assert!(accepted.await);
    assert!(
        !by_email
            .is_password_accepted(&ann.email, &ann.password)
            .await
    );
    let audited = "SELECT COUNT(*) FROM audit_events WHERE event = 'email_changed' AND source = \
                   'operator' AND account_id = (SELECT id FROM accounts)";
    assert_eq!(app.open_database().await.read_number(audited).await, 1);
    let same = app.run_user_command(&["set-email", &ann.username, "new@example.net"]);
    assert_eq!(same.exit_code, 1, "{same:?}");
    assert!(same.stderr.contains("already your email"), "{same:?}");
    let invalid = app.run_user_command(&["set-email", &ann.username, "ann"]);
    assert!(invalid.stderr.contains("email: "), "{invalid:?}");
}

async fn email_of_an_account_is_counted_as_verified(database: Database) {
    let app = TestApp::start(database).await;
    let ann = app.register_user_with_unverified_email().await;
    let shown = app.run_user_command(&["show", &ann.username]);
    assert!(shown.stdout.contains("not verified"), "{shown:?}");
    for applied in [true, false] {
        let output = app.run_user_command(&["verify-email", &ann.username, "--json"]);
        assert_eq!(output.exit_code, 0, "{output:?}");
        let set: serde_json::Value =
            serde_json::from_str(&output.stdout).expect("output is one JSON document");
        assert_eq!(set["event"], "email_verified");
        assert_eq!(set["applied"], applied);
    }
    let again = app.run_user_command(&["verify-email", &ann.username]);
    assert!(again.stdout.contains("was already verified"), "{again:?}");
    let audited = "SELECT COUNT(*) FROM audit_events WHERE event = 'email_verified' AND source = \
                   'operator'";
    assert_eq!(app.open_database().await.read_number(audited).await, 1);
    app.request_reset_mail(&ann).await;
}

async fn email_of_another_account_is_not_set(database: Database) {
    let app = TestApp::start(database).await;
    let ann = app.register_user().await;
    let bob = app.register_user().await;
    let taken = app.run_user_command(&["set-email", &ann.username, &bob.email]);
    assert_eq!(taken.exit_code, 1, "{taken:?}");
    assert!(taken.stderr.contains("already registered"), "{taken:?}");
}

async fn email_that_another_account_has_verified_is_not_counted_as_verified(database: Database) {
    let app = TestApp::start(database).await;
    let ann = app.register_user_with_unverified_email().await;
    let bob = app.register_user().await;
    let set = app.run_user_command(&["set-email", &bob.username, &ann.email]);
    assert_eq!(set.exit_code, 0, "{set:?}");
    let taken = app.run_user_command(&["verify-email", &ann.username]);
    assert_eq!(taken.exit_code, 1, "{taken:?}");
    assert!(taken.stderr.contains("already registered"), "{taken:?}");
    let probe = app.open_database().await;
    let audited = "SELECT COUNT(*) FROM audit_events WHERE event = 'email_verified'";
    assert_eq!(probe.read_number(audited).await, 0);
    let verified = "SELECT COUNT(*) FROM accounts WHERE email_verified_at > 0";
    assert_eq!(probe.read_number(verified).await, 1);
}

/// An attacker with the mailbox has opened a recovery. The operator sets another address, and later the first one
/// again.
async fn new_email_of_an_account_revokes_its_browsers_and_ends_its_recovery(database: Database) {
    const EPOCH: &str = "SELECT device_epoch FROM accounts";
    let app = TestApp::start(database).await;
    let ann = app.register_user().await;
    app.open_recovery(&ann).await;
    let probe = app.open_database().await;
    let before = probe.read_number(EPOCH).await;
    for (changes, address) in [(1, "new@example.net"), (2, ann.email.as_str())] {
        let set = app.run_user_command(&["set-email", &ann.username, address]);
        assert_eq!(set.exit_code, 0, "{set:?}");
        assert_eq!(probe.read_number(EPOCH).await, before + changes);
        let open = "SELECT COUNT(*) FROM recoveries";
        assert_eq!(probe.read_number(open).await, 0);
    }
    app.simulator.advance_clock(RECOVERY_DELAY_SECS + 1).await;
    let step = app
        .browser_that_opened_recovery(&ann)
        .enter_password(&ann.username, &ann.password)
        .await
        .expect_step();
    assert!(matches!(step, Step::ChooseMethod { .. }), "{step:?}");
}
