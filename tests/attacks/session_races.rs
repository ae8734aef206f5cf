//! Sign-ins and actions that end while the account changes: no session outlives a change that ends all sessions, and no
//! action is saved after its session has ended.

use std::net::SocketAddr;

use domain::{Problem, Purpose, Step};
use serde_json::json;
use tokio::task::JoinHandle;

use crate::support::account_locks::LOCK_ACCOUNTS;
use crate::support::call::{FormPost, Payment};
use crate::support::email_proof::{CANCEL_SUBJECT, read_cancel_token};
use crate::support::metrics::{Metrics, start_app_with_metrics};
use crate::support::payment::COUNT_EXECUTED;
use crate::support::{Browser, Database, FormResponse, TestApp, User, call, on_both_databases};

on_both_databases![
    sign_in_that_ends_during_a_password_change_leaves_no_session,
    sign_in_that_ends_while_an_email_change_is_cancelled_leaves_no_session,
    sign_in_that_ends_during_an_operator_command_leaves_no_session,
    sign_in_that_ends_during_the_end_of_other_sessions_leaves_no_session,
    mail_alone_does_not_reset_the_password_of_an_account_that_gets_a_second_factor,
    sign_in_with_the_old_password_does_not_finish_after_a_password_change,
    set_up_with_the_old_password_does_not_finish_after_a_password_change,
    payment_without_a_code_that_waits_for_a_password_change_is_not_executed,
    email_change_that_waits_for_a_password_change_is_not_begun,
    session_that_waits_for_a_password_change_does_not_end_the_session_of_the_owner,
];

pub(super) const NEW: &str = "a quite different 88 phrase";

/// Posts a form in a background task. Returns the browser and the response.
pub(super) fn post_in_background(
    mut browser: Browser,
    form: FormPost,
) -> JoinHandle<(Browser, FormResponse)> {
    tokio::spawn(async move {
        let response = browser.submit_form(&form).await;
        (browser, response)
    })
}

/// Submits the last form of a sign-in while `change` changes the account. Returns the results of both.
///
/// On PostgreSQL the sign-in has locked its flow and waits for the account when the change begins, and the change waits
/// for the flow before the sign-in continues. On SQLite both run in any order.
async fn finish_sign_in_during_change<T>(
    app: &TestApp,
    database: Database,
    (browser, form): (Browser, FormPost),
    change: impl FnOnce() -> JoinHandle<T>,
) -> (Browser, FormResponse, T) {
    let sign_in = || post_in_background(browser, form);
    let ((browser, response), changed) = match database {
        Database::Sqlite => {
            let (signing_in, changing) = (sign_in(), change());
            let signed_in = signing_in.await.expect("the sign-in ends");
            (signed_in, changing.await.expect("the change ends"))
        }
        Database::Postgres => app.run_while_locked(LOCK_ACCOUNTS, sign_in, change).await,
    };
    (browser, response, changed)
}

/// Begins a sign-in in a new browser. Returns the browser and the form with the code, which ends the sign-in.
async fn sign_in_until_last_form(app: &TestApp, user: &User) -> (Browser, FormPost) {
    app.skip_resend_cooldown().await;
    let mut browser = app.new_browser();
    let code = browser.sign_in_until_code(app, user).await;
    (browser, call::submit_code(Purpose::SignIn, &code))
}

async fn sign_in_that_ends_during_a_password_change_leaves_no_session(database: Database) {
    let app = TestApp::start(database).await;
    let (ann, owner) = app.sign_in_new_user().await;
    let last_form = sign_in_until_last_form(&app, &ann).await;
    let change = call::change_password(&ann.password, NEW);
    let (mut other, _, (mut owner, changed)) =
        finish_sign_in_during_change(&app, database, last_form, || {
            post_in_background(owner, change)
        })
        .await;
    assert_eq!(changed.expect_step(), Step::PasswordChanged);
    assert!(!other.is_signed_in().await);
    assert!(owner.is_signed_in().await);
    assert_eq!(app.open_database().await.count_sessions().await, 1);
}

