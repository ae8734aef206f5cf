//! Operators delete and unlock accounts.

use domain::{Problem, Purpose, Step};

use crate::support::{Database, TestApp, call, on_both_databases, wrong_code};

on_both_databases![
    operator_deletes_an_account_after_the_waiting_time,
    byte_order_mark_before_the_typed_username_does_not_hinder_a_deletion,
    operator_erases_an_account_at_once,
    unlocked_account_can_try_passwords_and_codes_again,
    unlocked_account_can_try_email_codes_again,
];

const ERASED: &str = "SELECT COUNT(*) FROM accounts WHERE erased_at > 0";

async fn operator_deletes_an_account_after_the_waiting_time(database: Database) {
    let app = TestApp::start(database).await;
    let ann = app.register_user().await;
    let mut browser = app.new_browser();
    browser.sign_in(&app, &ann).await;
    let unconfirmed = app.run_user_command_with_input(&["delete", &ann.username], "no\n");
    assert_eq!(unconfirmed.exit_code, 1, "{unconfirmed:?}");
    assert!(
        unconfirmed.stderr.contains("nothing was deleted"),
        "{unconfirmed:?}"
    );
    assert!(browser.is_signed_in().await);
    let answer = format!("{}\n", ann.username);
    let deleted = app.run_user_command_with_input(&["delete", &ann.email, "--json"], &answer);
    assert_eq!(deleted.exit_code, 0, "{deleted:?}");
    let done: serde_json::Value =
        serde_json::from_str(&deleted.stdout).expect("output is one JSON document");
    assert_eq!(done["event"], "deletion_requested");
    assert_eq!(done["erased"], false);
    let shown = app.run_user_command(&["show", &ann.username, "--json"]);
    let shown: serde_json::Value =
        serde_json::from_str(&shown.stdout).expect("output is one JSON document");
    assert!(shown["delete_at"].is_string(), "{shown}");
    assert_eq!(done["delete_at"], shown["delete_at"]);
    assert!(!browser.is_signed_in().await);
    let again = app.run_user_command(&["delete", &ann.username, "--yes"]);
    assert_eq!(again.exit_code, 1, "{again:?}");
    let audited = "SELECT COUNT(*) FROM audit_events WHERE event = 'deletion_requested' \
                   AND source = 'operator' AND account_id = (SELECT id FROM accounts)";
    let probe = app.open_database().await;
    assert_eq!(probe.read_number(audited).await, 1);
    app.simulator.advance_clock(15 * 24 * 60 * 60).await;
    probe.wait_for_number(ERASED, 1).await;
}

/// Some shells write a byte order mark before piped text.
async fn byte_order_mark_before_the_typed_username_does_not_hinder_a_deletion(database: Database) {
    let app = TestApp::start(database).await;
    let ann = app.create_user_by_command();
    let answer = format!("\u{feff}{}\r\n", ann.username);
    let deleted = app.run_user_command_with_input(&["delete", &ann.username], &answer);
    assert_eq!(deleted.exit_code, 0, "{deleted:?}");
    let requested = "SELECT COUNT(*) FROM accounts WHERE delete_at > 0";
    assert_eq!(app.open_database().await.read_number(requested).await, 1);
}

async fn operator_erases_an_account_at_once(database: Database) {
    let app = TestApp::start(database).await;
    let ann = app.register_user().await;
    let erased = app.run_user_command(&["delete", &ann.username, "--now", "--yes", "--json"]);
    assert_eq!(erased.exit_code, 0, "{erased:?}");
    let done: serde_json::Value =
        serde_json::from_str(&erased.stdout).expect("output is one JSON document");
    assert_eq!(done["event"], "account_erased");
    assert_eq!(done["erased"], true);
    assert!(done["delete_at"].is_string(), "{done}");
    let probe = app.open_database().await;
    assert_eq!(probe.read_number(ERASED).await, 1);
    let id = done["id"].as_str().expect("value is text");
    for identifier in [id, &ann.username, &ann.email] {
        let shown = app.run_user_command(&["show", identifier]);
        assert_eq!(shown.exit_code, 1, "{shown:?}");
    }
    let list = app.run_user_command(&["list", "--json"]);
    assert_eq!(list.stdout.trim(), "", "{list:?}");
    let audited =
        "SELECT COUNT(*) FROM audit_events WHERE event = 'account_erased' AND source = 'operator'";
    assert_eq!(probe.read_number(audited).await, 1);
    assert!(
        !app.new_browser()
            .is_password_accepted(&ann.username, &ann.password)
            .await
    );
}

