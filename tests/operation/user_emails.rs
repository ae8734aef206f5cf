//! E-mail addresses of accounts that operators set.

use crate::support::{Database, TestApp, on_both_databases};

on_both_databases![
    new_email_of_an_account_counts_as_proven_and_ends_its_sessions,
    email_of_an_account_is_counted_as_proven,
    email_of_another_account_is_not_set,
];

async fn new_email_of_an_account_counts_as_proven_and_ends_its_sessions(database: Database) {
    let app = TestApp::start(database).await;
    let ann = app.register_user().await;
    let mut browser = app.new_browser();
    browser.sign_in(&app, &ann).await;
    let output = app.run_user_command(&["set-email", &ann.username, "new@example.net", "--json"]);
    assert_eq!(output.exit_code, 0, "{output:?}");
    let set: serde_json::Value = serde_json::from_str(&output.stdout).expect("JSON alone");
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

async fn email_of_an_account_is_counted_as_proven(database: Database) {
    let app = TestApp::start(database).await;
    let ann = app.register_user_with_unproven_email().await;
    let shown = app.run_user_command(&["show", &ann.username]);
    assert!(shown.stdout.contains("not verified"), "{shown:?}");
    for applied in [true, false] {
        let output = app.run_user_command(&["verify-email", &ann.username, "--json"]);
        assert_eq!(output.exit_code, 0, "{output:?}");
        let set: serde_json::Value = serde_json::from_str(&output.stdout).expect("JSON alone");
        assert_eq!(set["event"], "email_verified");
        assert_eq!(set["applied"], applied);
    }
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
    assert_eq!(
        app.run_user_command(&["disable", &ann.username]).exit_code,
        0
    );
    let disabled = app.run_user_command(&["set-email", &ann.username, "new@example.net"]);
    assert!(disabled.stderr.contains("disabled"), "{disabled:?}");
}
