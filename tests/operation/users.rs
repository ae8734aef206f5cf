//! Accounts that operators create and change.

use domain::{Problem, Purpose};

use crate::support::{Database, RunningApp, TestApp, User, call, on_both_databases};

on_both_databases![
    account_created_by_an_operator_signs_in_up_to_the_second_factor,
    account_that_registration_would_refuse_is_not_created,
    disabling_ends_sessions_and_flows_at_once,
    resetting_the_second_factor_keeps_the_number_and_ends_the_sessions,
    new_number_of_an_account_is_verified_at_the_next_sign_in,
    number_that_registration_would_refuse_is_not_set,
    accounts_are_listed_and_shown_without_secrets,
];

/// Tests docs/security.md#enr-04.
async fn account_created_by_an_operator_signs_in_up_to_the_second_factor(database: Database) {
    let app = TestApp::start(database).await;
    let ann = app.create_user_by_command();
    let probe = app.open_database().await;
    let fresh = "SELECT COUNT(*) FROM accounts WHERE mfa = 0 AND phone_verified_at = 0 AND disabled \
                 = 0 AND phone <> '' AND password_hash LIKE '$argon2id$v=19$m=64,t=1,p=1$%'";
    assert_eq!(probe.read_number(fresh).await, 1);
    let audited = "SELECT COUNT(*) FROM audit_events WHERE event = 'account_created' AND source = \
                   'operator' AND account_id = (SELECT id FROM accounts)";
    assert_eq!(probe.read_number(audited).await, 1);
    let mut browser = app.new_browser();
    assert!(
        browser
            .is_password_accepted(&ann.email, &ann.password)
            .await
    );
    assert!(!browser.is_signed_in().await);
    assert!(
        !app.new_browser()
            .is_password_accepted(&ann.email, "another password")
            .await
    );
}

/// Tests docs/security.md#reg-03, docs/security.md#reg-05, docs/security.md#reg-11.
async fn account_that_registration_would_refuse_is_not_created(database: Database) {
    let app = TestApp::start(database).await;
    let ann = app.create_user_by_command();
    let create = |username: &str, email: &str, phone: &str, password: &str| {
        let arguments = [
            "create",
            "--username",
            username,
            "--email",
            email,
            "--full-name=Ann Lee",
            "--phone",
            phone,
            "--password-stdin",
        ];
        app.run_user_command_with_input(&arguments, password)
    };
    let phone = "+14155550142";
    for (output, expected) in [
        (
            create("b@x.com", "b", "12", "short"),
            ["username: ", "email: ", "phone: ", "password: "].as_slice(),
        ),
        (
            create("bob", "b@x.com", phone, "password1"),
            &["too common"],
        ),
        (
            create("bob", "bob@x.com", phone, "bob@x.com1\n"),
            &["your name"],
        ),
        (
            create("bob", "b@x.com", phone, "two lines\nof it\n"),
            &["one line"],
        ),
        (
            create("bob", "b@x.com", "+18005550100", "long enough 7"),
            &["phone: "],
        ),
        (
            create(
                &ann.username.to_uppercase(),
                "b@x.com",
                phone,
                "long enough 7",
            ),
            &["another account already has this username"],
        ),
        (
            create("bob", &ann.email.to_uppercase(), phone, "long enough 7"),
            &["another account already has this email"],
        ),
    ] {
        assert_eq!(output.exit_code, 1, "{output:?}");
        for words in expected {
            assert!(output.stderr.contains(words), "{words}: {output:?}");
        }
    }
    assert_eq!(app.open_database().await.count_accounts().await, 1);
}

/// Tests docs/security.md#ses-06, docs/security.md#log-03.
async fn disabling_ends_sessions_and_flows_at_once(database: Database) {
    let app = TestApp::start(database).await;
    let (ann, mut signed_in) = app.sign_in_new_user().await;
    let mut half_way = app.new_browser();
    let code = half_way.sign_in_until_code(&app, &ann).await;
    let probe = app.open_database().await;
    for applied in [true, false] {
        let output = app.run_user_command(&["disable", &ann.email, "--json"]);
        assert_eq!(output.exit_code, 0, "{output:?}");
        let applied = format!("\"applied\":{applied}");
        assert!(output.stdout.contains(&applied), "{output:?}");
    }
    assert!(!signed_in.is_signed_in().await);
    assert_eq!(probe.count_sessions().await, 0);
    let reply = half_way.enter_code(Purpose::SignIn, &code).await;
    assert_eq!(reply.expect_problem(), Problem::FlowEnded);
    let live = "SELECT COUNT(*) FROM flows WHERE live = 1";
    assert_eq!(probe.read_number(live).await, 0);
    assert!(
        !app.new_browser()
            .is_password_accepted(&ann.username, &ann.password)
            .await
    );

    assert_eq!(
        app.run_user_command(&["enable", &ann.username]).exit_code,
        0
    );
    app.skip_resend_cooldown().await;
    app.new_browser().sign_in(&app, &ann).await;
    let audited = "SELECT COUNT(*) FROM audit_events WHERE source = 'operator' AND event IN \
                   ('account_disabled', 'account_enabled')";
    assert_eq!(probe.read_number(audited).await, 2);
}