async fn unlocked_account_can_try_passwords_and_codes_again(database: Database) {
    let app = TestApp::start(database).await;
    let (ann, _, authenticator) = app.register_user_with_authenticator().await;
    for _ in 0..8 {
        app.new_browser()
            .is_password_accepted(&ann.username, "not the password")
            .await;
    }
    assert!(
        !app.new_browser()
            .is_password_accepted(&ann.username, &ann.password)
            .await
    );
    let unlocked = app.run_user_command(&["unlock", &ann.username, "--json"]);
    assert_eq!(unlocked.exit_code, 0, "{unlocked:?}");
    let done: serde_json::Value =
        serde_json::from_str(&unlocked.stdout).expect("output is one JSON document");
    assert_eq!(done["event"], "account_unlocked");
    assert_eq!(done["applied"], true);
    for _ in 0..2 {
        let mut browser = app.sign_in_until_totp_code(&ann).await;
        for _ in 0..5 {
            let guess = authenticator.wrong_code().await;
            assert!(
                browser
                    .enter_code(Purpose::SignIn, &guess)
                    .await
                    .is_refused()
            );
        }
    }
    let code = authenticator.current_code().await;
    let held = app
        .sign_in_with_totp_code(&ann, &code)
        .await
        .expect_problem();
    assert!(matches!(held, Problem::FactorHeld { .. }), "{held:?}");
    let unlocked = app.run_user_command(&["unlock", &ann.username]);
    assert_eq!(unlocked.exit_code, 0, "{unlocked:?}");
    assert!(unlocked.stdout.contains("can try"), "{unlocked:?}");
    let mut browser = app.sign_in_until_totp_code(&ann).await;
    let code = authenticator.current_code().await;
    browser
        .enter_code(Purpose::SignIn, &code)
        .await
        .expect_step();
    assert!(browser.is_signed_in().await);
    let probe = app.open_database().await;
    let audited = "SELECT COUNT(*) FROM audit_events WHERE event = 'account_unlocked' AND source = 'operator'";
    assert_eq!(probe.read_number(audited).await, 2);
    let again = app.run_user_command(&["unlock", &ann.username]);
    assert!(again.stdout.contains("was not held back"), "{again:?}");
}

async fn unlocked_account_can_try_email_codes_again(database: Database) {
    let app = TestApp::start(database).await;
    let ann = app.register_user_with_unverified_email().await;
    let mut browser = app.new_browser();
    browser.sign_in(&app, &ann).await;
    for _ in 0..2 {
        let code = browser.request_email_code(&app, &ann.email).await;
        for _ in 0..5 {
            let guess = call::submit_email_code(&wrong_code(&code));
            assert!(browser.submit_form(&guess).await.is_refused());
        }
        app.skip_resend_cooldown().await;
    }
    let code = browser.request_email_code(&app, &ann.email).await;
    let right = call::submit_email_code(&code);
    let held = browser.submit_form(&right).await.expect_problem();
    assert!(matches!(held, Problem::FactorHeld { .. }), "{held:?}");
    let unlocked = app.run_user_command(&["unlock", &ann.username, "--json"]);
    assert_eq!(unlocked.exit_code, 0, "{unlocked:?}");
    let done: serde_json::Value =
        serde_json::from_str(&unlocked.stdout).expect("output is one JSON document");
    assert_eq!(done["applied"], true);
    let step = browser.submit_form(&right).await.expect_step();
    assert_eq!(step, Step::EmailVerified);
    let audited = "SELECT COUNT(*) FROM audit_events WHERE event = 'account_unlocked'";
    assert_eq!(app.open_database().await.read_number(audited).await, 1);
}
