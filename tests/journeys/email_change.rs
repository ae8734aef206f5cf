//! The change of an e-mail address in the browser.

use domain::{Field, Problem, Step};

use super::email_proof::sign_in_browser;
use crate::support::email_proof::{CANCEL_SUBJECT, cancel_link_path, read_cancel_token};
use crate::support::{Database, TestApp, User, call, on_both_databases, password_reset};

on_both_databases![
    email_is_changed_with_a_code_and_old_address_is_notified,
    email_change_needs_a_step_up_and_another_address,
    change_page_links_to_the_code_field_while_a_code_is_pending,
    email_change_is_cancelled_with_the_link_in_the_mail_to_the_old_address,
];

async fn email_is_changed_with_a_code_and_old_address_is_notified(database: Database) {
    let app = TestApp::start(database).await;
    let ann = app.register_user().await;
    let mut other = sign_in_browser(&app, &ann).await;
    app.skip_resend_cooldown().await;
    let mut browser = sign_in_browser(&app, &ann).await;
    let profile = browser.load_page("/profile").await.text();
    assert!(profile.contains("href=\"/profile/email\""), "{profile}");
    let page = browser.load_page("/profile/email").await.text();
    assert!(page.contains("New email address"), "{page}");
    let new = User::with_unique_details().email;
    let code = browser.begin_email_change(&app, &new).await;
    app.wait_for_mail(&ann.email, CANCEL_SUBJECT).await;
    // Until the code is entered nothing has changed.
    assert!(
        browser
            .load_page("/profile")
            .await
            .text()
            .contains(&ann.email)
    );
    let reset = app.request_reset_token(&ann).await;
    let before = browser.session_token();
    let mut phone = app.simulator.phone_with_number(&ann.phone);
    phone.skip_received_messages().await;
    let step = browser
        .submit_form(&call::submit_email_code(&code))
        .await
        .expect_step();
    assert_eq!(step, Step::EmailChanged);
    assert_ne!(
        browser.session_token(),
        before,
        "the session has a new token"
    );
    assert!(!other.is_signed_in().await);
    let profile = browser.load_page("/profile").await.text();
    assert!(
        profile.contains("Your email address has been changed."),
        "{profile}"
    );
    assert!(profile.contains(&new), "{profile}");
    let changed = "Your email address was changed";
    let mail = app.wait_for_mail(&ann.email, changed).await;
    assert!(!mail.text.contains(&new), "{}", mail.text);
    let text = phone.next_notification().await;
    assert!(
        text.contains("email address of your account was changed"),
        "{text}"
    );
    // A reset link that was mailed to the old address is invalid.
    let link = password_reset::reset_link_path(&reset);
    assert_eq!(app.new_browser().load_page(&link).await.status, 410);
    let mut by_email = app.new_browser();
    assert!(by_email.is_password_accepted(&new, &ann.password).await);
    assert!(
        !by_email
            .is_password_accepted(&ann.email, &ann.password)
            .await
    );
}

/// The browser may not have received the answer to the form.
async fn change_page_links_to_the_code_field_while_a_code_is_pending(database: Database) {
    const LINK: &str = "<a href=\"/verify-email\">";
    let app = TestApp::start(database).await;
    let ann = app.register_user().await;
    let mut browser = sign_in_browser(&app, &ann).await;
    let page = browser.load_page("/profile/email").await.text();
    assert!(!page.contains(LINK), "{page}");
    let new = User::with_unique_details().email;
    let code = browser.clone().begin_email_change(&app, &new).await;

    let page = browser.load_page("/profile/email").await.text();
    assert!(page.contains(LINK) && page.contains(&new), "{page}");
    let entered = browser.submit_form(&call::submit_email_code(&code)).await;
    assert_eq!(entered.expect_step(), Step::EmailChanged);
    let page = browser.load_page("/profile/email").await.text();
    assert!(!page.contains(LINK), "{page}");
}

/// Tests docs/security.md#ses-08.
async fn email_change_needs_a_step_up_and_another_address(database: Database) {
    let app = TestApp::start(database).await;
    let ann = app.register_user().await;
    let new = call::begin_email_change("new@example.net");
    let stranger = app.new_browser().submit_form(&new).await;
    assert_eq!(stranger.expect_problem(), Problem::FlowEnded);
    let mut browser = sign_in_browser(&app, &ann).await;
    let same = call::begin_email_change(&ann.email.to_uppercase());
    let same = browser.submit_form(&same).await.expect_errors();
    assert_eq!(
        same.first_problem_of(Field::Email),
        Some(&Problem::EmailUnchanged)
    );
    let invalid = browser.submit_form(&call::begin_email_change("ann")).await;
    assert_eq!(invalid.expect_problem(), Problem::EmailInvalid);
    app.simulator.advance_clock(301).await;
    let late = browser.submit_form(&new).await;
    assert_eq!(late.expect_problem(), Problem::StepUpNeeded);
    let page = browser.load_page("/profile/email").await.text();
    assert!(page.contains("confirm that it is you"), "{page}");
}

async fn email_change_is_cancelled_with_the_link_in_the_mail_to_the_old_address(
    database: Database,
) {
    let app = TestApp::start(database).await;
    let ann = app.register_user().await;
    let mut attacker = sign_in_browser(&app, &ann).await;
    let code = attacker.begin_email_change(&app, "thief@example.net").await;
    let mail = app.wait_for_mail(&ann.email, CANCEL_SUBJECT).await;
    let token = read_cancel_token(&mail);
    // Programs that scan mail follow links.
    for _ in 0..3 {
        let page = app.new_browser().load_page(&cancel_link_path(&token)).await;
        assert_eq!(page.status, 200);
        assert!(page.text().contains("Stop the change"), "{}", page.text());
    }
    let mut owner = app.new_browser();
    let step = owner
        .submit_form(&call::cancel_email_change(&token))
        .await
        .expect_step();
    assert_eq!(step, Step::EmailChangeCancelled);
    let page = owner.load_page("/login").await.text();
    assert!(page.contains("The change was stopped"), "{page}");
    assert!(!attacker.is_signed_in().await);
    assert_eq!(owner.load_page(&cancel_link_path(&token)).await.status, 410);
    let again = owner.submit_form(&call::cancel_email_change(&token)).await;
    assert_eq!(again.expect_problem(), Problem::LinkInvalid);
    app.skip_resend_cooldown().await;
    let mut back = sign_in_browser(&app, &ann).await;
    let refused = back.submit_form(&call::submit_email_code(&code)).await;
    assert_eq!(refused.expect_problem(), Problem::CodeExpired);
    assert!(back.load_page("/profile").await.text().contains(&ann.email));
}
