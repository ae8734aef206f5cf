//! Attackers who use up the limits of an e-mail address do not lock out its owner.

use domain::{Problem, Step};

use super::email_proof::sign_in_without_cooldown;
use crate::support::email_proof::CODE_SUBJECT;
use crate::support::{Browser, Database, TestApp, User, call, on_both_databases, wrong_code};

on_both_databases![
    owner_of_an_email_address_can_prove_it_after_wrong_codes_of_other_users,
    owner_of_an_email_address_gets_a_code_after_other_users_have_used_up_its_mails,
    registrations_with_the_same_email_address_share_one_limit_of_mails,
];

/// Signs in a new user, who begins a change to this e-mail address and enters five wrong codes. Returns the last
/// problem.
pub(super) async fn enter_wrong_codes_of_a_stranger(app: &TestApp, address: &str) -> Problem {
    let eve = app.register_user().await;
    let mut stranger = sign_in_without_cooldown(app, &eve).await;
    let code = stranger.begin_email_change(app, address).await;
    enter_five_wrong_codes(&mut stranger, &code).await
}

/// Enters five different wrong codes. Returns the last problem.
async fn enter_five_wrong_codes(browser: &mut Browser, code: &str) -> Problem {
    for _ in 0..4 {
        let guess = call::submit_email_code(&wrong_code(code));
        assert!(browser.submit_form(&guess).await.is_refused());
    }
    let guess = call::submit_email_code(&wrong_code(code));
    browser.submit_form(&guess).await.expect_problem()
}

/// Tests docs/security.md#email-proof.
async fn owner_of_an_email_address_can_prove_it_after_wrong_codes_of_other_users(
    database: Database,
) {
    let app = TestApp::start(database).await;
    let ann = app.register_user_with_unverified_email().await;
    for _ in 0..4 {
        let last = enter_wrong_codes_of_a_stranger(&app, &ann.email).await;
        assert_eq!(last, Problem::AttemptsUsedUp);
        // After another hour, the limits permit a code for each stranger.
        app.simulator.advance_clock(3600).await;
    }
    let held = enter_wrong_codes_of_a_stranger(&app, &ann.email).await;
    assert!(matches!(held, Problem::FactorHeld { .. }), "{held:?}");
    app.simulator.advance_clock(3600).await;
    let mut owner = sign_in_without_cooldown(&app, &ann).await;
    let code = owner.request_email_code(&app, &ann.email).await;
    // The owner may also enter a wrong code first.
    let mistyped = call::submit_email_code(&wrong_code(&code));
    assert!(owner.submit_form(&mistyped).await.is_refused());
    let verified = owner.submit_form(&call::submit_email_code(&code)).await;
    assert!(!verified.is_refused(), "{}", verified.response.text());
}

/// Tests docs/security.md#email-proof.
async fn owner_of_an_email_address_gets_a_code_after_other_users_have_used_up_its_mails(
    database: Database,
) {
    let app = TestApp::start(database).await;
    let ann = User::with_unique_details();
    for _ in 0..2 {
        let eve = app.register_user().await;
        let mut stranger = sign_in_without_cooldown(&app, &eve).await;
        for _ in 0..3 {
            let change = call::begin_email_change(&ann.email);
            let begun = stranger.submit_form(&change).await;
            assert_eq!(begun.expect_step(), Step::EnterEmailCode);
            app.wait_for_empty_outbox().await;
            app.skip_resend_cooldown().await;
        }
    }
    assert_eq!(app.count_mails(&ann.email, CODE_SUBJECT).await, 5);
    let mut browser = app.new_browser();
    browser.register_without_email_proof(&app, &ann).await;
    let mut owner = sign_in_without_cooldown(&app, &ann).await;
    let code = owner.request_email_code(&app, &ann.email).await;
    let verified = owner.submit_form(&call::submit_email_code(&code)).await;
    assert!(!verified.is_refused(), "{}", verified.response.text());
}

/// Tests docs/security.md#email-proof.
async fn registrations_with_the_same_email_address_share_one_limit_of_mails(database: Database) {
    let app = TestApp::builder(database)
        // A registration mails a code to the address of the new account.
        .with_setting("SALLYPORT_EMAIL_VERIFICATION", "required")
        .with_setting(
            "SALLYPORT_LIMIT_REGISTRATIONS_PER_SOURCE_PER_HOUR",
            "100000",
        )
        .with_setting("SALLYPORT_LIMIT_SENDS_PER_SOURCE_PER_HOUR", "100000")
        .start()
        .await;
    let email = User::with_unique_details().email;
    for _ in 0..25 {
        let stranger = User {
            email: email.clone(),
            ..User::with_unique_details()
        };
        app.new_browser()
            .register_without_email_proof(&app, &stranger)
            .await;
        app.wait_for_empty_outbox().await;
    }
    assert_eq!(app.count_mails(&email, CODE_SUBJECT).await, 20);
}
