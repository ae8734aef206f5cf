//! Attacks on a recovery that its owner has opened. The attacker knows the password and waits for the end of the waiting
//! time.

use domain::{Problem, Purpose, Step};
use serde_json::json;

use crate::support::lost_phone::RECOVERY_DELAY_SECS;
use crate::support::{Browser, Database, TestApp, User, call, on_both_databases};

on_both_databases![
    password_alone_completes_no_recovery_of_the_owner,
    password_alone_does_not_tell_that_a_recovery_is_open,
    recovery_of_an_earlier_version_needs_a_new_link,
    cookie_of_an_earlier_recovery_completes_no_later_one,
    link_of_one_account_does_not_change_the_browser_of_another_recovery,
    set_up_in_the_earlier_browser_does_not_finish_after_the_browser_has_changed,
];

const PHONE: &str = "SELECT phone FROM accounts";
const COUNT_RECOVERIES: &str = "SELECT COUNT(*) FROM recoveries";

/// Opens a recovery and waits until its waiting time is over.
async fn open_due_recovery(app: &TestApp) -> User {
    let ann = app.register_user().await;
    app.open_recovery(&ann).await;
    app.simulator.advance_clock(RECOVERY_DELAY_SECS + 1).await;
    ann
}

/// Asserts that a sign-in with the password in this browser sets up no number.
async fn assert_password_sets_up_nothing(browser: &mut Browser, user: &User) {
    let step = browser.begin_sign_in(user).await;
    assert_eq!(step, Step::RecoveryInOtherBrowser);
    assert_eq!(browser.flow_token(Purpose::SetUp), None);
    let number = User::with_unique_details().phone;
    for form in [
        call::submit_set_up_phone(&number),
        call::keep_phone_number(),
        call::cancel_own_recovery(),
    ] {
        let refused = browser.submit_form(&form).await.is_refused();
        assert!(refused, "{form:?}");
    }
    assert!(!browser.is_signed_in().await);
}

/// Tests docs/security.md#ops-09.
async fn password_alone_completes_no_recovery_of_the_owner(database: Database) {
    let app = TestApp::start(database).await;
    let ann = open_due_recovery(&app).await;
    let mut attacker = app.new_browser();
    assert_password_sets_up_nothing(&mut attacker, &ann).await;
    let form = call::begin_recovery(&ann.username, &ann.password);
    let step = attacker.submit_form(&form).await.expect_step();
    assert_eq!(step, Step::RecoveryRequested);
    let mut guessing = app.new_browser();
    let name = call::RECOVERY_COOKIE.to_owned();
    guessing.cookies.insert(name, "a".repeat(43));
    assert_password_sets_up_nothing(&mut guessing, &ann).await;

    let program = app.new_api_client();
    let begun = program.submit_password(&ann).await;
    begun.expect_error(409, "recovery_in_other_browser");
    let number = User::with_unique_details().phone;
    let set_up = json!({ "flow": begun.flow_token(409), "phone_number": number });
    let refused = program.post("/v1/login/setup", &set_up).await;
    refused.expect_error(400, "no_pending");
    let keep = json!({ "flow": begun.flow_token(409) });
    let refused = program.post("/v1/login/keep-number", &keep).await;
    refused.expect_error(400, "no_pending");

    let probe = app.open_database().await;
    assert_eq!(probe.read_text(PHONE).await, ann.phone);
    assert_eq!(probe.count_sessions().await, 0);
    // The owner completes the recovery in the browser in which it was opened.
    let (mut owner, number, code) = app.begin_set_up_after_recovery(&ann).await;
    let done = owner.enter_code(Purpose::SetUp, &code).await;
    assert_eq!(done.expect_step(), Step::Dashboard);
    assert_eq!(probe.read_text(PHONE).await, number);
}

