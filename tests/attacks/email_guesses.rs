//! Attackers who guess mailed codes while a limit is reached.

use domain::Problem;

use super::email_owner::enter_wrong_codes_of_a_stranger;
use super::email_proof::sign_in_without_cooldown;
use crate::support::account_locks::LOCK_FLOWS;
use crate::support::call::Payment;
use crate::support::payment::AMOUNT_ABOVE_THRESHOLD;
use crate::support::{Database, TestApp, call, on_both_databases, wrong_code};

on_both_databases![
    correct_and_wrong_email_codes_get_the_same_answer_at_the_address_limit,
    remaining_attempts_of_email_codes_are_those_of_the_account_if_it_has_fewer,
];

const ADDRESS: &str = "victim@example.net";

/// Tests docs/security.md#email-proof.
async fn correct_and_wrong_email_codes_get_the_same_answer_at_the_address_limit(
    database: Database,
) {
    let app = TestApp::start(database).await;
    for _ in 0..4 {
        let last = enter_wrong_codes_of_a_stranger(&app, ADDRESS).await;
        assert_eq!(last, Problem::AttemptsUsedUp);
    }
    let eve = app.register_user().await;
    let mut guessing = sign_in_without_cooldown(&app, &eve).await;
    let code = guessing.begin_email_change(&app, ADDRESS).await;
    // A minute after the sign-in, this request stores the last use of the session. The next ones do not.
    app.skip_resend_cooldown().await;
    let payment = Payment::in_dollars(AMOUNT_ABOVE_THRESHOLD);
    guessing.begin_payment(&payment).await;
    app.wait_for_empty_outbox().await;
    let probe = app.open_database().await;
    let before = probe.dump_rows().await;
    // On PostgreSQL, an attempt that ends the payment flow would wait and fail.
    let lock = match database {
        Database::Sqlite => None,
        Database::Postgres => Some(app.execute_and_keep_connection(LOCK_FLOWS).await),
    };
    for entered in [wrong_code(&code), code] {
        let attempt = call::submit_email_code(&entered);
        let held = guessing.submit_form(&attempt).await.expect_problem();
        assert!(matches!(held, Problem::FactorHeld { .. }), "{held:?}");
    }
    drop(lock);
    assert_eq!(before, probe.dump_rows().await);
}

/// Tests docs/security.md#email-proof.
async fn remaining_attempts_of_email_codes_are_those_of_the_account_if_it_has_fewer(
    database: Database,
) {
    let app = TestApp::start(database).await;
    let ann = app.register_user().await;
    let mut browser = sign_in_without_cooldown(&app, &ann).await;
    let mut answers = Vec::new();
    for (address, guesses) in [
        ("one@example.net", 4),
        ("two@example.net", 4),
        ("three@example.net", 2),
    ] {
        app.skip_resend_cooldown().await;
        let code = browser.begin_email_change(&app, address).await;
        for _ in 0..guesses {
            let guess = call::submit_email_code(&wrong_code(&code));
            answers.push(browser.submit_form(&guess).await.expect_problem());
        }
    }
    // The tenth wrong code reaches the limit of the account, and its answer says so.
    let held = answers.pop();
    assert!(matches!(held, Some(Problem::FactorHeld { .. })), "{held:?}");
    let shown = [4, 3, 2, 1, 4, 3, 2, 1, 1];
    let shown = shown.map(|attempts_remaining| Problem::InvalidCode { attempts_remaining });
    assert_eq!(answers, shown);
}