/// Tests docs/security.md#enr-05.
async fn resetting_the_second_factor_keeps_the_number_and_ends_the_sessions(database: Database) {
    let app = TestApp::start(database).await;
    let (ann, bob) = (app.register_user().await, app.register_user().await);
    let (mut signed_in, mut other) = (app.new_browser(), app.new_browser());
    signed_in.sign_in(&app, &ann).await;
    other.sign_in(&app, &bob).await;
    app.skip_resend_cooldown().await;
    let mut half_way = app.new_browser();
    let code = half_way.sign_in_until_code(&app, &ann).await;
    signed_in.create_recovery_codes().await;
    app.execute_sql(
        "INSERT INTO authenticators SELECT id, 'sealed', 0, 1, '', '', 0, 0 FROM accounts",
    )
    .await;
    let probe = app.open_database().await;
    let id = app.run_user_command(&["show", &ann.username, "--json"]);
    let shown: serde_json::Value =
        serde_json::from_str(&id.stdout).expect("output is a JSON document");
    let output = app.run_user_command(&["reset-mfa", shown["id"].as_str().expect("value is text")]);
    assert_eq!(output.exit_code, 0, "{output:?}");
    assert!(!signed_in.is_signed_in().await);
    assert!(other.is_signed_in().await);
    let reply = half_way.enter_code(Purpose::SignIn, &code).await;
    assert_eq!(reply.expect_problem(), Problem::FlowEnded);
    let kept =
        "SELECT COUNT(*) FROM accounts WHERE mfa = 0 AND phone <> '' AND phone_verified_at > 0";
    let audited =
        "SELECT COUNT(*) FROM audit_events WHERE source = 'operator' AND event = 'mfa_reset'";
    for (query, expected) in [
        (kept, 1),
        ("SELECT COUNT(*) FROM accounts WHERE mfa = 1", 1),
        ("SELECT COUNT(*) FROM authenticators", 1),
        ("SELECT COUNT(*) FROM recovery_codes", 0),
        (audited, 1),
        // One notification by mail and one by text message.
        (
            "SELECT COUNT(*) FROM outbox WHERE notice LIKE '%two_factor_reset%'",
            2,
        ),
    ] {
        assert_eq!(probe.read_number(query).await, expected, "{query}");
    }
}

/// Tests docs/security.md#enr-05.
async fn new_number_of_an_account_is_verified_at_the_next_sign_in(database: Database) {
    let app = TestApp::start(database).await;
    let ann = app.register_user().await;
    let mut signed_in = app.new_browser();
    signed_in.sign_in(&app, &ann).await;
    signed_in.create_recovery_codes().await;
    app.skip_resend_cooldown().await;
    let mut half_way = app.new_browser();
    let code = half_way.sign_in_until_code(&app, &ann).await;
    let new = User::with_unique_details().phone;
    let output = app.run_user_command(&["set-phone", &ann.email, &new, "--json"]);
    assert_eq!(output.exit_code, 0, "{output:?}");
    let done: serde_json::Value =
        serde_json::from_str(&output.stdout).expect("output is a JSON document");
    assert_eq!(done["username"], ann.username.as_str());
    assert_eq!(done["event"], "phone_changed");
    assert_eq!(done["phone"], format!("(***) ***-{}", &new[8..]));
    assert!(!output.stdout.contains(&new[1..]), "{output:?}");
    assert!(!is_phone_shown_as_verified(&app, &ann));

    assert!(!signed_in.is_signed_in().await);
    let reply = half_way.enter_code(Purpose::SignIn, &code).await;
    assert_eq!(reply.expect_problem(), Problem::FlowEnded);
    let probe = app.open_database().await;
    for (query, expected) in [
        ("SELECT COUNT(*) FROM accounts WHERE mfa = 0", 1),
        ("SELECT COUNT(*) FROM recovery_codes", 0),
        (
            "SELECT COUNT(*) FROM audit_events WHERE source = 'operator' AND event IN \
             ('phone_changed', 'mfa_reset')",
            2,
        ),
    ] {
        assert_eq!(probe.read_number(query).await, expected, "{query}");
    }
    let mut phone = app.simulator.phone_with_number(&ann.phone);
    // Skips the notification about the recovery codes.
    while !phone.next_notification().await.contains(&new[8..]) {}
    app.simulator.mailbox_of(&ann.email).next_mail().await;

    // To replace the new number, the user must first confirm it with a code.
    app.skip_resend_cooldown().await;
    let mut browser = app.new_browser();
    browser.begin_sign_in(&ann).await;
    let other = User::with_unique_details().phone;
    browser
        .submit_form(&call::submit_set_up_phone(&other))
        .await
        .expect_step();
    app.simulator.phone_with_number(&new).next_code().await;
    assert_eq!(
        app.simulator.phone_with_number(&other).count_codes().await,
        0
    );
    browser.cancel_flow(Purpose::SetUp).await.expect_step();

    app.skip_resend_cooldown().await;
    let mut browser = app.new_browser();
    browser.begin_sign_in(&ann).await;
    let mut phone = app.simulator.phone_with_number(&new);
    phone.skip_received_messages().await;
    browser
        .submit_form(&call::submit_set_up_phone(&new))
        .await
        .expect_step();
    let code = phone.next_code().await;
    browser
        .enter_code(Purpose::SetUp, &code)
        .await
        .expect_step();
    assert!(browser.is_signed_in().await);
    assert_eq!(probe.read_text("SELECT phone FROM accounts").await, new);
    assert!(is_phone_shown_as_verified(&app, &ann));
}

