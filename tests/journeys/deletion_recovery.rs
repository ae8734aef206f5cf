//! Recoveries of a lost phone before and during the deletion period of an account.

use domain::{Purpose, Step};

use crate::support::lost_phone::RECOVERY_DELAY_SECS;
use crate::support::{Browser, Database, RunningApp, TestApp, User, call, on_both_databases};

on_both_databases![
    user_who_keeps_the_account_is_asked_about_a_recovery_opened_during_the_deletion,
    deletion_request_ends_an_earlier_recovery,
    user_can_set_up_a_number_after_a_recovery_and_then_keep_the_account,
];

const RECOVERIES: &str = "SELECT COUNT(*) FROM recoveries";

/// Signs in with a new browser and requests the deletion of the account.
async fn request_deletion_in_new_browser(app: &RunningApp, user: &User) {
    let mut browser = app.new_browser();
    browser.sign_in(app, user).await;
    request_deletion(&mut browser, user).await;
    app.skip_resend_cooldown().await;
}

/// Requests the deletion of the account.
async fn request_deletion(browser: &mut Browser, user: &User) {
    let delete = call::delete_account(&user.username);
    let step = browser.submit_form(&delete).await.expect_step();
    assert_eq!(step, Step::DeletionRequested);
}

/// Signs in with the old phone number. Returns the first step.
async fn sign_in_with_old_number(app: &RunningApp, browser: &mut Browser, user: &User) -> Step {
    let code = browser.sign_in_until_code(app, user).await;
    let step = browser
        .enter_code(Purpose::SignIn, &code)
        .await
        .expect_step();
    app.skip_resend_cooldown().await;
    step
}

async fn user_who_keeps_the_account_is_asked_about_a_recovery_opened_during_the_deletion(
    database: Database,
) {
    let app = TestApp::start(database).await;
    let ann = app.register_user().await;
    request_deletion_in_new_browser(&app, &ann).await;
    app.open_recovery(&ann).await;
    let mut browser = app.new_browser();
    // The user first decides about the deletion, because the session permits nothing else.
    let step = sign_in_with_old_number(&app, &mut browser, &ann).await;
    assert_eq!(step, Step::DecideDeletion);
    let page = browser.load_page("/recovery").await;
    assert_eq!(page.location(), "/keep-account");
    let kept = browser.submit_form(&call::cancel_account_deletion()).await;
    assert_eq!(kept.expect_step(), Step::ConfirmRecovery);
    let page = browser.load_page("/recovery").await.text();
    assert!(page.contains("Your account stays as it is"), "{page}");
    assert!(page.contains("action=\"/api/recovery/stop\""), "{page}");
    let probe = app.open_database().await;
    assert_eq!(probe.read_number(RECOVERIES).await, 1);
    let stopped = browser.submit_form(&call::cancel_own_recovery()).await;
    assert_eq!(
        stopped.expect_step(),
        Step::RecoveryCancelled { signed_in: true }
    );
    assert_eq!(probe.read_number(RECOVERIES).await, 0);

    // The journey also works without scripts.
    app.simulator.advance_clock(24 * 3600).await;
    request_deletion_in_new_browser(&app, &ann).await;
    app.open_recovery(&ann).await;
    let step = sign_in_with_old_number(&app, &mut browser, &ann).await;
    assert_eq!(step, Step::DecideDeletion);
    let mut browser = browser.without_scripts();
    let kept = browser.submit_form(&call::cancel_account_deletion()).await;
    assert_eq!(kept.redirect_path(), "/recovery");
}

async fn deletion_request_ends_an_earlier_recovery(database: Database) {
    let app = TestApp::start(database).await;
    let (ann, mut browser) = app.sign_in_new_user().await;
    let cancel = app.open_recovery(&ann).await;
    request_deletion(&mut browser, &ann).await;
    let probe = app.open_database().await;
    assert_eq!(probe.read_number(RECOVERIES).await, 0);
    let link = app
        .new_browser()
        .submit_form(&call::cancel_recovery_by_link(&cancel))
        .await;
    assert!(link.is_refused());
    app.skip_resend_cooldown().await;
    let step = sign_in_with_old_number(&app, &mut browser, &ann).await;
    assert_eq!(step, Step::DecideDeletion);
    let kept = browser.submit_form(&call::cancel_account_deletion()).await;
    assert_eq!(kept.expect_step(), Step::DeletionWithdrawn);
    // The ended recovery stays ended: after its waiting time, the password permits no set-up.
    app.simulator.advance_clock(RECOVERY_DELAY_SECS).await;
    let reply = app
        .browser_that_opened_recovery(&ann)
        .enter_password(&ann.username, &ann.password)
        .await;
    assert!(
        matches!(reply.expect_step(), Step::ChooseMethod { .. }),
        "{reply:?}"
    );
}

async fn user_can_set_up_a_number_after_a_recovery_and_then_keep_the_account(database: Database) {
    let app = TestApp::start(database).await;
    let ann = app.register_user().await;
    request_deletion_in_new_browser(&app, &ann).await;
    app.open_recovery(&ann).await;
    app.simulator.advance_clock(RECOVERY_DELAY_SECS).await;
    let mut browser = app.browser_that_opened_recovery(&ann);
    let reply = browser.enter_password(&ann.username, &ann.password).await;
    assert!(
        matches!(reply.expect_step(), Step::SetUp { .. }),
        "{reply:?}"
    );
    let new = User::with_unique_details().phone;
    browser
        .submit_form(&call::submit_set_up_phone(&new))
        .await
        .expect_step();
    let code = app.simulator.phone_with_number(&new).next_code().await;
    let step = browser
        .enter_code(Purpose::SetUp, &code)
        .await
        .expect_step();
    assert_eq!(step, Step::DecideDeletion);
    let kept = browser.submit_form(&call::cancel_account_deletion()).await;
    assert_eq!(kept.expect_step(), Step::DeletionWithdrawn);
    assert!(browser.is_signed_in().await);
    let probe = app.open_database().await;
    assert_eq!(probe.read_number(RECOVERIES).await, 0);
}
