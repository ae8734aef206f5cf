//! Attacks on the change of name and username.

use std::net::SocketAddr;

use sqlx::Executor as _;

use crate::support::wire::{Request, send_at_once};
use crate::support::{Browser, Database, TestApp, User, call, on_both_databases};

on_both_databases![
    name_change_is_refused_if_its_session_ends_meanwhile,
    name_change_is_refused_if_its_account_requires_a_password_reset_meanwhile,
    hundred_parallel_changes_of_one_username_save_three_at_most,
    one_of_two_accounts_gets_the_username_that_both_choose_at_once,
];

/// Query that counts the audit events of changed usernames.
const CHANGES: &str = "SELECT COUNT(*) FROM audit_events WHERE event = 'username_changed'";

/// Builds the request that changes the username.
fn username_request(app: &TestApp, browser: &Browser, username: &str) -> (SocketAddr, Request) {
    let change = call::change_names("Ann Other", username);
    (app.address, browser.form_request(&change))
}

/// Requests another username while a transaction makes `changes`, which commits when the request waits for it. Checks
/// that the username stays.
///
/// On SQLite the request waits before its transaction begins, which the database does not show.
async fn assert_username_stays_after_concurrent_changes(
    database: Database,
    changes: &[&'static str],
) {
    let app = TestApp::start(database).await;
    let (ann, browser) = app.sign_in_new_user().await;
    let begin = match database {
        Database::Sqlite => "BEGIN IMMEDIATE",
        Database::Postgres => "BEGIN",
    };
    let mut other = app.execute_and_keep_connection(begin).await;
    for change in changes {
        other.execute(*change).await.expect(change);
    }
    let request = username_request(&app, &browser, "another.name");
    let answers = tokio::spawn(send_at_once(vec![request]));
    if database == Database::Postgres {
        app.wait_for_waiting_transactions(1).await;
    }
    other
        .execute("COMMIT")
        .await
        .expect("transaction is committed");
    let answers = answers.await.expect("the request is sent");
    for answer in answers {
        assert!(!answer.text().contains("names_changed"), "{answer:?}");
    }
    let username = "SELECT username FROM accounts";
    let probe = app.open_database().await;
    assert_eq!(probe.read_text(username).await, ann.username);
    assert_eq!(probe.read_number(CHANGES).await, 0);
}

/// The user changes the password at the same time, which ends the session of the attacker.
async fn name_change_is_refused_if_its_session_ends_meanwhile(database: Database) {
    let changes = [
        "UPDATE accounts SET device_epoch = device_epoch + 1",
        "DELETE FROM sessions",
    ];
    assert_username_stays_after_concurrent_changes(database, &changes).await;
}

/// The user undoes a change of the e-mail address, which the attacker has made.
async fn name_change_is_refused_if_its_account_requires_a_password_reset_meanwhile(
    database: Database,
) {
    assert_username_stays_after_concurrent_changes(database, &["UPDATE accounts SET held_at = 1"])
        .await;
}

async fn hundred_parallel_changes_of_one_username_save_three_at_most(database: Database) {
    let app = TestApp::start(database).await;
    let (_, browser) = app.sign_in_new_user().await;
    let requests = (0..100)
        .map(|number| username_request(&app, &browser, &format!("name.{number}")))
        .collect();
    let answers = send_at_once(requests).await;
    let saved = answers
        .iter()
        .filter(|answer| answer.text().contains("names_changed"))
        .count();
    assert!((1..=3).contains(&saved), "{saved} changes");
    let audited = app.open_database().await.read_number(CHANGES).await;
    assert_eq!(usize::try_from(audited), Ok(saved));
}

async fn one_of_two_accounts_gets_the_username_that_both_choose_at_once(database: Database) {
    let app = TestApp::start(database).await;
    let users: [(User, Browser); 2] = [app.sign_in_new_user().await, app.sign_in_new_user().await];
    for round in 1..=3 {
        let wanted = format!("wanted.{round}");
        let requests = users
            .iter()
            .map(|(_, browser)| username_request(&app, browser, &wanted))
            .collect();
        let answers = send_at_once(requests).await;
        let saved = answers
            .iter()
            .filter(|answer| answer.text().contains("names_changed"));
        assert_eq!(saved.count(), 1, "{wanted}");
        assert!(answers.iter().all(|answer| answer.status == 200));
        let probe = app.open_database().await;
        assert_eq!(probe.read_number(CHANGES).await, round);
    }
}
