//! Attacks on the recovery of an account without a second factor whose verified number was lost.

use domain::{Problem, Purpose, Step};
use serde_json::json;

use crate::support::lost_phone::{RECOVERY_DELAY_SECS, enter_set_up_number};
use crate::support::{Browser, Database, TestApp, User, call, on_both_databases};

on_both_databases![
    password_alone_replaces_no_verified_number,
    mailbox_alone_opens_no_recovery_of_a_verified_number,
    password_reset_by_mail_ends_the_recovery_of_a_verified_number,
    mailbox_alone_opens_no_recovery_of_a_number_that_an_operator_sets_later,
    verified_second_factor_or_password_of_an_operator_permits_a_recovery_again,
    password_that_an_earlier_version_reset_by_mail_opens_no_recovery,
];

const PURPOSE: Purpose = Purpose::SetUp;
const NEW: &str = "a quite different 88 phrase";
const PHONE: &str = "SELECT phone FROM accounts";
const COUNT_RECOVERIES: &str = "SELECT COUNT(*) FROM recoveries";
const COUNT_REQUESTS: &str = "SELECT COUNT(*) FROM audit_events WHERE event = 'recovery_requested'";

/// Enters a number of the attacker in the set-up dialog. Asserts that only the verified number gets a code.
async fn assert_number_needs_old_phone(app: &TestApp, attacker: &mut Browser, user: &User) {
    let number = User::with_unique_details().phone;
    enter_set_up_number(app, attacker, &number, &user.phone).await;
    let phone = app.simulator.phone_with_number(&number);
    assert_eq!(phone.count_codes().await, 0);
    assert!(!attacker.is_signed_in().await);
    app.skip_resend_cooldown().await;
}

/// Resets the password with the link in the mail alone. Returns the user with the new password.
async fn reset_password_by_mail(app: &TestApp, user: &User) -> User {
    let reset = call::reset_password(&app.request_reset_token(user).await, NEW);
    let step = app.new_browser().submit_form(&reset).await.expect_step();
    assert_eq!(step, Step::PasswordReset);
    User {
        password: NEW.to_owned(),
        ..user.clone()
    }
}

/// Asserts that the reader of the mailbox, who has reset the password, opens no recovery.
async fn assert_mailbox_opens_no_recovery(app: &TestApp, user: &User) {
    let probe = app.open_database().await;
    let before = probe.read_number(COUNT_REQUESTS).await;
    let mut attacker = app.new_browser();
    let asked = call::begin_recovery(&user.username, &user.password);
    let refused = attacker.submit_form(&asked).await;
    assert_eq!(refused.expect_problem(), Problem::PasswordFromMail);
    assert!(
        refused.visible_error_text().contains("administrator"),
        "{}",
        refused.visible_error_text()
    );
    let step = attacker.begin_sign_in(user).await;
    assert!(matches!(step, Step::SetUp { .. }), "{step:?}");
    let refused = attacker.submit_form(&call::report_lost_phone()).await;
    assert_eq!(refused.expect_problem(), Problem::PasswordFromMail);
    assert_eq!(probe.read_number(COUNT_REQUESTS).await, before);
    assert_eq!(probe.read_number(COUNT_RECOVERIES).await, 0);
    assert_number_needs_old_phone(app, &mut attacker, user).await;
}

async fn password_alone_replaces_no_verified_number(database: Database) {
    let app = TestApp::start(database).await;
    let ann = app.create_user_with_verified_number().await;
    app.open_recovery(&ann).await;
    app.simulator.advance_clock(RECOVERY_DELAY_SECS + 1).await;
    let mut attacker = app.new_browser();
    let step = attacker.begin_sign_in(&ann).await;
    assert_eq!(step, Step::RecoveryInOtherBrowser);
    for form in [call::keep_phone_number(), call::cancel_own_recovery()] {
        assert!(attacker.submit_form(&form).await.is_refused(), "{form:?}");
    }
    assert_number_needs_old_phone(&app, &mut attacker, &ann).await;

    let program = app.new_api_client();
    let begun = program.submit_password(&ann).await;
    begun.expect_error(409, "recovery_in_other_browser");
    let flow = begun.flow_token(409);
    let keep = json!({ "flow": flow });
    let refused = program.post("/v1/login/keep-number", &keep).await;
    refused.expect_error(400, "method_unavailable");
    let number = User::with_unique_details().phone;
    let set_up = json!({ "flow": flow, "phone_number": number });
    let sent = program.post("/v1/login/setup", &set_up).await;
    let hint = format!("+1******{}", &ann.phone[8..]);
    assert_eq!(sent.expect_status(200)["phone_hint"], hint);
    let phone = app.simulator.phone_with_number(&number);
    assert_eq!(phone.count_codes().await, 0);

    let probe = app.open_database().await;
    assert_eq!(probe.read_text(PHONE).await, ann.phone);
    assert_eq!(probe.count_sessions().await, 0);
    // The owner completes the recovery in the browser in which it was opened.
    let (mut owner, number, code) = app.begin_set_up_after_recovery(&ann).await;
    let done = owner.enter_code(PURPOSE, &code).await;
    assert_eq!(done.expect_step(), Step::Dashboard);
    assert_eq!(probe.read_text(PHONE).await, number);
}