/// Returns whether `user show` and `user export` show the phone number of a user as verified.
fn is_phone_shown_as_verified(app: &RunningApp, user: &User) -> bool {
    let read = |arguments: &[&str]| {
        let output = app.run_user_command(arguments);
        assert_eq!(output.exit_code, 0, "{output:?}");
        output.stdout
    };
    let parse = |text: String| {
        serde_json::from_str::<serde_json::Value>(&text).expect("output is a JSON document")
    };
    let text = read(&["show", &user.email]);
    let shown = parse(read(&["show", &user.email, "--json"]));
    let exported = parse(read(&["export", &user.email]));
    let is_verified = shown["phone_verified"] == true;
    assert_eq!(text.contains(", verified\nMFA"), is_verified, "{text}");
    assert_eq!(
        exported["phone"]["verified_at"].is_string(),
        is_verified,
        "{exported}"
    );
    is_verified
}

/// Tests docs/security.md#reg-11.
async fn number_that_registration_would_refuse_is_not_set(database: Database) {
    let app = TestApp::start(database).await;
    let (ann, crowd) = (app.register_user().await, User::with_unique_details().phone);
    for _ in 0..5 {
        let sharing = User {
            phone: crowd.clone(),
            ..User::with_unique_details()
        };
        app.new_browser().register(&app, &sharing).await;
        app.simulator.advance_clock(1300).await;
    }
    for (who, phone, words) in [
        (ann.username.as_str(), "12", "phone: "),
        (&ann.username, "+18005550100", "phone: "),
        (&ann.username, &ann.phone, "already"),
        (&ann.username, &crowd, "as many accounts"),
        ("none", "+14155550142", "no account has this"),
    ] {
        let output = app.run_user_command(&["set-phone", who, phone]);
        assert_eq!(output.exit_code, 1, "{output:?}");
        assert!(output.stderr.contains(words), "{words}: {output:?}");
    }
    app.new_browser().sign_in(&app, &ann).await;
}

/// Tests docs/security.md#leak-02, docs/security.md#leak-04.
async fn accounts_are_listed_and_shown_without_secrets(database: Database) {
    let app = TestApp::start(database).await;
    let people = [
        app.create_user_by_command(),
        app.create_user_by_command(),
        app.create_user_by_command(),
    ];
    app.run_user_command(&["disable", &people[1].username]);
    let lists = [
        app.run_user_command(&["list"]),
        app.run_user_command(&["list", "--json"]),
        app.run_user_command(&["show", &people[0].email]),
        app.run_user_command(&["show", &people[0].username.to_uppercase(), "--json"]),
    ];
    for output in &lists {
        assert_eq!(output.exit_code, 0, "{output:?}");
        assert!(!output.stdout.contains("$argon2id"), "{output:?}");
        for User { phone, .. } in &people {
            assert!(!output.stdout.contains(&phone[1..]), "{output:?}");
        }
    }
    let rows: Vec<serde_json::Value> = lists[1]
        .stdout
        .lines()
        .map(|line| serde_json::from_str(line).expect("output is a JSON document"))
        .collect();
    assert_eq!(rows.len(), 3);
    for user in &people {
        let row = rows.iter().find(|row| row["username"] == *user.username);
        let row = row.expect("account is listed");
        let hint = format!("(***) ***-{}", &user.phone[user.phone.len() - 4..]);
        assert_eq!(row["phone"], *hint);
        assert_eq!(row["mfa"], false);
        assert_eq!(row["disabled"], user.username == people[1].username);
        assert!(lists[0].stdout.contains(&user.username));
    }
    assert!(
        lists[2].stdout.contains(&people[0].full_name),
        "{:?}",
        lists[2]
    );
    let output = app.run_user_command(&["show", "unknown-user"]);
    assert_eq!(output.exit_code, 1);
    assert!(output.stderr.contains("no account has this"), "{output:?}");
}
