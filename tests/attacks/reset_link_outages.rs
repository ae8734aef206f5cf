//! Errors and crashes after the new password of a reset was hashed. They do not use up the link of the reset.

use domain::{Problem, Step};

use super::session_races::NEW;
use crate::support::database_faults::end_refusals;
use crate::support::{Database, TestApp, call, on_both_databases};

on_both_databases![
    reset_link_survives_an_outage_after_the_hash,
    reset_link_of_an_account_without_second_factor_survives_an_outage_after_the_hash,
    reset_link_permits_five_password_hashes,
];

/// Makes the database refuse new flows.
const fn refuse_new_flows(database: Database) -> &'static str {
    match database {
        Database::Sqlite => {
            "CREATE TRIGGER refuse BEFORE INSERT ON flows BEGIN SELECT RAISE(ABORT, 'refused'); END"
        }
        Database::Postgres => {
            "CREATE FUNCTION refuse() RETURNS trigger AS $$ BEGIN \
             RAISE EXCEPTION 'refused' USING ERRCODE = '53100'; END $$ LANGUAGE plpgsql; \
             CREATE TRIGGER refuse BEFORE INSERT ON flows FOR EACH STATEMENT EXECUTE FUNCTION refuse()"
        }
    }
}

/// Makes the database refuse new passwords.
const fn refuse_new_passwords(database: Database) -> &'static str {
    match database {
        Database::Sqlite => {
            "CREATE TRIGGER refuse BEFORE UPDATE OF password_hash ON accounts \
             BEGIN SELECT RAISE(ABORT, 'refused'); END"
        }
        Database::Postgres => {
            "CREATE FUNCTION refuse() RETURNS trigger AS $$ BEGIN \
             RAISE EXCEPTION 'refused' USING ERRCODE = '53100'; END $$ LANGUAGE plpgsql; \
             CREATE TRIGGER refuse BEFORE UPDATE OF password_hash ON accounts \
             FOR EACH STATEMENT EXECUTE FUNCTION refuse()"
        }
    }
}

/// Submits a new password with the link of a reset, and asserts that the server reports an internal error.
async fn submit_new_password_in_outage(app: &TestApp, token: &str) {
    let reset = call::reset_password(token, NEW);
    let failed = app.new_browser().submit_form(&reset).await.response;
    assert!(failed.status >= 500, "{}: {}", failed.status, failed.text());
}

async fn reset_link_survives_an_outage_after_the_hash(database: Database) {
    let app = TestApp::start(database).await;
    let ann = app.register_user().await;
    let token = app.request_reset_token(&ann).await;
    app.execute_sql(refuse_new_flows(database)).await;
    submit_new_password_in_outage(&app, &token).await;
    app.execute_sql(end_refusals(database)).await;
    let reset = call::reset_password(&token, NEW);
    let step = app.new_browser().submit_form(&reset).await.expect_step();
    assert!(matches!(step, Step::ChooseMethod { .. }), "{step:?}");
    let used = app.new_browser().submit_form(&reset).await;
    assert_eq!(used.expect_problem(), Problem::ResetLinkInvalid);
}

async fn reset_link_of_an_account_without_second_factor_survives_an_outage_after_the_hash(
    database: Database,
) {
    let app = TestApp::start(database).await;
    let ann = app.create_user_by_command();
    let token = app.request_reset_token(&ann).await;
    app.execute_sql(refuse_new_passwords(database)).await;
    submit_new_password_in_outage(&app, &token).await;
    app.execute_sql(end_refusals(database)).await;
    let reset = call::reset_password(&token, NEW);
    let step = app.new_browser().submit_form(&reset).await.expect_step();
    assert_eq!(step, Step::PasswordReset);
    let used = app.new_browser().submit_form(&reset).await;
    assert_eq!(used.expect_problem(), Problem::ResetLinkInvalid);
    let mut browser = app.new_browser();
    assert!(browser.is_password_accepted(&ann.username, NEW).await);
}

/// Otherwise an attacker with one mail could cause any number of hashes.
async fn reset_link_permits_five_password_hashes(database: Database) {
    let app = TestApp::start(database).await;
    let ann = app.register_user().await;
    let token = app.request_reset_token(&ann).await;
    app.execute_sql(refuse_new_flows(database)).await;
    for _ in 0..5 {
        submit_new_password_in_outage(&app, &token).await;
    }
    let reset = call::reset_password(&token, NEW);
    let refused = app.new_browser().submit_form(&reset).await;
    assert_eq!(refused.expect_problem(), Problem::ResetLinkInvalid);
}

#[tokio::test(flavor = "multi_thread")]
async fn reset_link_survives_a_kill_after_the_hash() {
    let mut app = TestApp::builder(Database::Postgres)
        .with_separate_simulator()
        .start()
        .await;
    let ann = app.register_user().await;
    let token = app.request_reset_token(&ann).await;
    let reset = call::reset_password(&token, NEW);
    let lock = app
        .execute_and_keep_connection("BEGIN; LOCK TABLE flows IN EXCLUSIVE MODE")
        .await;
    let request = app.new_browser().form_request(&reset);
    let stream = request.send_without_reading(app.address).await;
    app.wait_for_waiting_transactions(1).await;
    app.process.kill().await;
    drop((stream, lock));
    app.restart().await;
    let step = app.new_browser().submit_form(&reset).await.expect_step();
    assert!(matches!(step, Step::ChooseMethod { .. }), "{step:?}");
}
