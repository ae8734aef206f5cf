//! Accounts that prove each other's addresses at the same time.

use std::net::SocketAddr;

use crate::support::attack::{AttackSize, print_attack_figures};
use crate::support::wire::{Request, Response, send_at_once};
use crate::support::{Browser, Database, TestApp, User, call, on_both_databases};

on_both_databases![accounts_that_exchange_addresses_at_once_do_not_block_each_other];

/// Three accounts. Each has a code for the address of the next one. All addresses are unverified, except that the first
/// account has verified its own in every fourth round.
async fn accounts_that_exchange_addresses_at_once_do_not_block_each_other(database: Database) {
    let rounds = AttackSize::from_environment().select(24, 200);
    let app = TestApp::start(database).await;
    let mut users = Vec::new();
    for _ in 0..3 {
        users.push(app.register_user_with_unverified_email().await);
    }
    let mut browsers = Vec::new();
    let mut codes = Vec::new();
    for (at, user) in users.iter().enumerate() {
        let next = &users[(at + 1) % users.len()];
        let (browser, code) = begin_proof_of_foreign_address(&app, user, next).await;
        browsers.push(browser);
        codes.push(code);
    }
    // Saves the state at the start of every round. A code works again when its row is restored.
    app.execute_sql("CREATE TABLE kept_proofs AS SELECT * FROM email_proofs")
        .await;
    app.execute_sql("CREATE TABLE kept_emails AS SELECT id, email, email_canonical FROM accounts")
        .await;
    let first: &'static str = format!(
        "UPDATE accounts SET email_verified_at = 2 WHERE username = '{}'",
        users[0].username
    )
    .leak();
    let (mut submitted, mut saved) = (0, 0);
    for round in 0..rounds {
        // Two or three accounts take part, in a different order each round.
        let mut taking_part: Vec<usize> = (0..2 + round % 2).collect();
        taking_part.rotate_left(round / 2 % 2);
        let is_owned = round % 4 == 3;
        if is_owned {
            app.execute_sql(first).await;
        }
        let requests = taking_part.iter().map(|at| {
            let request = browsers[*at].form_request(&call::submit_email_code(&codes[*at]));
            (app.address, request)
        });
        let answers = match database {
            Database::Sqlite => send_at_once(requests.collect()).await,
            Database::Postgres => send_while_accounts_are_locked(&app, requests.collect()).await,
        };
        for (at, answer) in taking_part.iter().zip(&answers) {
            assert_eq!(answer.status, 200, "round {round}: {}", answer.text());
            // A verified address can be taken only after its account has changed to another address.
            submitted += usize::from(!is_owned);
            saved += usize::from(!is_owned && answer.text().contains("email_changed"));
            browsers[*at].store_cookies(answer);
        }
        let holders = "SELECT COUNT(DISTINCT email) FROM accounts WHERE email_verified_at > 1";
        let verified = "SELECT COUNT(*) FROM accounts WHERE email_verified_at > 1";
        let probe = app.open_database().await;
        assert_eq!(
            probe.read_number(holders).await,
            probe.read_number(verified).await,
            "one verified holder of each address"
        );
        restore_initial_addresses(&app).await;
    }
    print_attack_figures(
        "accounts that prove each other's addresses at once",
        &format!("{rounds} rounds, {submitted} proofs, {saved} saved, no error"),
    );
    assert_eq!(
        saved, submitted,
        "each proof is right, and no two are for one address"
    );
}

/// Sends the requests while another transaction has locked all accounts.
///
/// The transaction ends when every request waits for the first account that it changes. Each request then holds this
/// lock when it waits for the next one.
async fn send_while_accounts_are_locked(
    app: &TestApp,
    requests: Vec<(SocketAddr, Request)>,
) -> Vec<Response> {
    let (lock, count) = (app.lock_accounts().await, requests.len());
    let answers = tokio::spawn(send_at_once(requests));
    app.wait_for_waiting_transactions(count).await;
    drop(lock);
    answers.await.expect("requests are sent in time")
}

/// Signs in and begins to prove the address of another account. Returns the code.
async fn begin_proof_of_foreign_address(
    app: &TestApp,
    user: &User,
    other: &User,
) -> (Browser, String) {
    let mut browser = app.new_browser();
    browser.sign_in(app, user).await;
    app.skip_resend_cooldown().await;
    let code = browser.begin_email_change(app, &other.email).await;
    (browser, code)
}

/// Restores the addresses, proofs and limits of all accounts to the state before the first round.
async fn restore_initial_addresses(app: &TestApp) {
    for statement in [
        "DELETE FROM email_proofs",
        "INSERT INTO email_proofs SELECT * FROM kept_proofs",
        "UPDATE email_proofs SET tries = 0, expires_at = expires_at + 86400000",
        "UPDATE accounts SET email_verified_at = 0, email_canonical = 'moving ' || id",
        "UPDATE accounts SET email = (SELECT email FROM kept_emails k WHERE k.id = accounts.id), \
         email_canonical = (SELECT email_canonical FROM kept_emails k WHERE k.id = accounts.id)",
        "DELETE FROM limit_buckets",
        "DELETE FROM contact_changes",
    ] {
        app.execute_sql(statement).await;
    }
}
