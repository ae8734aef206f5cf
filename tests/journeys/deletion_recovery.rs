//! A lost phone that is reported while the deletion of the account is requested, and before.

use domain::{Purpose, Step};

use crate::support::lost_phone::DELAY_SECS;
use crate::support::{Browser, Database, RunningApp, TestApp, User, call, on_both_databases};

on_both_databases![
    recovery_opened_during_a_deletion_is_asked_about_when_the_account_is_kept,
    recovery_from_before_a_deletion_is_over,
    due_recovery_sets_up_a_number_and_then_keeps_the_account,
];

const RECOVERIES: &str = "SELECT COUNT(*) FROM recoveries";

/// Requests the deletion of the account.
async fn leave(app: &RunningApp, user: &User) {
    let mut browser = app.browser();
    browser.sign_in(app, user).await;
    delete(&mut browser, user).await;
    app.skip_resend_cooldown().await;
}

async fn delete(browser: &mut Browser, user: &User) {
    let delete = call::delete_account(&user.username);
    let step = browser.call(&delete).await.step();
    assert_eq!(step, Step::DeletionRequested);
}

/// Signs in with the old number. Returns the first step.
async fn sign_in(app: &RunningApp, browser: &mut Browser, user: &User) -> Step {
    let code = browser.sign_in_up_to_the_code(app, user).await;
    let step = browser.enter_code(Purpose::SignIn, &code).await.step();
    app.skip_resend_cooldown().await;
    step
}

async fn recovery_opened_during_a_deletion_is_asked_about_when_the_account_is_kept(
    database: Database,
) {
    let app = TestApp::start(database).await;
    let ann = app.member().await;
    leave(&app, &ann).await;
    app.open_recovery(&ann).await;
    let mut browser = app.browser();
    // The deletion is asked about first, because the session opens nothing else.
    let step = sign_in(&app, &mut browser, &ann).await;
    assert_eq!(step, Step::DecideDeletion);
    let page = browser.page("/recovery").await;
    assert_eq!(page.location(), "/keep-account");
    let kept = browser.call(&call::keep_account()).await;
    assert_eq!(kept.step(), Step::ConfirmRecovery);
    let page = browser.page("/recovery").await.text();
    assert!(page.contains("Your account stays as it is"), "{page}");
    assert!(page.contains("action=\"/api/recovery/stop\""), "{page}");
    let probe = app.probe().await;
    assert_eq!(probe.number(RECOVERIES).await, 1);
    let stopped = browser.call(&call::stop_recovery()).await;
    assert_eq!(stopped.step(), Step::RecoveryCancelled { signed_in: true });
    assert_eq!(probe.number(RECOVERIES).await, 0);

    // Without scripts, the same.
    app.simulator.advance(24 * 3600).await;
    leave(&app, &ann).await;
    app.open_recovery(&ann).await;
    let step = sign_in(&app, &mut browser, &ann).await;
    assert_eq!(step, Step::DecideDeletion);
    let mut browser = browser.without_scripts();
    let kept = browser.call(&call::keep_account()).await;
    assert_eq!(kept.location(), "/recovery");
}

async fn recovery_from_before_a_deletion_is_over(database: Database) {
    let app = TestApp::start(database).await;
    let ann = app.member().await;
    let mut browser = app.browser();
    browser.sign_in(&app, &ann).await;
    app.skip_resend_cooldown().await;
    let cancel = app.open_recovery(&ann).await;
    delete(&mut browser, &ann).await;
    let probe = app.probe().await;
    assert_eq!(probe.number(RECOVERIES).await, 0);
    let link = app.browser().call(&call::cancel_recovery(&cancel)).await;
    assert!(link.is_refused());
    app.skip_resend_cooldown().await;
    let step = sign_in(&app, &mut browser, &ann).await;
    assert_eq!(step, Step::DecideDeletion);
    let kept = browser.call(&call::keep_account()).await;
    assert_eq!(kept.step(), Step::DeletionWithdrawn);
    // It does not come back: after its waiting time the password alone sets up nothing.
    app.simulator.advance(DELAY_SECS).await;
    let reply = app
        .browser()
        .enter_password(&ann.username, &ann.password)
        .await;
    assert!(
        matches!(reply.step(), Step::ChooseMethod { .. }),
        "{reply:?}"
    );
}

async fn due_recovery_sets_up_a_number_and_then_keeps_the_account(database: Database) {
    let app = TestApp::start(database).await;
    let ann = app.member().await;
    leave(&app, &ann).await;
    app.open_recovery(&ann).await;
    app.simulator.advance(DELAY_SECS).await;
    let mut browser = app.browser();
    let reply = browser.enter_password(&ann.username, &ann.password).await;
    assert!(matches!(reply.step(), Step::SetUp { .. }), "{reply:?}");
    let new = User::new().phone;
    browser.call(&call::set_up(&new)).await.step();
    let code = app.simulator.phone(&new).next_code().await;
    let step = browser.enter_code(Purpose::SetUp, &code).await.step();
    assert_eq!(step, Step::DecideDeletion);
    let kept = browser.call(&call::keep_account()).await;
    assert_eq!(kept.step(), Step::DeletionWithdrawn);
    assert!(browser.is_signed_in().await);
    let probe = app.probe().await;
    assert_eq!(probe.number(RECOVERIES).await, 0);
}