async fn sign_in_that_ends_during_the_end_of_other_sessions_leaves_no_session(database: Database) {
    let app = TestApp::start(database).await;
    let (ann, owner) = app.sign_in_new_user().await;
    let last_form = sign_in_until_last_form(&app, &ann).await;
    let (mut other, _, (mut owner, ended)) =
        finish_sign_in_during_change(&app, database, last_form, || {
            post_in_background(owner, call::end_other_sessions())
        })
        .await;
    assert_eq!(ended.expect_step(), Step::SessionsEnded);
    assert!(!other.is_signed_in().await);
    assert!(owner.is_signed_in().await);
    assert_eq!(app.open_database().await.count_sessions().await, 1);
}

async fn sign_in_that_ends_while_an_email_change_is_cancelled_leaves_no_session(
    database: Database,
) {
    let app = TestApp::start(database).await;
    let (ann, mut intruder) = app.sign_in_new_user().await;
    intruder
        .begin_email_change(&app, "intruder@example.net")
        .await;
    let mail = app.wait_for_mail(&ann.email, CANCEL_SUBJECT).await;
    let last_form = sign_in_until_last_form(&app, &ann).await;
    let cancel = call::cancel_email_change(&read_cancel_token(&mail));
    let owner = app.new_browser();
    let (mut other, _, (_, cancelled)) =
        finish_sign_in_during_change(&app, database, last_form, || {
            post_in_background(owner, cancel)
        })
        .await;
    assert_eq!(cancelled.expect_step(), Step::EmailChangeCancelled);
    assert!(!other.is_signed_in().await && !intruder.is_signed_in().await);
    assert_eq!(app.open_database().await.count_sessions().await, 0);
}

async fn sign_in_that_ends_during_an_operator_command_leaves_no_session(database: Database) {
    let app = TestApp::start(database).await;
    let spare = User::with_unique_details();
    for command in [
        vec!["set-password", "--password-stdin"],
        vec!["reset-mfa"],
        vec!["set-phone", &spare.phone],
        vec!["set-email", &spare.email],
        vec!["disable"],
    ] {
        let ann = app.register_user().await;
        let last_form = sign_in_until_last_form(&app, &ann).await;
        let mut arguments = command.clone();
        arguments.insert(1, &ann.username);
        let (mut other, _, output) =
            finish_sign_in_during_change(&app, database, last_form, || {
                app.start_user_command(&arguments, NEW)
            })
            .await;
        assert_eq!(output.exit_code, 0, "{command:?}: {output:?}");
        assert!(!other.is_signed_in().await, "{command:?}");
        let sessions = app.open_database().await.count_sessions().await;
        assert_eq!(sessions, 0, "{command:?}");
    }
}

/// The account has no second factor, so its password can be reset by mail alone until the set-up ends.
async fn mail_alone_does_not_reset_the_password_of_an_account_that_gets_a_second_factor(
    database: Database,
) {
    let app = TestApp::start(database).await;
    let ann = app.create_user_by_command();
    let token = app.request_reset_token(&ann).await;
    let mut browser = app.new_browser();
    let step = browser.enter_password(&ann.username, &ann.password).await;
    assert!(matches!(step.expect_step(), Step::SetUp { .. }));
    let mut phone = app.simulator.phone_with_number(&ann.phone);
    let number = call::submit_set_up_phone(&ann.phone);
    browser.submit_form(&number).await.expect_code_entry();
    let code = call::submit_code(Purpose::SetUp, &phone.next_code().await);
    let (thief, reset) = (app.new_browser(), call::reset_password(&token, NEW));
    let (mut browser, set_up, (_, reset)) =
        finish_sign_in_during_change(&app, database, (browser, code), || {
            post_in_background(thief, reset)
        })
        .await;
    assert_ne!(set_up.is_refused(), reset.is_refused(), "one of both ends");
    if database == Database::Postgres {
        assert_eq!(reset.expect_problem(), Problem::FlowEnded);
    }
    assert_eq!(browser.is_signed_in().await, !set_up.is_refused());
    let valid = if reset.is_refused() {
        &ann.password
    } else {
        NEW
    };
    let mut another = app.new_browser();
    assert!(another.is_password_accepted(&ann.username, valid).await);
}

