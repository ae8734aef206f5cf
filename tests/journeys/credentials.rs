//! The second step of registration: password and phone number.

use domain::{Field, Problem, Purpose};

use crate::support::{Database, Simulator, TestApp, User, call, on_both_databases};

const PURPOSE: Purpose = Purpose::Registration;

on_both_databases![
    short_common_and_personal_passwords_are_refused,
    password_matches_in_either_unicode_normal_form,
    numbers_that_cannot_receive_codes_are_refused_before_any_send,
    number_can_be_corrected_until_a_code_is_sent,
];

/// Tests docs/security.md#reg-05.
async fn short_common_and_personal_passwords_are_refused(database: Database) {
    let app = TestApp::start(database).await;
    let ann = User {
        full_name: "Wilhelmina Featherstone".into(),
        ..User::with_unique_details()
    };
    let mut browser = app.new_browser();
    browser
        .submit_registration_details(&ann)
        .await
        .expect_step();
    let refused = [
        (String::new(), Problem::Missing),
        ("1234567".into(), Problem::PasswordTooShort),
        ("x".repeat(1025), Problem::PasswordTooLong),
        ("😀".repeat(257), Problem::PasswordTooLong),
        ("password1".into(), Problem::PasswordCommon),
        ("PASSWORD1".into(), Problem::PasswordCommon),
        ("sallyport".into(), Problem::PasswordResembles),
        (ann.phone.clone(), Problem::PasswordResembles),
        (ann.email.clone(), Problem::PasswordResembles),
    ];
    for (password, problem) in refused {
        let reply = browser
            .submit_form(&call::submit_registration_credentials(
                &password, &ann.phone,
            ))
            .await;
        assert_eq!(reply.expect_problem(), problem, "{} bytes", password.len());
    }
    let taken = [
        "x y z 7 q",
        "😀😁😂🤣😃😄😅😆",
        &"long ".repeat(204),
        "пароль из слов",
    ];
    for password in taken {
        let reply = browser
            .submit_form(&call::submit_registration_credentials(password, &ann.phone))
            .await;
        assert!(!reply.is_refused(), "{password}");
    }
    assert!(app.simulator.list_calls().await.is_empty());
    let stored = "SELECT COUNT(*) FROM flows WHERE subject LIKE '%$argon2id$v=19$m=64,t=1,p=1$%'";
    assert_eq!(app.open_database().await.read_number(stored).await, 1);
}

/// Tests docs/security.md#reg-06.
async fn password_matches_in_either_unicode_normal_form(database: Database) {
    let app = TestApp::start(database).await;
    let ann = User {
        password: " crème brûlée 9 ".into(),
        ..User::with_unique_details()
    };
    app.new_browser().register(&app, &ann).await;
    let decomposed = " cre\u{300}me bru\u{302}le\u{301}e 9 ";
    app.new_browser()
        .enter_password(&ann.username, decomposed)
        .await
        .expect_step();
    let trimmed = app
        .new_browser()
        .enter_password(&ann.username, decomposed.trim())
        .await;
    assert_eq!(trimmed.expect_problem(), Problem::Credentials);
}

/// Tests docs/security.md#reg-11, docs/security.md#prv-05.
async fn numbers_that_cannot_receive_codes_are_refused_before_any_send(database: Database) {
    let app = TestApp::start(database).await;
    let ann = User::with_unique_details();
    let mut browser = app.new_browser();
    browser
        .submit_registration_details(&ann)
        .await
        .expect_step();
    for number in [
        "",
        "12",
        "+1415555",
        "+14155550142;ext=9",
        "+1415FLOWERS",
        "+19005550142",
        "+8816123456",
        "+979123456789",
        "911",
        "+999999999999",
        "+1 (000) 555-0142",
        "+18005550142",
        "+4433012345",
        "not a number",
        "+14155550142 x12",
    ] {
        let reply = browser
            .submit_form(&call::submit_registration_credentials(
                &ann.password,
                number,
            ))
            .await;
        let refusal = reply.expect_errors();
        assert!(
            refusal.first_problem_of(Field::Phone).is_some(),
            "{number}: {refusal:?}"
        );
        assert!(browser.send_code(PURPOSE).await.is_refused());
    }
    assert!(app.simulator.list_calls().await.is_empty());
    let local = format!(
        "({}) {}-{}",
        &ann.phone[2..5],
        &ann.phone[5..8],
        &ann.phone[8..]
    );
    browser
        .submit_form(&call::submit_registration_credentials(
            &ann.password,
            &local,
        ))
        .await
        .expect_step();
    browser.send_code(PURPOSE).await.expect_code_entry();
    let calls = app.simulator.list_calls().await;
    assert_eq!(Simulator::phone_number_of_call(&calls[0]), ann.phone);
}

/// Tests docs/security.md#sm-08.
async fn number_can_be_corrected_until_a_code_is_sent(database: Database) {
    let app = TestApp::start(database).await;
    let (ann, other) = (
        User::with_unique_details(),
        User::with_unique_details().phone,
    );
    let mut browser = app.new_browser();
    browser
        .submit_registration_details(&ann)
        .await
        .expect_step();
    browser
        .submit_form(&call::submit_registration_credentials(
            &ann.password,
            &other,
        ))
        .await
        .expect_step();
    browser
        .submit_registration_credentials(&ann)
        .await
        .expect_step();
    browser.send_code(PURPOSE).await.expect_code_entry();
    let late = browser
        .submit_form(&call::submit_registration_credentials(
            &ann.password,
            &other,
        ))
        .await;
    assert_eq!(late.expect_problem(), Problem::FlowEnded);
    browser.enter_next_code(&app, PURPOSE, &ann).await;
    let phone = app
        .open_database()
        .await
        .read_text("SELECT phone FROM accounts")
        .await;
    assert_eq!(phone, ann.phone);
    assert_eq!(
        app.simulator.phone_with_number(&other).count_codes().await,
        0
    );
}
