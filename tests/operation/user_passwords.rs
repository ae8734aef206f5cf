//! Passwords that operators set.

use domain::{Problem, Purpose};

use crate::support::{Database, TestApp, User, on_both_databases};

on_both_databases![
    generated_password_is_printed_once_and_works,
    new_password_of_an_account_ends_its_sessions_and_keeps_the_second_factor,
    password_that_registration_would_refuse_is_not_set,
    byte_order_mark_before_a_password_on_standard_input_is_no_part_of_it,
];

async fn generated_password_is_printed_once_and_works(database: Database) {
    let app = TestApp::start(database).await;
    let output = app.run_user_command(&[
        "create",
        "--username=ann",
        "--email=ann@example.com",
        "--full-name=Ann Lee",
        "--generate-password",
        "--json",
    ]);
    assert_eq!(output.exit_code, 0, "{output:?}");
    let made: serde_json::Value =
        serde_json::from_str(&output.stdout).expect("output is one JSON document");
    let password = made["password"].as_str().expect("value is text");
    assert!(
        app.new_browser()
            .is_password_accepted("ann", password)
            .await
    );
    assert!(
        !app.open_database()
            .await
            .dump_rows()
            .await
            .contains(password)
    );
}

/// Tests docs/security.md#enr-05.
async fn new_password_of_an_account_ends_its_sessions_and_keeps_the_second_factor(
    database: Database,
) {
    let app = TestApp::start(database).await;
    let (ann, mut signed_in) = app.sign_in_new_user().await;
    let mut half_way = app.new_browser();
    let code = half_way.sign_in_until_code(&app, &ann).await;
    let new = "another horse 9 staple";
    let arguments = ["set-password", &ann.username, "--password-stdin", "--json"];
    let output = app.run_user_command_with_input(&arguments, new);
    assert_eq!(output.exit_code, 0, "{output:?}");
    let done: serde_json::Value =
        serde_json::from_str(&output.stdout).expect("output is a JSON document");
    assert_eq!(done["username"], ann.username.as_str());
    assert_eq!(done["event"], "password_changed");
    assert!(!output.stdout.contains(new) && done.get("password").is_none());

    assert!(!signed_in.is_signed_in().await);
    let reply = half_way.enter_code(Purpose::SignIn, &code).await;
    assert_eq!(reply.expect_problem(), Problem::FlowEnded);
    let audited = "SELECT COUNT(*) FROM audit_events WHERE source = 'operator' AND event = 'password_changed'";
    assert_eq!(app.open_database().await.read_number(audited).await, 1);
    let mail = app.simulator.mailbox_of(&ann.email).next_mail().await;
    assert!(mail.text.contains("password"), "{mail:?}");

    let mut old = app.new_browser();
    assert!(!old.is_password_accepted(&ann.username, &ann.password).await);
    app.skip_resend_cooldown().await;
    let ann = User {
        password: new.to_owned(),
        ..ann
    };
    app.new_browser().sign_in(&app, &ann).await;

    let output =
        app.run_user_command(&["set-password", &ann.email, "--generate-password", "--json"]);
    let done: serde_json::Value =
        serde_json::from_str(&output.stdout).expect("output is a JSON document");
    let generated = done["password"].as_str().expect("value is text");
    let mut browser = app.new_browser();
    assert!(browser.is_password_accepted(&ann.email, generated).await);
}

/// Tests docs/security.md#reg-05.
async fn password_that_registration_would_refuse_is_not_set(database: Database) {
    let app = TestApp::start(database).await;
    let ann = app.register_user().await;
    for (who, password, words) in [
        (ann.username.as_str(), "short", "password: "),
        (&ann.username, "password123", "password: "),
        (&ann.username, &ann.email, "password: "),
        (&ann.username, "two\nlines", "one line"),
        ("none", "another horse 9 staple", "no account has this"),
    ] {
        let output =
            app.run_user_command_with_input(&["set-password", who, "--password-stdin"], password);
        assert_eq!(output.exit_code, 1, "{output:?}");
        assert!(output.stderr.contains(words), "{words}: {output:?}");
    }
    app.new_browser().sign_in(&app, &ann).await;
}

/// Some shells and editors write a byte order mark.
async fn byte_order_mark_before_a_password_on_standard_input_is_no_part_of_it(database: Database) {
    let app = TestApp::start(database).await;
    let create = [
        "create",
        "--username=ann",
        "--email=ann@example.com",
        "--full-name=Ann Lee",
        "--password-stdin",
    ];
    let set = ["set-password", "ann", "--password-stdin"];
    for (arguments, password) in [
        (create.as_slice(), "another horse 9 staple"),
        (set.as_slice(), "a third horse 8 staple"),
    ] {
        let input = format!("\u{feff}{password}\r\n");
        let output = app.run_user_command_with_input(arguments, &input);
        assert_eq!(output.exit_code, 0, "{output:?}");
        let mut browser = app.new_browser();
        assert!(browser.is_password_accepted("ann", password).await);
    }
}

/// Tests docs/security.md#reg-08.
#[tokio::test(flavor = "multi_thread")]
async fn passwords_are_not_accepted_as_arguments() {
    let app = TestApp::start(Database::Sqlite).await;
    let who = [
        "create",
        "--username=ann",
        "--email=a@x.com",
        "--full-name=Ann",
    ];
    for more in [
        ["--password", "long enough 7"].as_slice(),
        &["--password=long enough 7"],
        &["--password-stdin=long enough 7"],
        &["--password-stdin", "--generate-password"],
        &[],
    ] {
        let output = app.run_user_command(&[who.as_slice(), more].concat());
        assert_eq!(output.exit_code, 2, "{output:?}");
    }
    assert_eq!(app.open_database().await.count_accounts().await, 0);
}