/// Begins a sign-in whose password is verified before `set-password` changes it, and whose flow is stored afterwards.
/// Returns the browser and the response to the password.
async fn begin_sign_in_before_password_change(
    app: &TestApp,
    database: Database,
    user: &User,
) -> (Browser, FormResponse) {
    let mut browser = app.new_browser();
    let form = call::submit_password(&user.username, &user.password, "");
    let change = ["set-password", &user.username, "--password-stdin"];
    match database {
        Database::Postgres => {
            let lock = app.lock_rate_limits().await;
            let signing_in = post_in_background(browser, form);
            app.wait_for_waiting_transactions(1).await;
            run_command_with_new_password(app, &change).await;
            drop(lock);
            signing_in.await.expect("the request ends")
        }
        // The change ends the flow, so the stored flow is restored after it.
        Database::Sqlite => {
            let response = browser.submit_form(&form).await;
            app.execute_sql("CREATE TABLE kept_flows AS SELECT * FROM flows")
                .await;
            run_command_with_new_password(app, &change).await;
            for statement in [
                "DELETE FROM flows",
                "INSERT INTO flows SELECT * FROM kept_flows",
                "DROP TABLE kept_flows",
            ] {
                app.execute_sql(statement).await;
            }
            (browser, response)
        }
    }
}

/// Runs `sallyport user …` with the new password as standard input, and waits until it has succeeded.
async fn run_command_with_new_password(app: &TestApp, arguments: &[&str]) {
    let output = app.start_user_command(arguments, NEW).await;
    let output = output.expect("the command ends");
    assert_eq!(output.exit_code, 0, "{output:?}");
}

/// The attacker has the old password and the phone.
async fn sign_in_with_the_old_password_does_not_finish_after_a_password_change(database: Database) {
    let app = TestApp::start(database).await;
    let ann = app.register_user().await;
    let (mut attacker, response) = begin_sign_in_before_password_change(&app, database, &ann).await;
    let step = response.expect_step();
    assert!(matches!(step, Step::ChooseMethod { .. }), "{step:?}");
    let reported = attacker.submit_form(&call::report_lost_phone()).await;
    assert_eq!(reported.expect_problem(), Problem::FlowEnded);
    let mut phone = app.simulator.phone_with_number(&ann.phone);
    phone.skip_received_messages().await;
    attacker.choose_sms_method().await.expect_code_entry();
    let code = phone.next_code().await;
    let refused = attacker.enter_code(Purpose::SignIn, &code).await;
    assert_eq!(refused.expect_problem(), Problem::FlowEnded);
    assert!(!attacker.is_signed_in().await);
    assert_eq!(app.open_database().await.count_sessions().await, 0);
}

/// The attacker has the old password of an account without a second factor, and another phone.
async fn set_up_with_the_old_password_does_not_finish_after_a_password_change(database: Database) {
    let app = TestApp::start(database).await;
    let ann = app.create_user_by_command();
    let (mut attacker, response) = begin_sign_in_before_password_change(&app, database, &ann).await;
    let step = response.expect_step();
    assert!(matches!(step, Step::SetUp { .. }), "{step:?}");
    let number = User::with_unique_details().phone;
    let refused = attacker
        .submit_form(&call::submit_set_up_phone(&number))
        .await;
    assert_eq!(refused.expect_problem(), Problem::FlowEnded);
    let phone = app.simulator.phone_with_number(&number);
    assert_eq!(phone.count_codes().await, 0);
    assert!(!attacker.is_signed_in().await);
}

/// Signs in an attacker, then the owner of the same account. Returns the owner and both browsers.
async fn sign_in_attacker_and_owner(app: &TestApp) -> (User, Browser, Browser) {
    let (ann, mut attacker) = app.sign_in_new_user().await;
    let mut owner = app.new_browser();
    owner.sign_in(app, &ann).await;
    app.skip_resend_cooldown().await;
    // Updates the last use of the session, which the next request then does not write.
    assert!(attacker.is_signed_in().await);
    (ann, attacker, owner)
}

