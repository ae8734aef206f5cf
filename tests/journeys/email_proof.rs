//! The proof and the change of an e-mail address.

use domain::{Problem, Step};

use crate::support::email_proof::{CODE_SUBJECT, read_code_from_mail};
use crate::support::{
    Browser, Database, TestApp, TestAppBuilder, User, call, on_both_databases, page,
    password_reset, wrong_code,
};

on_both_databases![
    required_proof_comes_before_the_dashboard,
    mistyped_address_is_corrected_before_the_proof,
    optional_proof_is_offered_on_the_dashboard,
    profile_links_an_unverified_address_to_its_proof_and_to_its_change,
    unverified_address_receives_no_notification_and_no_reset_link,
    unverified_address_does_not_block_its_owner,
    address_that_an_operator_entered_is_verified,
    wrong_codes_are_counted_and_codes_expire,
    email_is_verified_and_changed_without_scripts,
];

/// Returns a builder for an app that requires a verified e-mail address.
fn app_with_required_proof(database: Database) -> TestAppBuilder {
    TestApp::builder(database).with_setting("SALLYPORT_EMAIL_VERIFICATION", "required")
}

/// Signs in a new browser.
pub(super) async fn sign_in_browser(app: &TestApp, user: &User) -> Browser {
    let mut browser = app.new_browser();
    browser.sign_in(app, user).await;
    browser
}

async fn required_proof_comes_before_the_dashboard(database: Database) {
    let app = app_with_required_proof(database).start().await;
    let ann = app.register_user_with_unverified_email().await;
    // The code is sent with the registration.
    let code = read_code_from_mail(&app.wait_for_mail(&ann.email, CODE_SUBJECT).await);
    let mut browser = sign_in_browser(&app, &ann).await;
    for path in ["/dashboard", "/profile", "/profile/phone", "/payments/new"] {
        let page = browser.load_page(path).await;
        assert_eq!(page.header("location"), Some("/verify-email"), "{path}");
    }
    let authenticator = browser.submit_form(&call::begin_authenticator()).await;
    assert_eq!(authenticator.expect_problem(), Problem::EmailUnproven);
    let page = browser.load_page("/verify-email").await.text();
    assert!(page.contains("Confirm your email address"), "{page}");
    assert!(page.contains(&ann.email), "{page}");
    let step = browser
        .submit_form(&call::submit_email_code(&code))
        .await
        .expect_step();
    assert_eq!(step, Step::EmailVerified);
    let dashboard = browser.load_page("/dashboard").await;
    assert_eq!(dashboard.status, 200);
    let text = dashboard.text();
    assert!(text.contains("Your email address is confirmed."), "{text}");
    let page = browser.load_page("/verify-email").await;
    assert_eq!(page.header("location"), Some("/profile"));
    let late = browser.submit_form(&call::submit_email_code(&code)).await;
    assert_eq!(late.expect_problem(), Problem::CodeExpired);
}

async fn mistyped_address_is_corrected_before_the_proof(database: Database) {
    let app = app_with_required_proof(database).start().await;
    let ann = app.register_user_with_unverified_email().await;
    let mut browser = sign_in_browser(&app, &ann).await;
    assert_eq!(browser.load_page("/profile/email").await.status, 200);
    app.skip_resend_cooldown().await;
    let right = format!("right.{}", ann.email);
    let code = browser.begin_email_change(&app, &right).await;
    let step = browser
        .submit_form(&call::submit_email_code(&code))
        .await
        .expect_step();
    assert_eq!(step, Step::EmailChanged);
    assert!(browser.is_signed_in().await);
    assert!(browser.load_page("/profile").await.text().contains(&right));
    // The first address receives nothing about the account.
    app.wait_for_empty_outbox().await;
    let mails = app.simulator.mailbox_of(&ann.email).list_mails().await;
    assert!(mails.iter().all(|mail| mail.subject == CODE_SUBJECT));
}

async fn optional_proof_is_offered_on_the_dashboard(database: Database) {
    let app = TestApp::start(database).await;
    let ann = app.register_user_with_unverified_email().await;
    let mut browser = sign_in_browser(&app, &ann).await;
    let dashboard = browser.load_page("/dashboard").await.text();
    assert!(dashboard.contains("href=\"/verify-email\""), "{dashboard}");
    assert_eq!(
        app.simulator
            .mailbox_of(&ann.email)
            .list_mails()
            .await
            .len(),
        0
    );
    let page = browser.load_page("/verify-email").await.text();
    assert!(page.contains("Send Verification Code"), "{page}");
    let code = browser.request_email_code(&app, &ann.email).await;
    let page = browser.load_page("/verify-email").await.text();
    assert!(page.contains("One-time code"), "{page}");
    let early = browser
        .submit_form(&call::request_email_code())
        .await
        .expect_problem();
    assert!(matches!(early, Problem::ResendWait { .. }), "{early:?}");
    let step = browser
        .submit_form(&call::submit_email_code(&code))
        .await
        .expect_step();
    assert_eq!(step, Step::EmailVerified);
    let dashboard = browser.load_page("/dashboard").await.text();
    assert!(!dashboard.contains("href=\"/verify-email\""), "{dashboard}");
    let again = browser.submit_form(&call::request_email_code()).await;
    assert_eq!(again.expect_problem(), Problem::FlowEnded);
    app.request_reset_mail(&ann).await;
}

