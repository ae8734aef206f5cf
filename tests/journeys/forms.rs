//! Journeys without scripts: forms, redirects to fixed paths, messages on the page.

use domain::Purpose;

use crate::support::wire::Response;
use crate::support::{
    Browser, Database, FormResponse, TestApp, User, call, on_both_databases, wrong_code,
};

on_both_databases![
    user_registers_and_signs_in_without_scripts,
    form_errors_are_shown_with_the_entered_values,
    cancelled_dialog_keeps_the_username_in_the_sign_in_form,
    good_password_is_kept_when_only_the_number_is_wrong,
    password_that_may_be_a_phone_number_must_be_entered_again,
    typed_values_are_escaped_on_every_page,
];

/// Asserts that a form post redirects to this path.
fn assert_redirect(reply: &FormResponse, path: &str) {
    assert_eq!(reply.response.status, 303, "{}", reply.response.text());
    assert_eq!(reply.response.location(), path);
    assert!(reply.response.body.is_empty());
}

/// Follows a redirect as a browser does.
async fn follow_redirect(browser: &mut Browser, reply: &FormResponse) -> Response {
    let path = reply.response.location().to_owned();
    let page = browser.load_page(&path).await;
    assert_eq!(page.status, 200, "{path}");
    page
}

/// Asserts that a page shows these words.
fn assert_text(page: &Response, words: &str) {
    assert!(
        page.text().contains(words),
        "{words:?} is not on {}",
        page.text()
    );
}

/// Tests docs/security.md#reg-01, docs/security.md#sm-03, docs/security.md#csrf-04, docs/security.md#csrf-08,
/// Tests docs/security.md#ses-02.
async fn user_registers_and_signs_in_without_scripts(database: Database) {
    let app = TestApp::builder(database).with_captcha().start().await;
    let ann = User::with_unique_details();
    let mut browser = app.new_browser().without_scripts();
    assert_text(&browser.load_page("/register").await, "Full name");

    let reply = browser.submit_registration_details(&ann).await;
    assert_redirect(&reply, "/register/credentials");
    assert_text(&follow_redirect(&mut browser, &reply).await, "Phone number");
    let reply = browser.submit_registration_credentials(&ann).await;
    assert_redirect(&reply, "/register/verify");
    let page = follow_redirect(&mut browser, &reply).await;
    assert_text(&page, "Send OTP");
    let (office, line) = (&ann.phone[5..8], &ann.phone[8..]);
    assert_text(&page, &format!("+1 415-{office}-{line}"));
    let reply = browser.send_code(Purpose::Registration).await;
    assert_redirect(&reply, "/register/verify");
    let page = follow_redirect(&mut browser, &reply).await;
    assert_text(&page, "One-time code");
    assert_text(&page, "Validate");
    assert_text(&page, &format!("(***) ***-{line}"));
    let code = app
        .simulator
        .phone_with_number(&ann.phone)
        .next_code()
        .await;

    let reply = browser
        .enter_code(Purpose::Registration, &wrong_code(&code))
        .await;
    assert_redirect(&reply, "/register/verify");
    let page = follow_redirect(&mut browser, &reply).await;
    assert_text(&page, "Invalid code. 4 attempts remaining.");
    let again = browser.load_page("/register/verify").await;
    assert!(
        !again.text().contains("Invalid code."),
        "a flash message is shown once"
    );

    let reply = browser.enter_code(Purpose::Registration, &code).await;
    assert_redirect(&reply, "/login");
    let page = follow_redirect(&mut browser, &reply).await;
    assert_text(
        &page,
        "Phone number verified. Please sign in. If that does not work, check your email or register again.",
    );
    assert_eq!(app.open_database().await.count_accounts().await, 1);

    app.skip_resend_cooldown().await;
    let reply = browser.enter_password(&ann.email, &ann.password).await;
    assert_redirect(&reply, "/login");
    assert_text(
        &follow_redirect(&mut browser, &reply).await,
        "Choose Verification Method",
    );
    let mut phone = app.simulator.phone_with_number(&ann.phone);
    phone.skip_received_messages().await;
    let reply = browser.choose_sms_method().await;
    assert_redirect(&reply, "/login/verify");
    assert_text(
        &follow_redirect(&mut browser, &reply).await,
        "OTP Verification",
    );
    let code = phone.next_code().await;
    let reply = browser.enter_code(Purpose::SignIn, &code).await;
    assert_redirect(&reply, "/dashboard");
    assert_text(&follow_redirect(&mut browser, &reply).await, &ann.full_name);

    let reply = browser.sign_out().await;
    assert_redirect(&reply, "/login");
    assert_text(
        &follow_redirect(&mut browser, &reply).await,
        "You are signed out.",
    );
    assert!(!browser.is_signed_in().await);
}