/// The mailbox resets the password of an account without a second factor, so both are one proof.
async fn mailbox_alone_opens_no_recovery_of_a_verified_number(database: Database) {
    let app = TestApp::start(database).await;
    let ann = app.create_user_with_verified_number().await;
    // A link that was mailed before the reset does not work after it.
    let token = app.request_recovery(&ann).await;
    let ann = reset_password_by_mail(&app, &ann).await;
    let link = call::open_recovery_by_link(&token);
    let refused = app.new_browser().submit_form(&link).await;
    assert_eq!(refused.expect_problem(), Problem::LinkInvalid);
    assert_mailbox_opens_no_recovery(&app, &ann).await;
    app.simulator.advance_clock(RECOVERY_DELAY_SECS + 1).await;
    assert_mailbox_opens_no_recovery(&app, &ann).await;
}

async fn password_reset_by_mail_ends_the_recovery_of_a_verified_number(database: Database) {
    let app = TestApp::start(database).await;
    let ann = app.create_user_with_verified_number().await;
    app.open_recovery(&ann).await;
    let ann = reset_password_by_mail(&app, &ann).await;
    app.simulator.advance_clock(RECOVERY_DELAY_SECS + 1).await;
    let mut attacker = app.browser_that_opened_recovery(&ann);
    let step = attacker.begin_sign_in(&ann).await;
    assert!(matches!(step, Step::SetUp { .. }), "{step:?}");
    assert_number_needs_old_phone(&app, &mut attacker, &ann).await;
}

async fn mailbox_alone_opens_no_recovery_of_a_number_that_an_operator_sets_later(
    database: Database,
) {
    let app = TestApp::start(database).await;
    let ann = reset_password_by_mail(&app, &app.create_user_by_command()).await;
    let number = User::with_unique_details().phone;
    let done = app.run_user_command(&["set-phone", &ann.username, &number]);
    assert_eq!(done.exit_code, 0, "{done:?}");
    let ann = User {
        phone: number,
        ..ann
    };
    assert_mailbox_opens_no_recovery(&app, &ann).await;
}

async fn verified_second_factor_or_password_of_an_operator_permits_a_recovery_again(
    database: Database,
) {
    let app = TestApp::start(database).await;
    let ann = app.create_user_with_verified_number().await;
    let ann = reset_password_by_mail(&app, &ann).await;
    let mut browser = app.sign_in_until_set_up(&ann).await;
    let code = enter_set_up_number(&app, &mut browser, &ann.phone, &ann.phone).await;
    let done = browser.enter_code(PURPOSE, &code).await;
    assert_eq!(done.expect_step(), Step::Dashboard);
    for reset in [false, true] {
        if reset {
            let done = app.run_user_command(&["reset-mfa", &ann.username]);
            assert_eq!(done.exit_code, 0, "{done:?}");
        }
        app.request_recovery(&ann).await;
    }

    app.skip_resend_cooldown().await;
    let bob = app.create_user_with_verified_number().await;
    let bob = reset_password_by_mail(&app, &bob).await;
    let set = ["set-password", &bob.username, "--password-stdin"];
    let password = "some other words 77 again";
    let done = app.run_user_command_with_input(&set, password);
    assert_eq!(done.exit_code, 0, "{done:?}");
    let bob = User {
        password: password.to_owned(),
        ..bob
    };
    app.open_recovery(&bob).await;
}

/// The migration finds these passwords in the audit trail.
async fn password_that_an_earlier_version_reset_by_mail_opens_no_recovery(database: Database) {
    let mut app = TestApp::start(database).await;
    let ann = app.create_user_with_verified_number().await;
    let bob = app.create_user_with_verified_number().await;
    let ann = reset_password_by_mail(&app, &ann).await;
    app.process.kill().await;
    for statement in [
        "ALTER TABLE accounts DROP COLUMN password_from_mail",
        "DELETE FROM _sqlx_migrations WHERE description = 'password_from_mail'",
    ] {
        app.execute_sql(statement).await;
    }
    app.restart().await;
    let asked = call::begin_recovery(&ann.username, &ann.password);
    let refused = app.new_browser().submit_form(&asked).await;
    assert_eq!(refused.expect_problem(), Problem::PasswordFromMail);
    let asked = call::begin_recovery(&bob.username, &bob.password);
    let reported = app.new_browser().submit_form(&asked).await;
    assert_eq!(reported.expect_step(), Step::RecoveryRequested);
}
