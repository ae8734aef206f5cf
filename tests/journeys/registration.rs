//! Registration in the browser.

use std::time::Duration;

use domain::{Field, Problem, Purpose, Step, Timestamp};
use serde_json::json;

use crate::support::{Database, TestApp, User, call, on_both_databases, page};

const PURPOSE: Purpose = Purpose::Registration;

on_both_databases![
    user_registers_and_signs_in,
    all_field_errors_are_reported_together,
    taken_username_is_reported_in_any_spelling,
    username_that_looks_like_an_email_is_refused,
    registered_email_gets_the_same_answer_and_no_second_account,
    number_belongs_to_at_most_five_accounts,
    message_at_the_end_of_a_registration_is_true_in_every_case,
    registration_refuses_a_number_with_five_accounts_after_its_code,
    unknown_form_fields_have_no_effect,
    number_can_be_corrected_after_the_code_was_sent,
];

/// Tests docs/security.md#reg-01, docs/security.md#reg-14, docs/security.md#sm-03.
async fn user_registers_and_signs_in(database: Database) {
    let app = TestApp::builder(database).with_captcha().start().await;
    let probe = app.open_database().await;
    let ann = User::with_unique_details();
    let mut browser = app.new_browser();

    let step = browser
        .submit_registration_details(&ann)
        .await
        .expect_step();
    assert_eq!(step, Step::Credentials);
    let Step::SendCode { hint, .. } = browser
        .submit_registration_credentials(&ann)
        .await
        .expect_step()
    else {
        panic!("the next step sends the code");
    };
    assert_eq!(hint.to_string(), format!("(***) ***-{}", &ann.phone[8..]));
    let before = app.simulator.now_secs().await;
    let before = Timestamp::from_millis(i64::try_from(before * 1000).expect("time fits the type"));
    let entry = browser.send_code(PURPOSE).await.expect_code_entry();
    let sent = entry.sent.as_ref().expect("a message");
    // Both times count from the start of the send.
    for (time, secs) in [(sent.expires_at, 600), (sent.resend_at, 30)] {
        let start = time - Duration::from_secs(secs);
        assert!((before..=entry.now).contains(&start), "{secs}: {entry:?}");
    }
    assert_eq!(probe.count_accounts().await, 0);
    let too_early = app
        .new_browser()
        .enter_password(&ann.username, &ann.password)
        .await;
    assert_eq!(too_early.expect_problem(), Problem::Credentials);

    let code = app
        .simulator
        .phone_with_number(&ann.phone)
        .next_code()
        .await;
    let step = browser.enter_code(PURPOSE, &code).await.expect_step();
    assert_eq!(step, Step::Registered);
    assert_eq!(probe.count_accounts().await, 1);
    let verified = "SELECT COUNT(*) FROM accounts WHERE mfa = 1 AND phone_verified_at > 0";
    assert_eq!(probe.read_number(verified).await, 1);
    assert_eq!(browser.session_token(), None);
    assert_eq!(browser.flow_token(PURPOSE), None);
    let page = browser.load_page("/login").await.text();
    assert!(page.contains("Phone number verified. Please sign in. If that does not work, check your email or register again."));

    app.skip_resend_cooldown().await;
    browser.sign_in(&app, &ann).await;
    assert!(browser.is_signed_in().await);
    assert_eq!(probe.count_sessions().await, 1);
}

/// Tests docs/security.md#lim-03.
async fn all_field_errors_are_reported_together(database: Database) {
    let app = TestApp::start(database).await;
    let mut browser = app.new_browser();
    let invalid = User {
        full_name: "\u{202e}nnA".into(),
        username: "a b".into(),
        email: "not an address".into(),
        ..User::with_unique_details()
    };
    let refusal = browser
        .submit_registration_details(&invalid)
        .await
        .expect_errors();
    let about = |field| refusal.first_problem_of(field).cloned();
    assert_eq!(about(Field::FullName), Some(Problem::NameInvalid));
    assert_eq!(about(Field::Username), Some(Problem::UsernameInvalid));
    assert_eq!(about(Field::Email), Some(Problem::EmailInvalid));

    let endless = User {
        full_name: "a".repeat(101),
        username: "a".repeat(65),
        email: format!("{}@example.com", "a".repeat(250)),
        ..User::with_unique_details()
    };
    let refusal = browser
        .submit_registration_details(&endless)
        .await
        .expect_errors();
    assert_eq!(refusal.problems.len(), 3, "{refusal:?}");
    assert_eq!(
        app.open_database()
            .await
            .read_number("SELECT COUNT(*) FROM flows")
            .await,
        0
    );
}

/// Submits the details of a new user with this username. Returns the problem of the username.
async fn find_problem_of_username(app: &TestApp, username: &str) -> Option<Problem> {
    let user = User {
        username: username.to_owned(),
        ..User::with_unique_details()
    };
    let mut browser = app.new_browser();
    let reply = browser.submit_registration_details(&user).await;
    let errors = reply.expect_errors();
    errors.first_problem_of(Field::Username).cloned()
}