async fn profile_links_an_unverified_address_to_its_proof_and_to_its_change(database: Database) {
    let app = TestApp::start(database).await;
    let ann = app.register_user_with_unverified_email().await;
    let mut browser = sign_in_browser(&app, &ann).await;
    let profile = browser.load_page("/profile").await.text();
    let row = format!(
        "Email Not confirmed {} Confirm your email address Change email address",
        ann.email
    );
    assert!(page::visible_text(&profile).contains(&row), "{profile}");
    assert_eq!(profile.matches("href=\"/verify-email\"").count(), 1);
    let code = browser.request_email_code(&app, &ann.email).await;
    browser
        .submit_form(&call::submit_email_code(&code))
        .await
        .expect_step();
    let profile = browser.load_page("/profile").await.text();
    let row = format!("Email Confirmed {} Change email address", ann.email);
    assert!(page::visible_text(&profile).contains(&row), "{profile}");
    assert!(!profile.contains("href=\"/verify-email\""), "{profile}");
}

async fn unverified_address_receives_no_notification_and_no_reset_link(database: Database) {
    let app = TestApp::start(database).await;
    let ann = app.register_user_with_unverified_email().await;
    let mut browser = sign_in_browser(&app, &ann).await;
    for identifier in [&ann.username, &ann.email] {
        let form = call::request_password_reset(identifier, "");
        let step = app.new_browser().submit_form(&form).await.expect_step();
        assert_eq!(step, Step::ResetRequested);
    }
    let mut phone = app.simulator.phone_with_number(&ann.phone);
    browser.create_recovery_codes().await;
    let text = phone.next_notification().await;
    assert!(text.contains("recovery codes"), "{text}");
    app.wait_for_empty_outbox().await;
    assert_eq!(
        app.simulator
            .mailbox_of(&ann.email)
            .list_mails()
            .await
            .len(),
        0
    );
}

async fn unverified_address_does_not_block_its_owner(database: Database) {
    for required in [false, true] {
        let app = TestApp::builder(database);
        let app = if required {
            app.with_setting("SALLYPORT_EMAIL_VERIFICATION", "required")
        } else {
            app
        };
        let app = app.start().await;
        let first_user = app.register_user_with_unverified_email().await;
        let owner = User {
            email: first_user.email.to_uppercase(),
            ..User::with_unique_details()
        };
        let mut browser = app.new_browser();
        browser.register_without_email_proof(&app, &owner).await;
        assert_eq!(app.open_database().await.count_accounts().await, 2);
        app.skip_resend_cooldown().await;
        browser.sign_in(&app, &owner).await;
        app.skip_resend_cooldown().await;
        // Otherwise the mail of the registration could arrive after the one that is requested now.
        app.wait_for_empty_outbox().await;
        let code = browser.request_email_code(&app, &owner.email).await;
        let step = browser
            .submit_form(&call::submit_email_code(&code))
            .await
            .expect_step();
        assert_eq!(step, Step::EmailVerified);
        let mut by_email = app.new_browser();
        assert!(
            by_email
                .is_password_accepted(&owner.email, &owner.password)
                .await
        );
        assert!(
            !by_email
                .is_password_accepted(&owner.email, &first_user.password)
                .await
        );
        // The account with the unverified address still exists and cannot prove the address.
        app.skip_resend_cooldown().await;
        let mut other = sign_in_browser(&app, &first_user).await;
        let before = app.count_mails(&owner.email, CODE_SUBJECT).await;
        other
            .submit_form(&call::request_email_code())
            .await
            .expect_step();
        let subject = "Someone tried to use your email address";
        app.wait_for_mail(&owner.email, subject).await;
        assert_eq!(app.count_mails(&owner.email, CODE_SUBJECT).await, before);
        let refused = other
            .submit_form(&call::submit_email_code(&code))
            .await
            .expect_problem();
        assert!(
            matches!(refused, Problem::InvalidCode { .. }),
            "{refused:?}"
        );
        // A registration with the verified address creates no account.
        let third = User {
            email: owner.email.clone(),
            ..User::with_unique_details()
        };
        app.new_browser()
            .register_without_email_proof(&app, &third)
            .await;
        assert_eq!(app.open_database().await.count_accounts().await, 2);
    }
}