/// Submits a form of the attacker. Its transaction waits while a change of the password ends the attacker's session.
/// Returns the browser of the owner, and the response to the attacker.
async fn submit_during_password_change(
    app: &TestApp,
    metrics_server: SocketAddr,
    database: Database,
    (ann, attacker, owner): (User, Browser, Browser),
    form: FormPost,
) -> (Browser, FormResponse) {
    match database {
        Database::Postgres => {
            let change = call::change_password(&ann.password, NEW);
            let ((owner, changed), (_, response)) = app
                .run_while_locked(
                    LOCK_ACCOUNTS,
                    || post_in_background(owner, change),
                    || post_in_background(attacker, form),
                )
                .await;
            assert_eq!(changed.expect_step(), Step::PasswordChanged);
            (owner, response)
        }
        // SQLite has one writing transaction at a time. This one ends the older session, as the change does.
        Database::Sqlite => {
            let mut change = app.execute_and_keep_connection("BEGIN IMMEDIATE").await;
            let submitting = post_in_background(attacker, form);
            // The request has found its session, and its transaction waits for the one of this test.
            Metrics::wait_for(metrics_server, |metrics| {
                let waiting = [("pool", "write"), ("state", "used")];
                metrics.sum("sallyport_database_connections", &waiting) == 1
            })
            .await;
            for statement in [
                "DELETE FROM sessions WHERE created_at < (SELECT MAX(created_at) FROM sessions)",
                "COMMIT",
            ] {
                let ended = sqlx::query(statement).execute(&mut change).await;
                ended.expect("the transaction ends the session");
            }
            let (_, response) = submitting.await.expect("the request ends");
            (owner, response)
        }
    }
}

async fn payment_without_a_code_that_waits_for_a_password_change_is_not_executed(
    database: Database,
) {
    let (app, metrics_server) = start_app_with_metrics(database).await;
    let browsers = sign_in_attacker_and_owner(&app).await;
    let payment = Payment {
        key: "key of the attacker".to_owned(),
        ..Payment::in_dollars("5.00")
    };
    let form = call::submit_payment(&payment);
    let (_, refused) =
        submit_during_password_change(&app, metrics_server, database, browsers, form).await;
    assert!(refused.is_refused());
    let probe = app.open_database().await;
    assert_eq!(probe.read_number("SELECT COUNT(*) FROM payments").await, 0);
    assert_eq!(probe.read_number(COUNT_EXECUTED).await, 0);
}

async fn email_change_that_waits_for_a_password_change_is_not_begun(database: Database) {
    let (app, metrics_server) = start_app_with_metrics(database).await;
    let browsers = sign_in_attacker_and_owner(&app).await;
    app.wait_for_empty_outbox().await;
    let form = call::begin_email_change("attacker@example.net");
    let (_, refused) =
        submit_during_password_change(&app, metrics_server, database, browsers, form).await;
    assert!(refused.is_refused());
    let begun = "SELECT COUNT(*) FROM email_proofs WHERE email = 'attacker@example.net'";
    assert_eq!(app.open_database().await.read_number(begun).await, 0);
}

async fn session_that_waits_for_a_password_change_does_not_end_the_session_of_the_owner(
    database: Database,
) {
    let (app, metrics_server) = start_app_with_metrics(database).await;
    let browsers = sign_in_attacker_and_owner(&app).await;
    let form = call::end_other_sessions();
    let (mut owner, refused) =
        submit_during_password_change(&app, metrics_server, database, browsers, form).await;
    assert!(refused.is_refused());
    assert!(owner.is_signed_in().await);
}

/// An API client can sign in with the password alone if the operator permits it.
#[tokio::test(flavor = "multi_thread")]
async fn api_sign_in_with_the_old_password_opens_no_session_after_a_password_change() {
    let app = TestApp::builder(Database::Postgres)
        .with_setting("SALLYPORT_MFA", "optional")
        .start()
        .await;
    let ann = app.create_user_without_phone_by_command();
    let client = app.new_api_client();
    let lock = app.lock_rate_limits().await;
    let signing_in = tokio::spawn({
        let (client, ann) = (client.clone(), ann.clone());
        async move { client.submit_password(&ann).await }
    });
    app.wait_for_waiting_transactions(1).await;
    run_command_with_new_password(&app, &["set-password", &ann.username, "--password-stdin"]).await;
    drop(lock);
    let refused = signing_in.await.expect("the request ends");
    refused.expect_error(401, "invalid_credentials");
    assert_eq!(app.open_database().await.count_sessions().await, 0);
    let new = json!({ "identifier": ann.username, "password": NEW });
    let accepted = client.post("/v1/login", &new).await;
    accepted.access_token(200);
}