/// Tests docs/security.md#reg-03, docs/security.md#enum-02.
async fn taken_username_is_reported_in_any_spelling(database: Database) {
    let app = TestApp::start(database).await;
    let ann = app.register_user().await;
    for spelling in [
        ann.username.clone(),
        ann.username.to_uppercase(),
        format!("  {} ", ann.username),
        format!("\u{200b}{}\u{2060}", ann.username),
    ] {
        let problem = find_problem_of_username(&app, &spelling).await;
        assert_eq!(problem, Some(Problem::UsernameTaken));
    }
    for look_alike in ["ｐerson", "pers\u{301}on", "рerson", "person.", "per son"] {
        let problem = find_problem_of_username(&app, look_alike).await;
        assert_eq!(problem, Some(Problem::UsernameInvalid), "{look_alike}");
    }
}

/// Tests docs/security.md#reg-04.
async fn username_that_looks_like_an_email_is_refused(database: Database) {
    let app = TestApp::start(database).await;
    let ann = app.register_user().await;
    for username in [
        ann.email.clone(),
        "x@example.com".into(),
        "a＠b.example".into(),
    ] {
        let problem = find_problem_of_username(&app, &username).await;
        assert_eq!(problem, Some(Problem::UsernameInvalid));
    }
}

/// Tests docs/security.md#enum-02, docs/security.md#enum-03.
async fn registered_email_gets_the_same_answer_and_no_second_account(database: Database) {
    let app = TestApp::start(database).await;
    let probe = app.open_database().await;
    let ann = app.register_user().await;
    let fresh = User::with_unique_details();
    let other_user = User {
        email: ann
            .email
            .to_uppercase()
            .replace("EXAMPLE.COM", "Example.Com"),
        ..User::with_unique_details()
    };
    let mut answers = Vec::new();
    for user in [&fresh, &other_user] {
        let mut browser = app.new_browser();
        let details = browser.submit_registration_details(user).await;
        let credentials = browser.submit_registration_credentials(user).await;
        browser.send_code(PURPOSE).await.expect_code_entry();
        let code = app
            .simulator
            .phone_with_number(&user.phone)
            .next_code()
            .await;
        let end = browser.enter_code(PURPOSE, &code).await;
        let neutral = credentials.response.text().replace(&user.phone[8..], "");
        answers.push((
            details.response.text(),
            neutral,
            end.response.text(),
            end.response.status,
            browser.cookies.keys().cloned().collect::<Vec<_>>(),
        ));
    }
    assert_eq!(answers[0], answers[1]);
    assert_eq!(probe.count_accounts().await, 2);
    let refused = app
        .new_browser()
        .enter_password(&other_user.username, &other_user.password)
        .await;
    assert_eq!(refused.expect_problem(), Problem::Credentials);
    app.skip_resend_cooldown().await;
    app.new_browser().sign_in(&app, &ann).await;
}

/// Tests docs/security.md#reg-12.
async fn number_belongs_to_at_most_five_accounts(database: Database) {
    let app = TestApp::start(database).await;
    let phone = User::with_unique_details().phone;
    for _ in 0..6 {
        let user = User {
            phone: phone.clone(),
            ..User::with_unique_details()
        };
        app.new_browser().register(&app, &user).await;
        // This test does not cover the hourly limit of messages to one number.
        app.simulator.advance_clock(1300).await;
    }
    assert_eq!(app.open_database().await.count_accounts().await, 5);
}

/// Tests docs/security.md#enum-02.
async fn message_at_the_end_of_a_registration_is_true_in_every_case(database: Database) {
    const TRUE: &str = "Phone number verified. Please sign in. If that does not work, check your \
                        email or register again.";
    const USERNAME_TAKEN: &str = "no account was created: another account has taken this username";
    let app = TestApp::start(database).await;
    let ann = app.register_user().await;
    let fresh = User::with_unique_details();
    let taken_email = User {
        email: ann.email.clone(),
        ..User::with_unique_details()
    };
    let taken_username = User::with_unique_details();
    for (user, message) in [
        (&fresh, TRUE),
        (&taken_email, TRUE),
        (&taken_username, USERNAME_TAKEN),
    ] {
        let mut browser = app.new_browser();
        let code = browser.register_until_code(&app, user).await;
        if user.username == taken_username.username {
            let other = User {
                username: user.username.clone(),
                ..User::with_unique_details()
            };
            app.new_browser().register(&app, &other).await;
        }
        let step = browser.enter_code(PURPOSE, &code).await.expect_step();
        assert_eq!(step, Step::Registered);
        let html = browser.load_page("/login").await.text();
        let page = page::visible_text(&html);
        assert!(page.contains(message), "{page}");
        assert!(!page.contains("new account."), "{page}");
        // The form must not use up the sign-in attempts of the account that has the username.
        assert_eq!(html.contains(&user.username), message == TRUE, "{html}");
    }
    let mut german = app.new_browser().with_accept_language("de");
    german.register(&app, &User::with_unique_details()).await;
    let page = german.load_page("/login").await.text();
    assert!(page.contains("Bitte melden Sie sich an."), "{page}");
    let mail = app.simulator.mailbox_of(&ann.email).next_mail().await;
    let link = format!("http://{}/login", app.address);
    assert!(mail.text.contains(&link), "{}", mail.text);
}