async fn address_that_an_operator_entered_is_verified(database: Database) {
    let app = app_with_required_proof(database).start().await;
    let first_user = app.register_user_with_unverified_email().await;
    let ann = User {
        email: first_user.email.clone(),
        ..User::with_unique_details()
    };
    let created = app.run_user_command_with_input(
        &[
            "create",
            "--username",
            &ann.username,
            "--email",
            &ann.email,
            "--full-name",
            &ann.full_name,
            "--password-stdin",
        ],
        &ann.password,
    );
    assert_eq!(created.exit_code, 0, "{created:?}");
    let mut browser = app.new_browser();
    assert!(
        browser
            .is_password_accepted(&ann.email, &ann.password)
            .await
    );
    let form = call::request_password_reset(&ann.email, "");
    browser.submit_form(&form).await.expect_step();
    app.wait_for_mail(&ann.email, password_reset::RESET_SUBJECT)
        .await;
}

async fn wrong_codes_are_counted_and_codes_expire(database: Database) {
    let app = TestApp::start(database).await;
    let ann = app.register_user_with_unverified_email().await;
    let mut browser = sign_in_browser(&app, &ann).await;
    let none = browser
        .submit_form(&call::submit_email_code("123456"))
        .await;
    assert_eq!(none.expect_problem(), Problem::CodeExpired);
    let code = browser.request_email_code(&app, &ann.email).await;
    let malformed = browser
        .submit_form(&call::submit_email_code("12345"))
        .await
        .expect_problem();
    assert_eq!(malformed, Problem::MalformedCode { digits: 6 });
    for left in (1..5).rev() {
        let wrong = browser
            .submit_form(&call::submit_email_code(&wrong_code(&code)))
            .await;
        let problem = Problem::InvalidCode {
            attempts_remaining: left,
        };
        assert_eq!(wrong.expect_problem(), problem);
    }
    let last = browser
        .submit_form(&call::submit_email_code(&wrong_code(&code)))
        .await;
    assert_eq!(last.expect_problem(), Problem::AttemptsUsedUp);
    let refused = browser.submit_form(&call::submit_email_code(&code)).await;
    assert_eq!(refused.expect_problem(), Problem::CodeExpired);
    app.skip_resend_cooldown().await;
    let late = browser.request_email_code(&app, &ann.email).await;
    app.simulator.advance_clock(15 * 60 + 1).await;
    let expired = browser.submit_form(&call::submit_email_code(&late)).await;
    assert_eq!(expired.expect_problem(), Problem::CodeExpired);
    let code = browser.request_email_code(&app, &ann.email).await;
    app.simulator.advance_clock(14 * 60 + 30).await;
    let step = browser
        .submit_form(&call::submit_email_code(&code))
        .await
        .expect_step();
    assert_eq!(step, Step::EmailVerified);
}

async fn email_is_verified_and_changed_without_scripts(database: Database) {
    let app = TestApp::start(database).await;
    let ann = app.register_user_with_unverified_email().await;
    let mut browser = sign_in_browser(&app, &ann).await.without_scripts();
    let sent = browser.submit_form(&call::request_email_code()).await;
    assert_eq!(sent.redirect_path(), "/verify-email");
    let code = read_code_from_mail(&app.wait_for_mail(&ann.email, CODE_SUBJECT).await);
    let early = browser.submit_form(&call::request_email_code()).await;
    assert_eq!(early.redirect_path(), "/verify-email");
    let page = browser.load_page("/verify-email").await.text();
    assert!(page.contains("You can request another code"), "{page}");
    let wrong = browser
        .submit_form(&call::submit_email_code(&wrong_code(&code)))
        .await;
    assert_eq!(wrong.redirect_path(), "/verify-email");
    let page = browser.load_page("/verify-email").await.text();
    assert!(
        page.contains("Invalid code. 4 attempts remaining."),
        "{page}"
    );
    let done = browser.submit_form(&call::submit_email_code(&code)).await;
    assert_eq!(done.redirect_path(), "/dashboard");

    app.skip_resend_cooldown().await;
    let invalid = browser.submit_form(&call::begin_email_change("ann")).await;
    assert_eq!(invalid.redirect_path(), "/profile/email");
    let page = browser.load_page("/profile/email").await.text();
    assert!(page.contains("Enter an email address"), "{page}");
    let new = format!("new.{}", ann.email);
    let begun = browser.submit_form(&call::begin_email_change(&new)).await;
    assert_eq!(begun.redirect_path(), "/verify-email");
    let page = browser.load_page("/verify-email").await.text();
    assert!(page.contains(&new), "{page}");
    let code = read_code_from_mail(&app.wait_for_mail(&new, CODE_SUBJECT).await);
    let done = browser.submit_form(&call::submit_email_code(&code)).await;
    assert_eq!(done.redirect_path(), "/profile");
}
