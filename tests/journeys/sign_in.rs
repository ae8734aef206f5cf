//! Sign-in with password and second factor.

use domain::{Problem, Purpose, Step};

use crate::support::{Database, TestApp, call, on_both_databases, wrong_code};

on_both_databases![
    password_alone_opens_no_session,
    unknown_user_and_wrong_password_show_the_same_page,
    only_an_enrolled_method_can_be_chosen,
    choosing_another_method_cancels_the_code_and_keeps_the_cooldown,
    disabled_account_is_refused_at_the_last_step_of_sign_in,
    account_with_a_second_factor_but_without_a_number_cannot_sign_in,
    account_that_loses_its_second_factor_during_a_sign_in_gets_no_session,
];

/// Tests docs/security.md#sm-03, docs/security.md#ses-03, docs/security.md#log-12.
async fn password_alone_opens_no_session(database: Database) {
    let app = TestApp::start(database).await;
    let ann = app.register_user().await;
    let mut browser = app.new_browser();
    browser.sign_in_until_code(&app, &ann).await;
    assert_eq!(app.open_database().await.count_sessions().await, 0);
    for line in browser.set_cookie_lines.clone() {
        let value = line.split([';', '=']).nth(1).expect("a value").to_owned();
        let mut attacker = app.new_browser();
        attacker.cookies.insert(call::SESSION_COOKIE.into(), value);
        assert!(!attacker.is_signed_in().await);
    }
    let reply = browser.enter_password(&ann.username, &ann.password).await;
    let lines: Vec<&str> = reply.response.header_values("set-cookie").collect();
    assert_eq!(
        lines.len(),
        1,
        "one flow token cookie and no other: {lines:?}"
    );
    assert!(!browser.is_signed_in().await);
}

/// Tests docs/security.md#log-03, docs/security.md#enum-01.
async fn unknown_user_and_wrong_password_show_the_same_page(database: Database) {
    let app = TestApp::start(database).await;
    let (ann, bob) = (app.register_user().await, app.register_user().await);
    app.execute_sql(
        "UPDATE accounts SET disabled = 1 WHERE username = (SELECT MAX(username) FROM accounts)",
    )
    .await;
    let long = "x".repeat(255);
    let answers = [
        ("unknown-user", "not the password"),
        ("unknown@example.com", "not the password"),
        (long.as_str(), "not the password"),
        (&ann.username, "not the password"),
        (&bob.email, "not the password"),
    ];
    let mut seen = Vec::new();
    for (identifier, password) in answers {
        let mut browser = app.new_browser();
        let reply = browser.enter_password(identifier, password).await;
        let mut headers = reply.response.headers.clone();
        for (name, value) in &mut headers {
            if matches!(
                name.as_str(),
                "content-security-policy" | "date" | "x-request-id"
            ) {
                value.clear();
            }
        }
        seen.push((reply.response.status, headers, reply.response.text()));
        assert_eq!(reply.expect_problem(), Problem::Credentials);
    }
    assert!(seen.iter().all(|one| *one == seen[0]), "{seen:#?}");
}

/// Tests docs/security.md#log-09, docs/security.md#log-10.
async fn only_an_enrolled_method_can_be_chosen(database: Database) {
    let app = TestApp::start(database).await;
    let ann = app.register_user().await;
    let mut browser = app.new_browser();
    let reply = browser.enter_password(&ann.username, &ann.password).await;
    assert!(!reply.response.text().contains(&ann.phone[1..8]));
    let creates = app.simulator.list_calls_of("create").await.len();
    for method in [
        "totp",
        "",
        "SMS",
        "call",
        "email",
        "sms,totp",
        "registration",
    ] {
        let reply = browser.submit_form(&call::choose_method(method)).await;
        assert_eq!(
            reply.expect_problem(),
            Problem::MethodUnavailable,
            "{method}"
        );
    }
    assert_eq!(app.simulator.list_calls_of("create").await.len(), creates);
}

/// Tests docs/security.md#otp-10, docs/security.md#res-01.
async fn choosing_another_method_cancels_the_code_and_keeps_the_cooldown(database: Database) {
    let app = TestApp::start(database).await;
    let ann = app.register_user().await;
    let mut browser = app.new_browser();
    let old = browser.sign_in_until_code(&app, &ann).await;
    let step = browser.choose_another_method().await.expect_step();
    assert!(matches!(step, Step::ChooseMethod { .. }));
    app.simulator.wait_for_cancelled_code().await;
    assert!(browser.enter_code(Purpose::SignIn, &old).await.is_refused());
    let reply = browser.choose_sms_method().await;
    assert!(matches!(reply.expect_problem(), Problem::ResendWait { .. }));
    app.skip_resend_cooldown().await;
    let mut phone = app.simulator.phone_with_number(&ann.phone);
    phone.skip_received_messages().await;
    browser.choose_sms_method().await.expect_code_entry();
    let new = phone.next_code().await;
    let reply = browser.enter_code(Purpose::SignIn, &wrong_code(&new)).await;
    assert_eq!(
        reply.visible_error_text(),
        "Invalid code. 4 attempts remaining."
    );
    browser
        .enter_code(Purpose::SignIn, &new)
        .await
        .expect_step();
}

/// Tests docs/security.md#sm-13.
async fn disabled_account_is_refused_at_the_last_step_of_sign_in(database: Database) {
    let app = TestApp::start(database).await;
    let ann = app.register_user().await;
    let mut browser = app.new_browser();
    let code = browser.sign_in_until_code(&app, &ann).await;
    app.execute_sql("UPDATE accounts SET disabled = 1").await;
    let reply = browser.enter_code(Purpose::SignIn, &code).await;
    assert_eq!(reply.expect_problem(), Problem::FlowEnded);
    assert_eq!(app.open_database().await.count_sessions().await, 0);
    let reply = app
        .new_browser()
        .enter_password(&ann.username, &ann.password)
        .await;
    assert_eq!(reply.expect_problem(), Problem::Credentials);
}

/// Tests docs/security.md#log-08.
async fn account_with_a_second_factor_but_without_a_number_cannot_sign_in(database: Database) {
    let app = TestApp::start(database).await;
    let ann = app.register_user().await;
    app.execute_sql("UPDATE accounts SET phone = '', phone_verified_at = 0")
        .await;
    let mut browser = app.new_browser();
    let reply = browser.enter_password(&ann.username, &ann.password).await;
    assert_eq!(reply.expect_problem(), Problem::MethodUnavailable);
    assert!(!browser.is_signed_in().await);
    assert_eq!(app.open_database().await.count_sessions().await, 0);
}

/// Tests docs/security.md#log-08.
async fn account_that_loses_its_second_factor_during_a_sign_in_gets_no_session(database: Database) {
    let app = TestApp::start(database).await;
    let ann = app.register_user().await;
    let mut browser = app.new_browser();
    let code = browser.sign_in_until_code(&app, &ann).await;
    app.execute_sql("UPDATE accounts SET mfa = 0").await;
    let reply = browser.enter_code(Purpose::SignIn, &code).await;
    assert_eq!(reply.expect_problem(), Problem::FlowEnded);
    assert!(!browser.is_signed_in().await);
    assert_eq!(app.open_database().await.count_sessions().await, 0);
}