/// The answers before the end of the waiting time are the same with and without an open recovery.
async fn password_alone_does_not_tell_that_a_recovery_is_open(database: Database) {
    let app = TestApp::start(database).await;
    let (ann, bob) = (app.register_user().await, app.register_user().await);
    app.open_recovery(&ann).await;
    for user in [&ann, &bob] {
        let mut attacker = app.new_browser();
        let form = call::begin_recovery(&user.username, &user.password);
        let step = attacker.submit_form(&form).await.expect_step();
        assert_eq!(step, Step::RecoveryRequested);
        let step = attacker.begin_sign_in(user).await;
        assert!(matches!(step, Step::ChooseMethod { .. }), "{step:?}");
        let reported = attacker.submit_form(&call::report_lost_phone()).await;
        assert_eq!(reported.expect_step(), Step::RecoveryRequested);
    }
    let probe = app.open_database().await;
    assert_eq!(probe.read_number(COUNT_RECOVERIES).await, 1);
}

async fn recovery_of_an_earlier_version_needs_a_new_link(database: Database) {
    let app = TestApp::start(database).await;
    let ann = open_due_recovery(&app).await;
    app.execute_sql("UPDATE recoveries SET browser_token_hash = ''")
        .await;
    for mut browser in [app.new_browser(), app.browser_that_opened_recovery(&ann)] {
        assert_password_sets_up_nothing(&mut browser, &ann).await;
    }
    let link = call::open_recovery_by_link(&app.request_recovery(&ann).await);
    let mut owner = app.new_browser();
    let step = owner.submit_form(&link).await.expect_step();
    assert_eq!(step, Step::RecoveryBrowserChanged { is_due: true });
    let step = owner.begin_sign_in(&ann).await;
    assert!(matches!(step, Step::SetUp { .. }), "{step:?}");
}

async fn cookie_of_an_earlier_recovery_completes_no_later_one(database: Database) {
    let app = TestApp::start(database).await;
    let ann = app.register_user().await;
    let cancel = app.open_recovery(&ann).await;
    let mut earlier = app.browser_that_opened_recovery(&ann);
    let cancel = call::cancel_recovery_by_link(&cancel);
    app.new_browser().submit_form(&cancel).await.expect_step();
    app.open_recovery(&ann).await;
    app.simulator.advance_clock(RECOVERY_DELAY_SECS + 1).await;
    assert_password_sets_up_nothing(&mut earlier, &ann).await;
    app.sign_in_until_set_up(&ann).await;
}

async fn link_of_one_account_does_not_change_the_browser_of_another_recovery(database: Database) {
    let app = TestApp::start(database).await;
    let bob = app.register_user().await;
    app.open_recovery(&bob).await;
    let ann = open_due_recovery(&app).await;
    let link = call::open_recovery_by_link(&app.request_recovery(&bob).await);
    let mut attacker = app.new_browser();
    let step = attacker.submit_form(&link).await.expect_step();
    assert_eq!(step, Step::RecoveryBrowserChanged { is_due: true });
    assert_password_sets_up_nothing(&mut attacker, &ann).await;
    app.sign_in_until_set_up(&ann).await;
}

async fn set_up_in_the_earlier_browser_does_not_finish_after_the_browser_has_changed(
    database: Database,
) {
    let app = TestApp::start(database).await;
    let ann = open_due_recovery(&app).await;
    let (mut earlier, _, code) = app.begin_set_up_after_recovery(&ann).await;
    let link = call::open_recovery_by_link(&app.request_recovery(&ann).await);
    app.new_browser().submit_form(&link).await.expect_step();
    let refused = earlier.enter_code(Purpose::SetUp, &code).await;
    assert_eq!(refused.expect_problem(), Problem::FlowEnded);
    assert!(!earlier.is_signed_in().await);
    let probe = app.open_database().await;
    assert_eq!(probe.read_text(PHONE).await, ann.phone);
    assert_eq!(probe.read_number(COUNT_RECOVERIES).await, 1);
}