async fn registration_refuses_a_number_with_five_accounts_after_its_code(database: Database) {
    let app = TestApp::start(database).await;
    let phone = User::with_unique_details().phone;
    let sharing = || User {
        phone: phone.clone(),
        ..User::with_unique_details()
    };
    for _ in 0..5 {
        app.new_browser().register(&app, &sharing()).await;
        // This test does not cover the hourly limit of messages to one number.
        app.simulator.advance_clock(1300).await;
    }
    let mut browser = app.new_browser();
    browser.register(&app, &sharing()).await;
    let page = page::visible_text(&browser.load_page("/login").await.text());
    assert!(page.contains("no account was created"), "{page}");
    app.simulator.advance_clock(1300).await;
    let client = app.new_api_client();
    let (flow, code) = client.register_until_code(&app, &sharing()).await;
    let verify = json!({ "flow": flow, "code": code });
    let refused = client.post("/v1/register/verify", &verify).await;
    let refused = refused.expect_error(409, "registration_conflict");
    assert_eq!(refused["errors"][0]["field"], "phone_number");
    assert_eq!(refused["errors"][0]["code"], "phone_has_all_accounts");
    assert_eq!(app.open_database().await.count_accounts().await, 5);
}

/// Tests docs/security.md#reg-15, docs/security.md#sm-08.
async fn unknown_form_fields_have_no_effect(database: Database) {
    let app = TestApp::start(database).await;
    let probe = app.open_database().await;
    let ann = User::with_unique_details();
    let extras = [
        ("mfa", "0"),
        ("role", "admin"),
        ("phone_verified_at", "1"),
        ("id", "1"),
        ("account_id", "x"),
        ("flow_id", "x"),
        ("to", "+14155559998"),
        ("disabled", "1"),
    ];
    let mut browser = app.new_browser();
    let captcha = browser.solve_captcha(PURPOSE).await;
    let mut details = call::submit_registration_details(&ann, &captcha);
    details
        .fields
        .extend(extras.map(|(name, value)| (name, value.to_owned())));
    details.fields.push(("phone", "+14155559998".into()));
    browser.submit_form(&details).await.expect_step();
    let mut credentials = call::submit_registration_credentials(&ann.password, &ann.phone);
    credentials
        .fields
        .extend(extras.map(|(name, value)| (name, value.to_owned())));
    browser.submit_form(&credentials).await.expect_step();
    browser.send_code(PURPOSE).await.expect_code_entry();
    let code = app
        .simulator
        .phone_with_number(&ann.phone)
        .next_code()
        .await;
    let mut check = call::submit_code(PURPOSE, &code);
    check
        .fields
        .extend(extras.map(|(name, value)| (name, value.to_owned())));
    check.fields.push(("phone", "+14155559998".into()));
    browser.submit_form(&check).await.expect_step();
    assert_eq!(
        probe.read_text("SELECT phone FROM accounts").await,
        ann.phone
    );
    let plain = "SELECT COUNT(*) FROM accounts WHERE mfa = 1 AND disabled = 0 AND id <> '1'";
    assert_eq!(probe.read_number(plain).await, 1);
}

/// Tests docs/product.md#section-2-code. The password is kept, and the code of the wrong number does not count.
async fn number_can_be_corrected_after_the_code_was_sent(database: Database) {
    let app = TestApp::start(database).await;
    let ann = User::with_unique_details();
    let corrected = User {
        phone: User::with_unique_details().phone,
        ..ann.clone()
    };
    let mut browser = app.new_browser();
    let first = browser.register_until_code(&app, &ann).await;
    let step = browser
        .submit_form(&call::correct_registration_phone())
        .await;
    assert_eq!(step.expect_step(), Step::Credentials);
    let page = browser.load_page("/register/credentials").await.text();
    assert!(page.contains("Your password is kept."), "{page}");
    let without_password = call::submit_registration_credentials("", &corrected.phone);
    browser.submit_form(&without_password).await.expect_step();
    assert!(browser.enter_code(PURPOSE, &first).await.is_refused());
    browser.send_code(PURPOSE).await.expect_code_entry();
    let code = app
        .simulator
        .phone_with_number(&corrected.phone)
        .next_code()
        .await;
    let step = browser.enter_code(PURPOSE, &code).await.expect_step();
    assert_eq!(step, Step::Registered);
    app.skip_resend_cooldown().await;
    app.new_browser().sign_in(&app, &corrected).await;
    // A browser without a registration cannot correct a number.
    let nothing = app
        .new_browser()
        .submit_form(&call::correct_registration_phone())
        .await;
    assert_eq!(nothing.expect_problem(), Problem::FlowEnded);
}