/// With scripts, the open page keeps the username itself, so the next user of the browser does not see it. The code page
/// has "Not you?", so its cancellation shows an empty form.
async fn cancelled_dialog_keeps_the_username_in_the_sign_in_form(database: Database) {
    let app = TestApp::start(database).await;
    let ann = app.register_user().await;
    let field_value = format!("value=\"{}\"", ann.username);
    for runs_scripts in [true, false] {
        let mut browser = app.new_browser();
        if !runs_scripts {
            browser = browser.without_scripts();
        }
        app.execute_sql("UPDATE accounts SET mfa = 1").await;
        browser.enter_password(&ann.email, &ann.password).await;
        assert_text(&browser.load_page("/login").await, &field_value);
        browser.cancel_flow(Purpose::SignIn).await;
        let after_cancel = browser.load_page("/login").await.text();
        assert_eq!(after_cancel.contains(&field_value), !runs_scripts);
        let again = browser.load_page("/login").await;
        assert!(!again.text().contains(&field_value), "shown once");

        app.skip_resend_cooldown().await;
        browser.enter_password(&ann.email, &ann.password).await;
        browser.choose_sms_method().await;
        browser.cancel_flow(Purpose::SignIn).await;
        let after_code = browser.load_page("/login").await;
        assert!(!after_code.text().contains(&field_value));

        app.execute_sql("UPDATE accounts SET mfa = 0").await;
        browser.enter_password(&ann.email, &ann.password).await;
        browser.cancel_flow(Purpose::SetUp).await;
        assert_text(&browser.load_page("/login").await, &field_value);
    }
}

/// Tests docs/security.md#csrf-04, docs/security.md#reg-08, docs/security.md#leak-06.
async fn form_errors_are_shown_with_the_entered_values(database: Database) {
    let app = TestApp::start(database).await;
    let ann = app.register_user().await;
    let mut browser = app.new_browser().without_scripts();
    let reply = browser
        .enter_password(&ann.username, "not the password")
        .await;
    assert_redirect(&reply, "/login");
    let page = follow_redirect(&mut browser, &reply).await;
    assert_text(&page, "Incorrect username or password.");
    assert_text(&page, &format!("value=\"{}\"", ann.username));
    assert!(!page.text().contains("not the password"));

    let other_user = User {
        username: ann.username.clone(),
        ..User::with_unique_details()
    };
    let reply = browser.submit_registration_details(&other_user).await;
    assert_redirect(&reply, "/register");
    let page = follow_redirect(&mut browser, &reply).await;
    assert_text(&page, "This username is already taken.");
    assert_text(&page, &format!("value=\"{}\"", other_user.email));

    browser
        .submit_registration_details(&User::with_unique_details())
        .await;
    let reply = browser
        .submit_form(&call::submit_registration_credentials("short", "12"))
        .await;
    assert_redirect(&reply, "/register/credentials");
    let page = follow_redirect(&mut browser, &reply).await;
    assert_text(&page, "Use at least 8 characters.");
    assert!(!page.text().contains("value=\"short\""));
}

const PASSWORD_IS_KEPT: &str = "Your password is kept.";

/// JSON of a password error in the values that the page passes to its form.
const PASSWORD_ERROR: &str = "&quot;field&quot;:&quot;password&quot;";

