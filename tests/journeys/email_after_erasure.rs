//! An e-mail address after the account that has verified it is erased.

use domain::Step;

use super::email_proof::sign_in_browser;
use crate::support::email_proof::CODE_SUBJECT;
use crate::support::{Database, TestApp, User, call, on_both_databases};

on_both_databases![user_proves_an_address_again_after_the_account_that_had_it_is_erased];

const TWO_WEEKS: u64 = 14 * 24 * 60 * 60;
const ERASED: &str = "SELECT COUNT(*) FROM accounts WHERE erased_at > 0";

/// The address may have changed hands, so the erasure alone gives it to no other account.
async fn user_proves_an_address_again_after_the_account_that_had_it_is_erased(database: Database) {
    let app = TestApp::start(database).await;
    let ann = app.register_user_with_unverified_email().await;
    let bob = User {
        email: ann.email.clone(),
        ..User::with_unique_details()
    };
    app.new_browser()
        .register_without_email_proof(&app, &bob)
        .await;
    app.skip_resend_cooldown().await;
    let mut browser = sign_in_browser(&app, &bob).await;
    let code = browser.request_email_code(&app, &bob.email).await;
    let verified = browser.submit_form(&call::submit_email_code(&code)).await;
    assert_eq!(verified.expect_step(), Step::EmailVerified);

    // The first account has lost the address, and gets no code for it.
    let mut by_email = app.new_browser();
    assert!(
        !by_email
            .is_password_accepted(&ann.email, &ann.password)
            .await
    );
    app.skip_resend_cooldown().await;
    let mut owner = sign_in_browser(&app, &ann).await;
    let mails = app.count_mails(&ann.email, CODE_SUBJECT).await;
    let requested = owner.submit_form(&call::request_email_code()).await;
    assert_eq!(requested.expect_step(), Step::EnterEmailCode);
    app.wait_for_empty_outbox().await;
    assert_eq!(app.count_mails(&ann.email, CODE_SUBJECT).await, mails);

    let deletion = call::delete_account(&bob.username);
    let deleted = browser.submit_form(&deletion).await;
    assert_eq!(deleted.expect_step(), Step::DeletionRequested);
    app.simulator.advance_clock(TWO_WEEKS).await;
    app.open_database().await.wait_for_number(ERASED, 1).await;
    assert!(
        !by_email
            .is_password_accepted(&ann.email, &ann.password)
            .await
    );
    let mut owner = sign_in_browser(&app, &ann).await;
    let code = owner.request_email_code(&app, &ann.email).await;
    let verified = owner.submit_form(&call::submit_email_code(&code)).await;
    assert_eq!(verified.expect_step(), Step::EmailVerified);
    assert!(
        by_email
            .is_password_accepted(&ann.email, &ann.password)
            .await
    );
}
