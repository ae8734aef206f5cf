//! Changes that operators make to a disabled account, for example after an attack.

use domain::Problem;

use crate::support::{Database, TestApp, User, on_both_databases};

on_both_databases![
    password_and_email_of_a_disabled_account_are_set_and_it_stays_disabled,
    unverified_email_of_a_disabled_account_is_counted_as_verified,
];

const DISABLED: &str = "SELECT COUNT(*) FROM accounts WHERE disabled = 1";

/// Runs a command of `sallyport user` that succeeds.
fn change_account(app: &TestApp, arguments: &[&str], input: &str) {
    let output = app.run_user_command_with_input(arguments, input);
    assert_eq!(output.exit_code, 0, "{output:?}");
}

/// An attacker has the password and the mailbox of the account. The operator disables it and replaces both.
async fn password_and_email_of_a_disabled_account_are_set_and_it_stays_disabled(
    database: Database,
) {
    let app = TestApp::start(database).await;
    let ann = app.register_user().await;
    let safe = User {
        email: User::with_unique_details().email,
        password: "another horse 9 staple".to_owned(),
        ..ann.clone()
    };
    change_account(&app, &["disable", &ann.username], "");
    let set_password = ["set-password", &ann.username, "--password-stdin"];
    change_account(&app, &set_password, &safe.password);
    change_account(&app, &["set-email", &ann.username, &safe.email], "");
    let probe = app.open_database().await;
    assert_eq!(probe.read_number(DISABLED).await, 1);
    for password in [&ann.password, &safe.password] {
        let refused = app
            .new_browser()
            .enter_password(&ann.username, password)
            .await;
        assert_eq!(refused.expect_problem(), Problem::Credentials);
    }

    change_account(&app, &["enable", &ann.username], "");
    let mut attacker = app.new_browser();
    for identifier in [&ann.email, &ann.username] {
        let accepted = attacker.is_password_accepted(identifier, &ann.password);
        assert!(!accepted.await, "{identifier}");
    }
    app.new_browser().sign_in(&app, &safe).await;
    assert_eq!(app.request_reset_mail(&safe).await.to, safe.email);
}

async fn unverified_email_of_a_disabled_account_is_counted_as_verified(database: Database) {
    let app = TestApp::start(database).await;
    let ann = app.register_user_with_unverified_email().await;
    change_account(&app, &["disable", &ann.username], "");
    change_account(&app, &["verify-email", &ann.username], "");
    let probe = app.open_database().await;
    assert_eq!(probe.read_number(DISABLED).await, 1);
    let verified = "SELECT COUNT(*) FROM accounts WHERE email_verified_at > 0";
    assert_eq!(probe.read_number(verified).await, 1);
}