/// Tests docs/product.md#section-2-credentials.
async fn good_password_is_kept_when_only_the_number_is_wrong(database: Database) {
    let app = TestApp::start(database).await;
    let ann = User::with_unique_details();
    let mut browser = app.new_browser().without_scripts();
    browser.submit_registration_details(&ann).await;
    let reply = browser
        .submit_form(&call::submit_registration_credentials("short", ""))
        .await;
    let page = follow_redirect(&mut browser, &reply).await;
    assert_text(&page, PASSWORD_ERROR);
    assert!(!page.text().contains(PASSWORD_IS_KEPT));

    // Wrong numbers compute no password hash. There are more of them than the hashes that a registration may compute.
    let wrong_numbers = [
        "",
        "12",
        "not a number",
        "+999 123",
        "+1 415",
        "++",
        "+44 70",
    ];
    for (index, number) in wrong_numbers.into_iter().enumerate() {
        let password = if index == 0 { &*ann.password } else { "" };
        let reply = browser
            .submit_form(&call::submit_registration_credentials(password, number))
            .await;
        assert_redirect(&reply, "/register/credentials");
        let page = follow_redirect(&mut browser, &reply).await;
        assert_text(&page, PASSWORD_IS_KEPT);
        assert!(!page.text().contains(PASSWORD_ERROR), "{number}");
        assert!(!page.text().contains(&ann.password), "{number}");
    }
    let reply = browser
        .submit_form(&call::submit_registration_credentials("", &ann.phone))
        .await;
    assert_redirect(&reply, "/register/verify");
    // The number can be corrected before its code is sent, with the same password.
    let page = browser.load_page("/register/credentials").await;
    assert_text(&page, PASSWORD_IS_KEPT);
    let corrected = User::with_unique_details().phone;
    let reply = browser
        .submit_form(&call::submit_registration_credentials("", &corrected))
        .await;
    assert_redirect(&reply, "/register/verify");
    browser.send_code(Purpose::Registration).await;
    let code = app
        .simulator
        .phone_with_number(&corrected)
        .next_code()
        .await;
    let reply = browser.enter_code(Purpose::Registration, &code).await;
    assert_redirect(&reply, "/login");
    app.skip_resend_cooldown().await;
    let ann = User {
        phone: corrected,
        ..ann
    };
    app.new_browser().sign_in(&app, &ann).await;
}

/// Tests docs/security.md#reg-05.
async fn password_that_may_be_a_phone_number_must_be_entered_again(database: Database) {
    let app = TestApp::start(database).await;
    let ann = User::with_unique_details();
    let mut browser = app.new_browser().without_scripts();
    browser.submit_registration_details(&ann).await;
    let digits = ann.phone.trim_start_matches('+').to_owned();
    for password in [digits, format!("{}!!", ann.phone)] {
        let reply = browser
            .submit_form(&call::submit_registration_credentials(&password, "12"))
            .await;
        let page = follow_redirect(&mut browser, &reply).await;
        assert!(!page.text().contains(PASSWORD_IS_KEPT), "{password}");
        let reply = browser
            .submit_form(&call::submit_registration_credentials(
                &password, &ann.phone,
            ))
            .await;
        assert_redirect(&reply, "/register/credentials");
    }
    // A script keeps the typed password in the field, so no hash is computed for a wrong number.
    let mut scripted = app.new_browser();
    scripted
        .submit_registration_details(&User::with_unique_details())
        .await;
    let reply = scripted
        .submit_form(&call::submit_registration_credentials(
            "correct horse staple",
            "12",
        ))
        .await;
    assert_eq!(reply.expect_errors().problems.len(), 1);
    let reply = scripted
        .submit_form(&call::submit_registration_credentials("", &ann.phone))
        .await;
    let refusal = reply.expect_errors();
    assert_eq!(refusal.problems.len(), 1, "{refusal:?}");
    assert!(
        refusal.first_problem_of(domain::Field::Password).is_some(),
        "{refusal:?}"
    );
}

/// Tests docs/security.md#leak-06.
async fn typed_values_are_escaped_on_every_page(database: Database) {
    let app = TestApp::start(database).await;
    let payloads = [
        "</script><script>alert(1)</script>",
        "\"><img src=x onerror=alert(1)>",
        "<!--<script>",
        "${alert(1)}",
        "'-alert(1)-'",
        "{{7*7}}",
        "\u{2028}alert(1)",
        "</textarea><svg onload=alert(1)>",
    ];
    for payload in payloads {
        let eve = User {
            full_name: payload.into(),
            username: payload.into(),
            email: payload.into(),
            ..User::with_unique_details()
        };
        let mut browser = app.new_browser().without_scripts();
        let reply = browser.submit_registration_details(&eve).await;
        let page = follow_redirect(&mut browser, &reply).await.text();
        let reply = browser.enter_password(payload, payload).await;
        let login = follow_redirect(&mut browser, &reply).await.text();
        let dangerous = payload.contains('<');
        for page in [page, login] {
            assert!(
                !dangerous || !page.contains(payload),
                "{payload} is not escaped"
            );
            assert!(!page.contains("<img src=x") && !page.contains("<svg onload"));
        }
    }
    // The full name is the only field of an account that accepts any character.
    let eve = User {
        full_name: "</script><img src=x onerror=alert(1)>\"'&".into(),
        ..User::with_unique_details()
    };
    app.new_browser().register(&app, &eve).await;
    app.skip_resend_cooldown().await;
    let mut browser = app.new_browser();
    browser.sign_in(&app, &eve).await;
    let page = browser.load_page("/dashboard").await.text();
    assert!(!page.contains("<img src=x"), "{page}");
    assert!(page.contains("&lt;img src=x"), "{page}");
}
