//! E-mail addresses of accounts that operators set.

use crate::support::{Database, TestApp, on_both_databases};

on_both_databases![
    new_email_of_an_account_counts_as_proven_and_ends_its_sessions,
    email_of_an_account_is_counted_as_proven,
    email_of_another_account_is_not_set,
];

async fn new_email_of_an_account_counts_as_proven_and_ends_its_sessions(database: Database) {
    let app = TestApp::start(database).await;
    let ann = app.member().await;
    let mut browser = app.browser();
    browser.sign_in(&app, &ann).await;
    let output = app.user(&["set-email", &ann.username, "new@example.net", "--json"]);
    assert_eq!(output.code, 0, "{output:?}");
    let set: serde_json::Value = serde_json::from_str(&output.out).expect("JSON alone");
    assert_eq!(set["event"], "email_changed");
    assert_eq!(set["email"], "new@example.net");
    assert!(!browser.is_signed_in().await);
    let old = app.mail_with_subject(&ann.email, "Your email address was changed");
    old.await;
    let mut by_email = app.browser();
    let accepted = by_email.password_is_accepted("new@example.net", &ann.password);
    assert!(accepted.await);
    assert!(
        !by_email
            .password_is_accepted(&ann.email, &ann.password)
            .await
    );
    let audited = "SELECT COUNT(*) FROM audit_events WHERE event = 'email_changed' AND source = \
                   'operator' AND account_id = (SELECT id FROM accounts)";
    assert_eq!(app.probe().await.number(audited).await, 1);
    let same = app.user(&["set-email", &ann.username, "new@example.net"]);
    assert_eq!(same.code, 1, "{same:?}");
    assert!(same.err.contains("already your email"), "{same:?}");
    let invalid = app.user(&["set-email", &ann.username, "ann"]);
    assert!(invalid.err.contains("email: "), "{invalid:?}");
}

async fn email_of_an_account_is_counted_as_proven(database: Database) {
    let app = TestApp::start(database).await;
    let ann = app.member_with_unproven_email().await;
    let shown = app.user(&["show", &ann.username]);
    assert!(shown.out.contains("not verified"), "{shown:?}");
    for applied in [true, false] {
        let output = app.user(&["verify-email", &ann.username, "--json"]);
        assert_eq!(output.code, 0, "{output:?}");
        let set: serde_json::Value = serde_json::from_str(&output.out).expect("JSON alone");
        assert_eq!(set["event"], "email_verified");
        assert_eq!(set["applied"], applied);
    }
    let audited = "SELECT COUNT(*) FROM audit_events WHERE event = 'email_verified' AND source = \
                   'operator'";
    assert_eq!(app.probe().await.number(audited).await, 1);
    app.reset_mail(&ann).await;
}

async fn email_of_another_account_is_not_set(database: Database) {
    let app = TestApp::start(database).await;
    let ann = app.member().await;
    let bob = app.member().await;
    let taken = app.user(&["set-email", &ann.username, &bob.email]);
    assert_eq!(taken.code, 1, "{taken:?}");
    assert!(taken.err.contains("already registered"), "{taken:?}");
    assert_eq!(app.user(&["disable", &ann.username]).code, 0);
    let disabled = app.user(&["set-email", &ann.username, "new@example.net"]);
    assert!(disabled.err.contains("disabled"), "{disabled:?}");
}
